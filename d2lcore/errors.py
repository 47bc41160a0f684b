"""Saying what is wrong: a count that is none, a name or a package that is not there."""

import difflib
import importlib
from collections.abc import Iterable
from numbers import Integral
from types import ModuleType
from typing import Any


def check_counts(**counts: Any) -> None:
    """Raise TypeError or ValueError, naming the argument, unless each is a whole number of at least 1."""
    for name, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, Integral):
            raise TypeError(f"{name}: expected a whole number, got {value!r}")
        if value < 1:
            raise ValueError(f"{name}: must be at least 1, got {value}")


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """One line: no such `kind`, and the nearest known name or, failing that, all of them."""
    by_lower = {one.lower(): one for one in known}
    nearest = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    hint = f"did you mean {by_lower[nearest[0]]!r}?" if nearest else f"choose {', '.join(by_lower.values())}"
    return f"{kind}: there is no {name!r}; {hint}"


def require(module: str, purpose: str) -> ModuleType:
    """The imported module. Raises ImportError saying what `purpose` needs if it is missing or broken."""
    try:
        return importlib.import_module(module)
    except Exception as error:  # a torchvision built for another torch fails with RuntimeError
        package = {"sklearn": "scikit-learn"}.get(module.split(".")[0], module.split(".")[0])
        missing = isinstance(error, ModuleNotFoundError) and error.name == module.split(".")[0]
        state = "is not installed" if missing else f"does not load ({error})"
        raise ImportError(
            f"{purpose} needs {package}, which {state}; "
            f"`pip install --upgrade {package}` (`d2lcore doctor` checks the installation)"
        ) from error
