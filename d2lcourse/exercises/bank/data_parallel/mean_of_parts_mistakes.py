"""Wrong answers to mean_of_parts, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake(
    "this is the plain mean: a part of one example then counts as much as one of 99; weight by the sizes"
)
def mean_of_parts(means, sizes):
    return sum(means) / len(means)


@again
def mean_of_parts(means, sizes):
    return torch.stack(means).mean(dim=0)


@mistake("parts without examples are left out, but those that remain count alike: weight them by their sizes")
def mean_of_parts(means, sizes):
    kept = [g for g, n in zip(means, sizes, strict=True) if n > 0]
    return sum(kept) / len(kept)


@mistake("0 * NaN is NaN: leave a part without examples out, before its mean is multiplied by 0")
def mean_of_parts(means, sizes):
    return sum(n * g for g, n in zip(means, sizes, strict=True)) / sum(sizes)


@again
def mean_of_parts(means, sizes):
    weights = torch.tensor(sizes, dtype=means[0].dtype) / sum(sizes)
    return torch.tensordot(weights, torch.stack(means), dims=1)


@mistake("this is the sum over all examples: divide it by how many they are, sum(sizes)")
def mean_of_parts(means, sizes):
    return sum(n * g for g, n in zip(means, sizes, strict=True) if n > 0)


@mistake("the sums are divided by the number of parts: divide by the number of examples, sum(sizes)")
def mean_of_parts(means, sizes):
    return sum(n * g for g, n in zip(means, sizes, strict=True) if n > 0) / len(sizes)


@mistake("the means are added up as if they were sums: multiply each by its size first")
def mean_of_parts(means, sizes):
    return sum(g for g, n in zip(means, sizes, strict=True) if n > 0) / sum(sizes)


@mistake(
    "each mean is divided by its size, which makes small parts count more: multiply, to get the sum back"
)
def mean_of_parts(means, sizes):
    return sum(g / n for g, n in zip(means, sizes, strict=True) if n > 0) / sum(1 / n for n in sizes if n > 0)


@mistake("the numbers of a gradient are averaged too: the mean is over parts, and keeps the gradient's shape")
def mean_of_parts(means, sizes):
    return torch.stack([n * g for g, n in zip(means, sizes, strict=True) if n > 0]).sum() / sum(sizes)
