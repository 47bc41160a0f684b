"""What a function of a module gave while something ran: the rows behind the numbers that a run reports."""

from types import ModuleType
from typing import Any

import pytest


def recorded(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> list[Any]:
    """A list that gets what `module.name` gives at each of its calls from now on; it works as before."""
    real, given = vars(module)[name], []

    def listen(*args: Any, **knobs: Any) -> Any:
        given.append(real(*args, **knobs))
        return given[-1]

    monkeypatch.setattr(module, name, listen)
    return given
