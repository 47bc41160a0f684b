"""Answers to mlp, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Images are not flattened, so they do not fit to W1.")
def mlp(X, W1, b1, W2, b2):
    H = torch.relu(X @ W1 + b1)
    return H @ W2 + b2


@wrong("The ReLU is applied to the scores as well.")
def mlp(X, W1, b1, W2, b2):
    def layer(inputs, W, b):
        return torch.relu(inputs @ W + b)

    X = X.reshape(X.shape[0], -1)
    return layer(layer(X, W1, b1), W2, b2)


@wrong("The bias b1 is added after the ReLU.")
def mlp(X: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor) -> Tensor:
    X = X.flatten(start_dim=1)
    H = torch.relu(X.matmul(W1)) + b1
    O = H.matmul(W2) + b2
    return O


@wrong("The images are reshaped to (d, n) and transposed, which mixes the pixels of different examples.")
def mlp(X, W1, b1, W2, b2):
    d = W1.shape[0]
    flat = X.reshape(d, -1).T
    hidden = torch.maximum(flat @ W1 + b1, torch.tensor(0.0, dtype=flat.dtype))
    return hidden @ W2 + b2


@wrong("squeeze() also drops the axis of the examples when there is only one, and then flattening fails.")
def mlp(X, W1, b1, W2, b2):
    X = torch.squeeze(X)
    X = torch.flatten(X, 1)
    H = torch.relu(torch.addmm(b1, X, W1))
    return torch.addmm(b2, H, W2)


@wrong("The hidden layer is limited to 1 at the top too.")
def mlp(X, W1, b1, W2, b2):
    n = len(X)
    H = torch.clip(X.view(n, -1) @ W1 + b1, 0, 1)
    return torch.einsum("nh,hq->nq", H, W2) + b2


@right("torch.nn.functional.linear with transposed weights.")
def mlp(X, W1, b1, W2, b2):
    import torch.nn.functional as F

    x = X.reshape(-1, W1.shape[0])
    return F.linear(F.relu(F.linear(x, W1.T, b1)), W2.T, b2)


@right("The negative hidden values are put to zero with a mask.")
def mlp(X, W1, b1, W2, b2):
    hidden = torch.einsum("nd,dh->nh", X.flatten(1), W1) + b1
    hidden[hidden < 0] = 0
    return torch.einsum("nh,hq->nq", hidden, W2) + b2
