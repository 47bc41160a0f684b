"""Everything a training set-up can change, kept, so that experiments leave no trace."""

import functools
import random
import types
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor

# Objects of these packages hold nothing of a reader's, and their functions' global names are their own.
_LIBRARIES = {"numpy", "scipy", "sklearn", "pandas", "matplotlib", "tqdm", "builtins", "typing", "jaxtyping",
              "beartype", "IPython", "logging", "threading", "_thread", "multiprocessing", "concurrent",
              "importlib", "pytest", "_pytest"}  # fmt: skip
_PLAIN = (
    str,
    bytes,
    int,
    float,
    complex,
    bool,
    type(None),
    type,
    types.ModuleType,
    torch.device,
    torch.dtype,
)
_MOST_OBJECTS, _LONGEST_LIST, _LARGE = 100_000, 5_000, 1 << 20


def _library_of(value: Any) -> str:
    return (getattr(value, "__module__", None) or "").split(".")[0]


def global_names(code: types.CodeType) -> set[str]:
    """The names that a function, and those inside it, may look up among the globals."""
    inner = (global_names(const) for const in code.co_consts if isinstance(const, types.CodeType))
    return set(code.co_names).union(*inner)


class SavedState:
    """All that is reached from `roots`: tensors and their gradients, attributes, lists, generators.

    `restore()` puts all of it back, bit for bit, and the global generators of Python, NumPy and torch.
    Reached is what an attribute, an element, a closure, or a global name used by a function leads to.
    """

    def __init__(self, roots: Iterable[Any]) -> None:
        self.tensors: list[Tensor] = []
        self._undo: list[Callable[[], object]] = []
        self._large: list[tuple[Tensor, Tensor, int]] = []
        self._seen: dict[int, Any] = {}
        self._keep_global_state()
        waiting = deque(roots)
        while waiting and len(self._seen) < _MOST_OBJECTS:
            value = waiting.popleft()
            if isinstance(value, _PLAIN) or id(value) in self._seen:
                continue
            self._seen[id(value)] = value
            waiting.extend(self._keep(value))

    def restore(self, *, all_data: bool = True) -> None:
        """Put everything back. all_data: large tensors too, even if torch has not seen them change."""
        with torch.no_grad():
            for undo in reversed(self._undo):
                undo()
            for tensor, value, version in self._large:
                if all_data or tensor._version != version:
                    tensor.copy_(value)

    def reached(self, kind: type | tuple[type, ...]) -> list[Any]:
        """The objects of that kind which were reached, in the order of reaching."""
        return [value for value in self._seen.values() if isinstance(value, kind)]

    def _keep_global_state(self) -> None:
        for get, put in _global_states():
            self._undo.append(functools.partial(put, get()))

    def _keep(self, value: Any) -> list[Any]:
        """Remember how to restore `value` itself; what it leads to."""
        if isinstance(value, Tensor):
            return self._keep_tensor(value)
        if isinstance(value, np.ndarray):
            return self._keep_array(value)
        if (generator := _generator_state(value)) is not None:
            get, put = generator
            self._undo.append(functools.partial(put, get()))
            return []
        if isinstance(value, (list, dict, set, deque)):
            return self._keep_container(value)
        if isinstance(value, (tuple, frozenset)):
            return list(value)[:_LONGEST_LIST]
        if isinstance(value, types.FunctionType):
            return self._keep_function(value)
        if isinstance(value, types.MethodType):
            return [value.__self__, value.__func__]
        if isinstance(value, functools.partial):
            return [value.func, *value.args, *value.keywords.values()]
        return self._keep_object(value)

    def _keep_tensor(self, tensor: Tensor) -> list[Any]:
        self.tensors.append(tensor)
        if tensor.is_meta or tensor.is_sparse or tensor.is_inference():
            return []
        alias, value = tensor.data, tensor.detach().clone()
        if (
            tensor.numel() > _LARGE
            and not tensor.requires_grad
            and not isinstance(tensor, torch.nn.Parameter)
        ):
            self._large.append((tensor, value, tensor._version))
        else:
            self._undo.append(lambda: alias.copy_(value))
        if not tensor.is_leaf:
            return []
        grad, flag = tensor.grad, tensor.requires_grad

        def put_back() -> None:
            if tensor.data_ptr() != alias.data_ptr() or tensor.dtype != alias.dtype:
                tensor.data = alias
            tensor.requires_grad_(flag)
            tensor.grad = grad

        self._undo.append(put_back)
        return [] if grad is None else [grad]

    def _keep_array(self, array: np.ndarray) -> list[Any]:
        if array.flags.writeable and array.dtype != object:
            value = array.copy()
            self._undo.append(lambda: np.copyto(array, value))
        return []

    def _keep_container(self, value: Any) -> list[Any]:
        before = value.copy()

        def put_back() -> None:
            if isinstance(value, (list, deque)):
                if len(value) != len(before) or any(a is not b for a, b in zip(value, before, strict=True)):
                    value.clear()
                    value.extend(before)
            else:
                value.clear()
                value.update(before)

        self._undo.append(put_back)
        inside = [*before.keys(), *before.values()] if isinstance(before, dict) else list(before)
        return inside[:_LONGEST_LIST]

    def _keep_function(self, function: Any) -> list[Any]:
        inside = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        for cell in function.__closure__ or ():
            try:
                value = cell.cell_contents
            except ValueError:  # not bound yet
                continue
            self._undo.append(functools.partial(setattr, cell, "cell_contents", value))
            inside.append(value)
        if _library_of(function) in _LIBRARIES | {"torch", "d2lcore"}:
            return inside
        table = function.__globals__
        for name in global_names(function.__code__) & table.keys():
            if not isinstance(table[name], (types.ModuleType, type)):
                self._undo.append(functools.partial(table.__setitem__, name, table[name]))
                inside.append(table[name])
        return inside

    def _keep_object(self, value: Any) -> list[Any]:
        if _library_of(type(value)) in _LIBRARIES:
            return self._keep_position(value)
        inside: list[Any] = []
        for kind in type(value).__mro__:
            slots = kind.__dict__.get("__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                    inside.append(getattr(value, name))
        attributes = getattr(value, "__dict__", None)
        if isinstance(attributes, dict):
            inside.append(attributes)  # kept as the dict it is
        return inside

    def _keep_position(self, iterator: Any) -> list[Any]:
        """Of the iterator of a list, a tuple or a range, which say where they are and can be set."""
        if hasattr(iterator, "__setstate__") and hasattr(iterator, "__length_hint__"):
            position = iterator.__reduce__()[2:3]
            if position and position[0] is not None:
                self._undo.append(lambda: iterator.__setstate__(position[0]))
        return []


def _global_states() -> list[tuple[Callable[[], Any], Callable[[Any], Any]]]:
    states: list[tuple[Callable[[], Any], Callable[[Any], Any]]] = [
        (random.getstate, random.setstate),
        (np.random.get_state, np.random.set_state),
        (torch.get_rng_state, torch.set_rng_state),
        (torch.is_grad_enabled, torch.set_grad_enabled),
        (torch.get_default_dtype, torch.set_default_dtype),
    ]
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        states.append((torch.cuda.get_rng_state_all, torch.cuda.set_rng_state_all))
    return states


def _generator_state(value: Any) -> tuple[Callable[[], Any], Callable[[Any], Any]] | None:
    """How to read and set the state of a generator of random numbers; None if it is none."""
    if isinstance(value, torch.Generator):
        return value.get_state, value.set_state
    if isinstance(value, random.Random):
        return value.getstate, value.setstate
    if isinstance(value, np.random.RandomState):
        return value.get_state, value.set_state
    if isinstance(value, np.random.Generator):
        bits = value.bit_generator
        return lambda: bits.state, lambda state: setattr(bits, "state", state)
    return None
