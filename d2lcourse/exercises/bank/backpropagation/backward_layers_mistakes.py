"""Wrong answers to backward_layers, each under what its writer is to read."""

from d2lcourse.exercises.bank import again, mistake


@mistake("the lists are in the order in which things were found: the first layer belongs first")
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in reversed(range(len(Ws))):
        dZ = dXs[0] * derivative(Zs[i])
        dWs.insert(0, dZ.T @ Xs[i])
        dXs.insert(0, dZ @ Ws[i])
    return dWs[::-1], dXs


@again
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in reversed(range(len(Ws))):
        dZ = dXs[0] * derivative(Zs[i])
        dWs.insert(0, dZ.T @ Xs[i])
        dXs.insert(0, dZ @ Ws[i])
    return dWs[::-1], dXs[::-1]


@mistake("the activations are passed over: dZ is the gradient in x(i) times derivative(z(i))")
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in reversed(range(len(Ws))):
        dZ = dXs[0]
        dWs.insert(0, dZ.T @ Xs[i])
        dXs.insert(0, dZ @ Ws[i])
    return dWs, dXs


@mistake("phi' is taken at the layer's output: it belongs at Zs[i], where phi was")
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in reversed(range(len(Ws))):
        dZ = dXs[0] * derivative(Xs[i + 1])
        dWs.insert(0, dZ.T @ Xs[i])
        dXs.insert(0, dZ @ Ws[i])
    return dWs, dXs


@mistake("every layer is given the gradient at the top: give it what the layer above has sent down")
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in reversed(range(len(Ws))):
        dZ = gradient * derivative(Zs[i])
        dWs.insert(0, dZ.T @ Xs[i])
        dXs.insert(0, dZ @ Ws[i])
    return dWs, dXs


@mistake("the weights' gradient is made with the layer's output: W(i) multiplies its input, Xs[i]")
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in reversed(range(len(Ws))):
        dZ = dXs[0] * derivative(Zs[i])
        dWs.insert(0, dZ.T @ Xs[i + 1])
        dXs.insert(0, dZ @ Ws[i])
    return dWs, dXs


@mistake("what is sent down passes by the activation: dZ @ W, not the gradient in the output times W")
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in reversed(range(len(Ws))):
        dZ = dXs[0] * derivative(Zs[i])
        dWs.insert(0, dZ.T @ Xs[i])
        dXs.insert(0, dXs[0] @ Ws[i])
    return dWs, dXs


@mistake("W is transposed on the way down: forward was x W^T, so back it is dZ @ W")
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in reversed(range(len(Ws))):
        dZ = dXs[0] * derivative(Zs[i])
        dWs.insert(0, dZ.T @ Xs[i])
        dXs.insert(0, dZ @ Ws[i].T)
    return dWs, dXs


@mistake("the gradients in the weights are transposed: dZ.T @ x has W's shape, (outputs, inputs)")
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in reversed(range(len(Ws))):
        dZ = dXs[0] * derivative(Zs[i])
        dWs.insert(0, Xs[i].T @ dZ)
        dXs.insert(0, dZ @ Ws[i])
    return dWs, dXs


@mistake(
    "the gradients in the weights are divided by the number of examples: `gradient` holds all such "
    "factors, so add the examples up"
)
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in reversed(range(len(Ws))):
        dZ = dXs[0] * derivative(Zs[i])
        dWs.insert(0, dZ.T @ Xs[i] / len(dZ))
        dXs.insert(0, dZ @ Ws[i])
    return dWs, dXs


@mistake(
    "Zs[-0] is Zs[0], the first: from the end one counts -1, -2, ..., so take Zs[-i] with i from 1, or "
    "Zs[-i - 1]"
)
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in range(len(Ws)):
        dZ = dXs[0] * derivative(Zs[-i])
        dWs.insert(0, dZ.T @ Xs[-i - 2])
        dXs.insert(0, dZ @ Ws[-i - 1])
    return dWs, dXs


@again
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in range(len(Ws)):
        dZ = dXs[0] * derivative(Zs[-i])
        dWs.insert(0, dZ.T @ Xs[-i - 2])
        dXs.insert(0, dZ @ Ws[-i])
    return dWs, dXs


@again
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in range(len(Ws)):
        dZ = dXs[0] * derivative(Zs[-i])
        dWs.insert(0, dZ.T @ Xs[-i - 1])
        dXs.insert(0, dZ @ Ws[-i])
    return dWs, dXs


@mistake("the second list lacks the gradient in x(l), the one that was given: start with it")
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in reversed(range(len(Ws))):
        dZ = dXs[0] * derivative(Zs[i])
        dWs.insert(0, dZ.T @ Xs[i])
        dXs.insert(0, dZ @ Ws[i])
    return dWs, dXs[:-1]


@mistake("the second list lacks the gradient in x(0), the net's input: the first layer sends one down too")
def backward_layers(Xs, Zs, Ws, derivative, gradient):
    dWs, dXs = [], [gradient]
    for i in reversed(range(len(Ws))):
        dZ = dXs[0] * derivative(Zs[i])
        dWs.insert(0, dZ.T @ Xs[i])
        dXs.insert(0, dZ @ Ws[i])
    return dWs, dXs[1:]
