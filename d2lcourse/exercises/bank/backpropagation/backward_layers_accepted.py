"""Right answers to backward_layers, each by another way than the chapter's."""

import torch


def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for X, Z, W in zip(Xs[-2::-1], Zs[::-1], Ws[::-1], strict=False):
        dZ = derivative(Z) * dXs[-1]
        dWs.append(dZ.T @ X)
        dXs.append(dZ @ W)
    return dWs[::-1], dXs[::-1]


def backward_layers(Xs, Zs, Ws, derivative, gradient):
    if not Ws:
        return [], [gradient]
    below = gradient * derivative(Zs[-1])
    dWs, dXs = backward_layers(Xs[:-1], Zs[:-1], Ws[:-1], derivative, below @ Ws[-1])
    return [*dWs, (Xs[-2].T @ below).T], [*dXs, gradient]


def backward_layers(Xs, Zs, Ws, derivative, gradient):
    l = len(Ws)
    dWs, dXs = [None] * l, [None] * l + [gradient.clone()]
    for i in range(l - 1, -1, -1):
        dZ = torch.mul(dXs[i + 1], derivative(Zs[i]))
        dWs[i] = sum(torch.outer(d, x) for d, x in zip(dZ, Xs[i], strict=False))
        dXs[i] = torch.stack([Ws[i].T @ d for d in dZ])
    return tuple(dWs), tuple(dXs)
