"""What can be seen of a value that came, without a guess at the cause."""

import re
from collections.abc import Sequence

import torch
from torch import Tensor

from .compare import Difference
from .exercise import GRADIENT, Case, Exercise
from .facts.calls import cuts
from .observe import Outcome, Packed
from .relations import relation
from .show import SHOWN, dtype_of
from .written import Written


def seen(
    exercise: Exercise,
    cases: Sequence[Case],
    came: Sequence[Outcome],
    expected: Sequence[Outcome],
    differs: Difference,
    answer: Written | None = None,
) -> str:
    """The one thing that says most of it; "" if there is none.

    differs: the first difference. answer: the source, to say where a gradient is lost.
    """
    kinds = differs.came[0], differs.expected[0]
    if kinds == ("list", "list") and not differs.where:
        return f"it has {len(differs.came[1])} parts, it should have {len(differs.expected[1])}"
    if kinds not in (("tensor", "tensor"), ("number", "number")):
        return other_kind(differs, answer)
    related = relation(exercise, cases, came, expected, differs.where)
    if kinds == ("number", "number"):
        truth = isinstance(differs.came[1], bool) and not isinstance(differs.expected[1], bool)
        return "it is True or False, where a number is due" if truth else related
    a, b = differs.came[1], differs.expected[1]
    if a.shape != b.shape:
        more = f": {related}" if related else _crossed(a, b)
        return f"its shape is {tuple(a.shape)}, it should be {tuple(b.shape)}{more}"
    if a.dtype != b.dtype:
        return f"its type is {dtype_of(a)}, it should be {dtype_of(b)}"
    if not a.double().isfinite().all():
        related = ""  # true elsewhere, if anywhere
    if related == "it has not changed":
        return f"{differs.where.partition(' after ')[0]} has not changed"
    return related or _values(a.double(), b.double(), differs.place)


def _crossed(a: Tensor, b: Tensor) -> str:
    """A column met a row."""
    n = b.numel()
    square = n > 1 and tuple(a.shape) == (n, n) and n in b.shape and b.dim() <= 2
    return f": all meet all, as when ({n}, 1) and ({n},) are broadcast, or in X[:, y]" if square else ""


def _values(a: Tensor, b: Tensor, place: tuple[int, ...]) -> str:
    """Of two tensors of one shape and type, of which no relation is known."""
    if not a.isfinite().all() and b.isfinite().all():
        kinds = {"nan": int(a.isnan().sum()), "infinite": int(a.isinf().sum())}
        of = [f"{count} of {a.numel()} values are {kind}" for kind, count in kinds.items() if count]
        return " and ".join(of) if a.numel() > 1 else ""
    if a.numel() > 1 and not a.any():
        return "every value is 0"
    sums = _sums(a, b)
    if sums or a.numel() <= SHOWN:
        return sums
    return f"the values differ most at [{', '.join(map(str, place))}]"


def _sums(a: Tensor, b: Tensor) -> str:
    """Of rows, or columns, that should sum to 1 and do not."""
    if a.dim() != 2 or min(a.shape) < 2 or (b < 0).any() or ((b == 0) | (b == 1)).all():
        return ""
    axes = {"row": 1, "column": 0}
    due = [name for name, axis in axes.items() if _ones(b.sum(axis))]
    if len(due) != 1 or _ones(a.sum(axes[due[0]])):
        return ""
    other = "column" if due[0] == "row" else "row"
    said = f"; here each {other} does" if _ones(a.sum(axes[other])) else _first_sum(a, axes[due[0]])
    return f"each {due[0]} should sum to 1{said}"


def _ones(sums: Tensor) -> bool:
    return torch.allclose(sums, torch.ones_like(sums), atol=1e-4)


def _first_sum(a: Tensor, axis: int) -> str:
    return f"; the sums are {', '.join(f'{value:.4g}' for value in a.sum(axis)[:4].tolist())}"


REMEDIES = {  # where a tensor is due
    "generator": ": it computes nothing until it is asked; torch.stack(list(...)) does",
    "numpy.ndarray": ": torch has the same functions as NumPy",
    "list": ": torch.stack(...) makes one of a list of tensors, torch.tensor(...) of numbers",
    "tuple": ": torch.stack(...) makes one of a tuple of tensors, torch.tensor(...) of numbers",
    "number": ": float(), .item() and the module math lead out of torch",
}


def other_kind(differs: Difference, answer: Written | None = None) -> str:
    """What to say of a value of the wrong kind."""
    came, expected = differs.came, differs.expected
    wanted = {"tensor": "a tensor", "number": "a number", "list": "a tuple or list"}.get(expected[0])
    if wanted is None or came[0] == expected[0]:
        return ""
    if came[0] == "none" and differs.where.startswith(GRADIENT):
        return _cut(differs.where.removeprefix(GRADIENT), answer)
    if came[0] == "none":
        return "it is None: is a `return` missing?"
    if came[0] == "text" and re.fullmatch(r"\w+Error", came[1]):  # the `observe` has caught it
        return ""
    name = _name(came)
    return f"it is a {name}, {wanted} is expected{REMEDIES.get(name, '') if expected[0] == 'tensor' else ''}"


def _cut(name: str, answer: Written | None) -> str:
    """Where a gradient is lost; nothing of an argument that is not used at all."""
    if answer and not re.search(rf"\b{re.escape(name)}\b", answer.text):
        return ""
    places = cuts(answer) if answer else []
    by = f"see {places[0]}" if len(places) == 1 else "by .detach(), .data, .item(), torch.no_grad() or NumPy"
    return f"the result is cut off from it: {by}"


def _name(came: Packed) -> str:
    names = {"other": came[1], "list": came[-1], "text": "string", "shape": "larger tensor"}
    return str(names.get(came[0], came[0]))
