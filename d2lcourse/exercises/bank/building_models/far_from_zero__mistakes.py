"""Wrong answers to far_from_zero_, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import mistake


@mistake("nothing is set to 0: half of the draws from U(-10, 10) lie between -5 and 5, and become 0")
@torch.no_grad()
def far_from_zero_(W):
    return W.uniform_(-10, 10)


@mistake("the wrong half is kept: 0 belongs where |w| is below 5")
@torch.no_grad()
def far_from_zero_(W):
    return W.uniform_(-10, 10).masked_fill_(W.abs() >= 5, 0)


@mistake("all that is below 5 becomes 0, the negative draws too: it is |w| that has to reach 5")
@torch.no_grad()
def far_from_zero_(W):
    W.uniform_(-10, 10)
    W *= W >= 5
    return W


@mistake("no weight is negative: draw from -10 to 10, not from 0")
@torch.no_grad()
def far_from_zero_(W):
    W.uniform_(0, 10)
    W *= W >= 5
    return W


@mistake("no weight is 0: each sign has probability 1/4, and the other half is 0")
@torch.no_grad()
def far_from_zero_(W):
    W.uniform_(5, 10)
    W *= (torch.rand(W.shape) < 0.5) * 2.0 - 1
    return W


@mistake("the three cases are equally likely: 0 has probability 1/2")
@torch.no_grad()
def far_from_zero_(W):
    W.uniform_(5, 10)
    W *= torch.randint(-1, 2, W.shape)
    return W


@mistake("one draw decides for the whole of W: each weight is drawn by itself")
@torch.no_grad()
def far_from_zero_(W):
    case = torch.rand(())
    if case < 0.5:
        return W.zero_()
    return W.uniform_(5, 10) if case < 0.75 else W.uniform_(-10, -5)


@mistake(
    "W requires gradients, and autograd allows no change of it in place: put `with torch.no_grad():` around"
)
def far_from_zero_(W):
    return W.uniform_(-10, 10).masked_fill_(W.abs() < 5, 0)


@mistake("another tensor is returned, and W is left as it was or half done: change W itself, and return it")
@torch.no_grad()
def far_from_zero_(W):
    drawn = torch.empty_like(W).uniform_(-10, 10)
    return drawn * (drawn.abs() >= 5)
