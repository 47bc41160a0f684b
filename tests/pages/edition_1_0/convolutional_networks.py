# %% [markdown]
# # 7.2 Cross-correlation

# %%
from d2l import torch as d2l

X = d2l.ones((6, 8))
X[:, 2:6] = 0
K = d2l.tensor([[1.0, -1.0]])
Y = d2l.corr2d(X, K)
assert Y.shape == (6, 7)
assert (Y[:, 1] == 1).all()
assert (Y[:, 5] == -1).all()
assert not d2l.corr2d(d2l.transpose(X), K).any()


# %%
class Learned(d2l.nn_Module):
    def __init__(self, size):
        super().__init__()
        self.weight = d2l.torch.nn.Parameter(d2l.rand(size))

    def forward(self, X):
        return d2l.corr2d(X, self.weight)


layer = Learned((1, 2))
for _ in range(30):
    loss = d2l.reduce_sum((layer(X) - Y) ** 2)
    layer.zero_grad()
    loss.backward()
    layer.weight.data[:] -= 0.02 * layer.weight.grad
print(d2l.reshape(layer.weight.data, (1, 2)))
assert float(loss.detach()) < 0.1

# %% [markdown]
# # 7.6 LeNet on Fashion-MNIST

# %%
from d2l import torch as d2l

model = d2l.LeNet()
model.layer_summary((1, 1, 28, 28))


# %%
class Part(d2l.FashionMNIST):
    def get_dataloader(self, train):
        X, y = (self.train if train else self.val).batch(slice(0, 1024))
        return self.get_tensorloader((X, y), train)


trainer = d2l.Trainer(max_epochs=2, num_gpus=1)
data = Part(batch_size=128)
model = d2l.LeNet(lr=0.1)
model.apply_init([next(iter(data.get_dataloader(True)))[0]], d2l.init_cnn)
trainer.fit(model, data)
assert list(model.board.data) == ["train_loss", "val_loss", "val_acc"]
