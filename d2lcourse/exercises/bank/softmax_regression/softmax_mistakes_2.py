"""Wrong answers to softmax, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake(
    "the scores are multiplied by a number, which makes another distribution: take exp(o_i) of each as it is"
)
def softmax(O):
    return torch.softmax(2 * O, dim=1)


@again
def softmax(O):
    return torch.softmax(O / O.shape[1] ** 0.5, dim=1)
