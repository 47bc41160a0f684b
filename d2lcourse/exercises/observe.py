"""What a function gives, as plain data: to send between processes, to compare, and to print."""

import contextlib
import linecache
import math
import numbers
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from d2lcore.printable import printable

from .exercise import Measured

LARGEST = 100_000  # elements of a tensor, of which more are not sent
# As they are before an answer is loaded, which may change them in torch: with these its deeds are watched.
_allclose, _detach, _clone = torch.allclose, Tensor.detach, Tensor.clone
_direct = (
    torch._C.DisableTorchFunction
)  # under a mode such as torch.device("cpu") C looks up their names again
_seed, _initial_seed = torch.default_generator.manual_seed, torch.default_generator.initial_seed
Packed = tuple  # ("tensor", tensor), ("number", 3), ("list", [packed, ...]), ... : see `pack`


class Raised(NamedTuple):
    """An error, and the last line of the reader's own file that led to it (0: none did)."""

    type: str
    message: str
    line: int
    text: str


class Outcome(NamedTuple):
    """What one call gave. changed: the arguments that are not what they were. seeded: the generator was."""

    value: Packed
    raised: Raised | None
    changed: tuple[int, ...]
    seeded: bool


def outcome(call: Callable[[], Any], args: Sequence[Any], seed: int, file: str) -> Outcome:
    """Call, and say what came of it. args: watched for changes. seed: of torch's generator."""
    with _direct():
        before = [_copy(arg) for arg in args]
    _seed(seed)
    raised, value = None, pack(None)
    try:
        value = pack(call())
    except BaseException as error:
        raised = raised_by(error, file)
    seeded = _initial_seed() != seed
    with _direct():
        same = [_same(old, new) for old, new in zip(before, args, strict=True)]
    changed = tuple(i for i, one in enumerate(same) if not one)
    return Outcome(value, raised, changed, seeded)


def raised_by(error: BaseException, file: str) -> Raised:
    """The error as plain data. file: the reader's."""
    linecache.checkcache(file)  # it may have been edited since it was last looked at
    name = printable(type(error).__name__)
    if isinstance(error, SyntaxError) and error.filename == file:
        with contextlib.suppress(Exception):  # the reader may have raised it, with anything in it
            return Raised(name, printable(error.msg), int(error.lineno or 0), printable(_pointed(error)))
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    line = frames[-1].lineno or 0 if frames else 0
    message = _beginning(error, str, 500)
    return Raised(name, message, line, printable(linecache.getline(file, line).strip()))


def _pointed(error: SyntaxError) -> str:
    """The line of a syntax error, and below it a caret at the place."""
    text = (error.text or "").rstrip()
    blanks = len(text) - len(text.lstrip())
    return f"{text.strip()}\n{' ' * max(0, (error.offset or 1) - 1 - blanks)}^"


def _copy(value: Any) -> Any:
    if isinstance(value, Tensor):
        return _clone(_detach(value))
    if isinstance(value, Mapping):
        return {key: _copy(one) for key, one in value.items()}
    return [_copy(one) for one in value] if isinstance(value, (list, tuple)) else value


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, Tensor):
        if old.shape != new.shape or old.dtype != new.dtype:  # by .resize_() or .data
            return False
        return _allclose(old, _detach(new), rtol=0, atol=0, equal_nan=True)
    if isinstance(new, Mapping):
        return old.keys() == new.keys() and all(_same(old[key], new[key]) for key in old)
    if isinstance(new, (list, tuple)):
        return len(old) == len(new) and all(map(_same, old, new))
    return True


# Packing


def pack(value: Any, depth: int = 0) -> Packed:
    """`value` as tensors, numbers, strings, lists and tuples only, of which the first item is the kind.

    What is none of these becomes ("other", its type, its beginning).
    """
    if isinstance(value, Measured):
        return ("measured", *(float(torch.as_tensor(one).detach()) for one in value))
    if isinstance(value, Tensor):
        return _pack_tensor(value)
    if value is None:
        return ("none",)
    if isinstance(value, (numbers.Real, np.bool_)):
        if isinstance(value, (bool, np.bool_)):
            return ("number", bool(value))
        return _pack_number(value)
    if isinstance(value, str):
        return ("text", printable(str.__getitem__(value, slice(1000))))
    if isinstance(value, (list, tuple)) and len(value) <= 200 and depth < 3:
        return ("list", [pack(one, depth + 1) for one in value], type(value).__name__)
    if isinstance(value, Mapping) and len(value) <= 200 and depth < 3:
        return ("dict", {printable(str(key)): pack(one, depth + 1) for key, one in value.items()})
    return ("other", _type_name(value), _beginning(value))


