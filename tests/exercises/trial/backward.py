"""Answers to backward, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Does not divide by n, although L is a mean.")
def backward(
    X: Tensor, y: Tensor, W1: Tensor, W2: Tensor, kept: dict, lambd: float, phi_derivative
) -> dict:
    dO = torch.softmax(kept["O"], dim=1)
    dO[torch.arange(len(y)), y] -= 1
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@wrong("Takes the derivative of phi at H and not at Z.")
def backward(
    X: Tensor, y: Tensor, W1: Tensor, W2: Tensor, kept: dict, lambd: float, phi_derivative
) -> dict:
    n, q = kept["O"].shape
    Z, H, O = kept["Z"], kept["H"], kept["O"]
    g = {}
    g["O"] = (torch.softmax(O, -1) - torch.eye(q, dtype=O.dtype)[y]) / n
    g["W2"] = torch.einsum("nq,nh->qh", g["O"], H) + lambd * W2
    g["H"] = torch.einsum("nq,qh->nh", g["O"], W2)
    g["Z"] = torch.einsum("nh,nh->nh", g["H"], phi_derivative(H))
    g["W1"] = torch.einsum("nh,nd->hd", g["Z"], X) + lambd * W1
    return g


@wrong("Divides by n at the end, for the weights only and the penalty's part along with them, so all the gradients are off.")
def backward(
    X: Tensor, y: Tensor, W1: Tensor, W2: Tensor, kept: dict, lambd: float, phi_derivative
) -> dict:
    n = X.shape[0]
    onehot = torch.nn.functional.one_hot(y, W2.shape[0])
    dO = kept["O"].softmax(1) - onehot
    dH = torch.matmul(dO, W2)
    dZ = torch.mul(dH, phi_derivative(kept["Z"]))
    dW2 = (dO.t().mm(kept["H"]) + lambd * W2) / n
    dW1 = (dZ.t().mm(X) + lambd * W1) / n
    return dict(O=dO, W2=dW2, H=dH, Z=dZ, W1=dW1)


@wrong("Adds the whole penalty's value s (a number) to the weight gradients and not its gradient lambd * W.")
def backward(
    X: Tensor, y: Tensor, W1: Tensor, W2: Tensor, kept: dict, lambd: float, phi_derivative
) -> dict:
    out = {}
    probs = torch.softmax(kept["O"], 1)
    for i, label in enumerate(y):
        probs[i, label] = probs[i, label] - 1
    out["O"] = probs / len(y)
    out["W2"] = out["O"].T @ kept["H"] + kept["s"]
    out["H"] = out["O"] @ W2
    out["Z"] = out["H"] * phi_derivative(kept["Z"])
    out["W1"] = out["Z"].T @ X + kept["s"]
    return out


@right("example by example, as sums of outer products")
def backward(
    X: Tensor, y: Tensor, W1: Tensor, W2: Tensor, kept: dict, lambd: float, phi_derivative
) -> dict:
    n = X.shape[0]
    gO, gH, gZ = torch.zeros_like(kept["O"]), torch.zeros_like(kept["H"]), torch.zeros_like(kept["Z"])
    gW1, gW2 = lambd * W1, lambd * W2
    slopes = phi_derivative(kept["Z"])
    for i in range(n):
        o = torch.softmax(kept["O"][i], dim=0)
        o[y[i]] -= 1.0
        gO[i] = o / n
        gW2 = gW2 + torch.outer(gO[i], kept["H"][i])
        gH[i] = W2.T @ gO[i]
        gZ[i] = slopes[i] * gH[i]
        gW1 = gW1 + torch.outer(gZ[i], X[i])
    return {"O": gO, "W2": gW2, "H": gH, "Z": gZ, "W1": gW1}


@right("gets the gradient of O by autograd on the cross-entropy, the rest with linear algebra")
def backward(
    X: Tensor, y: Tensor, W1: Tensor, W2: Tensor, kept: dict, lambd: float, phi_derivative
) -> dict:
    scores = kept["O"].detach().clone().requires_grad_(True)
    with torch.enable_grad():
        loss = torch.nn.functional.cross_entropy(scores, y)
    (dO,) = torch.autograd.grad(loss, scores)
    dH = (W2.T @ dO.T).T
    dZ = phi_derivative(kept["Z"]) * dH
    return {
        "W1": torch.addmm(W1, dZ.T, X, beta=lambd),
        "Z": dZ,
        "H": dH,
        "W2": torch.addmm(W2, dO.T, kept["H"], beta=lambd),
        "O": dO,
    }
