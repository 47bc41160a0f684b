"""Exercise of the chapter dropout."""

import math
from collections.abc import Callable
from typing import Any

from d2lcore.exercises import Case, Exercise, Measured, Mistake, expect


def _form(Y: Any, X: Any) -> dict[str, Any]:
    """The type and shape of the result; of one with other dimensions than X, no lengths: they may vary."""
    seen = {"dimensions": Y.dim(), "type": str(Y.dtype)}
    return seen | ({"shape": list(Y.shape)} if Y.dim() == X.dim() else {})


def _dropped(answer: Callable[..., Any], X: Any, p: float) -> dict[str, Any]:
    """What can be said of the result without knowing the mask."""
    import torch

    Y = expect(answer(X, p), "of what is left of X")
    seen: dict[str, Any] = _form(Y, X)
    if Y.shape != X.shape:
        return seen
    kept = Y != 0  # that a row or column is all kept has a chance below 1e-10
    error = math.sqrt(0.25 / X.numel())
    factors = (Y / X)[kept].double().unique().tolist()
    again = expect(answer(X, p), "of what is left of X")
    (gradient,) = torch.autograd.grad(Y.sum(), X) if Y.requires_grad else (torch.full_like(X, math.nan),)
    return seen | {
        "share that is dropped": Measured(1 - kept.double().mean(), error),
        "what a kept element is multiplied by": factors[0] if len(factors) == 1 else factors[:3],
        "mean of the result, of X = 1": Measured((Y / X).mean(), error / (1 - p)),
        "rows that are all dropped, or all kept": int((kept.all(1) | ~kept.any(1)).sum()),
        "columns that are all dropped, or all kept": int((kept.all(0) | ~kept.any(0)).sum()),
        "a second call drops the same elements": bool(((again != 0) == kept).all()),
        "gradients reach X": Y.requires_grad,
        "the gradient is 0 where X was dropped, and there only": bool(((gradient != 0) == kept).all()),
    }


def _type(answer: Callable[..., Any], X: Any, p: float) -> str:
    return str(expect(answer(X, p), "of what is left of X").dtype)


def _shape(answer: Callable[..., Any], X: Any, p: float) -> dict[str, Any]:
    return _form(expect(answer(X, p), "of what is left of X"), X)


def _numbers(answer: Callable[..., Any], X: Any, p: float) -> dict[str, Any]:
    """Of 200 elements, ten calls keep equally many with a chance of 0.056^9 / sqrt(10), below 1e-11."""
    kept = {int((expect(answer(X, p), "of what is left of X") != 0).sum()) for _ in range(10)}
    return {"ten calls keep equally many elements": len(kept) == 1}


def _dropout_cases() -> list[Case]:
    import torch

    def ones(dtype: torch.dtype) -> torch.Tensor:
        return torch.ones(80, 100, dtype=dtype, requires_grad=True)

    X = torch.tensor([[1.0, -2.0, 3.0]])
    return [
        Case("p = 0, nothing is dropped", (X, 0.0)),
        Case("p = 1, everything is dropped", (X, 1.0)),
        Case("8000 ones, p = 0.5, float64", (ones(torch.float64), 0.5), _dropped),
        Case("8000 ones, p = 0.3", (ones(torch.float32), 0.3), _dropped),
        Case("X in bfloat16, a type for GPUs", (torch.ones(4, 5, dtype=torch.bfloat16), 0.5), _type),
        Case("X of four dimensions, as images are", (torch.ones(2, 3, 4, 5), 0.5), _shape),
        Case("200 ones, p = 0.5, ten times", (torch.ones(10, 20), 0.5), _numbers),
    ]


_PICKED = "X[mask] picks the kept elements, and loses the shape: multiply by the mask, mask * X"

