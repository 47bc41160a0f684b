"""Right answers to perceptron_step, each by another way than the chapter's."""

import torch


def perceptron_step(w, b, x, y, lr=1.0):
    label = y.item()
    if label * (x.flatten().dot(w.flatten()) + b).item() > 0:
        return False
    w.add_(x.T, alpha=lr * label)
    b.add_(lr * label)
    return True


def perceptron_step(weights, bias, x, y, lr):
    score = bias[0].clone()
    for i in range(len(weights)):
        score += x[0, i] * weights[i, 0]
    if y[0, 0] * score <= 0:
        for i in range(len(weights)):
            weights[i, 0] += lr * y[0, 0] * x[0, i]
        bias[0] += lr * y[0, 0]
        return True
    return False


def perceptron_step(w, b, x, y, lr):
    mistake = (y * (x @ w + b) <= 0).squeeze()
    w.copy_(w + mistake * lr * y * x.T)
    b[:] = b + mistake * lr * y.flatten()
    return mistake


def perceptron_step(w, b, x, y, lr):
    wrong = bool(torch.sign(x @ w + b) != y)
    if wrong:
        w += lr * y * x.T
        b += lr * y[0]
    return wrong


def perceptron_step(w, b, x, y, lr):
    if torch.relu(y * (x @ w + b)) > 0:
        return False
    with torch.no_grad():
        w += lr * y * x.reshape(w.shape)
        b += lr * y.reshape(b.shape)
    return True
