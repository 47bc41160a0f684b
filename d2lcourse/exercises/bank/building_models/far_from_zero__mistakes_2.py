"""Wrong answers to far_from_zero_, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("|w| is always 7.5, the mean: draw it from U(5, 10)")
@torch.no_grad()
def far_from_zero_(W):
    W.uniform_(-10, 10)
    return W.copy_(torch.where(W.abs() < 5, 0, W.sign() * 7.5))


@mistake("the draws are normal: uniform_ draws evenly between two bounds")
@torch.no_grad()
def far_from_zero_(W):
    W.normal_(0, 7.5)
    return W.masked_fill_(W.abs() < 5, 0)


@mistake("weights between -5 and 5 are moved to 5 or -5: they become 0")
@torch.no_grad()
def far_from_zero_(W):
    W.uniform_(-10, 10)
    return W.copy_(torch.where(W.abs() < 5, W.sign() * 5, W))


@mistake("whole columns are 0, or have one sign: each weight is drawn by itself, in the shape of W")
@torch.no_grad()
def far_from_zero_(W):
    case = torch.rand(W.shape[1])
    sign = torch.where(case < 0.25, -1, torch.where(case < 0.5, 1, 0))
    return W.uniform_(5, 10).mul_(sign)


@again
@torch.no_grad()
def far_from_zero_(W):
    case = torch.rand(len(W), 1)
    sign = torch.where(case < 0.25, -1, torch.where(case < 0.5, 1, 0))
    return W.uniform_(5, 10).mul_(sign)
