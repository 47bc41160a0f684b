"""The exercise rmsprop_step: its stub, its hints, and what it is tried on."""

from collections.abc import Callable
from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise, doubles


def _three_steps(answer: Callable[..., Any], start: list[Any], scale: float, *knobs: float) -> dict[str, Any]:
    """The parameters and the mean squares after each of three steps."""
    import torch

    params = [one.clone() for one in start]
    squares = [torch.zeros_like(one) for one in start]
    seen: dict[str, Any] = {}
    for step in (1, 2, 3):
        grads = [scale * torch.cos(step * torch.arange(1.0, 1.0 + one.numel()).to(one)).reshape(one.shape)
                 for one in start]  # fmt: skip
        grads[1] = torch.zeros_like(grads[1])
        kept = [grad.clone() for grad in grads]
        answer(params, grads, squares, *knobs)
        seen |= {f"parameter {i} after step {step}": one.clone() for i, one in enumerate(params)}
        seen |= {f"mean square {i} after step {step}": one.clone() for i, one in enumerate(squares)}
        seen[f"the gradients are unchanged by step {step}"] = all(map(torch.equal, grads, kept))
    return seen


def _cases() -> list[Case]:
    start = [doubles([1.0, -2.0], [0.5, 3.0]), doubles(0.0, 1.0, 2.0), doubles(7.0)]
    return [
        Case("lr = 0.01, rho = 0.9", (start, 1.0, 0.01, 0.9, 1e-7), _three_steps),
        Case("gradients of about 0.0001", (start, 1e-4, 0.001, 0.9, 1e-4), _three_steps),
        Case("rho = 0.5, eps = 0.1", (start, 2.0, 0.1, 0.5, 0.1), _three_steps),
    ]


EXERCISE = Exercise(
    name="rmsprop_step",
    notes="002 (初识神经网络, 随机梯度下降)",
    stub='''
    def rmsprop_step(
        params: list[Tensor], grads: list[Tensor], squares: list[Tensor], lr: float, rho: float, eps: float
    ) -> None:
        """One step of RMSProp, in place.

        s <- rho s + (1 - rho) grad², then param <- param - lr grad / (sqrt(s) + eps), value by value.
        params: tensors without requires_grad. grads: the gradient of each, to be left as it is. squares: the
        mean square s of each, at first zero; afterwards the new one. lr, rho, eps: numbers.
        Returns nothing.
        """
        raise NotImplementedError
    ''',
    hints=(
        "A loop over zip(params, grads, squares): first s, then param.",
        "s.copy_(rho * s + (1 - rho) * grad**2), then param -= lr * grad / (s.sqrt() + eps).",
        "`s = ...` and `param = ...` only give a name to a new tensor: write into the old one, by copy_, -= "
        "or mul_. And eps is added to the root, not under it.",
    ),
    reference="chapters.first_network.rmsprop_step",
    cases=_cases,
    tolerance=1e-9,
)
