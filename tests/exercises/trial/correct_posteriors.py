"""Answers to correct_posteriors, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Does not normalise, so the rows do not sum to 1.")
def correct_posteriors(probs: Tensor, p: Tensor, q: Tensor) -> Tensor:
    beta = p / q
    return probs * beta


@wrong("Makes the rows sum to 1 with a softmax, where dividing by the sum is meant.")
def correct_posteriors(probs: Tensor, p: Tensor, q: Tensor) -> Tensor:
    weighted = torch.einsum("nk,k,k->nk", probs, p, q.reciprocal())
    return torch.nn.functional.softmax(weighted, dim=-1)


@wrong("Normalises beta and not the rows, because it thinks this is enough for the products to sum to 1.")
def correct_posteriors(probs: Tensor, p: Tensor, q: Tensor) -> Tensor:
    def normalise(v):
        return v / v.sum()

    beta = normalise(p / q)
    rows = [row * beta for row in probs]
    return torch.stack(rows)


@wrong("The ratio is upside down: q / p.")
def correct_posteriors(probs: Tensor, p: Tensor, q: Tensor) -> Tensor:
    unnormalised = probs * (q / p)[None, :]
    return unnormalised / unnormalised.sum(1, keepdim=True)


@wrong("Forgets keepdim, so the row sums are divided along the columns (or do not fit).")
def correct_posteriors(probs: Tensor, p: Tensor, q: Tensor) -> Tensor:
    joint = torch.mul(probs, p.div(q))
    return torch.div(joint, joint.sum(dim=-1))


@right("row by row, normalised by a dot product with beta")
def correct_posteriors(probs: Tensor, p: Tensor, q: Tensor) -> Tensor:
    beta = torch.div(p, q)
    out = torch.empty_like(probs)
    for i, row in enumerate(probs):
        out[i] = row * beta / torch.dot(row, beta)
    return out


@right("divides by the L1 norm with torch.nn.functional.normalize, whose eps is set very small")
def correct_posteriors(probs: Tensor, p: Tensor, q: Tensor) -> Tensor:
    joint = probs @ torch.diag(p / q)
    return torch.nn.functional.normalize(joint, p=1, dim=1, eps=1e-30)
