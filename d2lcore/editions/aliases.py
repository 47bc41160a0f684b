"""The book's names for functions of torch and methods of tensors."""

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import brief


def alias(name: str, where: str) -> Any:
    """What stands behind an alias: `where` is "torch:cos", or "Tensor.reshape" for `reshape(x, ...)`."""
    if where.startswith("Tensor."):
        return _method(name, where.removeprefix("Tensor."))
    module, _, attribute = where.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _method(name: str, method: str) -> Callable[..., Any]:
    def call(x: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(_tensor(name, x), method)(*args, **kwargs)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`x.{method}(...)` of a tensor `x`."
    return call


def _tensor(name: str, x: Any) -> Tensor:
    if not isinstance(x, Tensor):
        raise TypeError(f"d2l.{name}: expected a tensor, got {brief(x)}; torch.as_tensor(x) makes one")
    return x


def numpy(x: Any) -> np.ndarray:
    """The values of a tensor as an array, of any device and with or without a gradient."""
    return _tensor("numpy", x).detach().cpu().numpy()


def meshgrid(*tensors: Tensor, indexing: str = "ij") -> tuple[Tensor, ...]:
    """`torch.meshgrid`, which warns where its default of today, "ij", is not written out."""
    return torch.meshgrid(*tensors, indexing=indexing)
