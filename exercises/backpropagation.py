"""Exercises of the chapter backpropagation: gradients by hand, and their check by differences."""

from collections.abc import Callable
from typing import Any

from d2lcore.exercises import Case, Exercise, Mistake


def _backward(
    dO: str = "cross_entropy_gradient(kept['O'], y) / len(y)",
    dW2: str = "dO.T @ kept['H'] + lambd * W2",
    dH: str = "dO @ W2",
    dZ: str = "dH * phi_derivative(kept['Z'])",
    dW1: str = "dZ.T @ X + lambd * W1",
) -> str:
    """A `backward` of these lines; by default they are right."""
    return f"""
    from chapters.softmax_regression import cross_entropy_gradient

    def backward(X, y, W1, W2, kept, lambd, phi_derivative):
        dO = {dO}
        dW2 = {dW2}
        dH = {dH}
        dZ = {dZ}
        dW1 = {dW1}
        return {{"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}}
    """


def _gradients_found(answer: Callable[..., Any], *args: Any) -> dict[str, Any]:
    """Those of `backward` by name, in the order in which they are found; others are not looked at."""
    found = answer(*args)
    if not isinstance(found, dict):
        return {"what is returned": f"a {type(found).__name__}"}
    names = ("O", "W2", "H", "Z", "W1")
    missing = ", ".join(name for name in names if name not in found)
    return {
        "what is returned": "a dict",
        "gradients that are missing": missing or "none",
        **{f"gradient in {name}": found[name] for name in names if name in found},
    }


def _backward_cases() -> list[Case]:
    import torch

    from chapters.backpropagation import forward
    from chapters.mlp import relu, relu_derivative, tanh, tanh_derivative

    def passed(
        X: Any, y: Any, W1: Any, W2: Any, lambd: float, phi: Callable[..., Any], derivative: Any
    ) -> tuple[Any, ...]:
        return X, y, W1, W2, forward(X, y, W1, W2, lambd, phi), lambd, derivative

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(shape, dtype=torch.float64)

    square = torch.tensor([[0.5, 0.5], [1.0, -1.0]]), torch.tensor([[1.0, -0.5], [-1.0, 2.0]])
    one = passed(torch.tensor([[1.0, 2.0]]), torch.tensor([1]), *square, 0.0, relu, relu_derivative)
    W1 = torch.tensor([[0.5, -1.0], [1.0, 0.0], [-0.5, 1.5]])
    W2 = torch.tensor([[1.0, 0.0, -1.0], [-0.5, 2.0, 0.5]])
    X = torch.tensor([[1.0, -1.0], [0.0, 2.0]])
    two = passed(X, torch.tensor([1, 0]), W1, W2, 0.1, tanh, tanh_derivative)
    wide = normal(4, 2), normal(3, 4)
    five = passed(normal(5, 2), torch.tensor([2, 0, 1, 0, 0]), *wide, 0.5, relu, relu_derivative)
    return [
        Case("one example, two hidden ReLUs, no penalty", one, _gradients_found),
        Case("two examples, three hidden units with tanh, a penalty", two, _gradients_found),
        Case("five examples, four hidden ReLUs, float64", five, _gradients_found),
    ]


