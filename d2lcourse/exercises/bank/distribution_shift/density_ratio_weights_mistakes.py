"""Wrong answers to density_ratio_weights, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("exp(h) holds for samples of one size: multiply by n / m, source examples over target examples")
def density_ratio_weights(X_source, X_target, fit):
    n, m = len(X_source), len(X_target)
    h = fit(X_source, X_target)
    beta = torch.exp(h(X_source))
    return beta


@mistake("the factor of the sample sizes is upside down: a larger target raises the odds, so divide by m")
def density_ratio_weights(X_source, X_target, fit):
    n, m = len(X_source), len(X_target)
    h = fit(X_source, X_target)
    beta = torch.exp(h(X_source)) * (m / n)
    return beta


@mistake("beta is upside down, q / p: an example that is likelier in the *target* weighs more, exp(h)")
def density_ratio_weights(X_source, X_target, fit):
    n, m = len(X_source), len(X_target)
    h = fit(X_source, X_target)
    beta = torch.exp(-h(X_source)) * (n / m)
    return beta


@again
def density_ratio_weights(X_source, X_target, fit):
    n, m = len(X_source), len(X_target)
    h = fit(X_source, X_target)
    beta = torch.exp(-h(X_source)) * (m / n)
    return beta


@mistake("the samples are given to fit in the wrong order: fit(X_source, X_target)")
def density_ratio_weights(X_source, X_target, fit):
    n, m = len(X_source), len(X_target)
    h = fit(X_target, X_source)
    beta = torch.exp(h(X_source)) * (n / m)
    return beta


@mistake("the target's examples are weighed: training takes place on the source, so h(X_source)")
def density_ratio_weights(X_source, X_target, fit):
    n, m = len(X_source), len(X_target)
    h = fit(X_source, X_target)
    beta = torch.exp(h(X_target)) * (n / m)
    return beta


@mistake("P / (1 - P) divides by 0 where P rounds to 1: exp(h) is the same, and does not")
def density_ratio_weights(X_source, X_target, fit):
    n, m = len(X_source), len(X_target)
    h = fit(X_source, X_target)
    beta = h(X_source).sigmoid() / (1 - h(X_source).sigmoid()) * (n / m)
    return beta


@mistake("this is the probability of the target: a weight is made of the odds, exp(h)")
def density_ratio_weights(X_source, X_target, fit):
    n, m = len(X_source), len(X_target)
    h = fit(X_source, X_target)
    beta = torch.sigmoid(h(X_source)) * (n / m)
    return beta


@again
def density_ratio_weights(X_source, X_target, fit):
    n, m = len(X_source), len(X_target)
    h = fit(X_source, X_target)
    beta = torch.sigmoid(h(X_source))
    return beta


@mistake("this is the logarithm of the weights: take the exponential")
def density_ratio_weights(X_source, X_target, fit):
    n, m = len(X_source), len(X_target)
    h = fit(X_source, X_target)
    beta = h(X_source) + torch.tensor(n / m).log()
    return beta


@again
def density_ratio_weights(X_source, X_target, fit):
    n, m = len(X_source), len(X_target)
    h = fit(X_source, X_target)
    beta = h(X_source)
    return beta


@mistake("the logarithms and the sizes are mixed: exp(h) times n / m, or exp(h + log(n / m))")
def density_ratio_weights(X_source, X_target, fit):
    n, m = len(X_source), len(X_target)
    h = fit(X_source, X_target)
    beta = torch.exp(h(X_source) + n / m)
    return beta


@mistake(
    "the weights are divided by their mean, which hides that it is not 1 where the source misses some of "
    "the target"
)
def density_ratio_weights(X_source, X_target, fit):
    n, m = len(X_source), len(X_target)
    h = fit(X_source, X_target)
    beta = torch.softmax(h(X_source), dim=0) * n
    return beta


@mistake("the weights are divided by their sum: p / q is about 1 on average, not 1 / n")
def density_ratio_weights(X_source, X_target, fit):
    n, m = len(X_source), len(X_target)
    h = fit(X_source, X_target)
    beta = torch.softmax(h(X_source), dim=0)
    return beta
