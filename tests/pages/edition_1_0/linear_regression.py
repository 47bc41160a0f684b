# %% [markdown]
# # 3.2 Classes for experiments

# %%
from d2l import torch as d2l


# %%
class Counter:
    def __init__(self):
        self.count = 41


counter = Counter()


# %%
@d2l.add_to_class(Counter)
def next(self):
    self.count += 1
    return self.count


assert counter.next() == 42


# %%
class Mixed(d2l.HyperParameters):
    def __init__(self, flour, water, secret):
        self.save_hyperparameters(ignore=["secret"])


mixed = Mixed(flour=2, water=1, secret="salt")
print(mixed.flour, mixed.water, mixed.hparams)
assert not hasattr(mixed, "secret")

# %%
board = d2l.ProgressBoard("x", ylim=[-1.2, 1.2])
for x in d2l.arange(0, 6, 0.1):
    board.draw(x, d2l.sin(x), "sin", every_n=2)
    board.draw(x, d2l.cos(x), "cos", every_n=10)
assert [len(curve) for curve in board.data.values()] == [30, 6]


# %%
class Guess(d2l.Module):
    def __init__(self, lr):
        super().__init__(plot_train_per_epoch=1)
        self.save_hyperparameters()
        self.level = d2l.torch.nn.Parameter(d2l.zeros(1))

    def forward(self, X):
        return self.level.expand(len(X), 1)

    def loss(self, y_hat, y):
        return d2l.reduce_mean((y_hat - y) ** 2)


class Constant(d2l.DataModule):
    def __init__(self, batch_size):
        super().__init__()
        self.save_hyperparameters()
        self.X, self.y = d2l.zeros((40, 1)), 3 * d2l.ones((40, 1))

    def get_dataloader(self, train):
        return self.get_tensorloader((self.X, self.y), train, slice(0, 30) if train else slice(30, None))


# %%
trainer = d2l.Trainer(max_epochs=5)
guess = Guess(lr=0.2)
trainer.fit(guess, Constant(batch_size=5))
assert abs(float(guess.level.detach()) - 3) < 0.01
assert trainer.num_train_batches == 6

# %% [markdown]
# # 3.3 Synthetic data

# %%
import random

from d2l import torch as d2l

data = d2l.SyntheticRegressionData(w=d2l.tensor([2, -3.4]), b=4.2)
print("features:", data.X[0], "label:", data.y[0])


# %%
@d2l.add_to_class(d2l.SyntheticRegressionData)
def get_dataloader(self, train):
    rows = list(range(self.num_train) if train else range(self.num_train, self.num_train + self.num_val))
    if train:
        random.shuffle(rows)
    for i in range(0, len(rows), self.batch_size):
        batch = d2l.tensor(rows[i : i + self.batch_size])
        yield self.X[batch], self.y[batch]


X, y = next(iter(data.train_dataloader()))
print(X.shape, y.shape)
assert X.shape == (32, 2)


# %%
@d2l.add_to_class(d2l.DataModule)
def get_tensorloader(self, tensors, train, indices=slice(0, None)):
    return d2l.load_array([tensor[indices] for tensor in tensors], self.batch_size, train)


@d2l.add_to_class(d2l.SyntheticRegressionData)
def get_dataloader(self, train):
    return self.get_tensorloader(
        (self.X, self.y), train, slice(0, self.num_train) if train else slice(self.num_train, None)
    )


# %%
X, y = next(iter(data.val_dataloader()))
assert y.shape == (32, 1)
assert len(data.train_dataloader()) == 32

# %% [markdown]
# # 3.4 Linear regression from scratch

# %%
from d2l import torch as d2l


# %%
@d2l.add_to_class(d2l.Trainer)
def prepare_batch(self, batch):
    return batch


