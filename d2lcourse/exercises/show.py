"""What a function gave, in a line for its writer."""

from typing import Any

from torch import Tensor

from .compare import Difference
from .observe import Packed

SHOWN = 12  # elements of a tensor, or of its last axis, that are shown


def show(packed: Packed, *, digits: int = 4, place: tuple[int, ...] = ()) -> str:
    """One line. place: the element to show of a tensor too large to show whole."""
    kind = packed[0]
    if kind == "tensor":
        return _show_tensor(packed[1], digits, place)
    if kind == "number":
        return _number(packed[1], digits)
    if kind == "measured":
        return f"{packed[1]:.4g} (give or take {packed[2]:.1g})"
    if kind == "list":
        parts = [show(one, digits=digits) for one in packed[1][:6]] + ["..."] * (len(packed[1]) > 6)
        if packed[-1] == "list":
            return f"[{', '.join(parts)}]"
        return f"({', '.join(parts)}{',' * (len(parts) == 1)})"
    if kind == "dict":
        return ", ".join(f"{key}: {show(one, digits=digits)}" for key, one in packed[1].items())
    if kind == "shape":
        return f"a tensor  ({packed[2].removeprefix('torch.')}, shape {tuple(packed[1])})"
    return {"none": "None", "text": packed[-1], "other": packed[-1]}[kind]


def show_both(differs: Difference) -> tuple[str, str]:
    """What came and what was expected, with as many digits as it takes to see the difference."""
    for digits in (4, 8, 17):
        came, expected = (show(one, digits=digits, place=differs.place) for one in differs[1:3])
        if came != expected:
            break
    return came, expected


def _show_tensor(tensor: Tensor, digits: int, place: tuple[int, ...]) -> str:
    about = f"({dtype_of(tensor)}, shape {tuple(tensor.shape)})"
    if tensor.numel() <= SHOWN:
        return f"{_nested(tensor.tolist(), digits)}  {about}"
    if not place:
        return f"a tensor  {about}"
    if tensor.shape[-1] <= SHOWN:
        place = place[:-1]  # the whole row
    return f"at [{', '.join(map(str, place))}] {_nested(tensor[place].tolist(), digits)}  {about}"


def _nested(values: Any, digits: int) -> str:
    if isinstance(values, list):
        return f"[{', '.join(_nested(one, digits) for one in values)}]"
    return _number(values, digits)


def _number(value: Any, digits: int) -> str:
    if isinstance(value, float):
        return f"{value + 0.0:.{digits}g}"  # + 0.0: no -0
    return str(value)


def dtype_of(tensor: Tensor) -> str:
    """Such as float32."""
    return str(tensor.dtype).removeprefix("torch.")
