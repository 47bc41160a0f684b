"""Points of the plane in two classes, for players that draw it."""

import functools

import torch
from torch import Tensor

from chapters import perceptron

REACH = 2.5  # the pictures show the plane from -REACH to REACH, on both axes
DATA = ("moons", "circles", "XOR", "spiral")


@functools.cache
def points(name: str) -> tuple[Tensor, Tensor]:
    """200 points in random order, shape (200, 2), and their classes, 0 or 1; name: one of DATA."""
    from sklearn import datasets

    draw = torch.Generator().manual_seed(0)
    y = torch.arange(200) // 100
    if name == "moons":
        X, y = map(torch.tensor, datasets.make_moons(200, noise=0.2, random_state=0))
        X = 1.3 * (X - torch.tensor([0.5, 0.25]))
    elif name == "circles":
        X, y = map(torch.tensor, datasets.make_circles(200, noise=0.12, factor=0.5, random_state=0))
        X = 1.8 * X
    elif name == "XOR":
        corners = torch.tensor(perceptron.XOR_X).repeat(50, 1)
        X = 1.2 * corners + 0.45 * torch.randn(200, 2, generator=draw)
        y = (torch.tensor(perceptron.XOR_Y).repeat(50) > 0).long()
    else:  # two arms, each one turn
        radius = torch.linspace(0.2, 2.2, 100).repeat(2)
        angle = torch.pi * (radius + y)
        X = torch.stack([radius * angle.sin(), radius * angle.cos()], dim=1)
        X = X + 0.05 * torch.randn(200, 2, generator=draw)
    order = torch.randperm(200, generator=draw)
    return X.float()[order], y[order]


def plane(side: int, reach: float = REACH) -> Tensor:
    """The points of a grid over the plane, row by row from below, shape (side * side, 2)."""
    line = torch.linspace(-reach, reach, side)
    return torch.cartesian_prod(line, line).flip(1)
