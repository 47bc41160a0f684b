"""Edition 1.0 writes its classes cell by cell: arguments kept as attributes, methods added later (3.2)."""

import inspect
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, TypeVar

from ..errors import brief

_Class = TypeVar("_Class", bound=type)
_Method = TypeVar("_Method")

_originals: dict[type, dict[str, Any]] = {}


def restorable(Class: _Class) -> _Class:
    """Remember a class as it is now: `reset` brings it back to this."""
    _originals[Class] = dict(vars(Class))
    return Class


def reset() -> None:
    """Take back what was added to the classes of edition 1.0, or replaced in them, since they were made.

    Objects that exist lose the added methods too; classes derived from these keep their own.
    """
    for Class, original in _originals.items():
        for name, value in list(vars(Class).items()):
            if name not in original and not _is_python_s_own(name, value):
                delattr(Class, name)
        for name, value in original.items():
            if vars(Class).get(name) is not value and not _is_python_s_own(name, value):
                setattr(Class, name, value)


def _is_python_s_own(name: str, value: Any) -> bool:
    """Whether Python itself keeps this in a class, such as `__annotations__` once they have been read."""
    return name.startswith("__") and name.endswith("__") and not callable(value)


def add_to_class(Class: type) -> Callable[[_Method], _Method]:
    """A decorator: the function below becomes a method of `Class`, and of the objects it has already made.

    What is added to a class of d2lcore stays for this process, or until `reset`. In a function added so,
    `super()` needs its arguments: `super(Class, self)`.
    Raises TypeError if `Class` is an object instead of a class.
    """
    if not isinstance(Class, type):
        raise TypeError(f"Class: expected a class, got {brief(Class)}; a method belongs to all its objects")

    def add(method: _Method) -> _Method:
        name = getattr(method, "__name__", None) or getattr(getattr(method, "fget", None), "__name__", None)
        if name is None:
            raise TypeError(f"add_to_class: expected a function with a name, got {brief(method)}")
        setattr(Class, name, method)
        return method

    return add


@restorable
class HyperParameters:
    """A class that keeps the arguments it is made with (3.2.1)."""

    hparams: dict[str, Any]

    def save_hyperparameters(self, ignore: Sequence[str] = ()) -> None:
        """Keep the arguments of the method that calls this as attributes, and all of them in `hparams`.

        What else has a name in that method by then is kept too. ignore: names to leave out; those that start
        with an underscore are left out anyway.
        """
        left_out = {ignore} if isinstance(ignore, str) else set(ignore)
        frame = _method_of(self)
        left_out |= {frame.f_code.co_varnames[0], *frame.f_code.co_freevars}
        values = frame.f_locals.items()
        self.hparams = {k: v for k, v in values if k not in left_out and not k.startswith("_")}
        for name, value in self.hparams.items():
            setattr(self, name, value)


def _method_of(owner: object) -> FrameType:
    """The frame of the innermost method of `owner` that is running, but for `save_hyperparameters`."""
    frame = inspect.currentframe()
    while frame is not None:
        code = frame.f_code
        first = code.co_varnames[0] if code.co_argcount else None
        if first is not None and frame.f_locals.get(first) is owner and frame.f_globals is not globals():
            return frame
        frame = frame.f_back
    raise RuntimeError("save_hyperparameters: call it in a method, as self.save_hyperparameters()")
