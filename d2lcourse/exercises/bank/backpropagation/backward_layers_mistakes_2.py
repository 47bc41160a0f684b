"""Wrong answers to backward_layers, each under what its writer is to read."""

from d2lcourse.exercises.bank import again, mistake


@mistake(
    "the loop goes up from the first layer: the gradient comes from the top, so begin with the last layer"
)
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in range(len(Ws)):
        dZ = dXs[0] * derivative(Zs[i])
        dWs.insert(0, dZ.T @ Xs[i])
        dXs.insert(0, dZ @ Ws[i])
    return dWs, dXs


@again
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in range(len(Ws)):
        dZ = dXs[-1] * derivative(Zs[i])
        dWs.append(dZ.T @ Xs[i])
        dXs.append(dZ @ Ws[i])
    return dWs, dXs


@again
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs, dX = [], [gradient], gradient
    for X, Z, W in zip(Xs, Zs, Ws, strict=False):
        dZ = dX * derivative(Z)
        dX = dZ @ W
        dWs.append(dZ.T @ X)
        dXs.insert(0, dX)
    return dWs, dXs


@mistake("the first layer is left out: reversed(range(len(Ws))) goes down to 0")
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in range(len(Ws) - 1, 0, -1):
        dZ = dXs[0] * derivative(Zs[i])
        dWs.insert(0, dZ.T @ Xs[i])
        dXs.insert(0, dZ @ Ws[i])
    return dWs, dXs


@mistake("the gradient is multiplied by the values Zs[i]: the factor is derivative(Zs[i])")
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in reversed(range(len(Ws))):
        dZ = dXs[0] * Zs[i]
        dWs.insert(0, dZ.T @ Xs[i])
        dXs.insert(0, dZ @ Ws[i])
    return dWs, dXs


@mistake("the two lists are exchanged: the gradients in the weights come first")
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in reversed(range(len(Ws))):
        dZ = dXs[0] * derivative(Zs[i])
        dWs.insert(0, dZ.T @ Xs[i])
        dXs.insert(0, dZ @ Ws[i])
    return dXs, dWs


@mistake(
    "the weights' gradient is made before the activation: it is dZ.T @ x, with dZ = gradient * derivative(z)"
)
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in reversed(range(len(Ws))):
        dZ = dXs[0] * derivative(Zs[i])
        dWs.insert(0, dXs[0].T @ Xs[i])
        dXs.insert(0, dZ @ Ws[i])
    return dWs, dXs
