# %% [markdown]
# # 4.2 Fashion-MNIST

# %%
from d2l import torch as d2l

data = d2l.FashionMNIST(resize=(32, 32))
print(len(data.train), len(data.val), data.train[0][0].shape)
assert data.train[0][0].shape == (1, 32, 32)

# %%
X, y = next(iter(data.train_dataloader()))
print(X.shape, X.dtype, y.shape, y.dtype)
assert X.dtype == d2l.float32
assert y.dtype == d2l.int64
assert data.text_labels(d2l.tensor([0, 9])) == ["t-shirt", "ankle boot"]

# %%
batch = next(iter(data.val_dataloader()))
data.visualize(batch)
d2l.show_images(batch[0].squeeze(1)[:4], 1, 4, titles=data.text_labels(batch[1][:4]))


# %%
@d2l.add_to_class(d2l.FashionMNIST)
def get_dataloader(self, train):
    part = self.train if train else self.val
    return d2l.torch.utils.data.DataLoader(part, self.batch_size, shuffle=train, num_workers=0)


X, y = next(iter(data.val_dataloader()))
assert y.equal(batch[1])

# %% [markdown]
# # 4.3 Classifiers

# %%
from d2l import torch as d2l


# %%
class Nearest(d2l.Classifier):
    pass


@d2l.add_to_class(Nearest)
def accuracy(self, Y_hat, Y, averaged=True):
    right = d2l.astype(d2l.argmax(Y_hat, axis=1) == Y, d2l.float32)
    return d2l.reduce_mean(right) if averaged else right


scores, classes = d2l.tensor([[0.1, 0.9], [0.8, 0.2]]), d2l.tensor([1, 1])
print(Nearest().accuracy(scores, classes), d2l.Classifier().accuracy(scores, classes, averaged=False))
assert float(d2l.Classifier().accuracy(scores, classes)) == 0.5
assert d2l.Classifier().loss(scores, classes, averaged=False).shape == (2,)

# %% [markdown]
# # 4.4 Softmax regression from scratch on Fashion-MNIST

# %%
from d2l import torch as d2l


def softmax(X):
    positive = d2l.exp(X)
    return positive / d2l.reduce_sum(positive, 1, keepdims=True)


def cross_entropy(y_hat, y):
    return -d2l.reduce_mean(d2l.log(y_hat[list(range(len(y_hat))), y]))


P = softmax(d2l.rand((2, 5)))
print(P, d2l.reduce_sum(P, 1))


# %%
class Scratch(d2l.Classifier):
    def __init__(self, num_inputs, num_outputs, lr, sigma=0.01):
        super().__init__()
        self.save_hyperparameters()
        self.W = d2l.normal(0, sigma, size=(num_inputs, num_outputs), requires_grad=True)
        self.b = d2l.zeros(num_outputs, requires_grad=True)

    def parameters(self):
        return [self.W, self.b]


@d2l.add_to_class(Scratch)
def forward(self, X):
    return softmax(d2l.matmul(d2l.reshape(X, (-1, self.W.shape[0])), self.W) + self.b)


@d2l.add_to_class(Scratch)
def loss(self, y_hat, y):
    return cross_entropy(y_hat, y)


# %%
data = d2l.FashionMNIST(batch_size=256)
model = Scratch(num_inputs=784, num_outputs=10, lr=0.1)
trainer = d2l.Trainer(max_epochs=2)
trainer.fit(model, data)
assert model.board.data["val_acc"][-1].y > 0.75

# %%
X, y = next(iter(data.val_dataloader()))
preds = d2l.argmax(model(X), axis=1)
wrong = d2l.astype(preds, y.dtype) != y
X, y, preds = X[wrong], y[wrong], preds[wrong]
pairs = zip(data.text_labels(y), data.text_labels(preds), strict=True)
labels = [f"{true}\n{guess}" for true, guess in pairs]
data.visualize([X, y], labels=labels)

# %% [markdown]
# # 4.5 Softmax regression by a layer on Fashion-MNIST

# %%
from d2l import torch as d2l

data = d2l.FashionMNIST(batch_size=256)
model = d2l.SoftmaxRegression(num_outputs=10, lr=0.1)
trainer = d2l.Trainer(max_epochs=2)
trainer.fit(model, data)
assert model.board.data["val_acc"][-1].y > 0.75
