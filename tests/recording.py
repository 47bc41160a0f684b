"""What a function of a module got and gave while something ran: the rows behind the numbers of a run."""

from types import ModuleType
from typing import Any

import pytest


class Recording(list):
    """The results of a function, call by call; `arguments` has what it was called with, without names."""

    def __init__(self) -> None:
        super().__init__()
        self.arguments: list[tuple] = []


def recorded(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> Recording:
    """A recording of `module.name`, which works as before, from now on."""
    real, given = getattr(module, name), Recording()

    def listen(*args: Any, **knobs: Any) -> Any:
        given.arguments.append(args)
        given.append(real(*args, **knobs))
        return given[-1]

    monkeypatch.setattr(module, name, listen)
    return given
