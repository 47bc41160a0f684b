"""Wrong answers to xavier_uniform_, each under what its writer is to read."""

import math

import torch

from d2lcourse.exercises.bank import mistake


@mistake("the generator is seeded inside: layers of one shape would start the same; leave that to the caller")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6 / (n_in + n_out))
    with torch.no_grad():
        return (torch.manual_seed(0), W.uniform_(-a, a))[1]
