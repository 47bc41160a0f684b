"""Wrong answers to mlp, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("hidden values above 6 are cut off, as relu6 does: above 0 every number stays, torch.relu")
def mlp(X, W1, b1, W2, b2):
    return torch.nn.functional.relu6(X.flatten(1) @ W1 + b1) @ W2 + b2


@mistake("hidden values above 1 are cut off: above 0 every number stays, torch.relu")
def mlp(X, W1, b1, W2, b2):
    return (X.flatten(1) @ W1 + b1).clamp(0, 1) @ W2 + b2


@mistake("below 0 a small slope is left, as in a leaky ReLU: torch.relu gives 0 there")
def mlp(X, W1, b1, W2, b2):
    return torch.nn.functional.leaky_relu(X.flatten(1) @ W1 + b1) @ W2 + b2


@mistake("the hidden layer has a GELU, SiLU or softplus, which are smooth: here it is ReLU")
def mlp(X, W1, b1, W2, b2):
    return torch.nn.functional.gelu(X.flatten(1) @ W1 + b1) @ W2 + b2


@again
def mlp(X, W1, b1, W2, b2):
    return torch.nn.functional.silu(X.flatten(1) @ W1 + b1) @ W2 + b2


@again
def mlp(X, W1, b1, W2, b2):
    return torch.nn.functional.softplus(X.flatten(1) @ W1 + b1) @ W2 + b2


@mistake("the images are turned on their side: the numbers of an image come row by row, X.flatten(1)")
def mlp(X, W1, b1, W2, b2):
    X = X.transpose(-1, -2) if X.dim() > 2 else X
    return torch.relu(X.flatten(1) @ W1 + b1) @ W2 + b2


@mistake("images of four dimensions are expected: X may have any number, X.flatten(start_dim=1)")
def mlp(X, W1, b1, W2, b2):
    X = X.flatten(-3) if X.dim() > 2 else X
    return torch.relu(X @ W1 + b1) @ W2 + b2


@again
def mlp(X, W1, b1, W2, b2):
    X = X.reshape(-1, X.shape[1] * X.shape[2] * X.shape[3]) if X.dim() > 2 else X
    return torch.relu(X @ W1 + b1) @ W2 + b2
