"""Wrong answers to label_shift_weights, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("the weights are upside down: p, the target, over q, the source")
def label_shift_weights(p, q):
    return torch.where(p > 0, q / p, 0)


@again
def label_shift_weights(p, q):
    return q / p


@mistake("0 / 0 is nan for a class that nobody has: set its weight to 0")
def label_shift_weights(p, q):
    return p / q


@mistake("the weights are divided by their sum: their mean *over the source*, sum_j q_j beta_j, is 1 already")
def label_shift_weights(p, q):
    beta = torch.where(q > 0, p / q, 0)
    return beta / beta.sum()


@mistake(
    "the weights are divided by their mean over classes: their mean over the source, sum_j q_j beta_j, is"
    " 1 already"
)
def label_shift_weights(p, q):
    beta = torch.where(q > 0, p / q, 0)
    return beta / beta.mean()


@mistake("this is the difference: divide p by q")
def label_shift_weights(p, q):
    return p - q


@mistake("p alone is the weight only if all classes are equally frequent in the source: divide by q")
def label_shift_weights(p, q):
    return p.clone()


@again
def label_shift_weights(p, q):
    return p * len(p)


@mistake("1 / q makes all classes equally frequent: multiply by p, what the target has")
def label_shift_weights(p, q):
    return torch.where(q > 0, 1 / q, 0)


@mistake("weights are cut off at 1: a class that is more frequent in the target counts more than once")
def label_shift_weights(p, q):
    return torch.where(q > 0, p / q, 0).clamp(max=1)


@mistake("the logarithm of the weights is returned: it is p / q itself that multiplies a loss")
def label_shift_weights(p, q):
    return torch.where(q > 0, p / q, 0).log()


@mistake(
    "a small number is added to q, which changes the weight of a rare class: divide by q, and set 0 / 0 to 0",
    needs=r"\+ ",
)
def label_shift_weights(p, q):
    return p / (q + 1e-8)


@again
def label_shift_weights(p, q):
    return p / (q + torch.finfo(q.dtype).eps)


@again
def label_shift_weights(p, q):
    return (p + 1e-8) / (q + 1e-8)


@mistake(
    "q is moved up to a smallest value, which changes the weight of a rare class: divide by q itself",
    needs="clamp|clip|max",
)
def label_shift_weights(p, q):
    return p / q.clamp(min=1e-6)


@mistake("a rare class counts as absent: ask q > 0, not whether it is above some small number")
def label_shift_weights(p, q):
    return torch.where(q > 1e-6, p / q, 0)


@mistake("the weight of a class that nobody has is 0, not 1")
def label_shift_weights(p, q):
    return torch.where(q > 0, p / q, 1)


@mistake("p and q are multiplied: divide p by q")
def label_shift_weights(p, q):
    return p * q
