"""Exercises of the chapter mlp: two activations, and the forward pass."""

from collections.abc import Callable
from typing import Any

from d2lcore.exercises import Case, Exercise, Mistake, gradients


def _relu_cases() -> list[Case]:
    import torch

    X = torch.tensor([[-1.0, 0.0, 2.0], [3.0, -0.5, 0.0]], dtype=torch.float64, requires_grad=True)
    return [
        Case("three numbers", (torch.tensor([-1.0, 0.0, 2.0]),)),
        Case("a matrix with zeros, float64, with gradients", (X,), gradients("X")),
        Case("numbers below 0 only", (torch.tensor([-3.0, -0.1]),)),
        Case("three dimensions", (torch.tensor([[[-2.0, 1.5]], [[0.5, -1.0]], [[3.0, 4.0]]]),)),
    ]


_IN_PLACE = "X itself is changed: the caller still needs it, so compute in a new tensor, or in X.clone()"
_WHICH_IS_TRUE = (
    "`if` and Python's max need one True or False, and a tensor has many: use torch.where or X.clamp, "
    "element by element"
)
_NO_GRADIENT = (
    "the result is cut off from X (.detach(), .data or torch.no_grad), so that no layer before it could learn"
)

RELU = Exercise(
    name="relu",
    notes="004 3.1.2",
    stub='''
    def relu(X: Tensor) -> Tensor:
        """The rectified linear unit: max(x, 0), element by element.

        X: any shape. Its gradient is to be 1 where x > 0, and 0 elsewhere, also at x = 0.
        Returns the shape and type of X.
        """
        raise NotImplementedError
    ''',
    hints=(
        "What is positive stays, and the rest becomes 0.",
        "torch.where(X > 0, X, 0), or X times the mask X > 0.",
        "The value leaves no choice, the gradient at 0 does: torch.max(X, zeros) shares a tie, 1/2, and a "
        "mask X >= 0 gives 1. With X > 0 it is 0.",
    ),
    reference="chapters.mlp.relu",
    cases=_relu_cases,
    mistakes=(
        Mistake(
            "at x = 0 the gradient is 1/2: torch.max and (x + |x|) / 2 share a tie; torch.where(X > 0, X, "
            "0) gives 0",
            """
            def relu(X):
                return torch.max(X, torch.zeros_like(X))
            """,
        ),
        Mistake(
            "at x = 0 the gradient is 1: `>= 0` lets it through there; torch.where(X > 0, X, 0) does not",
            """
            def relu(X):
                return torch.where(X >= 0, X, 0)
            """,
        ),
        Mistake(
            "the negative half is kept: what is above 0 should stay",
            """
            def relu(X):
                return torch.where(X < 0, X, 0)
            """,
        ),
        Mistake(
            "negative numbers lose their sign: they should become 0, this is the absolute value",
            """
            def relu(X):
                return X.abs()
            """,
        ),
        Mistake(
            "this is the mask of 0 and 1, the derivative: multiply X by it",
            """
            def relu(X):
                return (X > 0).to(X.dtype)
            """,
        ),
        Mistake(
            "this says where x > 0, true or false: multiply X by it",
            """
            def relu(X):
                return X > 0
            """,
        ),
        Mistake(
            "this takes one maximum of the whole tensor: every element is compared with 0 by itself",
            """
            def relu(X):
                return torch.relu(X.max())
            """,
        ),
        Mistake(
            "the negative elements are left out, and the shape with them: they should become 0",
            """
            def relu(X):
                return X[X > 0]
            """,
        ),
        Mistake(
            _IN_PLACE,
            """
            def relu(X):
                X[X < 0] = 0
                return X
            """,
        ),
        Mistake(
            _WHICH_IS_TRUE,
            """
            def relu(X):
                return max(X, 0)
            """,
        ),
        Mistake(
            _NO_GRADIENT,
            """
            def relu(X):
                return torch.relu(X.detach())
            """,
        ),
        Mistake(
            "at x = 0 the gradient is 1/2: torch.max and (x + |x|) / 2 share a tie; torch.where(X > 0, X, "
            "0) gives 0",
            """
            def relu(X):
                return (X + X.abs()) / 2
            """,
        ),
        Mistake(
            "in torch.max(X, 0) the 0 is a dimension: it gives the maxima along it and their places; "
            "torch.where(X > 0, X, 0)",
            """
            def relu(X):
                return torch.max(X, 0)
            """,
        ),
        Mistake(
            "torch.maximum compares two tensors, and 0 is a number: torch.where(X > 0, X, 0)",
            """
            def relu(X):
                return torch.maximum(X, 0)
            """,
        ),
        Mistake(
            "torch.maximum compares two tensors, and 0 is a number: torch.where(X > 0, X, 0)",
            """
            def relu(X):
                return torch.maximum(X, 0.0)
            """,
        ),
        Mistake(
            "in torch.max(X, 0) the 0 is a dimension, along which it takes the maxima: torch.where(X > 0, "
            "X, 0)",
            """
            def relu(X):
                return torch.max(X, 0).values
            """,
        ),
    ),
    accepted=(
        """
        def relu(X):
            return torch.relu(X)
        """,
        """
        def relu(x):
            return x * (x > 0)
        """,
        """
        def relu(X):
            Y = X.clone()
            Y[Y <= 0] = 0
            return Y
        """,
        """
        def relu(X):
            return torch.stack([x if x > 0 else 0 * x for x in X.flatten()]).reshape(X.shape)
        """,
    ),
)


