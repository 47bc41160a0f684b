"""Right answers to squared_loss, each by another way than the chapter's."""

import torch


def squared_loss(y_hat, y):
    return 0.5 * torch.square(y_hat - y.view_as(y_hat))


def squared_loss(y_hat, y):
    return torch.nn.functional.mse_loss(y_hat, y.reshape(-1, 1), reduction="none") / 2


def squared_loss(predicted, true):
    losses = [(p - t) * (p - t) / 2 for p, t in zip(predicted.flatten(), true.flatten(), strict=False)]
    return torch.stack(losses).reshape(predicted.shape)
