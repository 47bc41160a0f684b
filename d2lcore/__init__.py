"""Helpers for four sets of deep-learning notes, under the names of the ``d2l`` package.

``import d2lcore as d2l`` and run the notes' code as written. The namespace is flat and lazy: a name's
module loads when the name is first used, so the import itself loads neither torch nor matplotlib.
``__init__.pyi`` is the table of public names.
"""

import os
import sys

import lazy_loader

# Torch's threads are to sleep while they wait for one another. By default they spin, and where other programs
# want the cores too, training takes several times as long. Torch reads this once, as it loads.
_threads_sleep = "torch" not in sys.modules or "OMP_WAIT_POLICY" in os.environ
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

__version__ = "0.1.0"

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    if name in __all__ or name.startswith("_"):
        return _load(name)
    if name == "torch":  # the names of the book's package
        import importlib

        return importlib.import_module("d2lcore.torch")
    from .editions.table import explain

    raise AttributeError(explain(name, __all__), name=name, obj=None)


def load_ipython_extension(_: object) -> None:
    """`%load_ext d2lcore`: from now on `from d2l import torch as d2l` gives d2lcore."""
    from IPython.core.error import UsageError

    from .editions.switch import install_as_d2l

    try:
        install_as_d2l()
    except RuntimeError as error:  # one line instead of a traceback
        raise UsageError(str(error)) from None


def unload_ipython_extension(_: object) -> None:
    """`%unload_ext d2lcore`: `d2l` is no name of ours any more."""
    from .editions.switch import uninstall_as_d2l

    uninstall_as_d2l()