def _prelu_cases() -> list[Case]:
    import torch

    X = torch.tensor([[-1.0, 0.5, 2.0], [3.0, -0.5, -4.0]], dtype=torch.float64, requires_grad=True)
    alpha = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
    return [
        Case("four numbers", (torch.tensor([-4.0, 0.0, 1.0, 2.0]), 0.25)),
        Case("a matrix, and an alpha that is learned", (X, alpha), gradients("X", "alpha")),
        Case("alpha above 1", (torch.tensor([-2.0, 3.0]), 1.5)),
        Case("alpha = 0", (torch.tensor([-2.0, 3.0]), 0.0)),
        Case("three dimensions", (torch.tensor([[[-2.0, 1.5]], [[0.5, -1.0]], [[3.0, 4.0]]]), 0.5)),
    ]


PRELU = Exercise(
    name="prelu",
    notes="003 4.2.1",
    stub='''
    def prelu(X: Tensor, alpha: float | Tensor) -> Tensor:
        """Parametric ReLU: max(0, x) + alpha min(0, x), element by element.

        X: any shape. alpha: the slope below 0, a number or a tensor of one, which may be learned.
        Returns the shape and type of X, through which gradients reach X and alpha.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Where x > 0 it is x. And elsewhere?",
        "torch.where(X > 0, X, alpha * X).",
        "The larger of x and alpha x is the same only if alpha is at most 1. And float(alpha) or "
        "alpha.item() would cut alpha off from its gradient.",
    ),
    reference="chapters.mlp.prelu",
    cases=_prelu_cases,
    mistakes=(
        Mistake(
            "this is ReLU: below 0 the result is alpha x, not 0",
            """
            def prelu(X, alpha):
                return torch.relu(X)
            """,
        ),
        Mistake(
            "the larger of x and alpha x is the right one only if alpha <= 1: choose by the sign of x",
            """
            def prelu(X, alpha):
                return torch.maximum(X, alpha * X)
            """,
        ),
        Mistake(
            "alpha is on the wrong side: it multiplies x below 0, and what is above 0 stays",
            """
            def prelu(X, alpha):
                return torch.where(X > 0, alpha * X, X)
            """,
        ),
        Mistake(
            "the sign below 0 is wrong: *plus* alpha min(0, x), where min(0, x) is negative",
            """
            def prelu(X, alpha):
                return torch.where(X > 0, X, -alpha * X)
            """,
        ),
        Mistake(
            "below 0 the result is alpha itself: multiply it by x",
            """
            def prelu(X, alpha):
                return torch.where(X > 0, X, torch.ones_like(X) * alpha)
            """,
        ),
        Mistake(
            "alpha x is added everywhere: below 0 only, alpha min(0, x)",
            """
            def prelu(X, alpha):
                return torch.relu(X) + alpha * X
            """,
        ),
        Mistake(
            "the part above 0 is missing: max(0, x) + alpha min(0, x)",
            """
            def prelu(X, alpha):
                return torch.where(X > 0, 0, alpha * X)
            """,
        ),
        Mistake(
            "the slope is fixed: use the argument alpha, whatever it is",
            """
            def prelu(X, alpha):
                return torch.where(X > 0, X, 0.25 * X)
            """,
        ),
        Mistake(
            "the slope is fixed: use the argument alpha, whatever it is",
            """
            def prelu(X, alpha):
                return torch.nn.functional.leaky_relu(X)
            """,
        ),
        Mistake(
            "alpha is cut off from its gradient (float(), .item() or .detach()), so that it could not be "
            "learned",
            """
            def prelu(X, alpha):
                return torch.where(X > 0, X, torch.as_tensor(alpha).detach() * X)
            """,
        ),
        Mistake(
            _WHICH_IS_TRUE,
            """
            def prelu(X, alpha):
                return X if X > 0 else alpha * X
            """,
        ),
    ),
    accepted=(
        """
        def prelu(X, alpha):
            return torch.relu(X) - alpha * torch.relu(-X)
        """,
        """
        def prelu(X, alpha):
            positive = (X > 0).to(X.dtype)
            return X * positive + alpha * X * (1 - positive)
        """,
        """
        def prelu(x, slope):
            return torch.stack([v if v > 0 else slope * v for v in x.flatten()]).reshape(x.shape)
        """,
        """
        def prelu(X, alpha):
            return X.clamp(min=0) + alpha * X.clamp(max=0)
        """,
    ),
)


def _tanh_cases() -> list[Case]:
    import torch

    X = torch.tensor([[-2.0, -0.3, 0.05], [0.1, 1.0, 3.0]], dtype=torch.float64, requires_grad=True)
    far = torch.tensor([1e3, -1e3], dtype=torch.float64, requires_grad=True)
    return [
        Case("four numbers", (torch.tensor([-1.0, 0.0, 0.5, 2.0]),)),
        Case("a matrix with gradients", (X,), gradients("X")),
        Case("1e3 and -1e3, with gradients", (far,), gradients("X")),
        Case("three dimensions", (torch.tensor([[[-2.0, 1.5]], [[0.5, -1.0]], [[0.3, 4.0]]]),)),
    ]


TANH = Exercise(
    name="tanh",
    notes="003 4.2.3",
    stub='''
    def tanh(X: Tensor) -> Tensor:
        """The hyperbolic tangent: (1 - exp(-2x)) / (1 + exp(-2x)), element by element.

        X: any shape, numbers of any size.
        Returns the shape and type of X, values in [-1, 1], through which gradients reach X.
        """
        raise NotImplementedError
    ''',
    hints=(
        "At 1000 it is 1, and at -1000 it is -1. What does the formula as it stands make of -1000?",
        "tanh(x) = 2 sigmoid(2x) - 1, and torch.sigmoid is safe for every x.",
        "exp(-2x) is infinite for x = -1000, and infinite over infinite is nan. By symmetry, "
        "tanh(-x) = -tanh(x): exp(-2|x|) is never above 1.",
    ),
    reference="chapters.mlp.tanh",
    cases=_tanh_cases,
    mistakes=(
        Mistake(
            "exp(-2x) overflows where x is far below 0: 2 sigmoid(2x) - 1, or exp(-2|x|) and the sign of x",
            """
            def tanh(X):
                E = torch.exp(-2 * X)
                return (1 - E) / (1 + E)
            """,
        ),
        Mistake(
            "exp(x) overflows on both sides: 2 sigmoid(2x) - 1, or exp(-2|x|) and the sign of x",
            """
            def tanh(X):
                return (X.exp() - (-X).exp()) / (X.exp() + (-X).exp())
            """,
        ),
        Mistake(
            "exp(2x) overflows where x is far above 0: 2 sigmoid(2x) - 1, or exp(-2|x|) and the sign of x",
            """
            def tanh(X):
                E = torch.exp(2 * X)
                return (E - 1) / (E + 1)
            """,
        ),
        Mistake(
            "the factor 2 in the exponent is missing: this is tanh(x / 2)",
            """
            def tanh(X):
                return 2 * torch.sigmoid(X) - 1
            """,
        ),
        Mistake(
            "this is the sigmoid of 2x, from 0 to 1: tanh goes from -1 to 1, so twice that, less 1",
            """
            def tanh(X):
                return torch.sigmoid(2 * X)
            """,
        ),
        Mistake(
            "the sign is the opposite: exp(-2x) has the minus above the line and the plus below it",
            """
            def tanh(X):
                return 1 - 2 * torch.sigmoid(2 * X)
            """,
        ),
        Mistake(
            "the sign of x is lost with |x|: multiply by torch.sign(X) at the end",
            """
            def tanh(X):
                E = torch.exp(-2 * X.abs())
                return (1 - E) / (1 + E)
            """,
        ),
        Mistake(
            "clamped, it is a straight line between -1 and 1: tanh bends, and its slope is 1 only at 0",
            """
            def tanh(X):
                return X.clamp(-1, 1)
            """,
        ),
        Mistake(
            "the gradient is lost: stay in torch, without .detach(), .data, .item() or math",
            """
            def tanh(X):
                return torch.tanh(X.detach())
            """,
        ),
        Mistake(
            "brackets are missing: / goes before + and -, so (1 - exp(-2x)) / (1 + exp(-2x)) needs both "
            "pairs",
            """
            def tanh(X):
                E = torch.exp(-2 * X)
                return 1 - E / 1 + E
            """,
        ),
        Mistake(
            "brackets are missing: / goes before + and -, so (1 - exp(-2x)) / (1 + exp(-2x)) needs both "
            "pairs",
            """
            def tanh(X):
                E = torch.exp(-2 * X)
                return 1 - E / (1 + E)
            """,
        ),
        Mistake(
            "the brackets end too late: the 1 is subtracted from the sigmoid, 2 sigmoid(2x) - 1, not from 2x",
            """
            def tanh(X):
                return 2 * torch.sigmoid(2 * X - 1)
            """,
        ),
        Mistake(
            "the value is right, but exp(-2x) still overflows and the gradient at -1000 is nan: use "
            "2 sigmoid(2x) - 1",
            """
            def tanh(X):
                E = torch.exp(-2 * X)
                return ((1 - E) / (1 + E)).nan_to_num(-1)
            """,
        ),
        Mistake(
            "the value is right, but exp(-2x) still overflows and the gradient at -1000 is nan: use "
            "2 sigmoid(2x) - 1",
            """
            def tanh(X):
                return 2 / (1 + torch.exp(-2 * X)) - 1
            """,
        ),
        Mistake(
            "torch.where differentiates the half it leaves out too, where exp is infinite: nan; use "
            "exp(-2|x|) or sigmoid",
            """
            def tanh(X):
                E, F = torch.exp(-2 * X), torch.exp(2 * X)
                return torch.where(X > 0, (1 - E) / (1 + E), (F - 1) / (F + 1))
            """,
        ),
    ),
    accepted=(
        """
        def tanh(x):
            return 2 * torch.sigmoid(2 * x) - 1
        """,
        """
        def tanh(X):
            E = torch.exp(-2 * X.abs())
            return torch.where(X < 0, E - 1, 1 - E) / (1 + E)
        """,
        """
        def tanh(X):
            return torch.stack([torch.tanh(x) for x in X.flatten()]).reshape(X.shape)
        """,
    ),
)


def _of_weights(MLP: Any) -> Callable[..., Any]:
    """The forward pass of the class MLP, as a function of its parameters too."""
    import torch

    def mlp(X: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        net = MLP(*W1.shape, W2.shape[1])
        return torch.func.functional_call(net, {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, (X,))

    return mlp


def _mlp_cases() -> list[Case]:
    import torch

    def parameters(num_inputs: int, num_hiddens: int, num_outputs: int, trained: bool = False) -> list[Any]:
        shapes = (num_inputs, num_hiddens), (num_hiddens,), (num_hiddens, num_outputs), (num_outputs,)
        dtype = torch.float64 if trained else torch.float32
        return [torch.randn(shape, dtype=dtype, requires_grad=trained) for shape in shapes]

    X = torch.randn(5, 3, dtype=torch.float64)
    observe = gradients("W1", "b1", "W2", "b2")
    return [
        Case("four examples, three features, six hidden units", (torch.randn(4, 3), *parameters(3, 6, 2))),
        Case("five examples, float64, with gradients", (X, *parameters(3, 4, 2, trained=True)), observe),
        Case("two images of 2 x 3", (torch.randn(2, 1, 2, 3), *parameters(6, 5, 3))),
        Case("a batch of one", (torch.randn(1, 3), *parameters(3, 8, 2))),
        Case("two images of two channels, 3 x 2 each", (torch.randn(2, 2, 3, 2), *parameters(12, 5, 3))),
        Case("one feature", (torch.randn(4, 1), *parameters(1, 5, 2))),
    ]


MLP_FORWARD = Exercise(
    name="mlp",
    notes="004 3.2.3, 004 3.1",
    stub='''
    def mlp(X: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor) -> Tensor:
        """One hidden layer: H = relu(X W1 + b1), and the scores O = H W2 + b2.

        X: n examples of d numbers each, shape (n, d), or images, such as (n, 1, 28, 28).
        W1: (d, h). b1: (h,). W2: (h, q). b2: (q,).
        Returns the scores, shape (n, q), through which gradients reach the parameters. torch.relu may be
        used.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Three lines: make every example one row, the hidden layer, the output layer.",
        "X.flatten(start_dim=1), then torch.relu(X @ W1 + b1), then H @ W2 + b2.",
        "Without the ReLU two linear layers are one. The scores get none: they may be negative, and the loss "
        "takes softmax of them. And flatten() without start_dim=1 makes one row of the whole batch.",
    ),
    reference="chapters.mlp.MLP",
    adapt=_of_weights,
    cases=_mlp_cases,
    mistakes=(
        Mistake(
            "there is no activation between the layers, so that the two are one linear layer: relu(X W1 + "
            "b1)",
            """
            def mlp(X, W1, b1, W2, b2):
                return (X.flatten(1) @ W1 + b1) @ W2 + b2
            """,
        ),
        Mistake(
            "the scores go through ReLU as well: they may be negative, the last layer has no activation",
            """
            def mlp(X, W1, b1, W2, b2):
                H = torch.relu(X.flatten(1) @ W1 + b1)
                return torch.relu(H @ W2 + b2)
            """,
        ),
        Mistake(
            "only the scores go through ReLU: it belongs between the layers, after X W1 + b1",
            """
            def mlp(X, W1, b1, W2, b2):
                return torch.relu((X.flatten(1) @ W1 + b1) @ W2 + b2)
            """,
        ),
        Mistake(
            "ReLU is applied to the input: it belongs after the first layer, relu(X W1 + b1)",
            """
            def mlp(X, W1, b1, W2, b2):
                return (torch.relu(X.flatten(1)) @ W1 + b1) @ W2 + b2
            """,
        ),
        Mistake(
            "the bias b1 is added after the ReLU: relu(X W1 + b1)",
            """
            def mlp(X, W1, b1, W2, b2):
                return (torch.relu(X.flatten(1) @ W1) + b1) @ W2 + b2
            """,
        ),
        Mistake(
            "the bias b1 is missing: relu(X W1 + b1)",
            """
            def mlp(X, W1, b1, W2, b2):
                return torch.relu(X.flatten(1) @ W1) @ W2 + b2
            """,
        ),
        Mistake(
            "the bias b2 is missing: H W2 + b2",
            """
            def mlp(X, W1, b1, W2, b2):
                return torch.relu(X.flatten(1) @ W1 + b1) @ W2
            """,
        ),
        Mistake(
            "the hidden layer has a sigmoid: here it is ReLU",
            """
            def mlp(X, W1, b1, W2, b2):
                return torch.sigmoid(X.flatten(1) @ W1 + b1) @ W2 + b2
            """,
        ),
        Mistake(
            "softmax is taken of the scores: leave that to the loss",
            """
            def mlp(X, W1, b1, W2, b2):
                return torch.softmax(torch.relu(X.flatten(1) @ W1 + b1) @ W2 + b2, dim=1)
            """,
        ),
        Mistake(
            "this is the hidden layer: the output layer, H W2 + b2, is still to come",
            """
            def mlp(X, W1, b1, W2, b2):
                return torch.relu(X.flatten(1) @ W1 + b1)
            """,
        ),
        Mistake(
            "images are not flattened: X.flatten(start_dim=1) makes one row of each example",
            """
            def mlp(X, W1, b1, W2, b2):
                return torch.relu(X @ W1 + b1) @ W2 + b2
            """,
        ),
        Mistake(
            "the whole batch becomes one row: the first dimension stays, X.flatten(start_dim=1)",
            """
            def mlp(X, W1, b1, W2, b2):
                return torch.relu(X.flatten() @ W1 + b1) @ W2 + b2
            """,
        ),
        Mistake(
            "the weights here are (inputs, outputs), so X @ W1: only nn.Linear and linear() keep them "
            "transposed",
            """
            def mlp(X, W1, b1, W2, b2):
                H = torch.relu(torch.nn.functional.linear(X.flatten(1), W1, b1))
                return torch.nn.functional.linear(H, W2, b2)
            """,
        ),
        Mistake(
            "the weights here are (inputs, outputs), so X @ W1: only nn.Linear and linear() keep them "
            "transposed",
            """
            def mlp(X, W1, b1, W2, b2):
                return torch.relu(X.flatten(1) @ W1.T + b1) @ W2.T + b2
            """,
        ),
        Mistake(
            "the result is cut off from the parameters (.detach(), .data or torch.no_grad): they could not "
            "learn",
            """
            def mlp(X, W1, b1, W2, b2):
                with torch.no_grad():
                    return torch.relu(X.flatten(1) @ W1 + b1) @ W2 + b2
            """,
        ),
        Mistake(
            "the channels of an image are kept apart: flatten everything but the first dimension, "
            "X.flatten(start_dim=1)",
            """
            def mlp(X, W1, b1, W2, b2):
                if X.dim() > 2:
                    X = X.reshape(-1, X.shape[-1] * X.shape[-2])
                return torch.relu(X @ W1 + b1) @ W2 + b2
            """,
        ),
        Mistake(
            "only the first channel of an image is used: flatten everything but the first dimension, "
            "X.flatten(start_dim=1)",
            """
            def mlp(X, W1, b1, W2, b2):
                if X.dim() > 2:
                    X = X[:, 0].flatten(1)
                return torch.relu(X @ W1 + b1) @ W2 + b2
            """,
        ),
        Mistake(
            "squeeze drops dimensions of 1, also a single feature or a batch of one: X.flatten(start_dim=1) "
            "alone is enough",
            """
            def mlp(X, W1, b1, W2, b2):
                return torch.relu(X.squeeze(1).flatten(1) @ W1 + b1) @ W2 + b2
            """,
        ),
        Mistake(
            "the hidden layer has a tanh: here it is ReLU",
            """
            def mlp(X, W1, b1, W2, b2):
                return torch.tanh(X.flatten(1) @ W1 + b1) @ W2 + b2
            """,
        ),
        Mistake(
            "squeeze drops dimensions of 1, also a single feature or a batch of one: X.flatten(start_dim=1) "
            "alone is enough",
            """
            def mlp(X, W1, b1, W2, b2):
                return torch.relu(X.squeeze().flatten(1) @ W1 + b1) @ W2 + b2
            """,
        ),
        Mistake(
            "the channels of an image are kept apart: flatten everything but the first dimension, "
            "X.flatten(start_dim=1)",
            """
            def mlp(X, W1, b1, W2, b2):
                if X.dim() > 2:
                    X = X.flatten(start_dim=-2)
                return torch.relu(X @ W1 + b1) @ W2 + b2
            """,
        ),
        Mistake(
            "the last two dimensions become one, even where X is (n, d): flatten all but the first, "
            "X.flatten(start_dim=1)",
            """
            def mlp(X, W1, b1, W2, b2):
                X = X.reshape(-1, X.shape[-1] * X.shape[-2])
                return torch.relu(X @ W1 + b1) @ W2 + b2
            """,
        ),
    ),
    accepted=(
        """
        from chapters.mlp import relu
        from d2lcore import linreg

        def mlp(X, W1, b1, W2, b2):
            return linreg(relu(linreg(X.reshape(len(X), -1), W1, b1)), W2, b2)
        """,
        """
        def mlp(X, W1, b1, W2, b2):
            O = []
            for x in X:
                h = (x.flatten() @ W1 + b1).clamp(min=0)
                O.append(h @ W2 + b2)
            return torch.stack(O)
        """,
        """
        def mlp(images, W, b, V, c):
            linear = torch.nn.functional.linear
            return linear(torch.relu(linear(images.flatten(1), W.T, b)), V.T, c)
        """,
    ),
)


EXERCISES = (RELU, PRELU, TANH, MLP_FORWARD)
