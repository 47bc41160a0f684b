"""Wrong answers to perceptron_step, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake
from d2lcourse.exercises.grounds import while_loop


@mistake("an example on the line is a mistake for every w, not only for w = 0: compare with <= 0")
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w + b) < 0) or bool((w == 0).all())
    if mistake:
        w += lr * y * x.T
        b += lr * y[0]
    return mistake


@mistake(
    "w and b are right, but the answer is a tensor such as [[True]]: return one True or False, bool(...)"
)
def perceptron_step(w, b, x, y, lr):
    mistake = y * (x @ w + b) <= 0
    if mistake:
        w += lr * y * x.T
        b += lr * y[0]
    return mistake


@again
def perceptron_step(w, b, x, y, lr):
    mistake = (y * (x @ w + b) <= 0)[0]
    if mistake:
        w += lr * y * x.T
        b += lr * y[0]
    return mistake


@mistake("right examples near the line are taken for mistakes: compare y (x w + b) with 0, not with 1")
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w + b) < 1)
    if mistake:
        w += lr * y * x.T
        b += lr * y[0]
    return mistake


@again
def perceptron_step(w, b, x, y, lr):
    mistake = bool(1 - y * (x @ w + b) >= 0)
    if mistake:
        w += lr * y * x.T
        b += lr * y[0]
    return mistake


@mistake("right examples near the line are taken for mistakes: compare y (x w + b) with 0, not with lr")
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w + b) <= lr)
    if mistake:
        w += lr * y * x.T
        b += lr * y[0]
    return mistake


@mistake(
    "the score is rounded, so that right examples near the line become mistakes: leave it as it is",
    needs=r"round|int\(",
)
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * torch.round(x @ w + b) <= 0)
    if mistake:
        w += lr * y * x.T
        b += lr * y[0]
    return mistake


@mistake("w does not learn: w += lr * y * x.T, beside b")
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w + b) <= 0)
    if mistake:
        b += lr * y[0]
    return mistake


@mistake("`while` goes on until the example is right: one call is one step, so use `if`", needs=while_loop)
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w + b) <= 0)
    while y * (x @ w + b) <= 0:
        w += lr * y * x.T
        b += lr * y[0]
    return mistake


@mistake("the example itself is not in the step, so that all weights move alike: lr * y * x.T")
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w + b) <= 0)
    if mistake:
        w += lr * y
        b += lr * y[0]
    return mistake


@mistake("the score is in the step, where the label belongs: lr * y * x.T, and lr * y")
def perceptron_step(w, b, x, y, lr):
    score = x @ w + b
    mistake = bool(y * score <= 0)
    if mistake:
        w += lr * score * x.T
        b += lr * score[0]
    return mistake
