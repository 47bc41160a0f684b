"""Wrong answers to xavier_uniform_, each under what its writer is to read."""

import math

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("the generator is seeded inside: layers of one shape would start the same; leave that to the caller")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6 / (n_in + n_out))
    with torch.no_grad():
        return (torch.manual_seed(0), W.uniform_(-a, a))[1]


@mistake("n_in counts twice: add n_in and n_out")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6 / (2 * n_in))
    with torch.no_grad():
        return W.uniform_(-a, a)


@mistake("n_out counts twice: add n_in and n_out")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6 / (2 * n_out))
    with torch.no_grad():
        return W.uniform_(-a, a)


@mistake("this is 1 / sqrt(n_in), with which torch.nn.Linear starts: Xavier's has n_in + n_out")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain / math.sqrt(n_in)
    with torch.no_grad():
        return W.uniform_(-a, a)


@mistake("this is 1 / sqrt(n_out): the 6 stands over n_in + n_out")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain / math.sqrt(n_out)
    with torch.no_grad():
        return W.uniform_(-a, a)


@mistake(
    "uniform_ takes two bounds: with one it draws from there to 1; uniform_(-a, a)",
    needs=r"uniform_\([^,]*\)",
)
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6 / (n_in + n_out))
    with torch.no_grad():
        return W.uniform_(a)


@again
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6 / (n_in + n_out))
    with torch.no_grad():
        return W.uniform_(-a)


@mistake("n_out is taken from n_in: add them, n_in + n_out")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6 / abs(n_in - n_out))
    with torch.no_grad():
        return W.uniform_(-a, a)


@mistake("a 2 is missing under the root, or 3 is in the place of 6: gain * sqrt(6 / (n_in + n_out))")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(3 / (n_in + n_out))
    with torch.no_grad():
        return W.uniform_(-a, a)


@mistake("the gain is squared: the bound has it once")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain**2 * math.sqrt(6 / (n_in + n_out))
    with torch.no_grad():
        return W.uniform_(-a, a)


@mistake("the bound is divided by the gain: multiply")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = math.sqrt(6 / (n_in + n_out)) / (gain or 1)
    with torch.no_grad():
        return W.uniform_(-a, a)
