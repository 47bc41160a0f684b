"""Right answers to correct_posteriors, each by another way than the chapter's."""

import torch


def correct_posteriors(probs, p, q):
    return (probs.log() + p.log() - q.log()).softmax(dim=1)


def correct_posteriors(probs, target, source):
    rows = []
    for row in probs:
        joint = row * target / source
        rows.append(joint / sum(joint))
    return torch.stack(rows)


def correct_posteriors(probs, p, q):
    joint = probs @ torch.diag(p / q)
    return torch.nn.functional.normalize(joint, p=1, dim=1)
