"""The pages on `d2lcore`'s public names, one for each of its modules, from their docstrings."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import d2lcore

HEAD = "# The helpers\n\nEvery public name of `d2lcore`, by the module that it is in.\n\n"


def reference() -> Iterator[tuple[str, str]]:
    """Files below `reference/` and what is in them: an index, and a page for each module."""
    modules = _names_by_module()
    listed = [f"{module}: {', '.join(names)} <{module}>" for module, names in modules.items()]
    yield "index.md", HEAD + "\n".join(["```{toctree}", *listed, "```", ""])
    for module, names in modules.items():
        title = f"d2lcore.{module}"
        yield f"{module}.rst", "\n".join([title, "=" * len(title), "", *map(_entry, names)])


def _names_by_module() -> dict[str, list[str]]:
    """As the table of public names has them."""
    table = ast.parse(Path(d2lcore.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    for node in table.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            found.setdefault(node.module, []).extend(one.asname or one.name for one in node.names)
    return found


def _entry(name: str) -> str:
    value = getattr(d2lcore, name)
    if inspect.isclass(value):
        return f".. autoclass:: d2lcore.{name}\n   :members:\n"
    if inspect.isfunction(value):
        return f".. autofunction:: d2lcore.{name}\n"
    said = "matplotlib.pyplot" if inspect.ismodule(value) else repr(value)
    return (
        f".. py:data:: d2lcore.{name}\n\n   ``{said}``\n"
        if len(said) < 100
        else f".. py:data:: d2lcore.{name}\n"
    )
