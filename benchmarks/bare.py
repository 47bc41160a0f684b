"""The bare loop: an epoch over images in memory, without any helper.

It checks nothing, so it is the floor: what the helpers cost above it is the price of their checks.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


def fashion(folder: str) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training images and labels, test images and labels, whole and as they are stored."""
    from torchvision.datasets import FashionMNIST

    train, test = (FashionMNIST(folder, train=part) for part in (True, False))
    return train.data, train.targets, test.data, test.targets


def train_epoch(
    net: nn.Module, images: Tensor, labels: Tensor, batch_size: int, optimizer: torch.optim.Optimizer
) -> tuple[float, float]:
    """Mean loss and accuracy over one pass; images: uint8 (n, h, w)."""
    net.train()
    loss_sum, correct = torch.zeros(()), torch.zeros((), dtype=torch.int64)
    for rows in torch.randperm(len(images)).split(batch_size):
        X, y = images.index_select(0, rows).float() / 255, labels.index_select(0, rows)
        y_hat = net(X)
        l = cross_entropy(y_hat, y)
        optimizer.zero_grad()
        l.backward()
        optimizer.step()
        loss_sum += l.detach() * len(y)
        correct += (y_hat.argmax(dim=1) == y).sum()
    return loss_sum.item() / len(images), correct.item() / len(images)


def evaluate(net: nn.Module, images: Tensor, labels: Tensor, batch_size: int) -> float:
    net.eval()
    correct = torch.zeros((), dtype=torch.int64)
    with torch.no_grad():
        for X, y in zip(images.split(batch_size), labels.split(batch_size), strict=True):
            correct += (net(X.float() / 255).argmax(dim=1) == y).sum()
    return correct.item() / len(images)
