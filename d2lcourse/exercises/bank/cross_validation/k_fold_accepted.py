"""Right answers to k_fold, each by another way than the chapter's."""

import numpy as np
import torch


def k_fold(num_examples, k):
    folds, start = [], 0
    for i in range(k):
        end = start + num_examples // k + (i < num_examples % k)
        train = [*range(start), *range(end, num_examples)]
        folds.append([torch.tensor(train), torch.arange(start, end)])
        start = end
    return folds


def k_fold(n, k):
    rows = torch.arange(n)
    masks = [torch.isin(rows, part) for part in rows.tensor_split(k)]
    return [(rows[~mask], rows[mask]) for mask in masks]


def k_fold(num_examples, k):
    parts = [torch.from_numpy(part) for part in np.array_split(np.arange(num_examples), k)]
    return [(torch.cat(parts[:i] + parts[i + 1 :]), valid) for i, valid in enumerate(parts)]