def _pack_number(value: Any) -> Packed:
    try:
        number = float(value)
    except OverflowError:
        whole = int(value)
        sign, digits = "-" if whole < 0 else "", int(abs(whole).bit_length() * math.log10(2)) + 1
        return ("other", "number beyond the largest float", f"{sign}10**{digits - 1} or so")
    return ("number", int(value) if isinstance(value, numbers.Integral) else number)


def _pack_tensor(value: Tensor) -> Packed:
    if value.layout != torch.strided or value.is_quantized or value.is_nested:
        return ("other", "sparse, nested or quantized tensor", _beginning(value))
    value = value.detach().as_subclass(Tensor)
    if value.is_meta or value.numel() > LARGEST:
        return ("shape", list(value.shape), str(value.dtype))
    return ("tensor", value.cpu().clone(memory_format=torch.contiguous_format))


def _type_name(value: Any) -> str:
    module, name = type(value).__module__, printable(type(value).__name__)
    return name if module in ("builtins", "__main__") else f"{module}.{name}"


def _beginning(value: Any, text_of: Callable[[Any], str] = repr, length: int = 60) -> str:
    """In one line."""
    try:
        text = " ".join(printable(text_of(value)).split())
    except BaseException:  # of the reader's own class
        return ""
    return text if len(text) <= length else f"{text[: length - 3]}..."


# Comparing


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


def fact(differs: Difference) -> str:
    """What can be said of the value that came, without a guess at the cause; "" if nothing."""
    kinds = differs.came[0], differs.expected[0]
    if kinds == ("tensor", "tensor"):
        a, b = differs.came[1], differs.expected[1]
        if a.shape != b.shape:
            return f"its shape is {tuple(a.shape)}, it should be {tuple(b.shape)}"
        if a.dtype != b.dtype:
            return f"its type is {_dtype(a)}, it should be {_dtype(b)}"
        return _pattern(a.double(), b.double(), differs.place) if a.numel() > 1 else ""
    if kinds == ("list", "list") and not differs.where:
        return f"it has {len(differs.came[1])} parts, it should have {len(differs.expected[1])}"
    return _other_kind(differs.came, differs.expected, differs.where)


def _pattern(a: Tensor, b: Tensor, place: tuple[int, ...]) -> str:
    """How all values of `a` are off together, or else where they are off most."""

    def alike(one: Tensor, other: Tensor) -> bool:
        return torch.allclose(one, other, rtol=1e-4, atol=1e-6 * float(b.abs().max()))

    if not (a.isfinite().all() and b.isfinite().all()):
        return f"{int(a.isnan().sum())} of {a.numel()} values are nan, {int(a.isinf().sum())} infinite"
    if not a.any():
        return "every value is 0"
    ratio, shift = float((a * b).sum() / (b * b).sum()), float((a - b).mean())  # nan if all of b is 0
    if alike(a, -b):
        return "every sign is the opposite"
    if abs(ratio) > 1e-3 and alike(a, ratio * b):
        return f"every value is {ratio:.6g} times the expected"
    if a.dim() == 2 and a.shape[0] == a.shape[1] and alike(a.T, b):
        return "it is transposed"
    if alike(a, b + shift) and not alike(b, b.mean().expand_as(b)):
        return f"every value is {abs(shift):.4g} too {'large' if shift > 0 else 'small'}"
    return f"the values differ most at [{', '.join(map(str, place))}]"


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


_REMEDIES = {  # where a tensor is due
    "generator": ": it computes nothing until it is asked; torch.stack(list(...)) does",
    "numpy.ndarray": ": torch has the same functions as NumPy",
    "list": ": torch.stack(...) makes one of a list of tensors, torch.tensor(...) of numbers",
    "tuple": ": torch.stack(...) makes one of a tuple of tensors, torch.tensor(...) of numbers",
    "number": ": float(), .item() and the module math lead out of torch",
}


def _other_kind(came: Packed, expected: Packed, where: str) -> str:
    """What to say of a value of the wrong kind."""
    wanted = {"tensor": "a tensor", "number": "a number", "list": "a tuple or list"}.get(expected[0])
    if wanted is None or came[0] == expected[0]:
        return ""
    if came[0] == "none" and where.startswith("the gradient in "):
        return "the result is cut off from it: by .detach(), .data, .item(), torch.no_grad() or NumPy"
    if came[0] == "none":
        return "it is None: is a `return` missing?"
    name = {"other": came[1], "list": came[-1], "text": "string", "shape": "larger tensor"}.get(
        came[0], came[0]
    )
    return f"it is a {name}, {wanted} is expected{_REMEDIES.get(name, '') if expected[0] == 'tensor' else ''}"


# Printing


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
    about = f"({_dtype(tensor)}, shape {tuple(tensor.shape)})"
    if tensor.numel() <= 12:
        return f"{_nested(tensor.tolist(), digits)}  {about}"
    if not place:
        return f"a tensor  {about}"
    if tensor.shape[-1] <= 12:
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
