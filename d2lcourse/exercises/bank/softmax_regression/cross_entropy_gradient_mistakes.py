"""Wrong answers to cross_entropy_gradient, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("the sign is wrong: what is predicted less what is true, softmax(O) - one_hot(y)")
def cross_entropy_gradient(O, y):
    return torch.nn.functional.one_hot(y, O.shape[1]).to(O.dtype) - torch.softmax(O, dim=1)


@mistake("it is divided by the number of examples: every example has its own loss here, not their mean")
def cross_entropy_gradient(O, y):
    P = torch.softmax(O, dim=1)
    P[torch.arange(len(y)), y] -= 1
    return P / len(y)


@mistake("the scores are taken for probabilities: softmax(O) less the label, not O")
def cross_entropy_gradient(O, y):
    return O - torch.nn.functional.one_hot(y, O.shape[1])


@mistake("these are the probabilities: the label is still to be subtracted")
def cross_entropy_gradient(O, y):
    return torch.softmax(O, dim=1)


@mistake(
    "P[:, y] -= 1 changes every row in the columns of all labels: pick one a row, P[torch.arange(len(y)), y]"
)
def cross_entropy_gradient(O, y):
    P = torch.softmax(O, dim=1)
    P[:, y] -= 1
    return P


@mistake(
    "the maximum of the whole batch is subtracted: rows of much smaller scores become 0 / 0; subtract "
    "that of each row"
)
def cross_entropy_gradient(O, y):
    exps = torch.exp(O - O.max())
    return exps / exps.sum(dim=1, keepdim=True) - torch.nn.functional.one_hot(y, O.shape[1])


@mistake("the exponentials overflow: subtract the row maximum from the scores first, or use torch.softmax")
def cross_entropy_gradient(O, y):
    exps = torch.exp(O)
    return exps / exps.sum(dim=1, keepdim=True) - torch.nn.functional.one_hot(y, O.shape[1])


@mistake("the number of the class is subtracted, not its vector: softmax(O) - one_hot(y)")
def cross_entropy_gradient(O, y):
    return torch.softmax(O, dim=1) - y


@again
def cross_entropy_gradient(O, y):
    return torch.softmax(O, dim=1) - y.unsqueeze(1)


@mistake("softmax goes over the examples (dim=0): each row has to sum to 1, so dim=1")
def cross_entropy_gradient(O, y):
    return torch.softmax(O, dim=0) - torch.nn.functional.one_hot(y, O.shape[1])


@mistake("the maximum is that of each column, over the examples: subtract that of each row, dim=1")
def cross_entropy_gradient(O, y):
    exps = torch.exp(O - O.max(dim=0).values)
    return exps / exps.sum(dim=1, keepdim=True) - torch.nn.functional.one_hot(y, O.shape[1])


@mistake(
    "one_hot(y) has as many columns as the largest label in the batch asks for, and the last class need not "
    "be in it: one_hot(y, q)",
    needs=r"one_hot|max\(",
)
def cross_entropy_gradient(O, y):
    return torch.softmax(O, dim=1) - torch.nn.functional.one_hot(y)
