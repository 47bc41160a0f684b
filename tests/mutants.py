"""Wrong versions of a chapter's functions, kept as data, and the proof that a test notices each."""

import functools
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
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


PASSED: set[str] = set()  # the tests that have passed in this process, on the real functions


def call_of(test: Callable[..., object], arguments: Mapping[str, object]) -> str:
    """A test and what it is called with, as a text."""
    return f"{test.__module__}.{test.__qualname__} {sorted(arguments.items())}"


def note_passed(item: pytest.Function) -> None:
    """For conftest.py: this test has passed. It started from the same seed as a killing test does."""
    if "unchecked" not in item.fixturenames:
        taken = inspect.signature(item.function).parameters
        PASSED.add(call_of(item.function, {name: item.funcargs.get(name) for name in taken}))


def _passes(test: Callable[[], object]) -> None:
    """Run the test, unless pytest has just run it with these arguments."""
    bare, given, named = test, (), {}
    if isinstance(test, functools.partial):
        bare, given, named = test.func, test.args, test.keywords
    call = call_of(bare, inspect.signature(bare).bind(*given, **named).arguments)
    if call not in PASSED:
        torch.manual_seed(0)
        test()
        PASSED.add(call)


def kill(module: ModuleType, mutant: Mutant) -> None:
    """Fail unless the killing test passes on the real function and fails on the wrong one."""
    _passes(mutant.killed_by)
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
