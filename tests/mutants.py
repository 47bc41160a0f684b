"""Wrong versions of a chapter's functions, kept as data, and the proof that a test notices each."""

import functools
import inspect
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import NamedTuple

import pytest
import torch

RED = (AssertionError, pytest.fail.Exception)


class Mutant(NamedTuple):
    """`function` with the piece `old` of its source, which is there once, replaced by `new`.

    function: of the module, or "Class.method", where the class itself must stay what annotations name.
    killed_by: a test, called without arguments, that passes on the real function and fails on this one.
    dies_of: the errors that count as failing, by default a failed assertion or `pytest.raises`.
    """

    function: str
    old: str
    new: str
    killed_by: Callable[[], object]
    dies_of: tuple[type[BaseException], ...] = RED

    def __str__(self) -> str:
        return f"{self.function}: {self.old} -> {self.new or 'nothing'}"


@contextmanager
def mutated(module: ModuleType, mutant: Mutant) -> Iterator[None]:
    """Inside, `module` has the wrong version in the place of the real one."""
    *path, name = mutant.function.split(".")
    owner = functools.reduce(getattr, path, module)
    real = vars(owner)[name]
    source = textwrap.dedent(inspect.getsource(real))
    assert source.count(mutant.old) == 1, f"{mutant.old!r} is there {source.count(mutant.old)} times"
    namespace = vars(module) if owner is module else {**vars(module)}
    exec(compile(source.replace(mutant.old, mutant.new), f"<{mutant}>", "exec"), namespace)
    setattr(owner, name, namespace[name])
    try:
        yield
    finally:
        setattr(owner, name, real)


def kill(module: ModuleType, mutant: Mutant) -> None:
    """Fail unless the killing test passes on the real function and fails on the wrong one."""
    torch.manual_seed(0)
    mutant.killed_by()
    torch.manual_seed(0)
    with mutated(module, mutant), pytest.raises(mutant.dies_of):
        mutant.killed_by()


def check_cover(module: ModuleType, mutants: Sequence[Mutant]) -> None:
    """Fail unless every function and class that `module` writes by hand has a mutant.

    Not asked of functions that give a `Result` (the variants) or that draw (`draw_...`), of named tuples,
    nor of private names.
    """
    written = {
        name
        for name, thing in vars(module).items()
        if (inspect.isfunction(thing) or inspect.isclass(thing))
        and thing.__module__ == module.__name__
        and not name.startswith(("_", "draw_"))
        and not _gives_result(thing)
    }
    tuples = {name for name in written if hasattr(vars(module)[name], "_fields")}
    covered = {mutant.function.split(".")[0] for mutant in mutants}
    assert covered <= set(vars(module))
    assert written - tuples <= covered


def tests(module: ModuleType, mutants: Sequence[Mutant]) -> tuple[Callable[..., None], Callable[[], None]]:
    """For the end of a test file: the test that each mutant dies, and that every function has one."""

    @pytest.mark.parametrize("mutant", mutants, ids=str)
    def each_dies(mutant: Mutant) -> None:
        kill(module, mutant)

    return each_dies, lambda: check_cover(module, mutants)


def _gives_result(thing: Callable[..., object]) -> bool:
    if inspect.isclass(thing):
        return False
    given = inspect.signature(thing).return_annotation
    return getattr(given, "__name__", str(given).rsplit(".", 1)[-1]) == "Result"
