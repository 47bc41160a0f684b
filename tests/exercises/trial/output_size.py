"""Answers to output_size, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("The division is not rounded down, so the result is a float with a fraction.")
def output_size(n, k, padding, stride):
    return (n + 2 * padding - k) / stride + 1


@wrong("The padding is counted once and not for each end.")
def output_size(n: int, k: int, padding: int, stride: int) -> int:
    return (n + padding - k) // stride + 1


@wrong("The parentheses around the numerator are missing, so only the padding is divided by the stride.")
def output_size(n, k, padding, stride):
    return n - k + 2 * padding // stride + 1


@wrong("range stops before the last place, so a kernel that ends exactly at the edge is not counted.")
def output_size(n, k, padding, stride):
    total = n + 2 * padding
    return len(range(0, total - k, stride))


@wrong("It believes that any padding keeps the size, up to the stride.")
def output_size(n, k, padding, stride):
    if padding > 0:
        return n // stride
    return (n - k) // stride + 1


@wrong("The division is rounded up, which counts a kernel that does not lie on the pixels with all of its length.")
def output_size(n, k, padding, stride):
    import math

    return math.ceil((n + 2 * padding - k) / stride) + 1


@wrong("round() in place of rounding down.")
def output_size(n, k, padding, stride):
    side = n + padding + padding
    places = (side - k) / stride
    return round(places) + 1


@right("Walks along the side and counts.")
def output_size(n, k, padding, stride):
    count, left = 0, -padding
    while left + k <= n + padding:
        count += 1
        left += stride
    return count


@right("(n + 2p - k + s) // s.")
def output_size(n, k, padding, stride):
    free = n + 2 * padding - k
    return (free + stride) // stride


@right("Has unfold cut the windows of a padded row and counts them.")
def output_size(n, k, padding, stride):
    side = torch.zeros(n + 2 * padding)
    return len(side.unfold(0, k, stride))