DROPOUT_LAYER = Exercise(
    name="dropout_layer",
    notes="004 3.6.1, 003 4.5",
    stub='''
    def dropout_layer(X: Tensor, p: float) -> Tensor:
        """Each element set to 0 with probability p, on its own, else divided by 1 - p.

        X: activations, any shape. p: in [0, 1]; 0 drops nothing, 1 everything.
        Returns the shape and type of X, through which gradients reach X.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Multiply X by a mask of zeros and ones that has its shape. How often must the mask be 1?",
        "mask = (torch.rand_like(X) >= p).to(X.dtype), then mask * X / (1 - p): the mean is that of X again.",
        "p = 1 would divide by 0: return zeros then. torch.rand(X.shape) makes the mask on the CPU in "
        "float32, also where X is on a GPU or in float64; torch.rand_like(X) does as X does.",
    ),
    reference="chapters.dropout.dropout_layer",
    cases=_dropout_cases,
    mistakes=(
        Mistake(
            "mask not rescaled by 1/(1-p): the mean falls to (1-p)",
            """
            def dropout_layer(X, p):
                return (torch.rand_like(X) >= p).to(X.dtype) * X
            """,
        ),
        Mistake(
            "p is the share to drop, not to keep: the mask is 1 where the random number is at least p",
            """
            def dropout_layer(X, p):
                if p == 0:
                    return torch.zeros_like(X)
                return (torch.rand_like(X) < p).to(X.dtype) * X / p
            """,
        ),
        Mistake(
            "the mask keeps the share p, but the scale is that for keeping 1 - p: compare with >= p",
            """
            def dropout_layer(X, p):
                return (torch.rand_like(X) < p).to(X.dtype) * X / (1 - p)
            """,
        ),
        Mistake(
            "the mask keeps the share p, but the scale is that for keeping 1 - p: compare with >= p",
            """
            def dropout_layer(X, p):
                if p == 1:
                    return torch.zeros_like(X)
                return (torch.rand_like(X) < p).to(X.dtype) * X / (1 - p)
            """,
        ),
        Mistake(
            "kept elements are divided by p: divide by 1 - p, the share that is kept",
            """
            def dropout_layer(X, p):
                if p in (0, 1):
                    return (1 - p) * X
                return (torch.rand_like(X) >= p).to(X.dtype) * X / p
            """,
        ),
        Mistake(
            "kept elements are multiplied by 1 - p: divide by it, so that the mean stays",
            """
            def dropout_layer(X, p):
                return (torch.rand_like(X) >= p).to(X.dtype) * X * (1 - p)
            """,
        ),
        Mistake(
            "p = 1 divides by 0: return zeros then",
            """
            def dropout_layer(X, p):
                return (torch.rand_like(X) >= p).to(X.dtype) * X / (1 - p)
            """,
        ),
        Mistake(
            "one mask serves all examples: every element needs a random number of its own, "
            "torch.rand_like(X)",
            """
            def dropout_layer(X, p):
                if p == 1:
                    return torch.zeros_like(X)
                return (torch.rand_like(X[:1]) >= p).to(X.dtype) * X / (1 - p)
            """,
        ),
        Mistake(
            "whole examples are dropped: every element needs a random number of its own, torch.rand_like(X)",
            """
            def dropout_layer(X, p):
                if p == 1:
                    return torch.zeros_like(X)
                return (torch.rand_like(X[:, :1]) >= p).to(X.dtype) * X / (1 - p)
            """,
        ),
        Mistake(
            "normal random numbers are compared with p: torch.rand is uniform on [0, 1), torch.randn is not",
            """
            def dropout_layer(X, p):
                if p in (0, 1):
                    return (1 - p) * X
                return (torch.randn_like(X) >= p).to(X.dtype) * X / (1 - p)
            """,
        ),
        Mistake(
            "the mask is float32, and on the CPU, whatever X is: torch.rand_like(X) has X's type and device",
            """
            def dropout_layer(X, p):
                if p == 1:
                    return torch.zeros_like(X)
                mask = (torch.rand(X.shape) >= p).float()
                return mask * X / (1 - p)
            """,
        ),
        Mistake(
            "the generator is seeded inside, so that every call drops the same: leave that to the caller",
            """
            def dropout_layer(X, p):
                torch.manual_seed(0)
                if p == 1:
                    return torch.zeros_like(X)
                return (torch.rand_like(X) >= p).to(X.dtype) * X / (1 - p)
            """,
        ),
        Mistake(
            "the result is cut off from X (.detach() or .data): no gradient could reach the layers below",
            """
            def dropout_layer(X, p):
                if p == 1:
                    return torch.zeros_like(X)
                return X.detach() * (torch.rand_like(X) >= p) / (1 - p)
            """,
        ),
        Mistake(
            _PICKED,
            """
            def dropout_layer(X, p):
                mask = torch.rand_like(X) >= p
                return X[mask] / (1 - p)
            """,
        ),
        Mistake(
            _PICKED,
            """
            def dropout_layer(X, p):
                if p == 1:
                    return torch.zeros_like(X)
                mask = torch.rand_like(X) >= p
                return X[mask] / (1 - p)
            """,
        ),
        *(
            Mistake(
                "X has any number of dimensions, not always two: torch.rand_like(X), or torch.rand(X.shape)",
                f"""
                def dropout_layer(X, p):
                    if p == 1:
                        return torch.zeros_like(X)
                    mask = (torch.rand(X.shape[0], X.shape[1]) >= p).to(X.dtype)
                    return {product} / (1 - p)
                """,
            )
            for product in ("mask * X", "X * mask")
        ),
        Mistake(
            "every call drops equally many: each element is dropped on its own, torch.rand_like(X) >= p",
            """
            def dropout_layer(X, p):
                if p == 1:
                    return torch.zeros_like(X)
                mask = torch.ones_like(X)
                mask.view(-1)[torch.randperm(X.numel())[: int(p * X.numel())]] = 0
                return mask * X / (1 - p)
            """,
        ),
    ),
    accepted=(
        """
        def dropout_layer(X, p):
            return torch.nn.functional.dropout(X, p)
        """,
        """
        def dropout_layer(X, p):
            if p == 1:
                return X * 0
            kept = torch.rand(X.shape, device=X.device) >= p
            return torch.where(kept, X / (1 - p), torch.zeros_like(X))
        """,
        """
        def dropout_layer(X, p):
            Y = X.clone()
            for i in range(len(Y)):
                Y[i] = X[i] / (1 - p) if p < 1 else 0
                Y[i, torch.rand(Y.shape[1:]) < p] = 0
            return Y
        """,
    ),
)


EXERCISES = (DROPOUT_LAYER,)
