"""Wrong answers to xavier_normal_, each under what its writer is to read."""

import math

import torch

from d2lcourse.exercises.bank import mistake


@mistake(
    "every row is the same: units with equal weights get equal gradients and stay equal; draw each weight"
)
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2 / (n_in + n_out))
    with torch.no_grad():
        return W.copy_((std * torch.randn(n_in)).expand(W.shape))


@mistake("the generator is seeded inside: layers of one shape would start the same; leave that to the caller")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2 / (n_in + n_out))
    with torch.no_grad():
        return (torch.manual_seed(0), W.normal_(0, std))[1]
