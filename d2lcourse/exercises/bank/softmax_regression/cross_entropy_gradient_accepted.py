"""Right answers to cross_entropy_gradient, each by another way than the chapter's."""

import torch


def cross_entropy_gradient(O, y):
    P = torch.softmax(O, dim=1)
    P[torch.arange(len(y)), y] -= 1
    return P


def cross_entropy_gradient(O, y):
    scores = O.detach().clone().requires_grad_()
    torch.nn.functional.cross_entropy(scores, y, reduction="sum").backward()
    return scores.grad


def cross_entropy_gradient(scores, labels):
    rows = []
    for o, label in zip(scores, labels, strict=False):
        p = torch.exp(o - torch.logsumexp(o, dim=0))
        rows.append(torch.stack([p[k] - (1 if k == label else 0) for k in range(len(o))]))
    return torch.stack(rows)
