"""Answers to squared_loss, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("y is not brought to the shape of y_hat, so labels of shape (n,) give an (n, n) result.")
def squared_loss(y_hat, y):
    return (y_hat - y) ** 2 / 2


@wrong("The half is missing.")
def squared_loss(y_hat, y):
    return torch.nn.functional.mse_loss(y_hat, y.reshape(y_hat.shape), reduction="none")


@wrong("The mean over the examples is returned.")
def squared_loss(y_hat: Tensor, y: Tensor) -> Tensor:
    diff = y_hat - y.reshape(y_hat.shape)
    return 0.5 * diff.pow(2).mean()


@wrong("unsqueeze is also applied to labels that already have shape (n, 1).")
def squared_loss(y_hat, y):
    target = y.unsqueeze(1)
    error = torch.sub(y_hat, target)
    return torch.mul(error, error) / 2


@wrong("The predictions are brought to the shape of the labels, so that (n,) labels give an (n,) result.")
def squared_loss(y_hat, y):
    return torch.square(y_hat.view_as(y) - y) * 0.5


@wrong("unsqueeze_ changes the shape of the caller's labels.")
def squared_loss(y_hat, y):
    if y.dim() == 1:
        y.unsqueeze_(1)
    return (y_hat - y).pow(2) / 2


@wrong("The parentheses are missing: the square belongs to y alone.")
def squared_loss(y_hat, y):
    y = y.reshape(-1, 1)
    return (y_hat - y**2) / 2


@wrong("// rounds the half down.")
def squared_loss(y_hat, y):
    d = y_hat - y.view(-1, 1)
    return d * d // 2


@wrong("^ is the exclusive or of Python, no power, and raises an error for floats.")
def squared_loss(y_hat, y):
    y = y.reshape(y_hat.shape)
    return (y_hat - y)^2 / 2


@right("The loss of each example in a loop, stacked.")
def squared_loss(y_hat, y):
    losses = []
    for guess, truth in zip(y_hat.flatten(), y.flatten()):
        error = guess - truth
        losses.append(error * error / 2)
    return torch.stack(losses).unsqueeze(1)


@right("Half the mse_loss without reduction.")
def squared_loss(y_hat, y):
    y = y.reshape_as(y_hat).to(y_hat.dtype)
    return torch.nn.functional.mse_loss(y_hat, y, reduction="none").div(2)
