"""Right answers to xavier_uniform_, each by another way than the chapter's."""

import torch


def xavier_uniform_(weight, gain):
    bound = gain * (6 / sum(weight.shape)) ** 0.5
    weight.data.uniform_(-bound, bound)
    return weight


@torch.no_grad()
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    std = gain * (2 / (n_in + n_out)) ** 0.5
    W.copy_((2 * torch.rand(W.shape) - 1) * 3**0.5 * std)
    return W


def xavier_uniform_(W, gain):
    a = gain * (6 / (len(W) + len(W[0]))) ** 0.5
    with torch.no_grad():
        for i in range(len(W)):
            W[i] = a - 2 * a * torch.rand(len(W[i]), dtype=W.dtype)
    return W


def xavier_uniform_(W, gain):
    a = gain * torch.sqrt(torch.tensor(6 / (W.size(0) + W.size(1)))).item()
    with torch.no_grad():
        W.uniform_(0, 1).mul_(2).sub_(1).mul_(a)
    return W
