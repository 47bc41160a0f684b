"""Figures of the chapter linear_regression."""

from typing import Any

import torch
from torch import Tensor

import d2lcore as d2l


def draw_fit(X: Tensor, y: Tensor, w: Tensor, b: Tensor, history: d2l.History) -> Any:
    """200 examples over each of two features, X (n, 2), with the line of w (2, 1), b; and the loss."""
    X, y = X[:200].cpu(), y[:200].cpu()
    figure, axes = d2l.plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
    x = torch.linspace(-3, 3, 2)
    for j, place in enumerate(axes[:2]):
        slope = float(w[j])
        place.scatter(X[:, j], y, s=6, c=X[:, 1 - j], cmap="coolwarm")
        place.plot(x, slope * x + float(b), "k-")
        d2l.set_axes(place, f"x{j + 1}", "y")
        place.set_title(f"line at x{2 - j} = 0: slope {slope:.3f}\ncolour: x{2 - j}", fontsize="medium")
    d2l.plot(history["epoch"], history["train_loss"], "epoch", "training loss", yscale="log",
             fmts=["o-"], axes=axes[2])  # fmt: skip
    axes[2].xaxis.get_major_locator().set_params(integer=True)
    return figure
