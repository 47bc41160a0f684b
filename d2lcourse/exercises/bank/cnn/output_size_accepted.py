"""Right answers to output_size, each by another way than the chapter's."""

import math

import torch


def output_size(n, k, padding, stride):
    return len(range(0, n + 2 * padding - k + 1, stride))


def output_size(n, k, padding, stride):
    return math.floor((n + 2 * padding - k + stride) / stride)


def output_size(n, k, padding, stride):
    return torch.nn.functional.conv1d(
        torch.zeros(1, 1, n), torch.zeros(1, 1, k), None, stride, padding
    ).shape[2]
