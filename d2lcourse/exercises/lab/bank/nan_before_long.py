import torch
from torch import nn

import d2lcore as d2l

d2l.seed_everything(0)
X = 6 * torch.randn(600, 2)
y = (X.sum(dim=1, keepdim=True) > 1).float()
train_iter = d2l.load_array((X[:500], y[:500]), 20)
test_iter = d2l.load_array((X[500:], y[500:]), 100, is_train=False)
net = nn.Linear(2, 1)
updater = torch.optim.SGD(net.parameters(), lr=0.3)


def loss(o, y):
    p = torch.sigmoid(o)
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()


def step(X, y):
    l = loss(net(X), y)
    updater.zero_grad()
    l.backward()
    updater.step()
    return l.item()


def evaluate(net, data_iter):
    net.eval()
    with torch.no_grad():
        correct = sum(((net(X) > 0) == y).sum().item() for X, y in data_iter)
    return correct / len(data_iter.dataset)


def train(num_epochs=8):
    for _ in range(num_epochs):
        net.train()
        losses = [step(X, y) for X, y in train_iter]
        yield sum(losses) / len(losses), evaluate(net, test_iter)


if __name__ == "__main__":
    for l, accuracy in train():
        print(f"loss {l:.3f}, test accuracy {accuracy:.3f}")
