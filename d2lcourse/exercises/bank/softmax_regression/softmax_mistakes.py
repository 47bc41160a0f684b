"""Wrong answers to softmax, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("softmax overflows: subtract the row maximum first")
def softmax(O):
    exps = torch.exp(O)
    return exps / exps.sum(dim=1, keepdim=True)


@mistake("the sum goes over the examples, dim=0: each row has to sum to 1, so sum over the classes, dim=1")
def softmax(O):
    exps = torch.exp(O - O.max())
    return exps / exps.sum(dim=0, keepdim=True)


@again
def softmax(O):
    exps = torch.exp(O)
    return exps / exps.sum(dim=0)


@mistake("the sum goes over the whole batch: each row has to sum to 1, so sum over the classes, dim=1")
def softmax(O):
    exps = torch.exp(O - O.max())
    return exps / exps.sum()


@again
def softmax(O):
    exps = torch.exp(O)
    return exps / exps.sum()


@mistake(
    "the maximum of the whole batch is subtracted: rows of much smaller scores become 0 / 0; subtract "
    "that of each row"
)
def softmax(O):
    exps = torch.exp(O - O.max())
    return exps / exps.sum(dim=1, keepdim=True)


@mistake("the rows are not divided by their sums: exponentials alone are no probabilities")
def softmax(O):
    return torch.exp(O - O.amax(dim=1, keepdim=True))


@mistake("this is the logarithm of softmax: take the exponential")
def softmax(O):
    return O - O.logsumexp(dim=1, keepdim=True)


@mistake("without keepdim=True the sums are a row, not a column: they do not fit the rows they belong to")
def softmax(O):
    exps = torch.exp(O - O.amax(dim=1, keepdim=True))
    return exps / exps.sum(dim=1)


@again
def softmax(O):
    exps = torch.exp(O)
    return exps / exps.sum(dim=1)


@mistake("the scores are divided by their sum: take their exponentials first")
def softmax(O):
    return O / O.sum(dim=1, keepdim=True)


@mistake("the maximum is that of each column, over the examples: subtract that of each row, dim=1")
def softmax(O):
    exps = torch.exp(O - O.max(dim=0).values)
    return exps / exps.sum(dim=1, keepdim=True)


@mistake(
    "without keepdim=True the maxima are a row, not a column: O.amax(dim=1, keepdim=True) fits the rows of O"
)
def softmax(O):
    exps = torch.exp(O - O.max(dim=1).values)
    return exps / exps.sum(dim=1, keepdim=True)


@again
def softmax(O):
    exps = torch.exp(O - O.max(dim=1).values)
    return exps / exps.sum(dim=1)


@mistake(
    "max(dim=1) gives the values and their places, two tensors: take .values, or use O.amax(dim=1, "
    "keepdim=True)",
    needs=r"\bmax\(",
)
def softmax(O):
    exps = torch.exp(O - O.max(dim=1, keepdim=True))
    return exps / exps.sum(dim=1, keepdim=True)


@mistake(
    "the scores are clamped, so that large ones become equal: subtract the row maximum instead",
    needs="clamp|clip|minimum",
)
def softmax(O):
    exps = torch.exp(O.clamp(-50, 50))
    return exps / exps.sum(dim=1, keepdim=True)
