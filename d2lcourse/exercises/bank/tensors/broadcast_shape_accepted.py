"""Right answers to broadcast_shape, each by another way than the chapter's."""

import torch


def broadcast_shape(one, other):
    rank = max(len(one), len(other))
    one = (1,) * (rank - len(one)) + tuple(one)
    other = (1,) * (rank - len(other)) + tuple(other)
    shape = []
    for m, n in zip(one, other, strict=True):
        if m == n or n == 1:
            shape.append(m)
        elif m == 1:
            shape.append(n)
        else:
            raise ValueError(f"{one} and {other} do not fit")
    return tuple(shape)


def broadcast_shape(one, other):
    try:
        return tuple((torch.empty(one) + torch.empty(other)).shape)
    except RuntimeError as error:
        raise ValueError(str(error)) from error


def broadcast_shape(one, other):
    if len(one) < len(other):
        one, other = other, one
    if not other:
        return tuple(one)
    m, n = one[-1], other[-1]
    if m != n and m != 1 and n != 1:
        raise ValueError("no")
    return (*broadcast_shape(one[:-1], other[:-1]), n if m == 1 else m)
