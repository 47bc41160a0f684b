"""Answers to unbroadcast, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Axes of size 1 are not summed, only the added ones in front.")
def unbroadcast(gradient, shape):
    while gradient.dim() > len(shape):
        gradient = gradient.sum(dim=0)
    return gradient


@wrong("The copies are averaged in place of summed.")
def unbroadcast(gradient, shape):
    extra = gradient.dim() - len(shape)
    for _ in range(extra):
        gradient = gradient.mean(0)
    for axis, size in enumerate(shape):
        if size == 1:
            gradient = gradient.mean(axis, keepdim=True)
    return gradient


@wrong("It always sums over the rows, also where nothing was repeated or other axes were.")
def unbroadcast(gradient: Tensor, shape: tuple[int, ...]) -> Tensor:
    return gradient.sum(dim=0)


@wrong("The shape is filled up with 1 at the end and not in front.")
def unbroadcast(gradient, shape):
    padded = tuple(shape) + (1,) * (gradient.ndim - len(shape))
    for axis in range(gradient.ndim):
        if padded[axis] == 1:
            gradient = gradient.sum(axis, keepdim=True)
    return gradient.reshape(shape)


@wrong("With no axis to sum, sum(dim=()) sums everything, so the same shape does not come back.")
def unbroadcast(gradient, shape):
    lead = gradient.dim() - len(shape)
    axes = list(range(lead))
    axes += [lead + i for i, s in enumerate(shape) if s == 1 and gradient.shape[lead + i] != 1]
    return gradient.sum(dim=tuple(axes)).reshape(shape)


@wrong("It takes one of the copies and not the sum of them.")
def unbroadcast(gradient, shape):
    for _ in range(gradient.dim() - len(shape)):
        gradient = gradient[0]
    for axis, size in enumerate(shape):
        gradient = gradient.narrow(axis, 0, size)
    return gradient


@wrong("It returns after the first axis of size 1, so a second one is not summed.")
def unbroadcast(gradient, shape):
    g = gradient
    while len(g.shape) != len(shape):
        g = torch.sum(g, 0)
    for i in range(len(shape)):
        if g.shape[i] != shape[i]:
            return g.sum(dim=i, keepdim=True)
    return g


@wrong("keepdim is missing, so an axis of size 1 is gone after the sum.")
def unbroadcast(gradient, shape):
    k = gradient.dim() - len(shape)
    out = torch.einsum("...->...", gradient)
    for axis in reversed(range(gradient.dim())):
        if axis < k or shape[axis - k] == 1:
            out = out.sum(axis)
    return out


@right("The tensor method that does it.")
def unbroadcast(gradient, shape):
    return gradient.sum_to_size(*shape) if len(shape) else gradient.sum()


@right("The axes are compared from the last one on, and everything is reshaped at the end.")
def unbroadcast(gradient, shape):
    wanted = [1] * (gradient.dim() - len(shape)) + list(shape)
    for axis in range(-1, -gradient.dim() - 1, -1):
        if wanted[axis] == 1:
            gradient = gradient.sum(dim=axis, keepdim=True)
    return gradient.reshape(tuple(shape))
