"""The figures of the chapter probability."""

import itertools
from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from torch import Tensor

import d2lcore as d2l


def draw_sampling(shares: Tensor, probability: Tensor, errors: Tensor, expected: Tensor) -> Figure:
    """Left: the share of each outcome in one run. Right: the error over all runs, and the expected one."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    draws = range(1, len(shares) + 1)
    for face, share in enumerate(shares.T, start=1):
        left.plot(draws, share, linewidth=1, label=str(face))
    left.axhline(float(probability), color="black", linestyle="--")
    d2l.set_axes(left, "throws", "share of each face", xscale="log", ylim=(0, 0.5))
    left.legend(fontsize="small", ncols=2)
    d2l.plot(draws, [errors, expected], "throws", "error of a share", ["measured", "sqrt(p (1 - p) / n)"],
             xscale="log", yscale="log", axes=right)  # fmt: skip
    return figure


def draw_medical_test(
    people: Sequence[Sequence[int]], priors: Tensor, posteriors: Sequence[Tensor]
) -> Figure:
    """Left: 10,000 people as dots. Right: P(sick | positive) over the prior, the last one marked.

    people: counts, rows healthy and sick, columns negative and positive.
    """
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
    (negative, positive), (missed, found) = people
    groups = (("sick, positive", found, "C3", 9), ("healthy, positive", positive, "C1", 9),
              ("sick, negative", missed, "k", 9), ("healthy, negative", negative, "0.85", 1))  # fmt: skip
    places = iter(sorted(itertools.product(range(100), repeat=2), key=max))  # squares around one corner
    for name, count, color, size in groups:
        block = list(itertools.islice(places, count))
        x, y = [place[0] for place in block], [place[1] for place in block]
        left.scatter(x, y, s=size, color=color, label=f"{count} {name}")
    left.set(aspect="equal", xticks=[], yticks=[], title="10,000 people")
    left.legend(fontsize="small", loc="upper right")
    for posterior, fmt, name in zip(posteriors, ("C0-", "m--"), ("one positive test", "two"), strict=True):
        right.plot(priors[:-1], posterior[:-1], fmt, label=name)
        right.plot(priors[-1], posterior[-1], "ko")
        right.annotate(f"{float(posterior[-1]):.3f}", (float(priors[-1]), float(posterior[-1])),
                       (-6, 6), textcoords="offset points", ha="right")  # fmt: skip
    d2l.set_axes(right, "P(sick) before the tests", "P(sick | positive)", xscale="log")
    right.legend(fontsize="small", loc="lower right")
    return figure


def draw_independence(tables: Mapping[str, Sequence[tuple[str, Tensor, Tensor]]]) -> Figure:
    """A row of panels for each pair of variables; a panel: its name, its table, and that of the products."""
    figure, grid = d2l.plt.subplots(len(tables), 3, figsize=(7.5, 2.7 * len(tables)), layout="constrained")
    for row, (pair, panels) in zip(grid, tables.items(), strict=True):
        for axes, (name, joint, products) in zip(row, panels, strict=True):
            axes.imshow(joint.tolist(), cmap="Blues", vmin=0, vmax=1)
            for a in range(2):
                for b in range(2):
                    text = f"{float(joint[a, b]):.3g}\n({float(products[a, b]):.3g})"
                    color = "white" if joint[a, b] > 0.5 else "black"
                    axes.text(b, a, text, ha="center", va="center", color=color)
            axes.set(title=f"{pair}\n{name}", xticks=[0, 1], yticks=[0, 1], ylabel="a", xlabel="b")
    figure.suptitle("P(a, b), and in brackets P(a) P(b)", fontsize="medium")
    return figure


def draw_moments(
    spread: Mapping[str, tuple[Tensor, Tensor, Tensor]], P: Tensor, shifts: Tensor,
    errors: Mapping[str, Sequence[float]],
) -> Figure:  # fmt: skip
    """Left: for each function its values, mean and standard deviation. Right: the errors of the variance."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    for row, (name, (values, mean, deviation)) in enumerate(spread.items()):
        left.scatter(values, [row] * len(values), s=400 * P, color="0.7")
        left.errorbar(mean, row, xerr=deviation, fmt="C3o", capsize=4)
        left.text(float(values[-1]) + 1, row, name, va="center")
    d2l.set_axes(left, "values; red: mean and standard deviation", ylim=(-0.7, len(spread) - 0.3))
    left.set_xlim(0, 42)
    left.set_yticks([])
    floors = [[max(error, 1e-17) for error in each] for each in errors.values()]
    d2l.plot(shifts, floors, "shift of the values", "relative error of the variance", list(errors),
             xscale="log", yscale="log", fmts=["-", "m."], axes=right)  # fmt: skip
    return figure
