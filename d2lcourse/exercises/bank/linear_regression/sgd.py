"""The exercise sgd: its stub, its hints, and what it is tried on."""

from collections.abc import Callable
from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise


def _two_steps(answer: Callable[..., Any], params: list[Any], lr: float, batch_size: int) -> dict[str, Any]:
    """Parameters and gradients after a step, and the parameters after a second one with new gradients."""
    import torch

    params = [value.clone().requires_grad_() for value in params]

    def backward() -> None:
        for i, param in enumerate(params):  # of each parameter another gradient, and none in proportion to it
            (param**2 + (i + 1.7) * param).sum().backward()

    backward()
    given = list(params)
    answer(given, lr, batch_size)
    seen: dict[str, Any] = {"tensors in the list": len(given)}
    kept = all(one is param for one, param in zip(given, params, strict=False))
    seen["the list still holds the caller's tensors"] = kept
    seen |= {f"params[{i}] after the step": param.detach().clone() for i, param in enumerate(params)}
    for i, param in enumerate(params):
        grad = None if param.grad is None else param.grad.detach().clone()
        seen[f"params[{i}].grad after the step"] = param.new_zeros(param.shape) if grad is None else grad
    seen["params still require gradients"] = all(param.requires_grad for param in params)
    seen["gradients are still recorded afterwards"] = torch.is_grad_enabled()
    if not (seen["params still require gradients"] and torch.is_grad_enabled()):
        return seen
    backward()
    answer(list(params), lr, batch_size)
    return seen | {f"params[{i}] after a second step": param.detach() for i, param in enumerate(params)}


def _sgd_cases() -> list[Case]:
    import torch

    w, b = torch.tensor([[1.2], [-2.1]]), torch.tensor([0.6])
    return [
        Case("w and b, gradients 2w + 1.7 and 2b + 2.7", ([w, b], 0.3, 4), _two_steps),
        Case("one matrix in float64", ([torch.randn(2, 3, dtype=torch.float64)], 0.03, 10), _two_steps),
        Case("three params, and a last batch of one example", ([w, b, w.flip(0) - 0.3], 0.3, 1), _two_steps),
    ]


EXERCISE = Exercise(
    name="sgd",
    notes="003 5.4, 004 3.5.2",
    stub='''
    def sgd(params: list[Tensor], lr: float, batch_size: int) -> None:
        """One step of SGD, in place: param <- param - lr * param.grad / batch_size.

        params: tensors that require gradients and have them: those of the *sum* of the batch's losses.
        Afterwards every gradient is zero. Returns nothing.
        """
        raise NotImplementedError
    ''',
    hints=(
        "A loop over params with two lines in it, inside `with torch.no_grad():`.",
        "param -= lr * param.grad / batch_size, then param.grad.zero_().",
        "`param = param - ...` only gives a new tensor to the name `param`: the caller's stays what it was. "
        "And backward() adds to the gradients that are there: what is not set to zero counts again in the "
        "next step.",
    ),
    reference="d2lcore.linear.sgd",
    cases=_sgd_cases,
)