BACKWARD = Exercise(
    name="backward",
    notes="004 3.7.2",
    stub='''
    def backward(
        X: Tensor, y: Tensor, W1: Tensor, W2: Tensor, kept: dict, lambd: float, phi_derivative
    ) -> dict:
        """The gradients of J = L + s, by hand, in a net with one hidden layer.

        The forward pass has computed, for n examples in rows, and kept:
        Z = X W1^T, H = phi(Z), O = H W2^T, L = the mean of the examples' cross-entropies,
        s = lambd/2 (sum of W1^2 + sum of W2^2), J = L + s.

        X: inputs, shape (n, d). y: classes, shape (n,). W1: weights, shape (h, d). W2: shape (q, h).
        kept: {"Z", "H", both (n, h), "O" (n, q), "L", "s", "J", each ()}. lambd: weight of the penalty.
        phi_derivative: phi', a function of a tensor, element by element.
        Returns {"O", "W2", "H", "Z", "W1"}: the gradient of J in each, of the shape that it has.
        torch.softmax may be used; autograd is not needed.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Go from J back to W1, a step for each line of the forward pass, and at each step ask: what is the "
        "gradient of J in what this line has computed, and what does it make of those in what it was given?",
        "In L and s it is 1. dO = (softmax(O) - one_hot(y)) / n, dW2 = dO.T @ H + lambd * W2, dH = dO @ W2, "
        "dZ = dH * phi_derivative(Z), dW1 = dZ.T @ X + lambd * W1.",
        "A gradient has the shape of its variable: that tells which factor is transposed. The mean puts 1/n "
        "into dO, once. And dH holds W2 already: 004 3.7.2 multiplies by it a second time, which is wrong.",
    ),
    reference="chapters.backpropagation.backward",
    cases=_backward_cases,
    mistakes=(
        Mistake(
            "L is the *mean* of the examples' losses: divide the gradient in O by len(y)",
            _backward(dO="cross_entropy_gradient(kept['O'], y)"),
        ),
        Mistake(
            "the division by the number of examples comes twice: it is in dO, and whatever follows from dO "
            "has it",
            _backward(dW2="dO.T @ kept['H'] / len(y) + lambd * W2", dW1="dZ.T @ X / len(y) + lambd * W1"),
        ),
        Mistake(
            "the gradient in O has the wrong sign: what is predicted less what is true, "
            "softmax(O) - one_hot(y)",
            _backward(dO="-cross_entropy_gradient(kept['O'], y) / len(y)"),
        ),
        Mistake(
            "dO is still the probabilities: subtract 1 from that of each example's true class",
            _backward(dO="torch.softmax(kept['O'], dim=1) / len(y)"),
        ),
        Mistake(
            "dO[:, y] takes whole columns, those of all classes in y: pair rows and classes, "
            "dO[torch.arange(n), y]",
            _backward(dO="torch.softmax(kept['O'], dim=1)\n        dO[:, y] -= 1\n        dO /= len(y)"),
        ),
        Mistake(
            'the gradients come without their names: return a dict, {"O": dO, "W2": dW2, ...}',
            _backward(dW1="dZ.T @ X + lambd * W1\n        return dO, dW2, dH, dZ, dW1"),
        ),
        Mistake(
            "the scores are taken for probabilities: dO is softmax(O) less the one-hot labels, over n",
            _backward(dO="(kept['O'] - torch.nn.functional.one_hot(y, len(W2))) / len(y)"),
        ),
        Mistake(
            "these are the values that were kept: return the gradients of J in them",
            _backward(dO="kept['O']", dH="kept['H']", dZ="kept['Z']"),
        ),
        Mistake(
            "the penalty is missing: s contains both matrices, so each of their gradients gets lambd * W",
            _backward(dW2="dO.T @ kept['H']", dW1="dZ.T @ X"),
        ),
        Mistake(
            "the penalty is missing: s contains both matrices, so each of their gradients gets lambd * W",
            _backward(dW1="dZ.T @ X"),
        ),
        Mistake(
            "the penalty is missing: s contains both matrices, so each of their gradients gets lambd * W",
            _backward(dW2="dO.T @ kept['H']"),
        ),
        Mistake(
            "the penalty counts twice: the 1/2 in s cancels the 2 of the square, which leaves lambd * W",
            _backward(dW2="dO.T @ kept['H'] + 2 * lambd * W2", dW1="dZ.T @ X + 2 * lambd * W1"),
        ),
        Mistake(
            "the penalty is divided by n: only L is a mean over the examples, s is added to it once",
            _backward(
                dW2="(cross_entropy_gradient(kept['O'], y).T @ kept['H'] + lambd * W2) / len(y)",
                dW1="dZ.T @ X + lambd * W1 / len(y)",
            ),
        ),
        Mistake(
            "the activation is passed over: dZ is dH times phi'(Z), element by element",
            _backward(dZ="dH"),
        ),
        Mistake(
            "phi' is taken at H: it belongs at Z, where phi was",
            _backward(dZ="dH * phi_derivative(kept['H'])"),
        ),
        Mistake(
            "Z > 0 is the derivative of a ReLU: other activations have another, phi_derivative(Z)",
            _backward(dZ="dH * (kept['Z'] > 0)"),
        ),
        Mistake(
            "dH is multiplied by the values Z: the factor is their phi_derivative(Z)",
            _backward(dZ="dH * kept['Z']"),
        ),
        Mistake(
            "W2 comes a second time into dZ, as in 004 3.7.2: dH holds it already, dZ = dH * phi'(Z)",
            _backward(dZ="(dH @ W2) * phi_derivative(kept['Z'])"),
        ),
        Mistake(
            "W2 is transposed in dH: O is H W2^T, so back it goes by W2 itself, dO @ W2",
            _backward(dH="dO @ W2.T"),
        ),
        Mistake(
            "the gradient of W2 is transposed: it has the shape of W2, (q, h), which is dO.T @ H",
            _backward(dW2="kept['H'].T @ dO + lambd * W2"),
        ),
        Mistake(
            "the gradient of W2 is transposed: it has the shape of W2, (q, h), which is dO.T @ H",
            _backward(dW2="kept['H'].T @ dO + lambd * W2.T"),
        ),
        Mistake(
            "the gradient of W1 is transposed: it has the shape of W1, (h, d), which is dZ.T @ X",
            _backward(dW1="X.T @ dZ + lambd * W1"),
        ),
        Mistake(
            "the gradient of W1 is transposed: it has the shape of W1, (h, d), which is dZ.T @ X",
            _backward(dW1="X.T @ dZ + lambd * W1.T"),
        ),
        Mistake(
            "W2 multiplies H, what the activation gave, not Z: its gradient is dO.T @ H",
            _backward(dW2="dO.T @ kept['Z'] + lambd * W2"),
        ),
        Mistake(
            "the gradient of W1 is made from dH: W1 makes Z, which the activation follows, so take dZ",
            _backward(dW1="dH.T @ X + lambd * W1"),
        ),
    ),
    accepted=(
        """
        def backward(X, y, W1, W2, kept, lambd, phi_derivative):
            n = len(y)
            dO = torch.softmax(kept["O"], dim=1)
            dO[torch.arange(n), y] -= 1
            dO /= n
            dH = torch.einsum("nq,qh->nh", dO, W2)
            dZ = phi_derivative(kept["Z"]) * dH
            return {
                "W1": torch.einsum("nh,nd->hd", dZ, X).add(W1, alpha=lambd),
                "W2": torch.einsum("nq,nh->qh", dO, kept["H"]).add(W2, alpha=lambd),
                "Z": dZ, "H": dH, "O": dO,
            }
        """,
        """
        def backward(X, y, W1, W2, kept, lambd, phi_derivative):
            dW1, dW2 = lambd * W1, lambd * W2
            dOs, dHs, dZs = [], [], []
            for x, label, z, h, o in zip(X, y, kept["Z"], kept["H"], kept["O"]):
                dOs.append((o.softmax(dim=0) - torch.eye(len(o)).to(o)[label]) / len(X))
                dHs.append(W2.T @ dOs[-1])
                dZs.append(dHs[-1] * phi_derivative(z))
                dW2 = dW2 + torch.outer(dOs[-1], h)
                dW1 = dW1 + torch.outer(dZs[-1], x)
            rows = {"O": torch.stack(dOs), "H": torch.stack(dHs), "Z": torch.stack(dZs)}
            return {"W1": dW1, "W2": dW2, **rows}
        """,
        """
        def backward(X, y, W1, W2, kept, lambd, phi_derivative):
            O = kept["O"].clone().requires_grad_()
            dO, = torch.autograd.grad(torch.nn.functional.cross_entropy(O, y), O)
            H, second = kept["H"].clone().requires_grad_(), W2.clone().requires_grad_()
            dH, dW2 = torch.autograd.grad((H @ second.T * dO).sum(), (H, second))
            dZ = dH * phi_derivative(kept["Z"])
            ones = {"L": 1.0, "s": 1.0}
            dW1 = (X.T @ dZ).T + W1 * lambd
            return {**ones, "O": dO, "W2": dW2 + lambd * W2, "H": dH, "Z": dZ, "W1": dW1}
        """,
    ),
)


def _layers(
    dZ: str = "dXs[0] * derivative(Zs[i])",
    dW: str = "dZ.T @ Xs[i]",
    dX: str = "dZ @ Ws[i]",
    last: str = "dWs, dXs",
    i: str = "reversed(range(len(Ws)))",
) -> str:
    """A `backward_layers` of these lines; by default they are right."""
    return f"""
    def backward_layers(Xs, Zs, Ws, derivative, gradient):
        dWs, dXs = [], [gradient]
        for i in {i}:
            dZ = {dZ}
            dWs.insert(0, {dW})
            dXs.insert(0, {dX})
        return {last}
    """


def _layers_cases() -> list[Case]:
    import torch

    from chapters.backpropagation import forward_layers
    from chapters.mlp import relu, relu_derivative, tanh, tanh_derivative

    def passed(X: Any, Ws: list[Any], phi: Any, derivative: Any, gradient: Any) -> tuple[Any, ...]:
        return *forward_layers(X, Ws, [phi] * len(Ws)), Ws, derivative, gradient

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(shape, dtype=torch.float64)

    X, top = torch.tensor([[1.0, -2.0], [0.5, 3.0]]), torch.tensor([[1.0, 0.0], [2.0, -1.0]])
    W1, W2 = torch.tensor([[0.5, 0.25], [1.0, -1.0]]), torch.tensor([[1.0, 0.5], [-0.5, 1.0]])
    Ws = [normal(2, 3), normal(4, 2), normal(1, 4)]
    one = passed(X, [W1], tanh, tanh_derivative, top)
    two = passed(X, [W1, W2], tanh, tanh_derivative, top)
    three = passed(normal(3, 3), Ws, relu, relu_derivative, normal(3, 1))
    return [
        Case("one layer with tanh, two examples", one),
        Case("two layers with tanh, two examples", two),
        Case(
            "three layers of 2, 4 and 1 tanh", passed(normal(3, 3), Ws, tanh, tanh_derivative, normal(3, 1))
        ),
        Case("three layers of 2, 4 and 1 ReLU", three),
    ]


_FROM_0 = (
    "Zs[-0] is Zs[0], the first: from the end one counts -1, -2, ..., so take Zs[-i] with i from 1, or "
    "Zs[-i - 1]"
)

BACKWARD_LAYERS = Exercise(
    name="backward_layers",
    notes="000 1.3.2",
    stub='''
    def backward_layers(
        Xs: list[Tensor], Zs: list[Tensor], Ws: list[Tensor], derivative, gradient: Tensor
    ) -> tuple[list[Tensor], list[Tensor]]:
        """The gradients in all weights and values of a net of l layers.

        Forward, for i = 1, ..., l: z(i) = x(i-1) W(i)^T, an example a row, then x(i) = phi(z(i)).

        Xs: the values x(0), ..., x(l), so one more than there are layers. Zs: z(1), ..., z(l).
        Ws: W(1), ..., W(l), each of shape (outputs, inputs). derivative: phi', a function of a tensor.
        gradient: that of the objective in x(l).
        Returns two lists: the gradients in W(1), ..., W(l), and those in x(0), ..., x(l).
        """
        raise NotImplementedError
    ''',
    hints=(
        "Start from the last layer. Each layer is given the gradient in its output: from it come the one in "
        "its weights, and the one in its input, which the layer below it is then given.",
        "dZ = dX * derivative(Z), then dW = dZ.T @ x(i-1), and dX = dZ @ W for the next step down.",
        "Python counts from 0: with i in reversed(range(len(Ws))), layer i has Zs[i], Ws[i], the input Xs[i] "
        "and the output Xs[i + 1]. What is found last belongs first in the lists.",
    ),
    reference="chapters.backpropagation.backward_layers",
    adapt=lambda function: (
        lambda Xs, Zs, Ws, derivative, gradient: function(Xs, Zs, Ws, [derivative] * len(Ws), gradient)
    ),
    cases=_layers_cases,
    mistakes=(
        Mistake(
            "the lists are in the order in which things were found: the first layer belongs first",
            _layers(last="dWs[::-1], dXs"),
        ),
        Mistake(
            "the lists are in the order in which things were found: the first layer belongs first",
            _layers(last="dWs[::-1], dXs[::-1]"),
        ),
        Mistake(
            "the activations are passed over: dZ is the gradient in x(i) times derivative(z(i))",
            _layers(dZ="dXs[0]"),
        ),
        Mistake(
            "phi' is taken at the layer's output: it belongs at Zs[i], where phi was",
            _layers(dZ="dXs[0] * derivative(Xs[i + 1])"),
        ),
        Mistake(
            "every layer is given the gradient at the top: give it what the layer above has sent down",
            _layers(dZ="gradient * derivative(Zs[i])"),
        ),
        Mistake(
            "the weights' gradient is made with the layer's output: W(i) multiplies its input, Xs[i]",
            _layers(dW="dZ.T @ Xs[i + 1]"),
        ),
        Mistake(
            "what is sent down passes by the activation: dZ @ W, not the gradient in the output times W",
            _layers(dX="dXs[0] @ Ws[i]"),
        ),
        Mistake(
            "W is transposed on the way down: forward was x W^T, so back it is dZ @ W",
            _layers(dX="dZ @ Ws[i].T"),
        ),
        Mistake(
            "the gradients in the weights are transposed: dZ.T @ x has W's shape, (outputs, inputs)",
            _layers(dW="Xs[i].T @ dZ"),
        ),
        Mistake(
            "the gradients in the weights are divided by the number of examples: `gradient` holds all such "
            "factors, so add the examples up",
            _layers(dW="dZ.T @ Xs[i] / len(dZ)"),
        ),
        Mistake(
            _FROM_0,
            _layers(
                i="range(len(Ws))",
                dZ="dXs[0] * derivative(Zs[-i])",
                dW="dZ.T @ Xs[-i - 2]",
                dX="dZ @ Ws[-i - 1]",
            ),
        ),
        Mistake(
            _FROM_0,
            _layers(
                i="range(len(Ws))", dZ="dXs[0] * derivative(Zs[-i])", dW="dZ.T @ Xs[-i - 2]", dX="dZ @ Ws[-i]"
            ),
        ),
        Mistake(
            _FROM_0,
            _layers(
                i="range(len(Ws))", dZ="dXs[0] * derivative(Zs[-i])", dW="dZ.T @ Xs[-i - 1]", dX="dZ @ Ws[-i]"
            ),
        ),
        Mistake(
            "the second list lacks the gradient in x(l), the one that was given: start with it",
            _layers(last="dWs, dXs[:-1]"),
        ),
        Mistake(
            "the second list lacks the gradient in x(0), the net's input: the first layer sends one down too",
            _layers(last="dWs, dXs[1:]"),
        ),
    ),
    accepted=(
        """
        def backward_layers(Xs, Zs, Ws, derivative, gradient):
            dWs, dXs = [], [gradient]
            for X, Z, W in zip(Xs[-2::-1], Zs[::-1], Ws[::-1]):
                dZ = derivative(Z) * dXs[-1]
                dWs.append(dZ.T @ X)
                dXs.append(dZ @ W)
            return dWs[::-1], dXs[::-1]
        """,
        """
        def backward_layers(Xs, Zs, Ws, derivative, gradient):
            if not Ws:
                return [], [gradient]
            below = gradient * derivative(Zs[-1])
            dWs, dXs = backward_layers(Xs[:-1], Zs[:-1], Ws[:-1], derivative, below @ Ws[-1])
            return dWs + [(Xs[-2].T @ below).T], dXs + [gradient]
        """,
        """
        def backward_layers(Xs, Zs, Ws, derivative, gradient):
            l = len(Ws)
            dWs, dXs = [None] * l, [None] * l + [gradient.clone()]
            for i in range(l - 1, -1, -1):
                dZ = torch.mul(dXs[i + 1], derivative(Zs[i]))
                dWs[i] = sum(torch.outer(d, x) for d, x in zip(dZ, Xs[i]))
                dXs[i] = torch.stack([Ws[i].T @ d for d in dZ])
            return tuple(dWs), tuple(dXs)
        """,
    ),
)


def _cubes(W: Any) -> Any:
    return (W**3).sum()


def _cubes_cut_off(W: Any) -> Any:
    return (W.detach() ** 3).sum()


def _product(W: Any) -> Any:
    return W.prod()


def _sines(W: Any) -> Any:
    return (W.sin() * W.cumsum(dim=-1)).sum()


def _differences_cases() -> list[Case]:
    import torch

    W = torch.tensor([[1.0, 2.0], [-1.0, 3.0]], dtype=torch.float64)
    return [
        Case("f(W) is the sum of w^3, a step of 0.1", (_cubes, torch.tensor([1.0, -2.0]).double(), 0.1)),
        Case("f(W) is the product of all w, W of shape (2, 2)", (_product, W, 1e-3)),
        Case(
            "f(W) is a sum of sines, a step of 0.01", (_sines, torch.randn(2, 3, dtype=torch.float64), 0.01)
        ),
        Case("f(W) is the sum of w^3, a step of 1e-5", (_cubes, torch.tensor([0.5, 0.0]).double(), 1e-5)),
        Case(
            "f(W) is the sum of w^3, without autograd, a step of 0.2",
            (_cubes_cut_off, torch.tensor([1.0, 0.0, -2.0]).double(), 0.2),
        ),
    ]


NUMERICAL_GRADIENT = Exercise(
    name="numerical_gradient",
    notes="004 3.7.2",
    stub='''
    def numerical_gradient(f, W: Tensor, eps: float) -> Tensor:
        """The gradient by differences: (f(W + step) - f(W - step)) / (2 eps).

        A step changes one element of W by eps, and leaves the others; each element has its own.

        f: a function of a tensor like W that gives one number. W: float64, any shape. eps: above 0.
        Returns the shape and type of W. W itself stays as it is.
        """
        raise NotImplementedError
    ''',
    hints=(
        "How much does f change if one element of W grows a little? Ask for each element in turn, with the "
        "others as they were.",
        "Make step = torch.zeros_like(W), set one element of it to eps, and take "
        "(f(W + step) - f(W - step)) / (2 * eps). For any shape: step.view(-1)[i] is its element i.",
        "The two points are 2 eps apart, not eps. W += step would change the caller's W, and taking the step "
        "back may leave a rounding error in it: W + step is a new tensor.",
    ),
    reference="chapters.backpropagation.numerical_gradient",
    cases=_differences_cases,
    mistakes=(
        Mistake(
            "the difference is one-sided, and errs by about eps: go to W + step and to W - step",
            """
            def numerical_gradient(f, W, eps):
                slopes = torch.zeros_like(W)
                for i in range(W.numel()):
                    step = torch.zeros_like(W)
                    step.view(-1)[i] = eps
                    slopes.view(-1)[i] = (f(W + step) - f(W)) / eps
                return slopes
            """,
        ),
        Mistake(
            "the difference is one-sided, and errs by about eps: go to W + step and to W - step",
            """
            def numerical_gradient(f, W, eps):
                slopes = torch.zeros_like(W)
                for i in range(W.numel()):
                    step = torch.zeros_like(W)
                    step.view(-1)[i] = eps
                    slopes.view(-1)[i] = (f(W) - f(W - step)) / eps
                return slopes
            """,
        ),
        Mistake(
            "the two points are 2 eps apart: divide by 2 * eps",
            """
            def numerical_gradient(f, W, eps):
                slopes = torch.zeros_like(W)
                for i in range(W.numel()):
                    step = torch.zeros_like(W)
                    step.view(-1)[i] = eps
                    slopes.view(-1)[i] = (f(W + step) - f(W - step)) / eps
                return slopes
            """,
        ),
        Mistake(
            "dividing by 2 * eps needs brackets: `/ 2 * eps` divides by 2 and multiplies by eps",
            """
            def numerical_gradient(f, W, eps):
                slopes = torch.zeros_like(W)
                for i in range(W.numel()):
                    step = torch.zeros_like(W)
                    step.view(-1)[i] = eps
                    slopes.view(-1)[i] = (f(W + step) - f(W - step)) / 2 * eps
                return slopes
            """,
        ),
        Mistake(
            "the difference is not divided by the distance of the points, 2 * eps",
            """
            def numerical_gradient(f, W, eps):
                slopes = torch.zeros_like(W)
                for i in range(W.numel()):
                    step = torch.zeros_like(W)
                    step.view(-1)[i] = eps
                    slopes.view(-1)[i] = f(W + step) - f(W - step)
                return slopes
            """,
        ),
        Mistake(
            "the sign is wrong: f(W + step) less f(W - step)",
            """
            def numerical_gradient(f, W, eps):
                slopes = torch.zeros_like(W)
                for i in range(W.numel()):
                    step = torch.zeros_like(W)
                    step.view(-1)[i] = eps
                    slopes.view(-1)[i] = (f(W - step) - f(W + step)) / (2 * eps)
                return slopes
            """,
        ),
        Mistake(
            "all elements are moved at once, which gives the sum of their slopes: move one at a time",
            """
            def numerical_gradient(f, W, eps):
                return (f(W + eps) - f(W - eps)) / (2 * eps)
            """,
        ),
        Mistake(
            "all elements are moved at once, which gives the sum of their slopes: move one at a time",
            """
            def numerical_gradient(f, W, eps):
                return torch.full_like(W, (f(W + eps) - f(W - eps)) / (2 * eps))
            """,
        ),
        Mistake(
            "one step is added to the next: start each element from a step of zeros, with W as it was",
            """
            def numerical_gradient(f, W, eps):
                slopes, step = torch.zeros_like(W), torch.zeros_like(W)
                for i in range(W.numel()):
                    step.view(-1)[i] = eps
                    slopes.view(-1)[i] = (f(W + step) - f(W - step)) / (2 * eps)
                return slopes
            """,
        ),
        Mistake(
            "an element is left where its second step took it: work in W.clone(), and set it back each time",
            """
            def numerical_gradient(f, W, eps):
                W, slopes = W.clone(), torch.zeros_like(W)
                for i in range(W.numel()):
                    W.view(-1)[i] += eps
                    up = f(W)
                    W.view(-1)[i] -= 2 * eps
                    slopes.view(-1)[i] = (up - f(W)) / (2 * eps)
                return slopes
            """,
        ),
        Mistake(
            "whole rows of a matrix are moved at once: move one element, .view(-1)[i] for any shape",
            """
            def numerical_gradient(f, W, eps):
                slopes = torch.zeros_like(W)
                for i in range(len(W)):
                    step = torch.zeros_like(W)
                    step[i] = eps
                    slopes[i] = (f(W + step) - f(W - step)) / (2 * eps)
                return slopes
            """,
        ),
        Mistake(
            "`V = W` is no copy, so that both points move together: V = W.clone()",
            """
            def numerical_gradient(f, W, eps):
                slopes = torch.zeros_like(W)
                for i in range(W.numel()):
                    up, down = W, W
                    up.view(-1)[i] += eps
                    down.view(-1)[i] -= eps
                    slopes.view(-1)[i] = (f(up) - f(down)) / (2 * eps)
                return slopes
            """,
        ),
        *(
            Mistake(
                "the step is fixed inside the function: use the argument eps, whatever it is",
                f"""
                def numerical_gradient(f, W, eps):
                    eps = {eps}
                    slopes = torch.zeros_like(W)
                    for i in range(W.numel()):
                        step = torch.zeros_like(W)
                        step.view(-1)[i] = eps
                        slopes.view(-1)[i] = (f(W + step) - f(W - step)) / (2 * eps)
                    return slopes
                """,
            )
            for eps in ("1e-2", "1e-3", "1e-4", "1e-6")
        ),
        Mistake(
            "this is autograd's gradient, the very thing that differences are to check: call f at two points",
            """
            def numerical_gradient(f, W, eps):
                V = W.clone().requires_grad_()
                return torch.autograd.grad(f(V), V)[0]
            """,
        ),
        Mistake(
            "this is autograd's gradient, the very thing that differences are to check: call f at two points",
            """
            def numerical_gradient(f, W, eps):
                return torch.autograd.functional.jacobian(f, W)
            """,
        ),
        Mistake(
            "the slopes are in one row: give them the shape of W, .reshape(W.shape)",
            """
            def numerical_gradient(f, W, eps):
                steps = eps * torch.eye(W.numel(), dtype=W.dtype).reshape(-1, *W.shape)
                return torch.stack([(f(W + step) - f(W - step)) / (2 * eps) for step in steps])
            """,
        ),
        Mistake(
            "torch.tensor and torch.zeros make float32, which loses half the digits: pass dtype=W.dtype",
            """
            def numerical_gradient(f, W, eps):
                steps = eps * torch.eye(W.numel(), dtype=W.dtype).reshape(-1, *W.shape)
                slopes = [float(f(W + step) - f(W - step)) / (2 * eps) for step in steps]
                return torch.tensor(slopes).reshape(W.shape)
            """,
        ),
    ),
    accepted=(
        """
        def numerical_gradient(f, W, eps):
            slopes = torch.zeros_like(W)
            for i in range(W.numel()):
                step = torch.zeros_like(W)
                step.view(-1)[i] = eps
                slopes.view(-1)[i] = (f(W + step) - f(W - step)) / (2 * eps)
            return slopes
        """,
        """
        def numerical_gradient(f, W, eps):
            V = W.clone()
            flat, slopes = V.view(-1), []
            for i in range(len(flat)):
                here = flat[i].item()
                flat[i] = here + eps
                up = float(f(V))
                flat[i] = here - eps
                slopes.append((up - float(f(V))) / eps / 2)
                flat[i] = here
            return torch.tensor(slopes, dtype=W.dtype).view_as(W)
        """,
        """
        def numerical_gradient(function, weights, h):
            steps = (torch.eye(weights.numel(), dtype=weights.dtype) * h).split(1)
            ups = [function(weights + step.reshape(weights.shape)) for step in steps]
            downs = [function(weights - step.reshape(weights.shape)) for step in steps]
            return (torch.stack(ups) - torch.stack(downs)).reshape(weights.shape) * (0.5 / h)
        """,
    ),
)


EXERCISES = (BACKWARD, BACKWARD_LAYERS, NUMERICAL_GRADIENT)
