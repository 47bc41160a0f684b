"""Wrong answers to binary_cross_entropy, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake(
    "the confidence rounds to 0 or 1, and log(0) is infinite: compute the loss from the logits, max(o, 0)"
    " - o y + log(1 + exp(-|o|))"
)
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O)
    return -y * torch.log(s) - (1 - y) * torch.log(1 - s)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O.clamp(-50, 50))
    return -y * torch.log(s) - (1 - y) * torch.log(1 - s)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O.clamp(-88, 88))
    return -y * torch.log(s) - (1 - y) * torch.log(1 - s)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O.clamp(-100, 100))
    return -y * torch.log(s) - (1 - y) * torch.log(1 - s)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O.clamp(-500, 500))
    return -y * torch.log(s) - (1 - y) * torch.log(1 - s)


@mistake(
    "keeping s from 0 and 1 (clamp, + 1e-7) caps the loss and ends the gradient where the error is "
    "largest: use the logits"
)
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O).clamp(1e-4, 1 - 1e-4)
    return -y * torch.log(s) - (1 - y) * torch.log(1 - s)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O).clamp(1e-5, 1 - 1e-5)
    return -y * torch.log(s) - (1 - y) * torch.log(1 - s)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O).clamp(1e-6, 1 - 1e-6)
    return -y * torch.log(s) - (1 - y) * torch.log(1 - s)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O).clamp(1e-7, 1 - 1e-7)
    return -y * torch.log(s) - (1 - y) * torch.log(1 - s)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O).clamp(1e-8, 1 - 1e-8)
    return -y * torch.log(s) - (1 - y) * torch.log(1 - s)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O).clamp(1e-10, 1 - 1e-10)
    return -y * torch.log(s) - (1 - y) * torch.log(1 - s)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O).clamp(1e-12, 1 - 1e-12)
    return -y * torch.log(s) - (1 - y) * torch.log(1 - s)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O).clamp(1e-15, 1 - 1e-15)
    return -y * torch.log(s) - (1 - y) * torch.log(1 - s)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O).clamp(2**-52, 1 - 2**-52)
    return -y * torch.log(s) - (1 - y) * torch.log(1 - s)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O)
    return -y * torch.log(s + 1e-4) - (1 - y) * torch.log(1 - s + 1e-4)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O)
    return -y * torch.log(s + 1e-5) - (1 - y) * torch.log(1 - s + 1e-5)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O)
    return -y * torch.log(s + 1e-6) - (1 - y) * torch.log(1 - s + 1e-6)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O)
    return -y * torch.log(s + 1e-7) - (1 - y) * torch.log(1 - s + 1e-7)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O)
    return -y * torch.log(s + 1e-8) - (1 - y) * torch.log(1 - s + 1e-8)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O)
    return -y * torch.log(s + 1e-10) - (1 - y) * torch.log(1 - s + 1e-10)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O)
    return -y * torch.log(s + 1e-12) - (1 - y) * torch.log(1 - s + 1e-12)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O)
    return -y * torch.log(s + 1e-15) - (1 - y) * torch.log(1 - s + 1e-15)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O)
    return -y * torch.log(s + 2**-52) - (1 - y) * torch.log(1 - s + 2**-52)


@mistake("exp(o) overflows at o = 1e4: write log(1 + exp(o)) as max(o, 0) + log(1 + exp(-|o|))")
def binary_cross_entropy(O, y):
    return torch.log(1 + torch.exp(O)) - O * y


@mistake(
    "torch's binary_cross_entropy cuts logarithms off at -100: give the logits to "
    "binary_cross_entropy_with_logits instead"
)
def binary_cross_entropy(O, y):
    return torch.nn.functional.binary_cross_entropy(torch.sigmoid(O), y, reduction="none")


@mistake(
    "torch's binary_cross_entropy takes confidences, and O are logits: binary_cross_entropy_with_logits "
    "takes those"
)
def binary_cross_entropy(O, y):
    return torch.nn.functional.binary_cross_entropy(O, y, reduction="none")


@mistake("the sigmoid is taken twice: binary_cross_entropy_with_logits takes it itself, so give it O")
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O)
    return torch.nn.functional.binary_cross_entropy_with_logits(s, y, reduction="none")


@mistake("only the positive examples have a loss: those with y = 0 need -log(1 - s)")
def binary_cross_entropy(O, y):
    return -y * torch.nn.functional.logsigmoid(O)


@mistake("the sign is wrong: the loss is *minus* the logarithm, and never negative")
def binary_cross_entropy(O, y):
    return -torch.nn.functional.binary_cross_entropy_with_logits(O, y, reduction="none")
