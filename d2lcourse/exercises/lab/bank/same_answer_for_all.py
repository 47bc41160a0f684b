import torch
from torch import nn

import d2lcore as d2l

d2l.seed_everything(0)
X = torch.randn(500, 2)
y = X @ torch.tensor([2.0, -3.4]) + 4.2 + 0.01 * torch.randn(500)
train_iter = d2l.load_array((X[:400], y[:400]), 20)
test_iter = d2l.load_array((X[400:], y[400:]), 100, is_train=False)
net = nn.Linear(2, 1)
loss = nn.MSELoss()
updater = torch.optim.SGD(net.parameters(), lr=0.03)


def step(X, y):
    l = loss(net(X), y)
    updater.zero_grad()
    l.backward()
    updater.step()
    return l.item()


def evaluate(net, data_iter):
    net.eval()
    with torch.no_grad():
        total = sum(((net(X).squeeze(1) - y) ** 2).sum().item() for X, y in data_iter)
    return total / len(data_iter.dataset)


def train(num_epochs=8):
    for _ in range(num_epochs):
        net.train()
        losses = [step(X, y) for X, y in train_iter]
        yield sum(losses) / len(losses), evaluate(net, test_iter)


if __name__ == "__main__":
    for l, error in train():
        print(f"loss {l:.4f}, test error {error:.4f}")
