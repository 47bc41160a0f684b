"""Answers to backward_layers, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Returns both lists from the last layer to the first, since they are not reversed.")
def backward_layers(
    Xs: list[Tensor], Zs: list[Tensor], Ws: list[Tensor], derivative, gradient: Tensor
) -> tuple[list[Tensor], list[Tensor]]:
    gW, gX = [], [gradient]
    for i in range(len(Ws) - 1, -1, -1):
        dz = gX[-1] * derivative(Zs[i])
        gW.append(dz.T @ Xs[i])
        gX.append(dz @ Ws[i])
    return gW, gX


@wrong("Multiplies in place, so the given gradient and every kept gradient of a value are overwritten by that of z.")
def backward_layers(
    Xs: list[Tensor], Zs: list[Tensor], Ws: list[Tensor], derivative, gradient: Tensor
) -> tuple[list[Tensor], list[Tensor]]:
    weights, values = [], [gradient]
    for X, Z, W in zip(reversed(Xs[:-1]), reversed(Zs), reversed(Ws)):
        gradient *= derivative(Z)
        weights.insert(0, gradient.T @ X)
        gradient = gradient @ W
        values.insert(0, gradient)
    return weights, values


@wrong("Passes the gradient back to the layer before without the factor phi'(z), which only the weights get.")
def backward_layers(
    Xs: list[Tensor], Zs: list[Tensor], Ws: list[Tensor], derivative, gradient: Tensor
) -> tuple[list[Tensor], list[Tensor]]:
    l = len(Ws)
    dW = [None] * l
    dX = [None] * (l + 1)
    dX[l] = gradient
    for i in reversed(range(l)):
        delta = torch.einsum("no,no->no", dX[i + 1], derivative(Zs[i]))
        dW[i] = torch.einsum("no,ni->oi", delta, Xs[i])
        dX[i] = torch.einsum("no,oi->ni", dX[i + 1], Ws[i])
    return dW, dX


@wrong("The gradients in the values lack the last one, that in x(l), which was given.")
def backward_layers(
    Xs: list[Tensor], Zs: list[Tensor], Ws: list[Tensor], derivative, gradient: Tensor
) -> tuple[list[Tensor], list[Tensor]]:
    grads_W = []
    grads_X = []
    g = gradient
    for i in range(1, len(Ws) + 1):
        z_grad = g * derivative(Zs[-i])
        grads_W.append(torch.matmul(z_grad.t(), Xs[-i - 1]))
        g = torch.matmul(z_grad, Ws[-i])
        grads_X.append(g)
    return grads_W[::-1], grads_X[::-1]


@right("recursion over the layers")
def backward_layers(
    Xs: list[Tensor], Zs: list[Tensor], Ws: list[Tensor], derivative, gradient: Tensor
) -> tuple[list[Tensor], list[Tensor]]:
    if not Ws:
        return [], [gradient]
    dz = gradient * derivative(Zs[-1])
    w_grads, x_grads = backward_layers(Xs[:-1], Zs[:-1], Ws[:-1], derivative, dz @ Ws[-1])
    return w_grads + [dz.T @ Xs[-2]], x_grads + [gradient]


@right("einsum into dictionaries by layer number, then lists in order")
def backward_layers(
    Xs: list[Tensor], Zs: list[Tensor], Ws: list[Tensor], derivative, gradient: Tensor
) -> tuple[list[Tensor], list[Tensor]]:
    l = len(Zs)
    by_x, by_w = {l: gradient}, {}
    for layer in range(l, 0, -1):
        slope = derivative(Zs[layer - 1])
        by_w[layer] = torch.einsum("bo,bo,bi->oi", by_x[layer], slope, Xs[layer - 1])
        by_x[layer - 1] = torch.einsum("bo,bo,oi->bi", by_x[layer], slope, Ws[layer - 1])
    return [by_w[i] for i in range(1, l + 1)], [by_x[i] for i in range(l + 1)]
