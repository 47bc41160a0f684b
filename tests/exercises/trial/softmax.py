"""Answers to softmax, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("exp overflows for large scores, as nothing is subtracted.")
def softmax(O):
    e = torch.exp(O)
    return e / e.sum(dim=1, keepdim=True)


@wrong("The sum goes over the columns' axis 0, so that columns and not rows sum to 1.")
def softmax(O: Tensor) -> Tensor:
    O = O - O.max(dim=0, keepdim=True).values
    e = O.exp()
    return e / e.sum(0, keepdim=True)


@wrong("keepdim is missing in the sum, so rows do not fit to the sums or are divided by wrong ones.")
def softmax(O):
    top = O.max(dim=1, keepdim=True)[0]
    exps = torch.exp(O - top)
    return exps / torch.sum(exps, dim=1)


@wrong("The largest score of all rows is subtracted, so a row far below it becomes 0 / 0.")
def softmax(O):
    shifted = O - torch.max(O)
    exps = torch.exp(shifted)
    return exps / exps.sum(axis=1, keepdims=True)


@wrong("The maximum is subtracted in place, so the argument is changed.")
def softmax(O):
    O -= O.amax(1, keepdim=True)
    p = O.exp()
    p /= p.sum(1, keepdim=True)
    return p


@wrong("The scores are limited to 80, so larger ones are all the same.")
def softmax(O):
    safe = O.clamp(-80, 80)
    e = safe.exp()
    return torch.einsum("nq,n->nq", e, 1 / e.sum(1))


@wrong("The mean of the row is subtracted in place of its maximum, and exp can still overflow.")
def softmax(O):
    rows = []
    for o in O:
        e = torch.exp(o - o.mean())
        rows.append(e / e.sum())
    return torch.stack(rows)


@wrong("max(dim=1) gives a pair of values and indices, and subtracting it raises an error.")
def softmax(O):
    O = O - O.max(dim=1, keepdim=True)
    return O.exp() / O.exp().sum(dim=1, keepdim=True)


@right("exp of the score less logsumexp.")
def softmax(O):
    return torch.exp(O - torch.logsumexp(O, dim=1, keepdim=True))


@right("Transposed, so that broadcasting needs no keepdim.")
def softmax(O):
    columns = O.T
    weights = torch.exp(columns - columns.amax(dim=0))
    return (weights / weights.sum(dim=0)).T