@d2l.add_to_class(d2l.Trainer)
def fit_epoch(self):
    self.model.train()
    for batch in self.train_dataloader:
        loss = self.model.training_step(self.prepare_batch(batch))
        self.optim.zero_grad()
        with d2l.torch.no_grad():
            loss.backward()
            if self.gradient_clip_val > 0:
                self.clip_gradients(self.gradient_clip_val, self.model)
            self.optim.step()
        self.train_batch_idx += 1
    self.model.eval()
    for batch in self.val_dataloader:
        with d2l.torch.no_grad():
            self.model.validation_step(self.prepare_batch(batch))
        self.val_batch_idx += 1


# %%
model = d2l.LinearRegressionScratch(2, lr=0.03)
data = d2l.SyntheticRegressionData(w=d2l.tensor([2, -3.4]), b=4.2)
trainer = d2l.Trainer(max_epochs=4, gradient_clip_val=100)
trainer.fit(model, data)
with d2l.torch.no_grad():
    print("error of w:", data.w - d2l.reshape(model.w, data.w.shape), "error of b:", data.b - model.b)
    assert abs(data.b - model.b) < 0.2


# %%
class Slow(d2l.LinearRegressionScratch):
    def configure_optimizers(self):
        return d2l.SGD([self.w, self.b], self.lr / 10)


trainer.fit(slow := Slow(2, lr=0.03), data)
assert abs(data.b - slow.b) > 1

# %% [markdown]
# # 3.5 Linear regression by a layer

# %%
from d2l import torch as d2l

model = d2l.LinearRegression(lr=0.03)
data = d2l.SyntheticRegressionData(w=d2l.tensor([2, -3.4]), b=4.2, noise=0.1)
trainer = d2l.Trainer(max_epochs=3)
trainer.fit(model, data)

# %%
w, b = model.get_w_b()
print("error of w:", data.w - d2l.reshape(w, data.w.shape), "error of b:", data.b - b)
assert abs(data.b - b) < 0.1

# %% [markdown]
# # 3.7 Weight decay

# %%
from d2l import torch as d2l


# %%
class Few(d2l.DataModule):
    def __init__(self, num_train, num_val, num_inputs, batch_size):
        self.save_hyperparameters()
        n = num_train + num_val
        self.X = d2l.randn(n, num_inputs)
        w, b = d2l.ones((num_inputs, 1)) * 0.01, 0.05
        self.y = d2l.matmul(self.X, w) + b + d2l.randn(n, 1) * 0.01

    def get_dataloader(self, train):
        i = slice(0, self.num_train) if train else slice(self.num_train, None)
        return self.get_tensorloader([self.X, self.y], train, i)


def penalty(w):
    return d2l.reduce_sum(w**2) / 2


# %%
class Decayed(d2l.LinearRegressionScratch):
    def __init__(self, num_inputs, lambd, lr, sigma=0.01):
        super().__init__(num_inputs, lr, sigma)
        self.save_hyperparameters()

    def loss(self, y_hat, y):
        return super().loss(y_hat, y) + self.lambd * penalty(self.w)


data = Few(num_train=20, num_val=100, num_inputs=200, batch_size=5)
trainer = d2l.Trainer(max_epochs=10)


def train(lambd):
    model = Decayed(num_inputs=200, lambd=lambd, lr=0.01)
    model.board.yscale = "log"
    trainer.fit(model, data)
    return float(penalty(model.w.detach()))


# %%
free, held = train(0), train(3)
print(free, held)
assert held < free / 2


# %%
class DecayedByLayer(d2l.LinearRegression):
    def __init__(self, wd, lr):
        super().__init__(lr)
        self.save_hyperparameters()

    def configure_optimizers(self):
        groups = [{"params": self.net.weight, "weight_decay": self.wd}, {"params": self.net.bias}]
        return d2l.torch.optim.SGD(groups, lr=self.lr)


model = DecayedByLayer(wd=3, lr=0.01)
model.board.yscale = "log"
trainer.fit(model, data)
print(float(penalty(model.get_w_b()[0])))
