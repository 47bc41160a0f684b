"""Answers to xavier_uniform_, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("The draws are from U(0, a), never below 0.")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * (6 / (n_in + n_out)) ** 0.5
    with torch.no_grad():
        W.uniform_(0, a)
    return W


@wrong("2 in place of 6 under the root: the standard deviation is used as the bound.")
def xavier_uniform_(W: Tensor, gain: float) -> Tensor:
    import math

    bound = gain * math.sqrt(2 / (W.shape[0] + W.shape[1]))
    W.data.uniform_(-bound, bound)
    return W


@wrong("The parentheses are missing: rand * 2 - 1 * a.")
def xavier_uniform_(W, gain):
    n_out, n_in = W.size()
    a = gain * (6 / (n_in + n_out)) ** 0.5
    with torch.no_grad():
        W.copy_(torch.rand(n_out, n_in, dtype=W.dtype) * 2 - 1 * a)
    return W


@wrong("Only the sign is random: every weight is a or -a.")
def xavier_uniform_(W, gain):
    limit = gain * (6 / sum(W.shape)) ** 0.5
    signs = torch.sign(torch.rand(W.shape) - 0.5)
    W.data[:] = limit * signs
    return W


@wrong("A single number is drawn for each row.")
def xavier_uniform_(W, gain):
    import random

    n_out, n_in = W.shape
    a = gain * (6 / (n_in + n_out)) ** 0.5
    with torch.no_grad():
        for i in range(n_out):
            W[i] = random.uniform(-a, a)
    return W


@wrong("It returns W.data, a tensor of its own and not W itself.")
def xavier_uniform_(W, gain):
    a = gain * (6 / (W.shape[0] + W.shape[1])) ** 0.5
    return W.data.uniform_(-a, a)


@wrong("Without torch.no_grad() a W that requires gradients raises an error.")
def xavier_uniform_(W, gain):
    a = gain * (6 / (W.shape[0] + W.shape[1])) ** 0.5
    W.uniform_(-a, a)
    return W


@wrong("gain is under the root.")
def xavier_uniform_(W, gain):
    rows, columns = W.shape
    r = (gain * 6 / (rows + columns)) ** 0.5
    with torch.no_grad():
        W[...] = (torch.rand_like(W) - 0.5) * 2 * r
    return W


@wrong("Normal draws cut off at the bounds in place of uniform ones.")
def xavier_uniform_(W, gain):
    a = gain * (6 / (W.shape[0] + W.shape[1])) ** 0.5
    draws = torch.randn(W.shape, dtype=W.dtype) * a
    W.data.copy_(draws.clamp(-a, a))
    return W


@wrong("Divided by the number of weights, n_in n_out, and not by n_in + n_out.")
def xavier_uniform_(W, gain):
    a = gain * (6 / W.numel()) ** 0.5
    with torch.no_grad():
        return W.uniform_(-a, a)


@right("The distribution from torch.distributions, copied in.")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * (6 / (n_in + n_out)) ** 0.5
    if a == 0:
        W.data.zero_()
    else:
        draws = torch.distributions.Uniform(-a, a).sample(W.shape)
        W.data.copy_(draws)
    return W


@right("Draws from U(0, 1), stretched and moved in place.")
def xavier_uniform_(W, gain):
    a = gain * (6 / sum(W.shape)) ** 0.5
    with torch.no_grad():
        W.uniform_().mul_(2 * a).sub_(a)
    return W
