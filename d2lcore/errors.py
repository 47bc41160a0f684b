"""Saying what is wrong: a count that is none, a name or a package that is not there."""

import difflib
import importlib
import math
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from numbers import Integral, Real
from types import ModuleType
from typing import Any


def brief(value: Any) -> str:
    """A value in a few words, for a message: 'text', 1.5, a list, the class SGD."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if value is None or isinstance(value, (bool, int, float, str)):
        text = repr(value)
        return text if len(text) <= 60 else text[:57] + "..."
    shape = getattr(value, "shape", None)
    size = f" of shape {tuple(shape)}" if isinstance(shape, tuple) else ""
    return f"{'an' if type(value).__name__[0] in 'aeiouAEIOU' else 'a'} {type(value).__name__}{size}"


def type_of(error: Exception) -> type[TypeError] | type[ValueError]:
    """What to raise in the place of another's error."""
    return TypeError if isinstance(error, (TypeError, AttributeError)) else ValueError


@contextmanager
def blaming(name: str, value: Any) -> Iterator[None]:
    """Let an error of another library inside say which argument of ours it comes from."""
    try:
        yield
    except Exception as error:
        raise type_of(error)(f"{name}: cannot use {brief(value)} ({error})") from error


def check_flags(**flags: Any) -> None:
    """Raise TypeError, naming the argument, unless each is True or False (or 1 or 0)."""
    for name, value in flags.items():
        if type(value).__name__ not in ("bool", "bool_", "int") or value not in (True, False):
            raise TypeError(f"{name}: expected True or False, got {brief(value)}")


def check_numbers(**numbers: Any) -> None:
    """Raise TypeError or ValueError, naming the argument, unless each is one finite real number."""
    for name, value in numbers.items():
        single = getattr(value, "numel", lambda: 1)() == 1 and hasattr(value, "item")  # of torch or NumPy
        if isinstance(value, bool) or not (isinstance(value, Real) or single):
            raise TypeError(f"{name}: expected a number, got {brief(value)}")
        if not math.isfinite(value.detach() if hasattr(value, "detach") else value):
            raise ValueError(f"{name}: must be a finite number, got {float(value)}")


def check_learning_rate(lr: Any) -> None:
    """Raise TypeError or ValueError unless it is a finite number of at least 0."""
    check_numbers(lr=lr)
    if lr < 0:
        raise ValueError(f"lr: a learning rate cannot be negative, got {lr}")


def check_tensors(**tensors: Any) -> None:
    """Raise TypeError, naming the argument, unless each is a tensor."""
    torch = sys.modules.get("torch")  # whoever has a tensor has imported torch
    for name, value in tensors.items():
        if torch is None or not isinstance(value, torch.Tensor):
            raise TypeError(f"{name}: expected a tensor, got {brief(value)}; torch.as_tensor makes one")


def check_counts(**counts: Any) -> None:
    """Raise TypeError or ValueError, naming the argument, unless each is a whole number of at least 1."""
    for name, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, Integral):
            raise TypeError(f"{name}: expected a whole number, got {brief(value)}")
        if value < 1:
            raise ValueError(f"{name}: must be at least 1, got {value}")


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """One line: no such `kind`, and the nearest known name or, failing that, all of them."""
    if not isinstance(name, str):
        return f"{kind}: expected a name, got {brief(name)}; choose {', '.join(known)}"
    by_lower = {one.lower(): one for one in known}
    nearest = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    hint = f"did you mean {by_lower[nearest[0]]!r}?" if nearest else f"choose {', '.join(by_lower.values())}"
    return f"{kind}: there is no {name!r}; {hint}"


def require(module: str, purpose: str, *, extra: str = "") -> ModuleType:
    """The imported module. Raises ImportError saying what `purpose` needs if it is missing or broken.

    extra: of this project, that brings it.
    """
    try:
        return importlib.import_module(module)
    except Exception as error:  # a torchvision built for another torch fails with RuntimeError
        package = {"sklearn": "scikit-learn"}.get(module.split(".")[0], module.split(".")[0])
        missing = isinstance(error, ModuleNotFoundError) and error.name == module.split(".")[0]
        state = "is not installed" if missing else f"does not load ({error})"
        remedy = f'pip install "d2lcore[{extra}]"' if extra else f"pip install --upgrade {package}"
        raise ImportError(
            f"{purpose} needs {package}, which {state}; `{remedy}` (`d2lcore doctor` checks the installation)"
        ) from error
