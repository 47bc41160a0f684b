"""Exercise of the chapter perceptron: the update."""

from collections.abc import Callable
from typing import Any

from d2lcore.exercises import Case, Exercise, Mistake


def _stepped(answer: Callable[..., Any], w: Any, b: Any, x: Any, y: Any, lr: float) -> dict[str, Any]:
    """The weights and the bias after a step, and what it says."""
    w, b = w.clone(), b.clone()
    mistake = answer(w, b, x, y, lr)
    return {"w after the step": w, "b after the step": b, "whether it was a mistake": mistake}


def _step_cases() -> list[Case]:
    import torch

    def example(
        w: list[float], b: float, x: list[float], y: float, lr: float, dtype: torch.dtype = torch.float32
    ) -> tuple[Any, ...]:
        column = torch.tensor(w, dtype=dtype).reshape(-1, 1)
        row, label = torch.tensor([x], dtype=dtype), torch.tensor([[y]], dtype=dtype)
        return column, torch.tensor([b], dtype=dtype), row, label, lr

    f64 = torch.float64
    return [
        Case(
            "a positive example on the wrong side", example([1.0, -2.0], 0.5, [1.0, 3.0], 1.0, 1.0), _stepped
        ),
        Case(
            "a negative example on the wrong side", example([2.0, 1.0], -1.0, [3.0, 0.5], -1.0, 0.5), _stepped
        ),
        Case(
            "a positive example on the right side", example([1.0, 1.0], 0.0, [2.0, 3.0], 1.0, 1.0), _stepped
        ),
        Case(
            "a negative example on the right side",
            example([1.0, 1.0], 0.5, [-2.0, -1.0], -1.0, 1.0),
            _stepped,
        ),
        Case("w = 0 and b = 0: it is on the line", example([0.0, 0.0], 0.0, [2.0, -1.0], 1.0, 1.0), _stepped),
        Case("the bias decides", example([1.0, 0.0], -3.0, [2.0, 1.0], 1.0, 1.0), _stepped),
        Case(
            "three weights, float64", example([1.0, 0.1, -1.0], 0.3, [0.5, 2.0, 4.0], 1.0, 0.1, f64), _stepped
        ),
        Case(
            "w = 0 and b = 0, a negative example",
            example([0.0, 0.0], 0.0, [2.0, -1.0], -1.0, 1.0),
            _stepped,
        ),
        Case("a positive example on the line", example([1.0, -1.0], 1.0, [1.0, 2.0], 1.0, 1.0), _stepped),
        Case("a negative example on the line", example([1.0, -1.0], 1.0, [1.0, 2.0], -1.0, 1.0), _stepped),
    ]


