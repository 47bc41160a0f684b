"""Figures of the chapter data_parallel."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from torch import Tensor

import d2lcore as d2l


def draw_bias(errors: Mapping[str, Sequence[float]]) -> Figure:
    """The relative error of each mean over the place of the cut, on a logarithmic scale."""
    figure, axes = d2l.plt.subplots(figsize=(5, 3.2), layout="constrained")
    cuts = range(1, len(next(iter(errors.values()))) + 1)
    curves = [[max(error, 1e-9) for error in each] for each in errors.values()]  # an error of 0 has no log
    d2l.plot(cuts, curves, f"examples in the first part, of {len(cuts) + 1} in both",
             "relative error of the gradient",
             list(errors), yscale="log", fmts=("o-", "ms-"), axes=axes)  # fmt: skip
    for line in axes.lines:
        line.set_markersize(3)
    return figure


def draw_ring(counts: Sequence[Tensor]) -> Figure:
    """After each round, a row for each process and a column for each chunk: how many parts are summed in it.

    What has just come is framed. counts: the table at the start and after each round, shape (k, k).
    """
    k = len(counts[0])
    columns = min(len(counts), 7)
    rows = -(-len(counts) // columns)
    size = (1.6 * columns + 0.6, 2.0 * rows + 0.4)
    figure, panels = d2l.plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    for i, axes in enumerate(panels.flat):
        axes.set(xticks=[], yticks=[])
        if i >= len(counts):
            axes.axis("off")
            continue
        axes.imshow(counts[i].numpy(), cmap="YlGn", vmin=0, vmax=1.4 * k)
        for r in range(k):
            for c in range(k):
                axes.text(c, r, f"{int(counts[i][r, c])}", ha="center", va="center", fontsize="small")
        for r in range(k) if i else ():
            came = (r - i) % k  # in round i - 1, from the process above
            axes.add_patch(d2l.plt.Rectangle((came - 0.5, r - 0.5), 1, 1, fill=False, edgecolor="m", lw=2))
        name = "start" if i == 0 else f"{'added' if i < k else 'taken'}, round {i - 1}"
        axes.set_title(name, fontsize="small")
    panels[0, 0].set(xlabel="chunk", ylabel="process")
    return figure


def draw_training(num_processes: int, losses: Sequence[float], alone: Sequence[float]) -> Figure:
    """Left: the loss at each step, of several processes and of one. Right: how far they are apart."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8.5, 3.2), layout="constrained")
    steps = range(1, len(losses) + 1)
    left.plot(steps, alone, color="0.75", linewidth=5, label="one process")
    left.plot(steps, losses, "m-", linewidth=1, label=f"{num_processes} processes")
    d2l.set_axes(left, "step", "loss of the batch")
    left.legend()
    apart = [max(abs(one - other), 1e-17) for one, other in zip(losses, alone, strict=True)]
    d2l.plot(steps, [apart], "step", "difference of the losses", yscale="log", fmts=("m.",), axes=right)
    return figure


def draw_costs(
    sizes: Sequence[int],
    alone: Sequence[Mapping[str, float]],
    together: Sequence[Mapping[str, float]],
    speedups: Sequence[float],
) -> Figure:
    """Left: milliseconds of a step, and of its all-reduce, over the batch. Right: how many times faster."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8.5, 3.4), layout="constrained")
    curves = [[1000 * row["seconds"] for row in rows] for rows in (alone, together)]
    curves.append([1000 * row["all-reduce"] for row in together])
    d2l.plot(sizes, curves, "examples in the batch", "milliseconds a step",
             ["one process", "together", "of which all-reduce"], xscale="log", yscale="log",
             fmts=("o-", "ms-", "g^:"), axes=left)  # fmt: skip
    d2l.plot(sizes, [speedups], "examples in the batch", "times faster than one process", xscale="log",
             ylim=(0, 1.1 * max(2.0, *speedups)), fmts=("ms-",), axes=right)  # fmt: skip
    right.axhline(1, color="0.5", linestyle=":")
    right.annotate("above this it pays", (sizes[0], 1), (0, 4), textcoords="offset points", fontsize="small")
    for axes in (left, right):
        axes.set_xticks(sizes, [str(size) for size in sizes])
        axes.set_xticks([], minor=True)
    return figure
