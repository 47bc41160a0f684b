"""Answers to perceptron_step, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("< in place of <=, so an example right on the boundary is no mistake.")
def perceptron_step(w, b, x, y, lr):
    mistake = (y * (x @ w + b)).item() < 0
    if mistake:
        w += lr * y * x.T
        b += lr * y.reshape(1)
    return mistake


@wrong("w = w + ... makes a new tensor, so the caller's w does not change.")
def perceptron_step(w, b, x, y, lr):
    if float(y * (torch.mm(x, w) + b)) <= 0:
        w = w + lr * y * x.t()
        b += lr * y.reshape(-1)
        return True
    return False


@wrong("The label multiplies only x w and not the bias: y x w + b.")
def perceptron_step(w: Tensor, b: Tensor, x: Tensor, y: Tensor, lr: float) -> bool:
    margin = y * x @ w + b
    if margin.item() <= 0:
        w.add_(lr * y * x.T)
        b.add_(lr * y[0])
        return True
    return False


@wrong("y has shape (1, 1) and is added in place to b of shape (1,), which raises an error.")
def perceptron_step(w, b, x, y, lr):
    score = x @ w + b
    if y * score <= 0:
        w += lr * x.T @ y
        b += lr * y
        return True
    else:
        return False


@wrong("Whether it was a mistake is computed after the update, with the new weights.")
def perceptron_step(w, b, x, y, lr):
    def is_wrong():
        return bool(y.item() * (x.flatten().dot(w.flatten()).item() + b.item()) <= 0)

    if is_wrong():
        w += lr * y.item() * x.reshape(w.shape)
        b += lr * y.item()
    return is_wrong()


@wrong("The step is y minus the sign of the score, which is twice y for a mistake.")
def perceptron_step(w, b, x, y, lr):
    out = torch.sign(x @ w + b)
    if out.item() == y.item():
        return False
    error = y - out
    w += lr * error * x.T
    b += lr * error.squeeze(0)
    return True


@wrong("The rule of the bias is also multiplied by the length of x squared.")
def perceptron_step(w, b, x, y, lr):
    t = y.item()
    if t * (x @ w + b).item() > 0:
        return False
    w[:] = w + lr * t * x.T
    b[:] = b + lr * t * (x @ x.T).item()
    return True


@right("Works with plain numbers and changes the weights one by one.")
def perceptron_step(w, b, x, y, lr):
    label = y.item()
    score = b.item() + sum(w[j, 0].item() * x[0, j].item() for j in range(x.shape[1]))
    if label * score > 0:
        return False
    with torch.no_grad():
        for j in range(x.shape[1]):
            w[j, 0] += lr * label * x[0, j]
        b[0] += lr * label
    return True


@right("No branch: the step is multiplied by 1 for a mistake and by 0 else.")
def perceptron_step(w, b, x, y, lr):
    with torch.no_grad():
        wrong = (y * (x @ w + b) <= 0)
        step = lr * y * wrong.to(w.dtype)
        w.add_(x.T @ step)
        b.add_(step.reshape(b.shape))
    return bool(wrong)
