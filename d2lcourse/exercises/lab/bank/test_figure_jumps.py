import torch
from torch import nn

import d2lcore as d2l

d2l.seed_everything(0)
train_iter, test_iter = d2l.load_data("digits", 64)
net = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.7), nn.Linear(64, 10))
loss = nn.CrossEntropyLoss()
updater = torch.optim.SGD(net.parameters(), lr=0.3)


def step(X, y):
    l = loss(net(X), y)
    updater.zero_grad()
    l.backward()
    updater.step()
    return l.item()


def evaluate(net, data_iter):
    with torch.no_grad():
        correct = sum((net(X).argmax(dim=1) == y).sum().item() for X, y in data_iter)
    return correct / len(data_iter.dataset)


def train(num_epochs=8):
    for _ in range(num_epochs):
        net.train()
        losses = [step(X, y) for X, y in train_iter]
        yield sum(losses) / len(losses), evaluate(net, test_iter)


if __name__ == "__main__":
    for l, accuracy in train():
        print(f"loss {l:.3f}, test accuracy {accuracy:.3f}")
