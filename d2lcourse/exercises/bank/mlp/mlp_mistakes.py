"""Wrong answers to mlp, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("there is no activation between the layers, so that the two are one linear layer: relu(X W1 + b1)")
def mlp(X, W1, b1, W2, b2):
    return (X.flatten(1) @ W1 + b1) @ W2 + b2


@mistake("the scores go through ReLU as well: they may be negative, the last layer has no activation")
def mlp(X, W1, b1, W2, b2):
    H = torch.relu(X.flatten(1) @ W1 + b1)
    return torch.relu(H @ W2 + b2)


@mistake("only the scores go through ReLU: it belongs between the layers, after X W1 + b1")
def mlp(X, W1, b1, W2, b2):
    return torch.relu((X.flatten(1) @ W1 + b1) @ W2 + b2)


@mistake("ReLU is applied to the input: it belongs after the first layer, relu(X W1 + b1)")
def mlp(X, W1, b1, W2, b2):
    return (torch.relu(X.flatten(1)) @ W1 + b1) @ W2 + b2


@mistake("the bias b1 is added after the ReLU: relu(X W1 + b1)")
def mlp(X, W1, b1, W2, b2):
    return (torch.relu(X.flatten(1) @ W1) + b1) @ W2 + b2


@mistake("the bias b1 is missing: relu(X W1 + b1)")
def mlp(X, W1, b1, W2, b2):
    return torch.relu(X.flatten(1) @ W1) @ W2 + b2


@mistake("the bias b2 is missing: H W2 + b2")
def mlp(X, W1, b1, W2, b2):
    return torch.relu(X.flatten(1) @ W1 + b1) @ W2


@mistake("the hidden layer has a sigmoid: here it is ReLU")
def mlp(X, W1, b1, W2, b2):
    return torch.sigmoid(X.flatten(1) @ W1 + b1) @ W2 + b2


@mistake("softmax is taken of the scores: leave that to the loss")
def mlp(X, W1, b1, W2, b2):
    return torch.softmax(torch.relu(X.flatten(1) @ W1 + b1) @ W2 + b2, dim=1)


@mistake("this is the hidden layer: the output layer, H W2 + b2, is still to come")
def mlp(X, W1, b1, W2, b2):
    return torch.relu(X.flatten(1) @ W1 + b1)


@mistake("images are not flattened: X.flatten(start_dim=1) makes one row of each example")
def mlp(X, W1, b1, W2, b2):
    return torch.relu(X @ W1 + b1) @ W2 + b2


@mistake("the whole batch becomes one row: the first dimension stays, X.flatten(start_dim=1)")
def mlp(X, W1, b1, W2, b2):
    return torch.relu(X.flatten() @ W1 + b1) @ W2 + b2


@mistake(
    "the weights here are (inputs, outputs), so X @ W1: only nn.Linear and linear() keep them transposed"
)
def mlp(X, W1, b1, W2, b2):
    H = torch.relu(torch.nn.functional.linear(X.flatten(1), W1, b1))
    return torch.nn.functional.linear(H, W2, b2)


@again
def mlp(X, W1, b1, W2, b2):
    return torch.relu(X.flatten(1) @ W1.T + b1) @ W2.T + b2


@mistake(
    "the result is cut off from the parameters (.detach(), .data or torch.no_grad): they could not learn"
)
def mlp(X, W1, b1, W2, b2):
    with torch.no_grad():
        return torch.relu(X.flatten(1) @ W1 + b1) @ W2 + b2


@mistake(
    "the channels of an image are kept apart: flatten everything but the first dimension, "
    "X.flatten(start_dim=1)"
)
def mlp(X, W1, b1, W2, b2):
    if X.dim() > 2:
        X = X.reshape(-1, X.shape[-1] * X.shape[-2])
    return torch.relu(X @ W1 + b1) @ W2 + b2


@again
def mlp(X, W1, b1, W2, b2):
    if X.dim() > 2:
        X = X.flatten(start_dim=-2)
    return torch.relu(X @ W1 + b1) @ W2 + b2


@mistake(
    "only the first channel of an image is used: flatten everything but the first dimension, "
    "X.flatten(start_dim=1)"
)
def mlp(X, W1, b1, W2, b2):
    if X.dim() > 2:
        X = X[:, 0].flatten(1)
    return torch.relu(X @ W1 + b1) @ W2 + b2


@mistake(
    "squeeze drops dimensions of 1, also a single feature or a batch of one: X.flatten(start_dim=1) alone"
    " is enough",
    needs="squeeze",
)
def mlp(X, W1, b1, W2, b2):
    return torch.relu(X.squeeze(1).flatten(1) @ W1 + b1) @ W2 + b2


@again
def mlp(X, W1, b1, W2, b2):
    return torch.relu(X.squeeze().flatten(1) @ W1 + b1) @ W2 + b2


@mistake("the hidden layer has a tanh: here it is ReLU")
def mlp(X, W1, b1, W2, b2):
    return torch.tanh(X.flatten(1) @ W1 + b1) @ W2 + b2


@mistake(
    "the last two dimensions become one, even where X is (n, d): flatten all but the first, "
    "X.flatten(start_dim=1)"
)
def mlp(X, W1, b1, W2, b2):
    X = X.reshape(-1, X.shape[-1] * X.shape[-2])
    return torch.relu(X @ W1 + b1) @ W2 + b2
