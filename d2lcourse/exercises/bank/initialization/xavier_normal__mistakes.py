"""Wrong answers to xavier_normal_, each under what its writer is to read."""

import math

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("normal_ is given the variance: what it takes is the standard deviation, the square root of that")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain**2 * 2 / (n_in + n_out)
    with torch.no_grad():
        return W.normal_(0, std)


@again
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * 2 / (n_in + n_out)
    with torch.no_grad():
        return W.normal_(0, std)


@mistake("this is the bound of the uniform distribution: its 6 is 3 times the 2 of a standard deviation")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(6 / (n_in + n_out))
    with torch.no_grad():
        return W.normal_(0, std)


@mistake("this is He's, for ReLUs, which counts the inputs alone: Xavier's has n_in + n_out")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2 / n_in)
    with torch.no_grad():
        return W.normal_(0, std)


@mistake(
    "only values going forward keep their variance with 1 / n_in: gradients ask for 1 / n_out, and 2 / "
    "(n_in + n_out) lies between"
)
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(1 / n_in)
    with torch.no_grad():
        return W.normal_(0, std)


@again
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2 / (n_in + n_in))
    with torch.no_grad():
        return W.normal_(0, std)


@mistake("only the outputs are counted: the variance is 2 / (n_in + n_out)")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2 / n_out)
    with torch.no_grad():
        return W.normal_(0, std)


@mistake("the 2 is missing: what 1 is divided by is the *mean* of n_in and n_out")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(1 / (n_in + n_out))
    with torch.no_grad():
        return W.normal_(0, std)


@mistake("the standard deviation is 0.01, whatever the layer: let it depend on n_in + n_out")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = 0.01
    with torch.no_grad():
        return W.normal_(0, std)


@again
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * 0.01
    with torch.no_grad():
        return W.normal_(0, std)


@mistake("these are standard normal numbers: multiply them by the standard deviation")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2 / (n_in + n_out))
    with torch.no_grad():
        return W.copy_(torch.randn(W.shape))


@mistake("the gain is not used: multiply the standard deviation by it")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = math.sqrt(2 / (n_in + n_out))
    with torch.no_grad():
        return W.normal_(0, std)


@mistake("the gain is under the root: multiply the standard deviation itself by it")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = math.sqrt(gain * 2 / (n_in + n_out))
    with torch.no_grad():
        return W.normal_(0, std)


@mistake("the weights are uniformly distributed: normal_ draws from a normal distribution")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2 / (n_in + n_out))
    with torch.no_grad():
        return W.uniform_(-std * math.sqrt(3), std * math.sqrt(3))


@mistake("rand draws between 0 and 1: randn is the normal one, of mean 0")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2 / (n_in + n_out))
    with torch.no_grad():
        return W.copy_(std * torch.rand(W.shape))


@mistake(
    "W requires gradients, and autograd allows no change of it in place: put `with torch.no_grad():` around"
)
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2 / (n_in + n_out))
    return W.normal_(0, std)


@mistake(
    "W is left as it was, and another tensor is returned: fill W itself, in place, as uniform_ and normal_ do"
)
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2 / (n_in + n_out))
    with torch.no_grad():
        return std * torch.randn(W.shape)


@mistake(
    "W is filled, but another tensor is returned, which W.data and W.detach() are: `return W`, on a line "
    "of its own"
)
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2 / (n_in + n_out))
    with torch.no_grad():
        return W.data.normal_(0, std)
