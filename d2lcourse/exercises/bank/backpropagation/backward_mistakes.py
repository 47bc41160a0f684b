"""Wrong answers to backward, each under what its writer is to read."""

import torch

from chapters.softmax_regression import cross_entropy_gradient
from d2lcourse.exercises.bank import again, mistake


@mistake("L is the *mean* of the examples' losses: divide the gradient in O by len(y)")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake(
    "the division by the number of examples comes twice: it is in dO, and whatever follows from dO has it"
)
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"] / len(y) + lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X / len(y) + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("the gradient in O has the wrong sign: what is predicted less what is true, softmax(O) - one_hot(y)")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = -cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("dO is still the probabilities: subtract 1 from that of each example's true class")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = torch.softmax(kept["O"], dim=1) / len(y)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake(
    "dO[:, y] takes whole columns, those of all classes in y: pair rows and classes, dO[torch.arange(n), y]"
)
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = torch.softmax(kept["O"], dim=1)
    dO[:, y] -= 1
    dO /= len(y)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake('the gradients come without their names: return a dict, {"O": dO, "W2": dW2, ...}')
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + lambd * W1
    return dO, dW2, dH, dZ, dW1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("the scores are taken for probabilities: dO is softmax(O) less the one-hot labels, over n")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = (kept["O"] - torch.nn.functional.one_hot(y, len(W2))) / len(y)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("these are the values that were kept: return the gradients of J in them")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = kept["O"]
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = kept["H"]
    dZ = kept["Z"]
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("the penalty is missing: s contains both matrices, so each of their gradients gets lambd * W")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"]
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@again
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@again
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"]
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("the penalty counts twice: the 1/2 in s cancels the 2 of the square, which leaves lambd * W")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"] + 2 * lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + 2 * lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("the penalty is divided by n: only L is a mean over the examples, s is added to it once")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = (cross_entropy_gradient(kept["O"], y).T @ kept["H"] + lambd * W2) / len(y)
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + lambd * W1 / len(y)
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("the activation is passed over: dZ is dH times phi'(Z), element by element")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = dH
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


@mistake("phi' is taken at H: it belongs at Z, where phi was")
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["H"])
    dW1 = dZ.T @ X + lambd * W1
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}
