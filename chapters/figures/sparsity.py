"""Figures of the chapter sparsity."""

from collections.abc import Mapping, Sequence
from typing import Any

import d2lcore as d2l


def draw_path(
    lambdas: Sequence[float],
    losses: Mapping[int, Sequence[float]],
    norms: Mapping[int, Sequence[float]],
    true_norm: float,
) -> Any:
    """Test loss, its lowest point marked, and norm of w over lambda, a curve for each number of examples."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    for i, n in enumerate(losses):
        lowest = min(losses[n])
        left.plot(lambdas, losses[n], f"C{i}-", label=f"{n} training examples")
        left.plot(lambdas[list(losses[n]).index(lowest)], lowest, f"C{i}o")
        right.plot(lambdas, norms[n], f"C{i}-", label=f"{n} training examples")
    d2l.set_axes(left, "lambda", "test loss", xscale="log")
    left.set_ylim(bottom=0)
    left.legend()
    right.axhline(true_norm, color="k", linestyle=":", label="norm of the true w")
    d2l.set_axes(right, "lambda", "norm of w", xscale="log")
    right.legend()
    return figure


def draw_sparsity(
    lambdas: Sequence[float],
    losses: Mapping[tuple[str, str], Sequence[float]],
    zeros: Mapping[tuple[str, str], Sequence[int]],
) -> Any:
    """Test loss over lambda, a panel for each truth; the weights that are 0 for the last."""
    figure, places = d2l.plt.subplots(1, 3, figsize=(9, 3.3), layout="constrained")
    names, kinds = (list(dict.fromkeys(part)) for part in zip(*losses, strict=True))
    for name, place in zip(names, places[:2], strict=True):
        d2l.plot(lambdas, [losses[name, kind] for kind in kinds], "lambda", "test loss", kinds, xscale="log",
                 fmts=["C0o-", "C1v-"], axes=place)  # fmt: skip
        place.set_ylim(bottom=0)
        place.set_title(f"{name} weights matter", fontsize="medium")
    d2l.plot(lambdas, [zeros[names[-1], kind] for kind in kinds], "lambda", "weights that are 0",
             xscale="log", fmts=["C0o-", "C1v-"], axes=places[2])  # fmt: skip
    places[2].axhline(36, color="k", linestyle=":", label="36 are 0 in truth")
    places[2].legend(loc="center right")
    places[2].set_title(f"zeros, {names[-1]} matter", fontsize="medium")
    return figure
