"""Wrong answers to backward, each under what its writer is to read."""

import torch

from chapters.softmax_regression import cross_entropy_gradient
from d2lcourse.exercises.bank import again, mistake


@mistake("Z > 0 is the derivative of a ReLU: other activations have another, phi_derivative(Z)")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = dH * (kept["Z"] > 0)
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("dH is multiplied by the values Z: the factor is their phi_derivative(Z)")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = dH * kept["Z"]
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("W2 comes a second time into dZ, as in 004 3.7.2: dH holds it already, dZ = dH * phi'(Z)")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = (dH @ W2) * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("W2 is transposed in dH: O is H W2^T, so back it goes by W2 itself, dO @ W2")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2.T
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("the gradient of W2 is transposed: it has the shape of W2, (q, h), which is dO.T @ H")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = kept["H"].T @ dO + lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@again
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = kept["H"].T @ dO + lambd * W2.T
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("the gradient of W1 is transposed: it has the shape of W1, (h, d), which is dZ.T @ X")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = X.T @ dZ + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@again
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = X.T @ dZ + lambd * W1.T
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("W2 multiplies H, what the activation gave, not Z: its gradient is dO.T @ H")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["Z"] + lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("the gradient of W1 is made from dH: W1 makes Z, which the activation follows, so take dZ")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dH.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("the penalty counts half: the derivative of lambd/2 times W^2 is lambd * W, the half is gone")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"] + lambd / 2 * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + lambd / 2 * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake(
    "one_hot(y) has as many columns as the largest label in the batch asks for, and the last class need not "
    "be in it: one_hot(y, q)",
    needs=r"one_hot|max\(",
)
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = (torch.softmax(kept["O"], dim=1) - torch.nn.functional.one_hot(y)) / len(y)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("the square of W is in the gradients: the derivative of lambd/2 times W^2 is lambd * W")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"] + lambd * W2**2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + lambd * W1**2
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("the value of the penalty is added, kept['s']: its derivative belongs there, lambd * W", needs="'s'")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"] + kept["s"]
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + kept["s"]
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake(
    "the softmax goes over the examples, dim=0: each example's probabilities sum to 1, so dim=1",
    needs="softmax",
)
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = torch.softmax(kept["O"], dim=0)
    dO[torch.arange(len(y)), y] -= 1
    dO /= len(y)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("the mean is taken over the classes: L is the mean of the examples' losses, so divide by len(y)")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(W2)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}
