# %% [markdown]
# # 6.2 Cross-correlation and edges

# %%
from d2l import torch as d2l
from torch import nn

X, K = d2l.reshape(d2l.arange(9.0), (3, 3)), d2l.reshape(d2l.arange(4.0), (2, 2))
assert d2l.corr2d(X, K).tolist() == [[19, 25], [37, 43]]

# %%
X = d2l.ones((6, 8))
X[:, 2:6] = 0
K = d2l.tensor([[1.0, -1.0]])
Y = d2l.corr2d(X, K)
assert Y[:, 1].equal(d2l.ones(6))
assert Y[:, 5].equal(-d2l.ones(6))

# %%
conv = nn.Conv2d(1, 1, kernel_size=(1, 2), bias=False)
for _ in range(20):
    l = (conv(d2l.reshape(X, (1, 1, 6, 8))) - d2l.reshape(Y, (1, 1, 6, 7))) ** 2
    conv.zero_grad()
    d2l.reduce_sum(l).backward()
    conv.weight.data -= 3e-2 * conv.weight.grad
assert d2l.abs(d2l.reshape(conv.weight.data, (1, 2)) - K).max() < 0.1

# %% [markdown]
# # 6.4 Channels

# %%
from d2l import torch as d2l


def corr2d_multi_in(X, K):
    return sum(d2l.corr2d(x, k) for x, k in zip(X, K, strict=True))


def corr2d_multi_in_out(X, K):
    return d2l.stack([corr2d_multi_in(X, k) for k in K], 0)


def corr2d_1x1(X, K):
    channels, height, width = X.shape
    Y = d2l.matmul(d2l.reshape(K, (K.shape[0], channels)), d2l.reshape(X, (channels, height * width)))
    return d2l.reshape(Y, (K.shape[0], height, width))


X, K = d2l.normal(0, 1, (3, 3, 3)), d2l.normal(0, 1, (2, 3, 1, 1))
assert d2l.abs(corr2d_multi_in_out(X, K) - corr2d_1x1(X, K)).sum() < 1e-5

# %% [markdown]
# # 6.6 LeNet (Fashion-MNIST)

# %%
from d2l import torch as d2l
from torch import nn

net = nn.Sequential(
    nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Sigmoid(),
    nn.AvgPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(),
    nn.Linear(84, 10),
)  # fmt: skip
X = d2l.rand(size=(1, 1, 28, 28), dtype=d2l.float32)
for layer in net:
    X = layer(X)
    print(type(layer).__name__, X.shape)

# %%
train_iter, test_iter = d2l.load_data_fashion_mnist(256)
few = d2l.load_array([next(iter(train_iter))[i] for i in (0, 1)], 64)
d2l.train_ch6(net, few, few, num_epochs=2, lr=0.9, device=d2l.try_gpu())
print(d2l.evaluate_accuracy_gpu(net, few), d2l.evaluate_accuracy_gpu(net, few, d2l.try_gpu()))
