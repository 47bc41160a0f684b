"""Answers to density_ratio_weights, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Leaves the factor n / m out.")
def density_ratio_weights(X_source: Tensor, X_target: Tensor, fit) -> Tensor:
    h = fit(X_source, X_target)
    return torch.exp(h(X_source))


@wrong("The factor is upside down: m / n.")
def density_ratio_weights(X_source: Tensor, X_target: Tensor, fit) -> Tensor:
    import math

    log_odds = fit(X_source, X_target)(X_source)
    return (log_odds + math.log(len(X_target)) - math.log(len(X_source))).exp()


@wrong("Uses the target's share itself (the sigmoid) as the ratio, and not the odds.")
def density_ratio_weights(X_source: Tensor, X_target: Tensor, fit) -> Tensor:
    n, m = X_source.shape[0], X_target.shape[0]
    share = torch.sigmoid(fit(X_source, X_target)(X_source))
    return n / m * share


@wrong("Computes n // m with integer division.")
def density_ratio_weights(X_source: Tensor, X_target: Tensor, fit) -> Tensor:
    n, m = X_source.shape[0], X_target.shape[0]
    classifier = fit(X_source, X_target)
    odds = torch.exp(classifier(X_source))
    return n // m * odds


@wrong("Trains the classifier with target and source swapped, so h gives the log-odds of the source and the odds are upside down.")
def density_ratio_weights(X_source: Tensor, X_target: Tensor, fit) -> Tensor:
    h = fit(X_target, X_source)
    ratio = len(X_source) / len(X_target)
    return torch.stack([torch.exp(v) * ratio for v in h(X_source)])


@wrong("Evaluates the classifier on the target examples, so there are m weights, for the wrong examples.")
def density_ratio_weights(X_source: Tensor, X_target: Tensor, fit) -> Tensor:
    h = fit(X_source, X_target)
    odds = torch.pow(torch.e, h(X_target))
    return odds * len(X_source) / len(X_target)


@right("the share over its complement, both as sigmoids")
def density_ratio_weights(X_source: Tensor, X_target: Tensor, fit) -> Tensor:
    h = fit(X_source, X_target)
    o = h(X_source)
    return torch.sigmoid(o) / torch.sigmoid(-o) * (X_source.size(0) / X_target.size(0))


@right("in logarithms, log n - log m added to the log-odds")
def density_ratio_weights(X_source: Tensor, X_target: Tensor, fit) -> Tensor:
    from math import log

    n, m = len(X_source), len(X_target)
    return fit(X_source, X_target)(X_source).add(log(n) - log(m)).exp()
