"""Answers to accuracy, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Returns the share of correct predictions (the mean) and not their number.")
def accuracy(y_hat: Tensor, y: Tensor) -> float:
    preds = y_hat.argmax(dim=1)
    return (preds == y).float().mean().item()


@wrong("Compares the largest score itself with the class, since it takes the values and not the indices of torch.max.")
def accuracy(y_hat: Tensor, y: Tensor) -> float:
    best, where = torch.max(y_hat, 1)
    hits = 0
    for b, label in zip(best, y):
        hits += int(b == label)
    return float(hits)


@wrong("Compares the sets of predicted and of true classes, so it counts the classes that occur in both and not the examples that match.")
def accuracy(y_hat: Tensor, y: Tensor) -> float:
    predicted = y_hat.argmax(-1).tolist()
    right_ones = set(predicted) & set(y.tolist())
    return float(len(right_ones))


@wrong("Compares 0-dimensional tensors with `is`, which is never true, so the answer is always 0.")
def accuracy(y_hat: Tensor, y: Tensor) -> float:
    predictions = [row.argmax() for row in y_hat]
    return float(sum(1 for a, b in zip(predictions, y) if a is b))


@wrong("Keeps the axis of argmax, so the comparison with y broadcasts to all n times n pairs.")
def accuracy(y_hat: Tensor, y: Tensor) -> float:
    guess = torch.argmax(y_hat, dim=1, keepdim=True)
    return float(torch.eq(guess, y).sum())


@right("counts in a Python loop over lists")
def accuracy(y_hat: Tensor, y: Tensor) -> float:
    correct = 0
    for scores, label in zip(y_hat.tolist(), y.tolist()):
        if scores.index(max(scores)) == int(label):
            correct += 1
    return float(correct)


@right("n minus the number of wrong predictions")
def accuracy(y_hat: Tensor, y: Tensor) -> float:
    n = y_hat.shape[0]
    mistakes = torch.count_nonzero(torch.argmax(y_hat, dim=-1) - y)
    return float(n - mistakes)
