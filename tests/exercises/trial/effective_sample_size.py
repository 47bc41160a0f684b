"""Answers to effective_sample_size, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Squares the weights as they are, which overflows or underflows for very large or small ones.")
def effective_sample_size(beta: Tensor) -> float:
    return (beta.sum() ** 2 / (beta ** 2).sum()).item()


@wrong("The ratio is upside down.")
def effective_sample_size(beta: Tensor) -> float:
    b = beta / beta.max()
    return float(torch.dot(b, b) / b.sum().square())


@wrong("Squares the sum of the weights in the denominator too, where the sum of the squares is meant, so the answer is always 1.")
def effective_sample_size(beta: Tensor) -> float:
    largest = max(beta.tolist())
    scaled = [b / largest for b in beta.tolist()]
    numerator = sum(scaled) ** 2
    denominator = sum(b for b in scaled) ** 2
    return numerator / denominator


@wrong("Counts the weights above 0 and not how evenly they are spread.")
def effective_sample_size(beta: Tensor) -> float:
    return float(torch.count_nonzero(beta))


@wrong("Takes the mean of the squares in the denominator, so the answer is n times too large.")
def effective_sample_size(beta: Tensor) -> float:
    b = beta.div(beta.max())
    return (b.sum().pow(2) / b.pow(2).mean()).item()


@right("scales by the largest weight, then reciprocal of the sum of squared shares")
def effective_sample_size(beta: Tensor) -> float:
    scaled = beta / beta.max()
    shares = scaled / scaled.sum()
    return 1.0 / torch.dot(shares, shares).item()


@right("in logarithms with logsumexp")
def effective_sample_size(beta: Tensor) -> float:
    logs = torch.log(beta)
    return torch.exp(2 * torch.logsumexp(logs, 0) - torch.logsumexp(2 * logs, 0)).item()
