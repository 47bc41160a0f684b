"""Answers to broadcast_shape, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Takes the larger of two sizes, so 0 against 1 becomes 1 and not 0.")
def broadcast_shape(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    n = max(len(one), len(other))
    a = (1,) * (n - len(one)) + tuple(one)
    b = (1,) * (n - len(other)) + tuple(other)
    result = []
    for x, y in zip(a, b):
        if x != y and x != 1 and y != 1:
            raise ValueError("shapes do not fit")
        result.append(max(x, y))
    return tuple(result)


@wrong("Fills the shorter shape with ones on the right, so the shapes are aligned at the first axis.")
def broadcast_shape(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    from itertools import zip_longest

    def combine(pair):
        a, b = pair
        if a == b or b == 1:
            return a
        if a == 1:
            return b
        raise ValueError(f"{a} and {b} do not fit")

    return tuple(map(combine, zip_longest(one, other, fillvalue=1)))


@wrong("Lets torch do it, which raises a RuntimeError and not a ValueError if the shapes do not fit.")
def broadcast_shape(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple((torch.zeros(one) + torch.zeros(other)).shape)


@wrong("Walks from the last axis and never turns the result around again.")
def broadcast_shape(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    shape = ()
    for i in range(1, max(len(one), len(other)) + 1):
        p = one[-i] if i <= len(one) else 1
        q = other[-i] if i <= len(other) else 1
        if p == 1:
            shape = shape + (q,)
        elif q == 1 or p == q:
            shape = shape + (p,)
        else:
            raise ValueError
    return shape


@wrong("Compares the sizes with `is`, which is not true of equal numbers above 256 that were computed separately.")
def broadcast_shape(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    while len(one) < len(other):
        one = (1, *one)
    while len(other) < len(one):
        other = (1, *other)
    if not all(a is b or a == 1 or b == 1 for a, b in zip(one, other)):
        raise ValueError("the shapes do not fit")
    return tuple(b if a == 1 else a for a, b in zip(one, other))


@right("pops sizes from two lists, from the end")
def broadcast_shape(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    left, right_ = list(one), list(other)
    result = []
    while left or right_:
        a = left.pop() if left else 1
        b = right_.pop() if right_ else 1
        sizes = {a, b} - {1}
        if len(sizes) > 1:
            raise ValueError(f"shapes {one} and {other} do not fit")
        result.insert(0, sizes.pop() if sizes else 1)
    return tuple(result)


@right("adds two expanded one-element tensors on the meta device and turns torch's error into a ValueError")
def broadcast_shape(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    try:
        total = torch.empty(one, device="meta") + torch.empty(other, device="meta")
    except RuntimeError as error:
        raise ValueError("shapes do not fit") from error
    return tuple(int(size) for size in total.shape)
