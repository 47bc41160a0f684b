import torch
from torch import nn

import d2lcore as d2l

d2l.seed_everything(0)
X = torch.linspace(-3, 3, 600).reshape(-1, 1)
y = torch.sin(X)
train_iter = d2l.load_array((X[::2], y[::2]), 30)
test_iter = d2l.load_array((X[1::2], y[1::2]), 300, is_train=False)
net = nn.Sequential(nn.Linear(1, 32), nn.Linear(32, 32), nn.Linear(32, 1))
loss = nn.MSELoss()
updater = torch.optim.Adam(net.parameters(), lr=0.02)


def step(X, y):
    l = loss(net(X), y)
    updater.zero_grad()
    l.backward()
    updater.step()
    return l.item()


def evaluate(net, data_iter):
    net.eval()
    with torch.no_grad():
        total = sum(((net(X) - y) ** 2).sum().item() for X, y in data_iter)
    return total / len(data_iter.dataset)


def train(num_epochs=20):
    for _ in range(num_epochs):
        net.train()
        losses = [step(X, y) for X, y in train_iter]
        yield sum(losses) / len(losses), evaluate(net, test_iter)


if __name__ == "__main__":
    for l, error in train():
        print(f"loss {l:.4f}, test error {error:.4f}")
