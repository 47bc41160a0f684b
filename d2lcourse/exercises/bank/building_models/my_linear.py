"""The exercise my_linear: its stub, its hints, and what it is tried on."""

from collections.abc import Callable
from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise, Measured, Unexpected


def _used(answer: Callable[..., Any], in_units: int, units: int, X: Any) -> dict[str, Any]:
    """The layer's parameters, and, with values that are put into them, its outputs and gradients."""
    import torch

    layer = answer(in_units, units)
    if not isinstance(layer, torch.nn.Module):
        raise Unexpected(
            f"it returns a {type(layer).__name__}, where a module, made by its class, is expected"
        )
    named = dict(layer.named_parameters())
    if not named:
        raise Unexpected(
            "it has no parameters: a plain tensor is none, and an optimizer would not see it; "
            "self.weight = torch.nn.Parameter(...)"
        )
    seen: dict[str, Any] = {"the names of its parameters": ", ".join(named)}
    seen |= {f"the shape of the parameter {name}": list(one.shape) for name, one in named.items()}
    seen["parameters"] = len(named)
    if "weight" in named:
        seen["different columns of the weight"] = len(named["weight"].detach().T.unique(dim=0))
    for name, one in named.items():
        if one.numel() >= 400:
            error = one.numel() ** -0.5
            seen[f"mean of the {name}"] = Measured(one.mean(), error)
            seen[f"standard deviation of the {name}"] = Measured(one.std(), error)
            within = (one.abs() <= 1).double().mean()
            seen[f"share of the {name} between -1 and 1"] = Measured(within, error / 2)
    for i, one in enumerate(named.values()):
        values = torch.linspace(-1, 1 + i, one.numel(), dtype=torch.float64).sin()
        one.data = values.reshape(one.shape)
    O = layer.double()(X)
    seen["the outputs"] = O.detach()
    if O.requires_grad:
        O.square().sum().backward()
    for name in ("weight", "bias"):
        grad = named[name].grad if name in named else None
        seen[f"{name} gets a gradient"] = grad is not None
        seen[f"the gradient in {name}"] = torch.zeros(1) if grad is None else grad
    return seen


def _cases() -> list[Case]:
    import torch

    return [
        Case("4 inputs, 3 units, 6 examples", (4, 3, torch.randn(6, 4).double()), _used),
        Case("5 inputs, 5 units, one example", (5, 5, torch.randn(1, 5).double()), _used),
        Case("3 inputs, 500 units", (3, 500, torch.randn(2, 3).double()), _used),
        Case("2 inputs, 7 units", (2, 7, torch.randn(3, 2).double()), _used),
    ]


EXERCISE = Exercise(
    name="my_linear",
    notes="003 6.3",
    stub='''
    def my_linear(in_units: int, units: int) -> torch.nn.Module:
        """A layer of your own: relu(X weight + bias), (n, in_units) -> (n, units).

        Define a class of torch.nn.Module in here, and return one layer of it. torch.nn.Linear is what this is
        to do without. Its parameters are `weight`, shape (in_units, units), and `bias`, (units,), in this
        order, from N(0, 1).
        Returns the layer, which an optimizer can train.
        """
        raise NotImplementedError
    ''',
    hints=(
        "A class with two methods: __init__ makes the parameters, forward uses them.",
        "super().__init__(), self.weight = torch.nn.Parameter(torch.randn(in_units, units)), the bias "
        "likewise; forward returns torch.relu(X @ self.weight + self.bias).",
        "A plain tensor is no parameter: net.parameters() does not list it. And `.data`, as in 003 6.3, cuts "
        "the layer off from the gradients: use self.weight itself.",
    ),
    reference="chapters.building_models.MyLinear",
    cases=_cases,
    forbidden=("torch.nn.Linear", "torch.nn.LazyLinear"),
)
