"""Wrong answers to dropout_layer, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("one random number serves a whole image or channel: every element needs its own, torch.rand_like(X)")
def dropout_layer(X, p):
    if p == 1:
        return torch.zeros_like(X)
    mask = torch.rand(X.shape[:2]).reshape(X.shape[:2] + (1,) * (X.dim() - 2)) >= p
    return mask.to(X.dtype) * X / (1 - p)


@mistake(
    "all examples share one mask where X has more than two axes: draw one number an element, rand_like(X)"
)
def dropout_layer(X, p):
    if p == 1:
        return torch.zeros_like(X)
    shape = X.shape if X.dim() <= 2 else X.shape[1:]
    return (torch.rand(shape) >= p).to(X.dtype) * X / (1 - p)


@mistake("p is the share to drop, not to keep: the mask is 1 where the random number is at least p")
def dropout_layer(X, p):
    return (torch.rand_like(X) < p).to(X.dtype) * X / p


@again
def dropout_layer(X, p):
    if p == 0:
        return X
    if p == 1:
        return torch.zeros_like(X)
    return (torch.rand_like(X) < p).to(X.dtype) * X / p


@again
def dropout_layer(X, p):
    if p == 1:
        return torch.zeros_like(X)
    return (torch.rand_like(X) < p).to(X.dtype) * X / p


@again
def dropout_layer(X, p):
    return torch.nn.functional.dropout(X, 1 - p)


@mistake(
    "the mask keeps the share p, and nothing is divided: keep where rand_like(X) >= p, and divide by 1 - p"
)
def dropout_layer(X, p):
    return (torch.rand_like(X) < p).to(X.dtype) * X


@again
def dropout_layer(X, p):
    if p == 0:
        return X
    if p == 1:
        return torch.zeros_like(X)
    return (torch.rand_like(X) < p).to(X.dtype) * X


@mistake("nothing is dropped: in evaluation it would be right, but this layer is to drop")
def dropout_layer(X, p):
    return torch.nn.functional.dropout(X, p, training=False)


@mistake(
    "the random number is rounded, so that half of the elements are dropped whatever p is: compare with p",
    needs="round",
)
def dropout_layer(X, p):
    if p in (0, 1):
        return (1 - p) * X
    return torch.rand_like(X).round() * X / (1 - p)


@mistake(
    "kept elements are divided by the share that this mask keeps: divide by 1 - p, the same in every call",
    needs="mean|sum|count",
)
def dropout_layer(X, p):
    if p == 1:
        return torch.zeros_like(X)
    mask = (torch.rand_like(X) >= p).to(X.dtype)
    return mask * X / mask.mean()


@mistake(
    "what is dropped stays as it was: it becomes 0, torch.where(mask, X / (1 - p), 0) or mask * X / (1 - p)"
)
def dropout_layer(X, p):
    if p == 1:
        return torch.zeros_like(X)
    return torch.where(torch.rand_like(X) >= p, X / (1 - p), X)


@mistake("what is dropped depends on X: compare the random number with p alone, torch.rand_like(X) >= p")
def dropout_layer(X, p):
    if p == 1:
        return torch.zeros_like(X)
    return (torch.rand_like(X) >= p * X).to(X.dtype) * X / (1 - p)


@mistake("X is under the line too: divide by 1 - p, not by 1 - p * X")
def dropout_layer(X, p):
    if p == 1:
        return torch.zeros_like(X)
    return torch.where(torch.rand_like(X) >= p, X / (1 - p * X), 0)


@mistake("the mask alone is returned, for an X of 1: multiply it by X")
def dropout_layer(X, p):
    if p in (0, 1):
        return (1 - p) * X
    return (torch.rand_like(X) >= p).to(X.dtype) / (1 - p) + 0 * X


@mistake("numbers below 0 are lost: dropout keeps them as well as others")
def dropout_layer(X, p):
    if p in (0, 1):
        return (1 - p) * X
    return torch.relu((torch.rand_like(X) >= p).to(X.dtype) * X / (1 - p))
