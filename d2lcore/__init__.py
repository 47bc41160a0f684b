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

# Names of other editions of the book, and what a reader of these notes should write instead.
_RENAMED = {
    "DataModule": "load_data",
    "FashionMNIST": "load_data_fashion_mnist",
    "FlattenLayer": "torch.nn.Flatten",
    "ProgressBoard": "Animator",
    "SyntheticRegressionData": "synthetic_data",
    "Trainer": "train_ch3",
    "cross_entropy": "torch.nn.functional.cross_entropy",
    "data_iter": "load_array",
    "gpu": "try_gpu",
    "semilogy": "plot(..., yscale='log')",
    "show_fashion_mnist": "show_images",
    "torch": "`import d2lcore as d2l` (instead of `from d2lcore import torch as d2l`)",
}


def __getattr__(name: str) -> object:
    if name in __all__ or name.startswith("_"):
        return _load(name)
    try:
        return _load(name)  # a submodule
    except AttributeError:
        pass
    import difflib

    nearest = difflib.get_close_matches(name, __all__, n=1)
    if name in _RENAMED:
        hint = f"; here it is {_RENAMED[name]}"
    elif nearest:
        hint = f"; did you mean {nearest[0]}?"
    else:
        hint = "; dir(d2lcore) lists the names"
    raise AttributeError(f"d2lcore has no name {name!r}{hint}", name=name, obj=None)
