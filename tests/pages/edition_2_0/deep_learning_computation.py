# %% [markdown]
# # 5.1 Blocks of your own

# %%
from d2l import torch as d2l
from torch import nn


class MLP(d2l.nn_Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = nn.Linear(20, 32), nn.Linear(32, 10)

    def forward(self, X):
        return self.out(self.hidden(X).relu())


X = d2l.rand(2, 20)
assert MLP()(X).shape == (2, 10)

# %%
chimera = nn.Sequential(MLP(), nn.Linear(10, 4), nn.Linear(4, 1))
print(chimera, chimera(X))

# %% [markdown]
# # 5.2 Parameters

# %%
from d2l import torch as d2l
from torch import nn

shared = nn.Linear(8, 8)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), shared, nn.ReLU(), shared, nn.ReLU(), nn.Linear(8, 1))
print([(name, param.shape) for name, param in net.named_parameters()])
shared.weight.data[0, 0] = 100
assert net[4].weight[0, 0] == 100
assert sum(d2l.size(param) for param in net.parameters()) == 4 * 8 + 8 + 8 * 8 + 8 + 8 + 1

# %% [markdown]
# # 5.5 Files

# %%
import os
import tempfile

import torch
from d2l import torch as d2l
from torch import nn

path = os.path.join(tempfile.mkdtemp(), "file")
torch.save({"x": d2l.arange(4), "y": d2l.zeros(4)}, path)
assert torch.load(path)["x"].equal(d2l.arange(4))

# %%
net, clone = nn.Linear(3, 2), nn.Linear(3, 2)
torch.save(net.state_dict(), path)
clone.load_state_dict(torch.load(path))
X = d2l.randn(5, 3)
assert net(X).equal(clone(X))

# %% [markdown]
# # 5.6 Devices

# %%
from d2l import torch as d2l
from torch import nn

print(d2l.try_gpu(), d2l.try_gpu(10), d2l.try_all_gpus())
X = d2l.ones((2, 3), device=d2l.try_gpu())
net = nn.Linear(3, 1).to(device=d2l.try_gpu())
assert net(X).device == X.device
print(d2l.numpy(net(X)))
