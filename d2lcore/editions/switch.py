"""`d2l` as a name for d2lcore, in this process only: nothing is written anywhere."""

import importlib.util
import sys
import threading
from importlib.machinery import ModuleSpec
from types import ModuleType

from .hyperparameters import reset

_lock = threading.RLock()
_told: set[str] = set()  # the places of other packages named d2l that have been mentioned
_OTHERS = {"jax", "mindspore", "mxnet", "paddle", "tensorflow"}


class Alias(ModuleType):
    """The module `d2l`, as long as the name is ours."""

    def __init__(self) -> None:
        import d2lcore
        from d2lcore import torch

        super().__init__("d2l", "The name `d2l` for d2lcore; `d2lcore.uninstall_as_d2l()` takes it back.")
        self.__spec__ = ModuleSpec("d2l", None, origin="d2lcore", is_package=True)
        self.__path__: list[str] = []
        self.__version__ = d2lcore.__version__
        self.torch: ModuleType = torch

    def __getattr__(self, name: str) -> object:
        if name in _OTHERS:
            raise ImportError(f"no {name} here: d2lcore is for PyTorch, `from d2l import torch as d2l`")
        if name.startswith("_"):
            raise AttributeError(f"module 'd2l' has no attribute {name!r}")
        return getattr(self.torch, name)  # a module of notes and blogs is `import d2l; d2l.train_ch3(...)`

    def __repr__(self) -> str:
        state = "means d2lcore.torch" if sys.modules.get("d2l") is self else "meant d2lcore.torch"
        return f"<d2l {state}; d2lcore.uninstall_as_d2l() takes the name back>"

    def uninstall(self) -> None:
        """Take the name `d2l` back: as `d2lcore.uninstall_as_d2l()`."""
        uninstall_as_d2l()


def install_as_d2l() -> Alias:
    """From now on `from d2l import torch as d2l` and `import d2l.torch` give d2lcore, in this process.

    Twice is once. Another package named d2l that is installed, or a folder d2l beside the notebook, is not
    used meanwhile; that is said once. Returns the module `d2l`; its `uninstall()`, or `uninstall_as_d2l()`,
    takes the name back.
    Raises RuntimeError if another package named d2l has been imported already: parts of a program would
    use one and parts the other.
    """
    with _lock:
        there = sys.modules.get("d2l")
        if isinstance(there, Alias):
            return there
        if there is not None:
            place = _place(getattr(there, "__spec__", None)) or repr(there)
            raise RuntimeError(
                f"another package named d2l is imported already ({place}). Restart the kernel or program and "
                "switch the alias on before the first import of d2l; or leave the name to that package and "
                "write `from d2lcore import torch as d2l`"
            )
        _tell_of(_other())
        alias = Alias()
        sys.modules["d2l.torch"] = alias.torch
        sys.modules["d2l"] = alias
        return alias


def uninstall_as_d2l() -> None:
    """Take the name `d2l` back: the next import of it finds whatever is installed. Without alias: nothing.

    What has been imported under the name stays as it is, but for what was added to the classes of edition
    1.0: that is taken back.
    """
    with _lock:
        if isinstance(sys.modules.get("d2l"), Alias):
            del sys.modules["d2l"]
            sys.modules.pop("d2l.torch", None)
            reset()


def _other() -> str:
    """Where an import of `d2l` would lead without us; '' if nowhere."""
    try:
        return _place(importlib.util.find_spec("d2l"))
    except (ImportError, ValueError):
        return ""


def _place(spec: ModuleSpec | None) -> str:
    return (spec.origin or "") if spec else ""


def _tell_of(place: str) -> None:
    if place and place not in _told:
        _told.add(place)
        print(
            f"d2lcore: `d2l` now means d2lcore; the package in {place} is not used until "
            "d2lcore.uninstall_as_d2l()",
            file=sys.stderr,
        )
