"""The exercise dropout_layer: its stub, its hints, and what it is tried on."""

import math
from collections.abc import Callable
from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise, Measured, expect


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
    kept = Y != 0
    error = math.sqrt(0.25 / X.numel())
    factors = (Y / X)[kept].double().unique().tolist()
    again = expect(answer(X, p), "of what is left of X")
    (gradient,) = torch.autograd.grad(Y.sum(), X) if Y.requires_grad else (torch.full_like(X, math.nan),)
    return seen | {
        "axes along which all share one fate": _shared_axes(kept),
        "share that is dropped": Measured(1 - kept.double().mean(), error),
        "what a kept element is multiplied by": factors[0] if len(factors) == 1 else factors[:3],
        "mean of the result over X": Measured((Y / X).mean(), error / (1 - p)),
        **_of_signs(kept, X),
        **_whole_lines(kept),
        "a second call drops the same elements": bool(((again != 0) == kept).all()),
        "gradients reach X": Y.requires_grad,
        "the gradient is 0 where X was dropped, and there only": bool(((gradient != 0) == kept).all()),
    }


def _of_signs(kept: Any, X: Any) -> dict[str, Measured]:
    """The share that is dropped of the numbers below 0, and of those from 1 on: it must not depend on X."""
    parts = {"numbers below 0": X < 0, "numbers of 1 and more": X >= 1}
    return {
        f"share that is dropped of the {name}": Measured(
            1 - kept[part].double().mean(), math.sqrt(0.25 / int(part.sum()))
        )
        for name, part in parts.items()
        if part.any() and not part.all()
    }


def _whole_lines(kept: Any) -> dict[str, int]:
    """Rows and columns of a matrix with one fate: by chance of 80 elements or more, less often than 1e-10."""
    if kept.dim() != 2:
        return {}
    return {
        "rows that are all dropped, or all kept": int((kept.all(1) | ~kept.any(1)).sum()),
        "columns that are all dropped, or all kept": int((kept.all(0) | ~kept.any(0)).sum()),
    }


def _shared_axes(kept: Any) -> list[int]:
    """Axes along which the mask does not change anywhere: by chance less often than 2^-n/2 of n elements."""
    first = [kept.narrow(axis, 0, 1) for axis in range(kept.dim())]
    return [axis for axis, one in enumerate(first) if bool((kept == one).all())]


def _type(answer: Callable[..., Any], X: Any, p: float) -> str:
    return str(expect(answer(X, p), "of what is left of X").dtype)


def _numbers(answer: Callable[..., Any], X: Any, p: float) -> dict[str, Any]:
    """Of 200 elements, ten calls keep equally many with a chance of 0.056^9 / sqrt(10), below 1e-11."""
    kept = {int((expect(answer(X, p), "of what is left of X") != 0).sum()) for _ in range(10)}
    return {"ten calls keep equally many elements": len(kept) == 1}


def _dropout_cases() -> list[Case]:
    import torch

    def ones(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        return torch.ones(shape, dtype=dtype, requires_grad=True)

    def powers(*shape: int) -> torch.Tensor:
        """Numbers from -4 to 4 of which a multiple, divided by them, is exactly its factor."""
        signs = 2.0 * torch.randint(0, 2, shape) - 1
        return (signs * 2.0 ** torch.randint(-2, 3, shape)).requires_grad_()

    X = torch.tensor([[1.0, -2.0, 3.0]])
    return [
        Case("p = 0, nothing is dropped", (X, 0.0)),
        Case("p = 1, everything is dropped", (X, 1.0)),
        Case("8000 ones, p = 0.6, float64", (ones(80, 100, dtype=torch.float64), 0.6), _dropped),
        Case("8000 ones, p = 0.3", (ones(80, 100), 0.3), _dropped),
        Case("X in bfloat16, a type for GPUs", (torch.ones(4, 5, dtype=torch.bfloat16), 0.5), _type),
        Case("images, X of shape (6, 3, 20, 22)", (powers(6, 3, 20, 22), 0.3), _dropped),
        Case("a vector of 4000 numbers", (powers(4000), 0.2), _dropped),
        Case("200 ones, p = 0.5, ten times", (torch.ones(10, 20), 0.5), _numbers),
    ]


EXERCISE = Exercise(
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
)
