"""A bank of broken trainings: functions of `fault`, each of which builds one with its fault or without.

`BROKEN` has them by name, with the findings of `d2lcore.checkup` that name the fault; one of these is raised.
"""

import importlib

from .setups import BROKEN, Broken, Setup

for _family in ("loops", "optimizers", "outputs", "graphs", "modes", "data", "numbers"):
    importlib.import_module(f"{__name__}.{_family}")

__all__ = ["BROKEN", "Broken", "Setup"]
