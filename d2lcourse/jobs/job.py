"""One run of a chapter, and the name of its result: a digest of all that decides its numbers."""

import ast
import functools
import hashlib
import importlib
import importlib.util
import inspect
import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import d2lcore

DECIDING = ("torch", "torchvision", "numpy", "scipy", "scikit-learn", "pandas")  # a new one may change digits
OURS = ("chapters", "d2lcourse")  # of these, the modules that a run imports; of d2lcore, every one


@dataclass(frozen=True)
class Job:
    """A function of a module, and the keyword arguments it is called with, a seed among them if it takes one.

    knobs: values that JSON can write.
    """

    module: str
    run: str
    knobs: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join([self.module.removeprefix("chapters."), self.run, in_words(self.knobs)]).strip()

    @functools.cached_property
    def about(self) -> dict[str, Any]:
        """What decides the numbers. Defaults are part of the source; a device is what it stands for here."""
        knobs = {name: self.knobs[name] for name in sorted(self.knobs)}
        return {
            "module": self.module,
            "run": self.run,
            "knobs": knobs,
            "device": _device(self.knobs.get("device", "auto")),
            "source": source(self.module),
            **versions(),
        }

    @functools.cached_property
    def key(self) -> str:
        """64 hexadecimal digits: the same for the same `about`, and for nothing else."""
        return hashlib.sha256(json.dumps(self.about, sort_keys=True).encode()).hexdigest()

    def function(self) -> Any:
        return getattr(importlib.import_module(self.module), self.run)

    def parameters(self) -> Mapping[str, inspect.Parameter]:
        return inspect.signature(self.function()).parameters


def in_words(knobs: Mapping[str, Any]) -> str:
    """Knobs as on a command line: "--lr 0.1 --seed 3"."""
    return " ".join(f"--{name.replace('_', '-')} {_word(value)}" for name, value in knobs.items())


def _word(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


@functools.cache
def _device(name: str) -> str:
    """The device that computes: "cpu", or "cuda" with the GPU's name, on which last digits depend."""
    import torch

    from d2lcore.devices import get_device

    device = get_device(name)
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


@functools.cache
def versions() -> dict[str, str]:
    """Those of Python, of the machine and of the packages whose versions may change a number."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, "machine": platform.machine(), **{name: version(name) for name in DECIDING}}


@functools.cache
def source(module: str) -> str:
    """A digest of the module, of those of the course that it imports, and of d2lcore."""
    folder = Path(d2lcore.__file__).parent
    files = {
        **_imported(module),
        **{str(file.relative_to(folder)): file for file in folder.rglob("*.py")},
    }
    return digest_of(files)


def digest_of(files: Mapping[str, Path]) -> str:
    """64 hexadecimal digits that tell these files from others, names and contents."""
    digest = hashlib.sha256()
    for name in sorted(files):
        content = files[name].read_bytes()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _imported(module: str) -> dict[str, Path]:
    """The files of the module and of those it imports, by module, found without running them."""
    found: dict[str, Path] = {}
    todo = [module]
    while todo:
        name = todo.pop()
        spec = importlib.util.find_spec(name)
        if name in found or spec is None or spec.origin is None:
            continue
        found[name] = Path(spec.origin)
        package = name if spec.submodule_search_locations else name.rpartition(".")[0]
        wanted = set(_wanted(ast.parse(found[name].read_bytes()), package))
        todo += [one for one in sorted(wanted) if one.partition(".")[0] in OURS and _exists(one)]
    return found


def _wanted(tree: ast.AST, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            yield base
            yield from (f"{base}.{one.name}" for one in node.names)


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # `chapters.mlp.relu` is a function
        return False
