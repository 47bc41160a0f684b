"""Wrong answers to xavier_uniform_, each under what its writer is to read."""

import math

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("this a is the standard deviation: that of U(-a, a) is a / sqrt(3), so a has a 6 under the root")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(2 / (n_in + n_out))
    with torch.no_grad():
        return W.uniform_(-a, a)


@mistake("only the inputs are counted: n_in + n_out keeps a balance between values and gradients")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6 / n_in)
    with torch.no_grad():
        return W.uniform_(-a, a)


@mistake("only the outputs are counted: n_in + n_out keeps a balance between values and gradients")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6 / n_out)
    with torch.no_grad():
        return W.uniform_(-a, a)


@mistake("inputs and outputs are multiplied, as W.numel() does: add them, sum(W.shape)")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6 / (n_in * n_out))
    with torch.no_grad():
        return W.uniform_(-a, a)


@mistake("the square root is missing: 6 / (n_in + n_out) is the square of the bound")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * 6 / (n_in + n_out)
    with torch.no_grad():
        return W.uniform_(-a, a)


@mistake("only the 6 is under the root: it goes over the whole fraction")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6) / (n_in + n_out)
    with torch.no_grad():
        return W.uniform_(-a, a)


@mistake("the gain is not used: multiply the bound by it")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = math.sqrt(6 / (n_in + n_out))
    with torch.no_grad():
        return W.uniform_(-a, a)


@mistake("the gain is under the root: multiply the bound itself by it")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = math.sqrt(gain * 6 / (n_in + n_out))
    with torch.no_grad():
        return W.uniform_(-a, a)


@mistake("no weight is negative: draw between -a and a")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6 / (n_in + n_out))
    with torch.no_grad():
        return W.uniform_(0, a)


@again
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6 / (n_in + n_out))
    with torch.no_grad():
        return W.copy_(torch.rand(W.shape) * a)


@mistake("rand - 0.5 goes from -0.5 to 0.5: multiply it by 2 a")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6 / (n_in + n_out))
    with torch.no_grad():
        return W.copy_((torch.rand(W.shape) - 0.5) * a)


@mistake("the weights are normally distributed: uniform_ draws evenly between -a and a")
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6 / (n_in + n_out))
    with torch.no_grad():
        return W.normal_(0, a)


@again
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6 / (n_in + n_out))
    with torch.no_grad():
        return W.normal_(0, a / math.sqrt(3))


@mistake(
    "W requires gradients, and autograd allows no change of it in place: put `with torch.no_grad():` around"
)
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6 / (n_in + n_out))
    return W.uniform_(-a, a)


@mistake(
    "W is left as it was, and another tensor is returned: fill W itself, in place, as uniform_ and normal_ do"
)
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6 / (n_in + n_out))
    with torch.no_grad():
        return torch.empty_like(W).uniform_(-a, a)


@mistake(
    "W is filled, but another tensor is returned, which W.data and W.detach() are: `return W`, on a line "
    "of its own"
)
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6 / (n_in + n_out))
    with torch.no_grad():
        return W.data.uniform_(-a, a)


@mistake(
    "every row is the same: units with equal weights get equal gradients and stay equal; draw each weight"
)
def xavier_uniform_(W, gain):
    n_out, n_in = W.shape
    a = gain * math.sqrt(6 / (n_in + n_out))
    with torch.no_grad():
        return W.copy_(W[0].clone().uniform_(-a, a).expand(W.shape))
