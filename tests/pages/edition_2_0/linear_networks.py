# %% [markdown]
# # 3.1 Vectors against loops

# %%
from d2l import torch as d2l

n = 2000
a, b = d2l.ones(n), d2l.ones(n)
timer = d2l.Timer()
c = d2l.zeros(n)
for i in range(n):
    c[i] = a[i] + b[i]
slow = timer.stop()
timer.start()
assert c.equal(a + b)
print(f"{slow:.5f} s in a loop, {timer.stop():.5f} s at once")
print(timer.avg(), timer.sum(), timer.cumsum())


# %%
def normal_density(x, mu, sigma):
    return d2l.exp(-((x - mu) ** 2) / 2 / sigma**2) / (2 * d2l.math.pi * sigma**2) ** 0.5


x = d2l.linspace(-7, 7, 201)
curves = [normal_density(x, mu, sigma) for mu, sigma in ((0, 1), (0, 2), (3, 1))]
d2l.plot(x, curves, "x", "p(x)", figsize=(4.5, 2.5), legend=["N(0, 1)", "N(0, 4)", "N(3, 1)"])
assert abs(curves[0].sum() * 0.07 - 1) < 1e-3

# %% [markdown]
# # 3.2 Linear regression from scratch

# %%
import random

from d2l import torch as d2l

true_w, true_b = d2l.tensor([2, -3.4]), 4.2
features, labels = d2l.synthetic_data(true_w, true_b, 1000)
d2l.set_figsize()
d2l.plt.scatter(d2l.numpy(features[:, 1]), d2l.numpy(labels), 1)


# %%
def data_iter(batch_size, features, labels):
    order = list(range(len(features)))
    random.shuffle(order)
    for i in range(0, len(order), batch_size):
        picked = d2l.tensor(order[i : i + batch_size])
        yield features[picked], labels[picked]


# %%
w = d2l.normal(0, 0.01, size=(2, 1), requires_grad=True)
b = d2l.zeros(1, requires_grad=True)
for epoch in range(3):
    for X, y in data_iter(10, features, labels):
        d2l.reduce_sum(d2l.squared_loss(d2l.linreg(X, w, b), y)).backward()
        d2l.sgd([w, b], 0.03, 10)
    with d2l.torch.no_grad():
        print(epoch + 1, float(d2l.squared_loss(d2l.linreg(features, w, b), labels).mean()))
assert d2l.abs(true_w - d2l.reshape(w, true_w.shape)).max() < 0.01

# %% [markdown]
# # 3.3 Linear regression, concisely

# %%
import torch
from d2l import torch as d2l
from torch import nn

true_w, true_b = d2l.tensor([2, -3.4]), 4.2
features, labels = d2l.synthetic_data(true_w, true_b, 1000)
data_iter = d2l.load_array((features, labels), 10)
X, y = next(iter(data_iter))
assert (X.shape, y.shape) == ((10, 2), (10, 1))

# %%
net = nn.Sequential(nn.Linear(2, 1))
net[0].weight.data.normal_(0, 0.01)
net[0].bias.data.fill_(0)
loss, trainer = nn.MSELoss(), torch.optim.SGD(net.parameters(), lr=0.03)
for _ in range(3):
    for X, y in data_iter:
        l = loss(net(X), y)
        trainer.zero_grad()
        l.backward()
        trainer.step()
assert d2l.abs(true_w - d2l.reshape(net[0].weight.data, true_w.shape)).max() < 0.01
print(d2l.evaluate_loss(net, data_iter, loss))

# %% [markdown]
# # 3.5 Images (Fashion-MNIST)

# %%
from d2l import torch as d2l

d2l.use_svg_display()
train_iter, test_iter = d2l.load_data_fashion_mnist(32, resize=64)
for X, y in train_iter:
    print(X.shape, X.dtype, y.shape, y.dtype)
    break
assert X.shape == (32, 1, 64, 64)

# %%
X, y = next(iter(d2l.load_data_fashion_mnist(18)[0]))
axes = d2l.show_images(d2l.reshape(X, (18, 28, 28)), 2, 9, titles=d2l.get_fashion_mnist_labels(y))
assert len(axes) == 18

# %%
print(d2l.get_dataloader_workers())

# %% [markdown]
# # 3.6 Softmax regression from scratch (Fashion-MNIST)

# %%
from d2l import torch as d2l

batch_size = 256
train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size)
W = d2l.normal(0, 0.01, size=(784, 10), requires_grad=True)
b = d2l.zeros(10, requires_grad=True)


# %%
def softmax(X):
    exponentials = d2l.exp(X)
    return exponentials / d2l.reduce_sum(exponentials, 1, keepdim=True)


def net(X):
    return softmax(d2l.matmul(d2l.reshape(X, (-1, W.shape[0])), W) + b)


def cross_entropy(y_hat, y):
    return -d2l.log(y_hat[range(len(y_hat)), y])


# %%
y_hat, y = d2l.tensor([[0.1, 0.3, 0.6], [0.3, 0.2, 0.5]]), d2l.tensor([0, 2])
assert d2l.accuracy(y_hat, y) / len(y) == 0.5
assert d2l.argmax(y_hat, axis=1).tolist() == [2, 2]
metric = d2l.Accumulator(2)
metric.add(d2l.accuracy(y_hat, y), d2l.size(y))
assert metric[0] / metric[1] == 0.5

# %%
print(d2l.evaluate_accuracy(net, test_iter))
animator = d2l.Animator(xlabel="epoch", xlim=[1, 2], legend=["train loss", "train acc"])
for epoch in range(1):
    animator.add(
        epoch + 1, d2l.train_epoch_ch3(net, train_iter, cross_entropy, lambda n: d2l.sgd([W, b], 0.1, n))
    )

# %%
d2l.train_ch3(net, train_iter, test_iter, cross_entropy, 1, lambda n: d2l.sgd([W, b], 0.1, n))
assert d2l.evaluate_accuracy(net, test_iter) > 0.75

# %%
d2l.predict_ch3(net, test_iter)

# %% [markdown]
# # 3.7 Softmax regression, concisely (Fashion-MNIST)

# %%
import torch
from d2l import torch as d2l
from torch import nn

train_iter, test_iter = d2l.load_data_fashion_mnist(256)
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
loss = nn.CrossEntropyLoss(reduction="none")
trainer = torch.optim.SGD(net.parameters(), lr=0.1)
d2l.train_ch3(net, train_iter, test_iter, loss, 1, trainer)
assert d2l.evaluate_accuracy(net, test_iter) > 0.75
