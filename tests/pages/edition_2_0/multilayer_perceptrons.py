# %% [markdown]
# # 4.1 Activation functions

# %%
from d2l import torch as d2l

x = d2l.arange(-8.0, 8.0, 0.1, requires_grad=True)
y = d2l.tanh(x)
d2l.plot(x.detach(), y.detach(), "x", "tanh(x)", figsize=(5, 2.5))

# %%
y.backward(d2l.torch.ones_like(x), retain_graph=True)
d2l.plot(x.detach(), x.grad, "x", "gradient of tanh", figsize=(5, 2.5))
d2l.torch.testing.assert_close(x.grad, (1 - y**2).detach())

# %% [markdown]
# # 4.2 A perceptron of two layers from scratch (Fashion-MNIST)

# %%
import torch
from d2l import torch as d2l
from torch import nn

train_iter, test_iter = d2l.load_data_fashion_mnist(256)
W1 = nn.Parameter(d2l.randn(784, 64) * 0.01)
b1 = nn.Parameter(d2l.zeros(64))
W2 = nn.Parameter(d2l.randn(64, 10) * 0.01)
b2 = nn.Parameter(d2l.zeros(10))


# %%
def net(X):
    H = torch.relu(d2l.reshape(X, (-1, 784)) @ W1 + b1)
    return H @ W2 + b2


loss = nn.CrossEntropyLoss(reduction="none")
updater = torch.optim.SGD([W1, b1, W2, b2], lr=0.1)
d2l.train_ch3(net, train_iter, test_iter, loss, 1, updater)
d2l.predict_ch3(net, test_iter, n=4)
assert d2l.evaluate_accuracy(net, test_iter) > 0.6

# %% [markdown]
# # 4.4 Polynomials that fit too well

# %%
import torch
from d2l import torch as d2l
from torch import nn

x = d2l.normal(0.0, 1.0, (200, 1))
powers = x ** d2l.reshape(d2l.arange(20), (1, -1))
powers /= d2l.tensor([d2l.math.gamma(i + 1.0) for i in range(20)])
w = d2l.zeros(20)
w[:4] = d2l.tensor([5, 1.2, -3.4, 5.6])
y = d2l.matmul(powers, w) + d2l.normal(0.0, 0.1, (200,))


# %%
def fit(degree, num_epochs=40):
    net = nn.Sequential(nn.Linear(degree, 1, bias=False))
    loss = nn.MSELoss(reduction="none")
    train_iter = d2l.load_array((powers[:100, :degree], y[:100].reshape(-1, 1)), 10)
    test_iter = d2l.load_array((powers[100:, :degree], y[100:].reshape(-1, 1)), 10, is_train=False)
    trainer = torch.optim.SGD(net.parameters(), lr=0.01)
    animator = d2l.Animator("epoch", "loss", yscale="log", xlim=[1, num_epochs], legend=["train", "test"])
    for epoch in range(num_epochs):
        d2l.train_epoch_ch3(net, train_iter, loss, trainer)
        if epoch % 20 == 0:
            losses = d2l.evaluate_loss(net, train_iter, loss), d2l.evaluate_loss(net, test_iter, loss)
            animator.add(epoch + 1, losses)
    return d2l.evaluate_loss(net, test_iter, loss)


good, under = fit(4), fit(2)
assert good < under

# %% [markdown]
# # 4.5 Weight decay

# %%
import torch
from d2l import torch as d2l
from torch import nn

true_w, true_b = d2l.ones((200, 1)) * 0.01, 0.05
train_iter = d2l.load_array(d2l.synthetic_data(true_w, true_b, 20), 5)
test_iter = d2l.load_array(d2l.synthetic_data(true_w, true_b, 100), 5, is_train=False)


# %%
def train(lambd):
    w = d2l.normal(0, 1, size=(200, 1), requires_grad=True)
    b = d2l.zeros(1, requires_grad=True)
    for _ in range(100):
        for X, y in train_iter:
            l = d2l.squared_loss(d2l.linreg(X, w, b), y) + lambd * d2l.reduce_sum(w**2) / 2
            d2l.reduce_sum(l).backward()
            d2l.sgd([w, b], 0.003, 5)
    return float(w.detach().norm())


assert train(3) < 1 < 10 < train(0)

# %%
net = nn.Sequential(nn.Linear(200, 1))
trainer = torch.optim.SGD([{"params": net[0].weight, "weight_decay": 3}, {"params": net[0].bias}], lr=0.003)
d2l.train_epoch_ch3(net, train_iter, nn.MSELoss(reduction="none"), trainer)

# %% [markdown]
# # 4.6 Dropout

# %%
from d2l import torch as d2l


def dropout_layer(X, p):
    if p == 1:
        return d2l.torch.zeros_like(X)
    kept = d2l.astype(d2l.rand(X.shape) > p, d2l.float32)
    return kept * X / (1 - p)


X = d2l.reshape(d2l.arange(16, dtype=d2l.float32), (2, 8))
assert dropout_layer(X, 0).equal(X)
assert d2l.reduce_sum(dropout_layer(X, 1)) == 0
half = dropout_layer(X, 0.5)
assert ((half == 0) | (half == 2 * X)).all()

# %% [markdown]
# # 4.8 Products of many matrices

# %%
from d2l import torch as d2l

M = d2l.normal(0, 1, size=(4, 4))
product = M
for _ in range(100):
    product = d2l.matmul(product, d2l.normal(0, 1, size=(4, 4)))
print(M, product)
assert product.abs().max() > 1e10

# %% [markdown]
# # 4.10 House prices (the tables of the competition)

# %%
import hashlib
import os
import tempfile
import zipfile

from d2l import torch as d2l

train = d2l.pd.read_csv(d2l.download("kaggle_house_train"))
test = d2l.pd.read_csv(d2l.download("kaggle_house_test"))
assert (train.shape, test.shape) == ((1460, 81), (1459, 80))
print(d2l.DATA_URL, len(d2l.download_all()))

# %%
features = d2l.pd.concat((train.iloc[:, 1:-1], test.iloc[:, 1:]))
numeric = features.select_dtypes("number").columns
features[numeric] = features[numeric].apply(lambda x: (x - x.mean()) / x.std()).fillna(0)
features = d2l.pd.get_dummies(features, dummy_na=True, dtype=float)
X = d2l.tensor(features[: len(train)].values, dtype=d2l.float32)
y = d2l.tensor(train.SalePrice.values.reshape(-1, 1), dtype=d2l.float32)
assert X.shape[0] == len(y) == 1460
assert not X.isnan().any()

# %%
before = os.environ.get("D2LCORE_DATA")
os.environ["D2LCORE_DATA"] = tempfile.mkdtemp()
archive = os.path.join(os.environ["D2LCORE_DATA"], "hub", "mine.zip")
os.mkdir(os.path.dirname(archive))
with zipfile.ZipFile(archive, "w") as packed:
    packed.writestr("mine/a.csv", "1,2\n")
with open(archive, "rb") as file:
    d2l.DATA_HUB["mine"] = (d2l.DATA_URL + "mine.zip", hashlib.sha1(file.read()).hexdigest())
print(os.listdir(d2l.download_extract("mine")), d2l.download_extract("mine", "mine"))
del d2l.DATA_HUB["mine"], os.environ["D2LCORE_DATA"]
os.environ.update({} if before is None else {"D2LCORE_DATA": before})
