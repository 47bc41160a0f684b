"""Right answers to cross_entropy, each by another way than the chapter's."""

import torch


def cross_entropy(O, y):
    return torch.nn.functional.cross_entropy(O, y, reduction="none")


def cross_entropy(scores, labels):
    losses = []
    for o, label in zip(scores, labels, strict=False):
        o = o - o.max()
        losses.append(torch.log(torch.exp(o).sum()) - o[label])
    return torch.stack(losses)


def cross_entropy(O, y):
    return torch.logsumexp(O, 1) - O.gather(1, y.unsqueeze(1)).squeeze(1)


def cross_entropy(O, y):
    m = O.amax(dim=1, keepdim=True).detach()
    return (m + torch.exp(O - m).sum(dim=1, keepdim=True).log() - O.gather(1, y[:, None])).flatten()
