"""Answers to variance, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("E[f^2] - E[f]^2 loses all digits for values near 10^8.")
def variance(values, probabilities):
    mean = (values * probabilities).sum()
    return (values**2 * probabilities).sum() - mean**2


@wrong("The probabilities are ignored for the mean, which is the plain mean of the values.")
def variance(values: Tensor, probabilities: Tensor) -> Tensor:
    mu = values.mean()
    return torch.dot(probabilities, (values - mu).square())


@wrong("The probabilities are squared together with the deviation.")
def variance(values, probabilities):
    mu = torch.sum(values * probabilities)
    return torch.sum((probabilities * (values - mu)) ** 2)


@wrong("The standard deviation is returned.")
def variance(values, probabilities):
    expect = lambda v: (v * probabilities).sum()
    return expect((values - expect(values)) ** 2).sqrt()


@wrong("mean() in place of sum(), so it is divided by k once more.")
def variance(values, probabilities):
    centre = torch.einsum("k,k->", values, probabilities)
    weighted = probabilities * (values - centre) ** 2
    return weighted.mean()


@wrong("The values are shifted by the first one, but the mean of the shifted values is not taken off.")
def variance(values, probabilities):
    shifted = values - values[0]
    return (probabilities * shifted * shifted).sum()


@wrong("torch.var is used, which weights all the values the same.")
def variance(values, probabilities):
    return torch.var(values, unbiased=False)


@wrong("The deviation is not squared, so the result is always 0.")
def variance(values, probabilities):
    mu = 0
    for v, p in zip(values, probabilities):
        mu = mu + v * p
    var = values.new_zeros(())
    for v, p in zip(values, probabilities):
        var = var + p * (v - mu)
    return var


@right("Half the mean squared difference of two independent draws.")
def variance(values, probabilities):
    gaps = values[:, None] - values[None, :]
    return torch.einsum("i,j,ij->", probabilities, probabilities, gaps**2) / 2


@right("Shifted by the first value before the mean is taken.")
def variance(values, probabilities):
    near_zero = values - values[0]
    mean = torch.sum(near_zero * probabilities)
    return torch.sum((near_zero - mean).square() * probabilities)
