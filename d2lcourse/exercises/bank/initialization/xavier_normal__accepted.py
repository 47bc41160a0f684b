"""Right answers to xavier_normal_, each by another way than the chapter's."""

import torch


def xavier_normal_(W, gain):
    W.data = gain * (2 / sum(W.shape)) ** 0.5 * torch.randn_like(W)
    return W


@torch.no_grad()
def xavier_normal_(weight, gain):
    for row in weight:
        row.copy_(torch.randn(len(row)))
    return weight.mul_(gain).div_((sum(weight.shape) / 2) ** 0.5)


def xavier_normal_(W, gain):
    variance = gain**2 / ((W.shape[0] + W.shape[1]) / 2)
    with torch.no_grad():
        W[:] = torch.normal(torch.zeros(W.shape), variance**0.5)
    return W


def xavier_normal_(W, gain):
    with torch.no_grad():
        W.normal_(std=gain * (2 / sum(W.size())) ** 0.5)
    return W
