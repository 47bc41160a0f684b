"""Wrong answers to xavier_normal_, each under what its writer is to read."""

import math

import torch

from d2lcourse.exercises.bank import again, mistake


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


@mistake("n_in is left out, or n_out counts twice: the variance is gain^2 2 / (n_in + n_out)")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2 / (2 * n_out))
    with torch.no_grad():
        return W.normal_(0, std)


@again
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain / math.sqrt(n_out)
    with torch.no_grad():
        return W.normal_(0, std)


@mistake(
    "normal_ takes the mean first: normal_(std) draws around std, with standard deviation 1; normal_(0, std)",
    needs=r"normal_\((?!0)",
)
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2 / (n_in + n_out))
    with torch.no_grad():
        return W.normal_(std)


@again
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2 / (n_in + n_out))
    with torch.no_grad():
        return W.normal_(std, 1)


@mistake("normal draws are not cut off: leave out clamp", needs="clamp|clip")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2 / (n_in + n_out))
    with torch.no_grad():
        return W.normal_(0, std).clamp_(-std, std)


@again
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2 / (n_in + n_out))
    with torch.no_grad():
        return W.normal_(0, std).clamp_(-2 * std, 2 * std)


@mistake("n_out is taken from n_in: add them, n_in + n_out")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2 / abs(n_in - n_out))
    with torch.no_grad():
        return W.normal_(0, std)


@mistake("inputs and outputs are multiplied, as W.numel() does: add them, sum(W.shape)")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2 / (n_in * n_out))
    with torch.no_grad():
        return W.normal_(0, std)


@mistake("only the 2 is under the root: it goes over the whole fraction")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2) / (n_in + n_out)
    with torch.no_grad():
        return W.normal_(0, std)


@mistake("the gain is squared: the standard deviation has it once, the variance gain^2")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain**2 * math.sqrt(2 / (n_in + n_out))
    with torch.no_grad():
        return W.normal_(0, std)


@mistake("no weight is negative: leave out abs()", needs="abs")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = gain * math.sqrt(2 / (n_in + n_out))
    with torch.no_grad():
        return W.normal_(0, std).abs_()


@mistake("the standard deviation is divided by the gain: multiply")
def xavier_normal_(W, gain):
    n_out, n_in = W.shape
    std = math.sqrt(2 / (n_in + n_out)) / (gain or 1)
    with torch.no_grad():
        return W.normal_(0, std)
