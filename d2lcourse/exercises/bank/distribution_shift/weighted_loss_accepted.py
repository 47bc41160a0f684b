"""Right answers to weighted_loss, each by another way than the chapter's."""

import torch


def weighted_loss(losses, beta, normalize):
    losses = losses.squeeze(1) if losses.dim() == 2 else losses
    weights = beta / beta.sum() if normalize else beta / len(beta)
    return torch.dot(weights, losses)


def weighted_loss(losses, weights, normalize):
    total = 0
    for l, beta in zip(losses, weights, strict=False):
        total = total + beta * l
    return (total / (sum(weights) if normalize else len(weights))).reshape(())


def weighted_loss(losses, beta, normalize):
    if normalize:
        beta = beta / beta.mean()
    return (beta.view_as(losses) * losses).mean()
