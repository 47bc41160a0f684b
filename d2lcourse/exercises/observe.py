"""What a function gives, as plain data that can be sent between processes."""

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
