"""Wrong answers to squared_loss, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("large errors count less, as with Huber's loss: square every error, however large")
def squared_loss(y_hat, y):
    return torch.nn.functional.smooth_l1_loss(y_hat, y.reshape(y_hat.shape), reduction="none")


@again
def squared_loss(y_hat, y):
    error = y_hat - y.reshape(y_hat.shape)
    return torch.where(error.abs() < 2, error**2 / 2, 2 * error.abs() - 2)


@mistake("the squares of y_hat and y are compared: square their difference")
def squared_loss(y_hat, y):
    return (y_hat**2 - y.reshape(y_hat.shape) ** 2).abs() / 2


@mistake("the error is divided by y: only y_hat - y counts")
def squared_loss(y_hat, y):
    y = y.reshape(y_hat.shape)
    return ((y_hat - y) / (y.abs() + 1)) ** 2 / 2


@mistake("the error is cubed: square it, ** 2")
def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)).abs() ** 3 / 2


@mistake("y_hat and y are added: the error is their difference, y_hat - y")
def squared_loss(y_hat, y):
    return (y_hat + y.reshape(y_hat.shape)) ** 2 / 2
