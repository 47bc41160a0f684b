"""Wrong answers to cross_entropy, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import mistake


@mistake("the score of the true class is missing: subtract O[torch.arange(len(y)), y]")
def cross_entropy(O, y):
    return O.logsumexp(dim=1)


@mistake("the maximum is that of each column, over the examples: subtract that of each row, dim=1")
def cross_entropy(O, y):
    O = O - O.max(dim=0).values
    return O.exp().sum(dim=1).log() - O[torch.arange(len(y)), y]


@mistake(
    "one_hot(y) has as many columns as the largest label in the batch asks for, and the last class need not "
    "be in it: one_hot(y, q)",
    needs=r"one_hot|max\(",
)
def cross_entropy(O, y):
    return -(torch.log_softmax(O, dim=1) * torch.nn.functional.one_hot(y)).sum(dim=1)


@mistake("the loss is cut off at a largest value: scores far apart may give any loss")
def cross_entropy(O, y):
    return -torch.log_softmax(O, dim=1).clamp(min=-100)[torch.arange(len(y)), y]
