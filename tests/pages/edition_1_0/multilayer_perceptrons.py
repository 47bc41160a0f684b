# %% [markdown]
# # 5.2 The perceptron with one hidden layer on Fashion-MNIST

# %%
from d2l import torch as d2l
from torch import nn


# %%
class Scratch(d2l.Classifier):
    def __init__(self, num_inputs, num_outputs, num_hiddens, lr, sigma=0.01):
        super().__init__()
        self.save_hyperparameters()
        self.W1 = nn.Parameter(d2l.randn(num_inputs, num_hiddens) * sigma)
        self.b1 = nn.Parameter(d2l.zeros(num_hiddens))
        self.W2 = nn.Parameter(d2l.randn(num_hiddens, num_outputs) * sigma)
        self.b2 = nn.Parameter(d2l.zeros(num_outputs))


@d2l.add_to_class(Scratch)
def forward(self, X):
    H = d2l.matmul(d2l.reshape(X, (-1, self.num_inputs)), self.W1) + self.b1
    return d2l.matmul(H.clamp(min=0), self.W2) + self.b2


# %%
data = d2l.FashionMNIST(batch_size=256)
trainer = d2l.Trainer(max_epochs=1)
trainer.fit(scratch := Scratch(num_inputs=784, num_outputs=10, num_hiddens=64, lr=0.1), data)


# %%
class Concise(d2l.Classifier):
    def __init__(self, num_outputs, num_hiddens, lr):
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(
            nn.Flatten(), nn.LazyLinear(num_hiddens), nn.ReLU(), nn.LazyLinear(num_outputs)
        )


trainer.fit(concise := Concise(num_outputs=10, num_hiddens=64, lr=0.1), data)
assert min(model.board.data["val_acc"][-1].y for model in (scratch, concise)) > 0.6

# %% [markdown]
# # 5.6 Dropout on Fashion-MNIST

# %%
from d2l import torch as d2l
from torch import nn


def drop(X, p):
    return X * d2l.astype(d2l.rand(X.shape) > p, d2l.float32) / (1 - p)


class Dropped(d2l.Classifier):
    def __init__(self, num_outputs, num_hiddens, p, lr):
        super().__init__()
        self.save_hyperparameters()
        self.hidden, self.out = nn.LazyLinear(num_hiddens), nn.LazyLinear(num_outputs)

    def forward(self, X):
        H = self.hidden(X.flatten(1)).relu()
        return self.out(drop(H, self.p) if self.training else H)


hparams = {"num_outputs": 10, "num_hiddens": 64, "p": 0.5, "lr": 0.1}
model = Dropped(**hparams)
d2l.Trainer(max_epochs=1).fit(model, d2l.FashionMNIST(batch_size=256))
assert not model.training
assert model.hparams == hparams

# %% [markdown]
# # 5.7 Prices of houses, a competition

# %%
import pandas as pd
from d2l import torch as d2l


class Houses(d2l.DataModule):
    def __init__(self, batch_size, train=None, val=None):
        super().__init__()
        self.save_hyperparameters()
        if self.train is None:
            self.raw_train = pd.read_csv(d2l.download("kaggle_house_train"))
            self.raw_val = pd.read_csv(d2l.download("kaggle_house_test"))


data = Houses(batch_size=64)
print(data.raw_train.shape, data.raw_val.shape)


# %%
@d2l.add_to_class(Houses)
def preprocess(self):
    both = pd.concat((self.raw_train.drop(columns=["Id", "SalePrice"]), self.raw_val.drop(columns=["Id"])))
    numbers = both.select_dtypes("number").columns
    both[numbers] = ((both[numbers] - both[numbers].mean()) / both[numbers].std()).fillna(0)
    both = pd.get_dummies(both, dummy_na=True)
    self.train = both[: len(self.raw_train)].copy()
    self.train["SalePrice"] = self.raw_train["SalePrice"]
    self.val = both[len(self.raw_train) :].copy()


@d2l.add_to_class(Houses)
def get_dataloader(self, train):
    part = self.train if train else self.val
    if "SalePrice" not in part:
        return None
    X = d2l.tensor(part.drop(columns=["SalePrice"]).values.astype(float), dtype=d2l.float32)
    y = d2l.tensor(part["SalePrice"].values.astype(float), dtype=d2l.float32)
    return self.get_tensorloader((X, d2l.reshape(d2l.log(y), (-1, 1))), train)


data.preprocess()
print(data.train.shape)

# %%
trainer = d2l.Trainer(max_epochs=10)
fold = len(data.train) // 5
losses = []
for j in range(2):
    held = range(j * fold, (j + 1) * fold)
    model = d2l.LinearRegression(lr=0.01)
    model.board.yscale = "log"
    if j != 0:
        model.board.display = False
    trainer.fit(model, Houses(data.batch_size, data.train.drop(index=held), data.train.loc[held]))
    losses.append(float(model.board.data["val_loss"][-1].y))
print(losses)
assert max(losses) < 1

# %%
trainer.fit(model := d2l.LinearRegression(lr=0.01), data)  # nothing is validated on
preds = d2l.exp(model(d2l.tensor(data.val.values.astype(float), dtype=d2l.float32)))
assert len(d2l.numpy(d2l.reduce_mean(d2l.concat([preds, preds], 1), 1))) == len(data.raw_val)
