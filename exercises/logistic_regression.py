"""Exercises of the chapter logistic_regression: a confidence from a logit, and its loss."""

from d2lcore.exercises import Case, Exercise, Mistake, gradients


def _sigmoid_cases() -> list[Case]:
    import torch

    def scores(*values: float) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.float64, requires_grad=True)

    large = torch.tensor([200.0, -200.0, 95.0, -95.0], requires_grad=True)
    return [
        Case("three numbers", (torch.tensor([-1.0, 0.0, 2.0]),)),
        Case("four numbers, float64, with gradients", (scores(-3.0, 0.5, -20.0, 1.0),), gradients("X")),
        Case("a matrix", (torch.tensor([[1.0, -2.0, 0.5], [0.0, 4.0, -0.5]]),)),
        Case("numbers of 1e4, with gradients", (scores(1e4, -1e4),), gradients("X")),
        Case("numbers of 200 in float32, with gradients", (large,), gradients("X")),
        Case("three dimensions", (torch.linspace(-3, 4, 12).reshape(2, 3, 2),)),
    ]


_FLOAT32 = (
    "exp overflows in float32 above 88 already, and the gradient is nan: instead of a clamp, give exp only "
    "-X.abs()"
)

SIGMOID = Exercise(
    name="sigmoid",
    notes="000 1.1.2, 003 4.2.2",
    stub='''
    def sigmoid(X: Tensor) -> Tensor:
        """Any number as a confidence: 1 / (1 + exp(-x)), element by element.

        X: numbers of any size, any shape.
        Returns the shape and type of X, values in [0, 1], through which finite gradients reach X.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Start from the formula with torch.exp. Then ask what becomes of it, and of its gradient, where x is "
        "1e4 or -1e4.",
        "1 / (1 + exp(-x)) = exp(x) / (1 + exp(x)): with z = exp(-|x|), which cannot overflow, it is "
        "1 / (1 + z) where x >= 0, and z / (1 + z) elsewhere; torch.where chooses.",
        "torch.where computes both branches, and an infinite one that is not chosen still makes the gradient "
        "nan (0 times infinite): both have to be finite. torch.sigmoid takes care of all that.",
    ),
    reference="chapters.logistic_regression.sigmoid",
    cases=_sigmoid_cases,
    mistakes=(
        Mistake(
            "exp(-x) overflows at x = -1e4: the value is still right, the gradient 0 * inf = nan; use "
            "exp(x) / (1 + exp(x)) where x < 0",
            """
            def sigmoid(X):
                return 1 / (1 + torch.exp(-X))
            """,
        ),
        Mistake(
            _FLOAT32,
            """
            def sigmoid(X):
                return 1 / (1 + torch.exp(-X.clamp(-500, 500)))
            """,
        ),
        Mistake(
            _FLOAT32,
            """
            def sigmoid(X):
                return 1 / (1 + torch.exp(-X.clamp(-100, 100)))
            """,
        ),
        Mistake(
            "exp(x) overflows at x = 1e4, and inf / inf is nan: use 1 / (1 + exp(-x)) where x >= 0",
            """
            def sigmoid(X):
                return torch.exp(X) / (1 + torch.exp(X))
            """,
        ),
        Mistake(
            "torch.where computes both forms, and the one not chosen overflows: its gradient is nan; give "
            "exp only exponents up to 0, -X.abs()",
            """
            def sigmoid(X):
                return torch.where(X >= 0, 1 / (1 + torch.exp(-X)), torch.exp(X) / (1 + torch.exp(X)))
            """,
        ),
        Mistake(
            "the sign of the exponent is wrong: exp(-x), so that large x give a confidence near 1",
            """
            def sigmoid(X):
                return 1 / (1 + torch.exp(X))
            """,
        ),
        Mistake(
            "the sign of the exponent is wrong: exp(-x), so that large x give a confidence near 1",
            """
            def sigmoid(X):
                return torch.sigmoid(-X)
            """,
        ),
        Mistake(
            "1 / 1 + exp(-x) is 1 + exp(-x): put the sum in parentheses, 1 / (1 + exp(-x))",
            """
            def sigmoid(X):
                return 1 / 1 + torch.exp(-X)
            """,
        ),
        Mistake(
            "this is softmax, which shares 1 out among the elements: sigmoid looks at each x alone",
            """
            def sigmoid(X):
                return torch.softmax(X, dim=-1)
            """,
        ),
        Mistake(
            "this is softmax, which shares 1 out among the elements: sigmoid looks at each x alone",
            """
            def sigmoid(X):
                return torch.exp(X) / torch.exp(X).sum()
            """,
        ),
        Mistake(
            "this is tanh, from -1 to 1: a confidence is from 0 to 1",
            """
            def sigmoid(X):
                return torch.tanh(X)
            """,
        ),
        Mistake(
            "this is the logarithm of the sigmoid: take the exponential",
            """
            def sigmoid(X):
                return torch.nn.functional.logsigmoid(X)
            """,
        ),
        Mistake(
            "math.exp takes a single number: torch.exp works on all elements of a tensor",
            """
            import math

            def sigmoid(X):
                return 1 / (1 + math.exp(-X.detach()))  # math.exp(-X) stops in the same way, and warns
            """,
        ),
        Mistake(
            "the result is cut off from X (.detach(), .data, torch.no_grad or torch.tensor), so that nothing "
            "could be trained through it",
            """
            def sigmoid(X):
                return torch.sigmoid(X.detach())
            """,
        ),
    ),
    accepted=(
        """
        def sigmoid(X):
            return torch.sigmoid(X)
        """,
        """
        def sigmoid(x):
            z = torch.exp(-x.abs())
            return torch.where(x < 0, z, torch.ones_like(z)) / (1 + z)
        """,
        """
        def sigmoid(X):
            return (1 + torch.tanh(X / 2)) / 2
        """,
        """
        def sigmoid(X):
            result, right = torch.empty_like(X), X >= 0
            result[right] = 1 / (1 + torch.exp(-X[right]))
            result[~right] = torch.exp(X[~right]) / (1 + torch.exp(X[~right]))
            return result
        """,
        """
        def sigmoid(X):
            values = []
            for x in X.flatten():
                values.append(1 / (1 + torch.exp(-x)) if x >= 0 else torch.exp(x) / (1 + torch.exp(x)))
            return torch.stack(values).reshape(X.shape)
        """,
    ),
)


def _loss_cases() -> list[Case]:
    import torch

    def logits(*values: float, dtype: torch.dtype = torch.float64) -> torch.Tensor:
        return torch.tensor(values, dtype=dtype, requires_grad=True)

    three, huge = torch.tensor([1.0, -2.0, 0.5]), torch.tensor([0.0, 1.0, 1.0, 0.0])
    return [
        Case("three examples", (three, torch.tensor([1.0, 1.0, 0.0]))),
        Case(
            "four examples, float64, with gradients",
            (logits(2.0, -1.0, 3.0, 0.3), torch.tensor([1.0, 0.0, 0.0, 1.0], dtype=torch.float64)),
            gradients("O"),
        ),
        Case("logits of 0, where zero weights start", (logits(0.0, 0.0), huge[:2].double()), gradients("O")),
        Case("logits of 1e4", (logits(1e4, -1e4, 1e4, -1e4), huge.double()), gradients("O")),
        Case("a batch of one", (logits(-1.5, dtype=torch.float32), torch.tensor([1.0])), gradients("O")),
    ]


_TIE = (
    "at a logit of 0 the gradient is not 1/2 - y: that of relu and clamp jumps there; torch.maximum(O, "
    "torch.zeros_like(O)) has 1/2"
)

_ROUNDED = (
    "the confidence rounds to 0 or 1, and log(0) is infinite: compute the loss from the logits, "
    "max(o, 0) - o y + log(1 + exp(-|o|))"
)
_SMALL = ("1e-4", "1e-5", "1e-6", "1e-7", "1e-8", "1e-10", "1e-12", "1e-15", "2**-52")
_CLAMPED = (
    "keeping s from 0 and 1 (clamp, + 1e-7) caps the loss and ends the gradient where the error is largest: "
    "use the logits"
)

_CLAMPED_LOGITS = (
    "clamped logits have a constant loss and no gradient where the error is largest: with exp(-|o|) nothing "
    "overflows"
)

BINARY_CROSS_ENTROPY = Exercise(
    name="binary_cross_entropy",
    notes="000 1.1.2, 003 3.3",
    stub='''
    def binary_cross_entropy(O: Tensor, y: Tensor) -> Tensor:
        """The loss of every example: -y log s - (1 - y) log(1 - s), s = sigmoid(o).

        In the logits: max(o, 0) - o y + log(1 + exp(-|o|)). Its derivative in o is s - y, also at o = 0.

        O: logits of any size, shape (n,). y: labels 0 or 1, as floats, shape (n,).
        Returns one loss an example, shape (n,), of the type of O, through which gradients reach O.
        """
        raise NotImplementedError
    ''',
    hints=(
        "At a large logit the confidence rounds to exactly 0 or 1. What is the logarithm of 0?",
        "torch.maximum(O, torch.zeros_like(O)) - O * y + torch.log1p(torch.exp(-O.abs())): the exponent is "
        "never positive, so nothing overflows.",
        "At o = 0 autograd takes 0 for the derivative of |o|; that of the maximum must be 1/2, as "
        "torch.maximum has it, not relu or clamp. And give torch the logits: "
        "binary_cross_entropy_with_logits, with "
        'reduction="none".',
    ),
    reference="chapters.logistic_regression.binary_cross_entropy",
    cases=_loss_cases,
    mistakes=(
        Mistake(
            _ROUNDED,
            """
            def binary_cross_entropy(O, y):
                s = torch.sigmoid(O)
                return -y * torch.log(s) - (1 - y) * torch.log(1 - s)
            """,
        ),
        *(
            Mistake(
                _CLAMPED,
                f"""
            def binary_cross_entropy(O, y):
                s = torch.sigmoid(O).clamp({least}, 1 - {least})
                return -y * torch.log(s) - (1 - y) * torch.log(1 - s)
            """,
            )
            for least in _SMALL
        ),
        *(
            Mistake(
                _CLAMPED,
                f"""
            def binary_cross_entropy(O, y):
                s = torch.sigmoid(O)
                return -y * torch.log(s + {least}) - (1 - y) * torch.log(1 - s + {least})
            """,
            )
            for least in _SMALL
        ),
        Mistake(
            "exp(o) overflows at o = 1e4: write log(1 + exp(o)) as max(o, 0) + log(1 + exp(-|o|))",
            """
            def binary_cross_entropy(O, y):
                return torch.log(1 + torch.exp(O)) - O * y
            """,
        ),
        Mistake(
            "torch's binary_cross_entropy cuts logarithms off at -100: give the logits to "
            "binary_cross_entropy_with_logits instead",
            """
            def binary_cross_entropy(O, y):
                return torch.nn.functional.binary_cross_entropy(torch.sigmoid(O), y, reduction="none")
            """,
        ),
        Mistake(
            "torch's binary_cross_entropy takes confidences, and O are logits: "
            "binary_cross_entropy_with_logits takes those",
            """
            def binary_cross_entropy(O, y):
                return torch.nn.functional.binary_cross_entropy(O, y, reduction="none")
            """,
        ),
        Mistake(
            "the sigmoid is taken twice: binary_cross_entropy_with_logits takes it itself, so give it O",
            """
            def binary_cross_entropy(O, y):
                s = torch.sigmoid(O)
                return torch.nn.functional.binary_cross_entropy_with_logits(s, y, reduction="none")
            """,
        ),
        Mistake(
            "only the positive examples have a loss: those with y = 0 need -log(1 - s)",
            """
            def binary_cross_entropy(O, y):
                return -y * torch.nn.functional.logsigmoid(O)
            """,
        ),
        Mistake(
            "the sign is wrong: the loss is *minus* the logarithm, and never negative",
            """
            def binary_cross_entropy(O, y):
                return -torch.nn.functional.binary_cross_entropy_with_logits(O, y, reduction="none")
            """,
        ),
        Mistake(
            "y and 1 - y are exchanged: y goes with log s, 1 - y with log(1 - s)",
            """
            def binary_cross_entropy(O, y):
                return torch.nn.functional.binary_cross_entropy_with_logits(O, 1 - y, reduction="none")
            """,
        ),
        Mistake(
            "the mean of the batch is taken: return one loss an example, shape (n,)",
            """
            def binary_cross_entropy(O, y):
                return torch.nn.functional.binary_cross_entropy_with_logits(O, y)
            """,
        ),
        Mistake(
            "the sum of the batch is taken: return one loss an example, shape (n,)",
            """
            def binary_cross_entropy(O, y):
                return torch.nn.functional.binary_cross_entropy_with_logits(O, y, reduction="sum")
            """,
        ),
        Mistake(
            _TIE,
            """
            def binary_cross_entropy(O, y):
                return torch.relu(O) - O * y + torch.log1p(torch.exp(-O.abs()))
            """,
        ),
        Mistake(
            _TIE,
            """
            def binary_cross_entropy(O, y):
                return O.clamp(min=0) - O * y + torch.log1p(torch.exp(-O.abs()))
            """,
        ),
        Mistake(
            "the result is cut off from the logits (.detach(), .data, .item() or torch.tensor), so that "
            "nothing could be trained by it",
            """
            def binary_cross_entropy(O, y):
                O = O.detach()
                return torch.maximum(O, torch.zeros_like(O)) - O * y + torch.log1p(torch.exp(-O.abs()))
            """,
        ),
        *(
            Mistake(
                _CLAMPED_LOGITS,
                f"""
            def binary_cross_entropy(O, y):
                O = O.clamp(-{most}, {most})
                return torch.nn.functional.binary_cross_entropy_with_logits(O, y, reduction='none')
            """,
            )
            for most in (10, 20, 30, 50, 88)
        ),
        *(
            Mistake(
                _CLAMPED_LOGITS,
                f"""
            def binary_cross_entropy(O, y):
                s = torch.sigmoid(O.clamp(-{most}, {most}))
                return -y * torch.log(s) - (1 - y) * torch.log(1 - s)
            """,
            )
            for most in (10, 20, 30)
        ),
        Mistake(
            "s is kept from 0 but not from 1, and 1 - s is 0 there: compute the loss from the logits",
            """
            def binary_cross_entropy(O, y):
                s = torch.sigmoid(O).clamp(min=1e-7)
                return -y * torch.log(s) - (1 - y) * torch.log(1 - s)
            """,
        ),
        *(
            Mistake(
                _ROUNDED,
                f"""
            def binary_cross_entropy(O, y):
                s = torch.sigmoid(O.clamp(-{most}, {most}))
                return -y * torch.log(s) - (1 - y) * torch.log(1 - s)
            """,
            )
            for most in (50, 88, 100, 500)
        ),
    ),
    accepted=(
        """
        def binary_cross_entropy(O, y):
            return torch.nn.functional.binary_cross_entropy_with_logits(O, y, reduction="none")
        """,
        """
        def binary_cross_entropy(O, y):
            return torch.logaddexp(O, torch.zeros_like(O)) - O * y
        """,
        """
        def binary_cross_entropy(logits, labels):
            losses = []
            for o, label in zip(logits, labels):
                losses.append(-torch.nn.functional.logsigmoid(o if label == 1 else -o))
            return torch.stack(losses)
        """,
        """
        def binary_cross_entropy(O, y):
            log_s, log_rest = torch.nn.functional.logsigmoid(O), torch.nn.functional.logsigmoid(-O)
            return -(y * log_s + (1 - y) * log_rest)
        """,
    ),
)


EXERCISES = (SIGMOID, BINARY_CROSS_ENTROPY)
