# %% [markdown]
# # 6.4 Layers that wait for their input

# %%
from d2l import torch as d2l
from torch import nn


class Waiting(d2l.Module):
    def __init__(self, lr=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(nn.LazyLinear(8), nn.ReLU(), nn.LazyLinear(1))


def ones(layer):
    if type(layer) is nn.Linear:
        nn.init.ones_(layer.weight)


# %%
model = Waiting()
model.apply_init([d2l.rand(2, 20)], ones)
assert model.net[0].weight.shape == (8, 20)
assert float(model.net[2].weight.detach().min()) == 1


# %%
@d2l.add_to_class(d2l.Module)
def apply_init(self, inputs, init=None):
    self.forward(*inputs)
    if init is not None:
        self.net.apply(init)


Waiting().apply_init([d2l.rand(2, 3)], ones)

# %% [markdown]
# # 6.7 Devices

# %%
from d2l import torch as d2l

print(d2l.cpu(), d2l.gpu(), d2l.gpu(1), d2l.num_gpus())
print(d2l.try_gpu(), d2l.try_gpu(10), d2l.try_all_gpus())


# %%
@d2l.add_to_class(d2l.Trainer)
def __init__(self, max_epochs, num_gpus=0, gradient_clip_val=0):
    self.save_hyperparameters()
    self.gpus = [d2l.gpu(i) for i in range(min(num_gpus, d2l.num_gpus()))]


@d2l.add_to_class(d2l.Trainer)
def prepare_batch(self, batch):
    return [d2l.to(part, self.gpus[0]) for part in batch] if self.gpus else batch


@d2l.add_to_class(d2l.Trainer)
def prepare_model(self, model):
    model.trainer = self
    model.board.xlim = [0, self.max_epochs]
    if self.gpus:
        model.to(self.gpus[0])
    self.model = model


# %%
data = d2l.SyntheticRegressionData(w=d2l.tensor([2, -3.4]), b=4.2)
trainer = d2l.Trainer(max_epochs=2, num_gpus=1)
trainer.prepare_data(data)
trainer.fit(model := d2l.LinearRegression(lr=0.05), data)
assert model.board.data["val_loss"][-1].y < 1
