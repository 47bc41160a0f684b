"""Comparing what came with what is expected."""

import math
from typing import NamedTuple

import numpy as np
import torch

from .observe import Packed


class Difference(NamedTuple):
    """Where two values differ first, what is there, and of tensors which element differs most."""

    where: str
    came: Packed
    expected: Packed
    place: tuple[int, ...] = ()


def compare(came: Packed, expected: Packed, tolerance: float, where: str = "") -> Difference | None:
    """The first difference, or None. tolerance: absolute and relative, in float64; float32 has 1e-4."""
    kinds = came[0], expected[0]
    differs = Difference(where, came, expected)
    if kinds == ("tensor", "tensor"):
        return _compare_tensors(differs, tolerance)
    if (
        kinds == ("tensor", "number") and came[1].dim() == 0 and not came[1].is_complex()
    ):  # where a number is due, either will do
        return compare(("number", came[1].item()), expected, tolerance, where)
    if kinds == ("number", "number"):
        one, other = float(came[1]), float(expected[1])
        close = math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)
        return None if close or (math.isnan(one) and math.isnan(other)) else differs
    if kinds == ("measured", "measured"):
        close = abs(came[1] - expected[1]) <= 6 * math.hypot(came[2], expected[2]) + 1e-12
        return None if close else differs
    if kinds == ("list", "list") and len(came[1]) == len(expected[1]):
        pairs = enumerate(zip(came[1], expected[1], strict=True))
        parts = (compare(one, other, tolerance, f"{where}[{i}]") for i, (one, other) in pairs)
        return next(filter(None, parts), None)
    if kinds == ("dict", "dict"):
        common = [key for key in expected[1] if key in came[1]]
        parts = (compare(came[1][key], expected[1][key], tolerance, key) for key in common)
        return next(filter(None, parts), None if came[1].keys() == expected[1].keys() else differs)
    same = kinds[0] == kinds[1] and kinds[0] not in ("list", "other") and came == expected
    return None if same else differs


def _compare_tensors(differs: Difference, tolerance: float) -> Difference | None:
    a, b = differs.came[1], differs.expected[1]
    if a.shape != b.shape or a.dtype != b.dtype:
        return differs
    least = {torch.float32: 1e-4, torch.float16: 1e-2, torch.bfloat16: 1e-1}.get(a.dtype, 0.0)
    slack = max(tolerance, least)
    wrong = ~torch.isclose(a, b, rtol=slack, atol=slack, equal_nan=True)
    if not wrong.any():
        return None
    apart = torch.where(wrong, (a.double() - b.double()).abs().nan_to_num(math.inf, math.inf), -1)
    place = np.unravel_index(int(apart.argmax()), apart.shape)
    return differs._replace(place=tuple(int(i) for i in place))


def parts(packed: Packed, where: str = "") -> dict[str, Packed]:
    """What is no list or dict in it, by the place where `compare` finds it."""
    inner: list[tuple[str, Packed]] = []
    if packed[0] == "list":
        inner = [(f"{where}[{i}]", one) for i, one in enumerate(packed[1])]
    elif packed[0] == "dict":
        inner = list(packed[1].items())
    else:
        return {where: packed}
    return {place: part for name, one in inner for place, part in parts(one, name).items()}
