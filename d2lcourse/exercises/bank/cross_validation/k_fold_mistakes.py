"""Wrong answers to k_fold, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake(
    "the rows left over by num_examples // k are in no validation fold: the first num_examples % k folds "
    "get one more each"
)
def k_fold(num_examples, k):
    size, folds = num_examples // k, []
    rows = torch.arange(num_examples)
    for i in range(k):
        start, end = i * size, (i + 1) * size
        folds.append((torch.cat([rows[:start], rows[end:]]), rows[start:end]))
    return folds


@again
def k_fold(num_examples, k):
    size = num_examples // k
    parts = [torch.arange(i * size, (i + 1) * size) for i in range(k)]
    return [(torch.cat([*parts[:i], *parts[i + 1 :]]), parts[i]) for i in range(k)]


@mistake("the last fold gets all rows that are left over: give the first num_examples % k folds one each")
def k_fold(num_examples, k):
    size, folds = num_examples // k, []
    rows = torch.arange(num_examples)
    for i in range(k):
        start = i * size
        end = num_examples if i == k - 1 else start + size
        folds.append((torch.cat([rows[:start], rows[end:]]), rows[start:end]))
    return folds


@mistake(
    "the folds are of the size rounded up, which leaves the last too small: torch.tensor_split, not chunk"
    " or split"
)
def k_fold(num_examples, k):
    parts = torch.arange(num_examples).chunk(k)
    return [(torch.cat([*parts[:i], *parts[i + 1 :]]), parts[i]) for i in range(k)]


@mistake(
    "the validation rows train as well: a model must be validated on rows it has not seen, leave fold i out"
)
def k_fold(num_examples, k):
    rows = torch.arange(num_examples)
    return [(rows, part) for part in rows.tensor_split(k)]


@mistake("the two are exchanged: the training rows come first in each pair, then the validation rows")
def k_fold(num_examples, k):
    parts = torch.arange(num_examples).tensor_split(k)
    return [(parts[i], torch.cat([*parts[:i], *parts[i + 1 :]])) for i in range(k)]


@mistake("only one fold validates: each of the k folds is to do so once, in a pair of its own")
def k_fold(num_examples, k):
    parts = torch.arange(num_examples).tensor_split(k)
    return [(torch.cat(parts[1:]), parts[0])]


@mistake("the rows are counted from 1: they go from 0 to num_examples - 1")
def k_fold(num_examples, k):
    parts = torch.arange(1, num_examples + 1).tensor_split(k)
    return [(torch.cat([*parts[:i], *parts[i + 1 :]]), parts[i]) for i in range(k)]


@mistake("every k-th row is in the same fold: consecutive rows are wanted")
def k_fold(num_examples, k):
    rows = torch.arange(num_examples)
    return [(rows[rows % k != i], rows[i::k]) for i in range(k)]


@mistake("the rows are shuffled: here the folds are consecutive rows, in order")
def k_fold(num_examples, k):
    parts = torch.randperm(num_examples).tensor_split(k)
    return [(torch.cat([*parts[:i], *parts[i + 1 :]]), parts[i]) for i in range(k)]


@mistake(
    "the folds are true and false for every row: the numbers of the rows are wanted, mask.nonzero().flatten()"
)
def k_fold(num_examples, k):
    folds = []
    for part in torch.arange(num_examples).tensor_split(k):
        valid = torch.zeros(num_examples, dtype=torch.bool)
        valid[part] = True
        folds.append((~valid, valid))
    return folds


@mistake("the row numbers are floats, which pick no rows: they have to be whole numbers, int64")
def k_fold(num_examples, k):
    parts = torch.arange(float(num_examples)).tensor_split(k)
    return [(torch.cat([*parts[:i], *parts[i + 1 :]]), parts[i]) for i in range(k)]