PERCEPTRON_STEP = Exercise(
    name="perceptron_step",
    notes="003 4.1",
    stub='''
    def perceptron_step(w: Tensor, b: Tensor, x: Tensor, y: Tensor, lr: float) -> bool:
        """Learn from one example: if y (x w + b) <= 0, w += lr y x and b += lr y.

        Both are changed in place, and only by a mistake: an example that is right changes nothing.

        w: weights, shape (d, 1). b: bias, shape (1,). x: an example, shape (1, d).
        y: its label, -1 or +1, shape (1, 1). lr: the learning rate.
        Returns whether the example was a mistake.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Ask first: is the example a mistake? Only then change w and b.",
        "mistake = bool(y * (x @ w + b) <= 0), then w += lr * y * x.T and b += lr * y[0]. x is a row and w a "
        "column, hence .T; y[0] has the shape of b.",
        "0 is a mistake too: from w = 0, b = 0 nothing would ever be learned. And `w = w + ...` only gives a "
        "new tensor to the name w: the caller's stays what it was.",
    ),
    reference="chapters.perceptron.perceptron_step",
    cases=_step_cases,
    mistakes=(
        Mistake(
            "an example on the line, y (x w + b) = 0, is a mistake too: compare with <= 0, or w = 0 never "
            "learns",
            """
            def perceptron_step(w, b, x, y, lr):
                mistake = bool(y * (x @ w + b) < 0)
                if mistake:
                    w += lr * y * x.T
                    b += lr * y[0]
                return mistake
            """,
        ),
        Mistake(
            "right examples change w and b as well: only a mistake may, so ask `if mistake:` first",
            """
            def perceptron_step(w, b, x, y, lr):
                mistake = bool(y * (x @ w + b) <= 0)
                w += lr * y * x.T
                b += lr * y[0]
                return mistake
            """,
        ),
        Mistake(
            "the condition is turned round: a mistake is where y (x w + b) is *not* positive",
            """
            def perceptron_step(w, b, x, y, lr):
                mistake = bool(y * (x @ w + b) > 0)
                if mistake:
                    w += lr * y * x.T
                    b += lr * y[0]
                return mistake
            """,
        ),
        Mistake(
            "the label is missing from the condition: the score's sign alone is no mistake, y times it is",
            """
            def perceptron_step(w, b, x, y, lr):
                mistake = bool(x @ w + b <= 0)
                if mistake:
                    w += lr * y * x.T
                    b += lr * y[0]
                return mistake
            """,
        ),
        Mistake(
            "the bias is missing from the condition: y (x w + b) <= 0",
            """
            def perceptron_step(w, b, x, y, lr):
                mistake = bool(y * (x @ w) <= 0)
                if mistake:
                    w += lr * y * x.T
                    b += lr * y[0]
                return mistake
            """,
        ),
        Mistake(
            "the step goes away from the example's side: *add* lr y x to w, and lr y to b",
            """
            def perceptron_step(w, b, x, y, lr):
                mistake = bool(y * (x @ w + b) <= 0)
                if mistake:
                    w -= lr * y * x.T
                    b -= lr * y[0]
                return mistake
            """,
        ),
        Mistake(
            "the label is missing from the step: a negative example must pull the other way, lr * y * x",
            """
            def perceptron_step(w, b, x, y, lr):
                mistake = bool(y * (x @ w + b) <= 0)
                if mistake:
                    w += lr * x.T
                    b += lr
                return mistake
            """,
        ),
        Mistake(
            "the bias does not learn: b += lr * y, beside w",
            """
            def perceptron_step(w, b, x, y, lr):
                mistake = bool(y * (x @ w + b) <= 0)
                if mistake:
                    w += lr * y * x.T
                return mistake
            """,
        ),
        Mistake(
            "the learning rate is not used: lr * y * x, and lr * y",
            """
            def perceptron_step(w, b, x, y, lr):
                mistake = bool(y * (x @ w + b) <= 0)
                if mistake:
                    w += y * x.T
                    b += y[0]
                return mistake
            """,
        ),
        Mistake(
            "the learning rate is missing in the step of b: lr * y",
            """
            def perceptron_step(w, b, x, y, lr):
                mistake = bool(y * (x @ w + b) <= 0)
                if mistake:
                    w += lr * y * x.T
                    b += y[0]
                return mistake
            """,
        ),
        Mistake(
            "`w = w + ...` makes a new tensor and leaves the caller's as it was: use `w += ...`, and so for "
            "b",
            """
            def perceptron_step(w, b, x, y, lr):
                mistake = bool(y * (x @ w + b) <= 0)
                if mistake:
                    w = w + lr * y * x.T
                    b = b + lr * y[0]
                return mistake
            """,
        ),
        Mistake(
            "x is a row, (1, d), and w a column, (d, 1): x.T fits it",
            """
            def perceptron_step(w, b, x, y, lr):
                mistake = bool(y * (x @ w + b) <= 0)
                if mistake:
                    w += lr * y * x
                    b += lr * y[0]
                return mistake
            """,
        ),
        Mistake(
            "y is (1, 1), and b (1,), which in place cannot become a matrix: add lr * y[0]",
            """
            def perceptron_step(w, b, x, y, lr):
                mistake = bool(y * (x @ w + b) <= 0)
                if mistake:
                    w += lr * y * x.T
                    b += lr * y
                return mistake
            """,
        ),
        Mistake(
            "the step is twice as long: y less the prediction is +2 or -2; add lr * y * x",
            """
            def perceptron_step(w, b, x, y, lr):
                mistake = bool(y * (x @ w + b) <= 0)
                if mistake:
                    w += 2 * lr * y * x.T
                    b += 2 * lr * y[0]
                return mistake
            """,
        ),
        Mistake(
            "w and b are right, but nothing is returned: say whether it was a mistake, True or False",
            """
            def perceptron_step(w, b, x, y, lr):
                if y * (x @ w + b) <= 0:
                    w += lr * y * x.T
                    b += lr * y[0]
            """,
        ),
        Mistake(
            "w and b are right, but the wrong way round is returned: True for a mistake, False for none",
            """
            def perceptron_step(w, b, x, y, lr):
                right = bool(y * (x @ w + b) > 0)
                if not right:
                    w += lr * y * x.T
                    b += lr * y[0]
                return right
            """,
        ),
        Mistake(
            "y (x w + b) is asked again after the step, when w and b have changed: keep the answer from "
            "before it",
            """
            def perceptron_step(w, b, x, y, lr):
                if y * (x @ w + b) <= 0:
                    w += lr * y * x.T
                    b += lr * y[0]
                return bool(y * (x @ w + b) <= 0)
            """,
        ),
        Mistake(
            "a score of 0 is taken for the prediction -1, so a negative example on the line is no mistake: "
            "y (x w + b) <= 0",
            """
            def perceptron_step(w, b, x, y, lr):
                mistake = bool(y != (1 if x @ w + b > 0 else -1))
                if mistake:
                    w += lr * y * x.T
                    b += lr * y[0]
                return mistake
            """,
        ),
        Mistake(
            "a score of 0 is taken for the prediction +1, so a positive example on the line is no mistake: "
            "y (x w + b) <= 0",
            """
            def perceptron_step(w, b, x, y, lr):
                mistake = bool(y != (1 if x @ w + b >= 0 else -1))
                if mistake:
                    w += lr * y * x.T
                    b += lr * y[0]
                return mistake
            """,
        ),
        Mistake(
            "an example on the line is a mistake for every w, not only for w = 0: compare with <= 0",
            """
            def perceptron_step(w, b, x, y, lr):
                mistake = bool(y * (x @ w + b) < 0) or bool((w == 0).all())
                if mistake:
                    w += lr * y * x.T
                    b += lr * y[0]
                return mistake
            """,
        ),
        Mistake(
            "w and b are right, but the answer is a tensor such as [[True]]: return one True or False, "
            "bool(...)",
            """
            def perceptron_step(w, b, x, y, lr):
                mistake = y * (x @ w + b) <= 0
                if mistake:
                    w += lr * y * x.T
                    b += lr * y[0]
                return mistake
            """,
        ),
        Mistake(
            "w and b are right, but the answer is a tensor such as [[True]]: return one True or False, "
            "bool(...)",
            """
            def perceptron_step(w, b, x, y, lr):
                mistake = (y * (x @ w + b) <= 0)[0]
                if mistake:
                    w += lr * y * x.T
                    b += lr * y[0]
                return mistake
            """,
        ),
    ),
    accepted=(
        """
        def perceptron_step(w, b, x, y, lr=1.0):
            label = y.item()
            if label * (x.flatten().dot(w.flatten()) + b).item() > 0:
                return False
            w.add_(x.T, alpha=lr * label)
            b.add_(lr * label)
            return True
        """,
        """
        def perceptron_step(weights, bias, x, y, lr):
            score = bias[0].clone()
            for i in range(len(weights)):
                score += x[0, i] * weights[i, 0]
            if y[0, 0] * score <= 0:
                for i in range(len(weights)):
                    weights[i, 0] += lr * y[0, 0] * x[0, i]
                bias[0] += lr * y[0, 0]
                return True
            return False
        """,
        """
        def perceptron_step(w, b, x, y, lr):
            mistake = (y * (x @ w + b) <= 0).squeeze()
            w.copy_(w + mistake * lr * y * x.T)
            b[:] = b + mistake * lr * y.flatten()
            return mistake
        """,
        """
        def perceptron_step(w, b, x, y, lr):
            wrong = bool(torch.sign(x @ w + b) != y)
            if wrong:
                w += lr * y * x.T
                b += lr * y[0]
            return wrong
        """,
    ),
)


EXERCISES = (PERCEPTRON_STEP,)
