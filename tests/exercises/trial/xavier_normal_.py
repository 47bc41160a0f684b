"""Answers to xavier_normal_, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("The variance is used as the standard deviation.")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    with torch.no_grad():
        W.normal_(0, gain**2 * 2 / (n_in + n_out))
    return W


@wrong("A new tensor is returned, and W itself is not filled.")
def xavier_normal_(W, gain):
    std = gain * (2 / sum(W.shape)) ** 0.5
    W = torch.randn(W.shape, dtype=W.dtype) * std
    return W


@wrong("Without torch.no_grad() a W that requires gradients raises an error.")
def xavier_normal_(W: Tensor, gain: float) -> Tensor:
    import math

    std = gain * math.sqrt(2.0 / (W.shape[0] + W.shape[1]))
    return W.normal_(0.0, std)


@wrong("The standard deviation is given as the mean of normal_.")
def xavier_normal_(W, gain):
    rows, cols = W.size()
    sigma = gain * (2 / (rows + cols)) ** 0.5
    W.data.normal_(sigma)
    return W


@wrong("Only n_in is counted: variance 2 / n_in.")
def xavier_normal_(W, gain):
    n_in = W.shape[1]
    noise = torch.randn_like(W.detach())
    W.data.copy_(noise * gain * (2 / n_in) ** 0.5)
    return W


@wrong("The values of W are scaled and not drawn anew.")
def xavier_normal_(W, gain):
    with torch.no_grad():
        W *= gain * (2 / (W.size(0) + W.size(1))) ** 0.5
    return W


@wrong("One row is drawn and given to all the units.")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * (2 / (n_in + n_out)) ** 0.5
    with torch.no_grad():
        W[:] = torch.randn(n_in, dtype=W.dtype) * std
    return W


@wrong("gain is under the root without its square, so the variance grows with gain and not gain^2.")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    scale = torch.sqrt(torch.tensor(gain * 2 / (n_in + n_out)))
    with torch.no_grad():
        W.normal_().mul_(scale.item())
    return W


@wrong("It returns nothing.")
def xavier_normal_(W, gain):
    fan = W.shape[0] + W.shape[1]
    W.data.normal_(mean=0, std=gain * (2 / fan) ** 0.5)


@right("Row by row, with randn.")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    sigma = gain * (2.0 / (n_out + n_in)) ** 0.5
    with torch.no_grad():
        for row in W:
            row.copy_(sigma * torch.randn(n_in, dtype=torch.float64))
    return W


@right("Standard normal draws through .data, scaled afterwards.")
def xavier_normal_(W, gain):
    import math

    W.data.normal_()
    W.data.mul_(gain * math.sqrt(2 / (W.shape[0] + W.shape[1])))
    return W
