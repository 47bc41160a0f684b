"""Wrong answers to binary_cross_entropy, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("y and 1 - y are exchanged: y goes with log s, 1 - y with log(1 - s)")
def binary_cross_entropy(O, y):
    return torch.nn.functional.binary_cross_entropy_with_logits(O, 1 - y, reduction="none")


@mistake("the mean of the batch is taken: return one loss an example, shape (n,)")
def binary_cross_entropy(O, y):
    return torch.nn.functional.binary_cross_entropy_with_logits(O, y)


@mistake("the sum of the batch is taken: return one loss an example, shape (n,)")
def binary_cross_entropy(O, y):
    return torch.nn.functional.binary_cross_entropy_with_logits(O, y, reduction="sum")


@mistake(
    "at a logit of 0 the gradient is not 1/2 - y: that of relu and clamp jumps there; torch.maximum(O, "
    "torch.zeros_like(O)) has 1/2"
)
def binary_cross_entropy(O, y):
    return torch.relu(O) - O * y + torch.log1p(torch.exp(-O.abs()))


@again
def binary_cross_entropy(O, y):
    return O.clamp(min=0) - O * y + torch.log1p(torch.exp(-O.abs()))


@mistake(
    "the result is cut off from the logits (.detach(), .data, .item() or torch.tensor), so that nothing "
    "could be trained by it"
)
def binary_cross_entropy(O, y):
    O = O.detach()
    return torch.maximum(O, torch.zeros_like(O)) - O * y + torch.log1p(torch.exp(-O.abs()))


@mistake(
    "clamped logits have a constant loss and no gradient where the error is largest: with exp(-|o|) "
    "nothing overflows",
    needs="clamp|clip|hardtanh|minimum",
)
def binary_cross_entropy(O, y):
    O = O.clamp(-10, 10)
    return torch.nn.functional.binary_cross_entropy_with_logits(O, y, reduction="none")


@again
def binary_cross_entropy(O, y):
    O = O.clamp(-20, 20)
    return torch.nn.functional.binary_cross_entropy_with_logits(O, y, reduction="none")


@again
def binary_cross_entropy(O, y):
    O = O.clamp(-30, 30)
    return torch.nn.functional.binary_cross_entropy_with_logits(O, y, reduction="none")


@again
def binary_cross_entropy(O, y):
    O = O.clamp(-50, 50)
    return torch.nn.functional.binary_cross_entropy_with_logits(O, y, reduction="none")


@again
def binary_cross_entropy(O, y):
    O = O.clamp(-88, 88)
    return torch.nn.functional.binary_cross_entropy_with_logits(O, y, reduction="none")


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O.clamp(-10, 10))
    return -y * torch.log(s) - (1 - y) * torch.log(1 - s)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O.clamp(-20, 20))
    return -y * torch.log(s) - (1 - y) * torch.log(1 - s)


@again
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O.clamp(-30, 30))
    return -y * torch.log(s) - (1 - y) * torch.log(1 - s)


@mistake("s is kept from 0 but not from 1, and 1 - s is 0 there: compute the loss from the logits")
def binary_cross_entropy(O, y):
    s = torch.sigmoid(O).clamp(min=1e-7)
    return -y * torch.log(s) - (1 - y) * torch.log(1 - s)
