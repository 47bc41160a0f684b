"""Answers to bayes, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Normalises the rows (sum over b) and not the columns.")
def bayes(prior: Tensor, likelihood: Tensor) -> Tensor:
    joint = prior.reshape(-1, 1) * likelihood
    return joint / joint.sum(dim=1, keepdim=True)


@wrong("Takes the unweighted mean of the likelihoods as P(b), so the prior is missing from the evidence.")
def bayes(prior: Tensor, likelihood: Tensor) -> Tensor:
    evidence = torch.einsum("kl->l", likelihood) / len(prior)
    return torch.einsum("k,kl,l->kl", prior, likelihood, 1 / evidence)


@wrong("Multiplies the prior along the last axis, since it has no axis added, so it weighs b and not a.")
def bayes(prior: Tensor, likelihood: Tensor) -> Tensor:
    numerator = likelihood * prior
    denominator = numerator.sum(0)
    return numerator / denominator


@wrong("Divides by a running P(b) that is not yet complete, since the division is inside the loop that sums it up.")
def bayes(prior: Tensor, likelihood: Tensor) -> Tensor:
    k, l = likelihood.shape
    posterior = torch.zeros_like(likelihood)
    for b in range(l):
        p_b = 0
        for a in range(k):
            p_ab = likelihood[a, b] * prior[a]
            p_b += p_ab
            posterior[a, b] = p_ab / p_b
    return posterior


@right("with logarithms and a softmax over the causes")
def bayes(prior: Tensor, likelihood: Tensor) -> Tensor:
    log_joint = torch.log(prior)[:, None] + torch.log(likelihood)
    return torch.softmax(log_joint, dim=0)


@right("evidence by a vector-matrix product, one column at a time")
def bayes(prior: Tensor, likelihood: Tensor) -> Tensor:
    p_b = prior @ likelihood
    columns = []
    for b in range(likelihood.shape[1]):
        columns.append(likelihood[:, b] * prior / p_b[b])
    return torch.stack(columns, dim=1)
