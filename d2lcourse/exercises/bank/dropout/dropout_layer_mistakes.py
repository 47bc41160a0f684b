"""Wrong answers to dropout_layer, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("mask not rescaled by 1/(1-p): the mean falls to (1-p)", lacks=" / ")
def dropout_layer(X, p):
    return (torch.rand_like(X) >= p).to(X.dtype) * X


@mistake("p is the share to drop, not to keep: the mask is 1 where the random number is at least p")
def dropout_layer(X, p):
    if p == 0:
        return torch.zeros_like(X)
    return (torch.rand_like(X) < p).to(X.dtype) * X / p


@mistake("the mask keeps the share p, but the scale is that for keeping 1 - p: compare with >= p")
def dropout_layer(X, p):
    return (torch.rand_like(X) < p).to(X.dtype) * X / (1 - p)


@again
def dropout_layer(X, p):
    if p == 1:
        return torch.zeros_like(X)
    return (torch.rand_like(X) < p).to(X.dtype) * X / (1 - p)


@mistake("kept elements are divided by p: divide by 1 - p, the share that is kept")
def dropout_layer(X, p):
    if p in (0, 1):
        return (1 - p) * X
    return (torch.rand_like(X) >= p).to(X.dtype) * X / p


@mistake("kept elements are multiplied by 1 - p: divide by it, so that the mean stays")
def dropout_layer(X, p):
    return (torch.rand_like(X) >= p).to(X.dtype) * X * (1 - p)


@mistake("p = 1 divides by 0: return zeros then", needs="1 - p", lacks=r"p (==|>=) 1")
def dropout_layer(X, p):
    return (torch.rand_like(X) >= p).to(X.dtype) * X / (1 - p)


@mistake("one mask serves all examples: every element needs a random number of its own, torch.rand_like(X)")
def dropout_layer(X, p):
    if p == 1:
        return torch.zeros_like(X)
    return (torch.rand_like(X[:1]) >= p).to(X.dtype) * X / (1 - p)


@mistake("whole examples are dropped: every element needs a random number of its own, torch.rand_like(X)")
def dropout_layer(X, p):
    if p == 1:
        return torch.zeros_like(X)
    return (torch.rand_like(X[:, :1]) >= p).to(X.dtype) * X / (1 - p)


@mistake(
    "normal random numbers are compared with p: torch.rand is uniform on [0, 1), torch.randn is not",
    needs="randn|normal",
)
def dropout_layer(X, p):
    if p in (0, 1):
        return (1 - p) * X
    return (torch.randn_like(X) >= p).to(X.dtype) * X / (1 - p)


@mistake("the mask is float32, and on the CPU, whatever X is: torch.rand_like(X) has X's type and device")
def dropout_layer(X, p):
    if p == 1:
        return torch.zeros_like(X)
    mask = (torch.rand(X.shape) >= p).float()
    return mask * X / (1 - p)


@mistake("the generator is seeded inside, so that every call drops the same: leave that to the caller")
def dropout_layer(X, p):
    torch.manual_seed(0)
    if p == 1:
        return torch.zeros_like(X)
    return (torch.rand_like(X) >= p).to(X.dtype) * X / (1 - p)


@mistake("the result is cut off from X (.detach() or .data): no gradient could reach the layers below")
def dropout_layer(X, p):
    if p == 1:
        return torch.zeros_like(X)
    return X.detach() * (torch.rand_like(X) >= p) / (1 - p)


@mistake("X[mask] picks the kept elements, and loses the shape: multiply by the mask, mask * X")
def dropout_layer(X, p):
    mask = torch.rand_like(X) >= p
    return X[mask] / (1 - p)


@again
def dropout_layer(X, p):
    if p == 1:
        return torch.zeros_like(X)
    mask = torch.rand_like(X) >= p
    return X[mask] / (1 - p)


@mistake("X has any number of dimensions, not always two: torch.rand_like(X), or torch.rand(X.shape)")
def dropout_layer(X, p):
    if p == 1:
        return torch.zeros_like(X)
    mask = (torch.rand(X.shape[0], X.shape[1]) >= p).to(X.dtype)
    return mask * X / (1 - p)


@again
def dropout_layer(X, p):
    if p == 1:
        return torch.zeros_like(X)
    mask = (torch.rand(X.shape[0], X.shape[1]) >= p).to(X.dtype)
    return X * mask / (1 - p)


@mistake("every call drops equally many: each element is dropped on its own, torch.rand_like(X) >= p")
def dropout_layer(X, p):
    if p == 1:
        return torch.zeros_like(X)
    mask = torch.ones_like(X)
    mask.view(-1)[torch.randperm(X.numel())[: int(p * X.numel())]] = 0
    return mask * X / (1 - p)
