"""Answers to k_fold, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Puts all the rows left over into the last fold and not one each into the first ones.")
def k_fold(num_examples: int, k: int) -> list[tuple[Tensor, Tensor]]:
    size = num_examples // k
    rows = torch.arange(num_examples)
    pairs = []
    for i in range(k):
        stop = (i + 1) * size if i < k - 1 else num_examples
        valid = rows[i * size:stop]
        train = torch.cat([rows[:i * size], rows[stop:]])
        pairs.append((train, valid))
    return pairs


@wrong("Cuts with torch.chunk, whose chunks are all of the rounded-up size, so the last is smaller or folds are missing.")
def k_fold(num_examples: int, k: int) -> list[tuple[Tensor, Tensor]]:
    folds = torch.chunk(torch.arange(num_examples), k)
    result = []
    for i, fold in enumerate(folds):
        others = [f for j, f in enumerate(folds) if j != i]
        result.append((torch.cat(others), fold))
    return result


@wrong("Puts the training rows after the fold in front of those before it, so they are not in order.")
def k_fold(num_examples: int, k: int) -> list[tuple[Tensor, Tensor]]:
    folds = list(torch.arange(num_examples).tensor_split(k))
    out = []
    for i in range(k):
        out.append((torch.cat(folds[i + 1:] + folds[:i]), folds[i]))
    return out


@wrong("Deals the rows out in turn (every k-th row is in a fold) and does not cut them in their order.")
def k_fold(num_examples: int, k: int) -> list[tuple[Tensor, Tensor]]:
    idx = torch.arange(num_examples)
    return [(idx[idx % k != i], idx[idx % k == i]) for i in range(k)]


@wrong("Returns the pairs as (validation rows, training rows).")
def k_fold(num_examples: int, k: int) -> list[tuple[Tensor, Tensor]]:
    base, extra = divmod(num_examples, k)
    start, pairs = 0, []
    for i in range(k):
        end = start + base + (i < extra)
        inside = [r for r in range(num_examples) if start <= r < end]
        outside = [r for r in range(num_examples) if r < start or r >= end]
        pairs.append((torch.tensor(inside), torch.tensor(outside)))
        start = end
    return pairs


@right("gives every row its fold's number with repeat_interleave and selects by it")
def k_fold(num_examples: int, k: int) -> list[tuple[Tensor, Tensor]]:
    sizes = torch.full((k,), num_examples // k)
    sizes[: num_examples % k] += 1
    fold = torch.repeat_interleave(torch.arange(k), sizes)
    return [(torch.nonzero(fold != i).flatten(), torch.nonzero(fold == i).flatten()) for i in range(k)]


@right("bounds of fold i from a formula, training rows from Python ranges")
def k_fold(num_examples: int, k: int) -> list[tuple[Tensor, Tensor]]:
    def bound(i):
        return i * (num_examples // k) + min(i, num_examples % k)

    pairs = []
    for i in range(k):
        a, b = bound(i), bound(i + 1)
        train = [*range(a), *range(b, num_examples)]
        pairs.append((torch.tensor(train, dtype=torch.int64), torch.arange(a, b)))
    return pairs
