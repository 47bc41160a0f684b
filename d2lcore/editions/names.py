"""From a name of the book's package to what it is here."""

import importlib
from typing import Any

import d2lcore

from ..errors import require
from .table import explain, exports, named


def find(name: str) -> Any:
    """What `d2l.<name>` is.

    Raises AttributeError saying where the name belongs, ImportError for a library that is not installed.
    """
    for row in named().get(name, ()):
        module, _, attribute = row.where.partition(":")
        if row.status == "here" and attribute:
            return getattr(importlib.import_module(module), attribute)
        if row.status == "alias":
            from .aliases import alias

            return alias(name, row.where)
        if row.status == "module":
            library = require(module, f"d2l.{name}")
            return getattr(library, attribute) if attribute else library
    if name in dir(d2lcore):
        return getattr(d2lcore, name)
    raise AttributeError(explain(name, available(), "d2lcore.torch"), name=name, obj=None)


def available() -> list[str]:
    """The names that `find` finds, but for libraries."""
    own = {row.name for row in exports() if row.status == "alias" or (row.status == "here" and row.where)}
    return sorted(own.union(dir(d2lcore)))
