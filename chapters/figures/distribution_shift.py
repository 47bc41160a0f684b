"""The figures of the chapter distribution_shift: label shift, tests of shift, failures, concept shift."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

import d2lcore as d2l
from d2lcore.plotting import as_array


def draw_label_estimates(
    q: Tensor, truth: Tensor, estimates: Mapping[str, Tensor], low: Tensor, high: Tensor
) -> Figure:
    """Shares of the classes: the target's as bars, the source's as steps, and three estimates."""
    figure, axes = d2l.plt.subplots(figsize=(7.5, 3.8), layout="constrained")
    classes = np.arange(len(q))
    axes.bar(classes, as_array(truth), color="0.85", label="target: share of the labels, not used")
    axes.stairs(as_array(q), np.arange(len(q) + 1) - 0.5, color="k", ls="--", label="source q")
    for i, (name, p) in enumerate(estimates.items()):
        axes.plot(classes + 0.25 * (i - 1), as_array(p), f"C{i}{'xso'[i]}", ms=5, label=f"estimate: {name}")
    axes.vlines(classes + 0.25, as_array(low), as_array(high), "C2", label="soft: 90% interval")
    axes.legend(fontsize="small")
    d2l.set_axes(axes, "class", "share of the class", xlim=(-0.6, len(q) - 0.4))
    axes.set_xticks(classes)
    return figure


def draw_recall(recalls: Mapping[str, Tensor]) -> Figure:
    """For three classifiers, the share of each class that is recognised."""
    figure, axes = d2l.plt.subplots(figsize=(7.5, 3.4), layout="constrained")
    for (label, recall), fmt in zip(recalls.items(), ("ks--", "C2o-", "C1^:"), strict=True):
        axes.plot(as_array(recall), fmt, label=label)
    axes.legend()
    d2l.set_axes(axes, "class, from common to rare in the source", "share that is recognised", ylim=(0, 1.05))
    axes.set_xticks(range(len(recall)))
    return figure


def draw_priors(panels: Mapping[str, tuple[Tensor, Mapping[str, Tensor]]]) -> Figure:
    """One panel for each shift: the true shares as bars, and three estimates of them."""
    figure, places = d2l.plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained", sharey=True)
    for axes, (shift, (truth, estimates)) in zip(places, panels.items(), strict=True):
        axes.bar(np.arange(len(truth)), as_array(truth), color="0.85", label="share of the labels, not used")
        for (name, shares), fmt in zip(estimates.items(), ("C3x", "C1s", "C2o"), strict=True):
            axes.plot(as_array(shares), fmt, ms=5, label=name)
        d2l.set_axes(axes, "class", "estimated share: q times the weight")
        axes.set_title(shift)
        axes.set_xticks(range(len(truth)))
    places[0].legend(fontsize="small")
    return figure


def draw_medians(medians: Mapping[tuple[str, str], float]) -> Figure:
    """The error by (shift, method): a row for each method, a sign for each shift."""
    shifts, names = (list(dict.fromkeys(key[i] for key in medians)) for i in (0, 1))
    figure, axes = d2l.plt.subplots(figsize=(8, 3.6), layout="constrained")
    for shift, fmt in zip(shifts, ("o", "s", "^"), strict=True):
        axes.plot([medians[shift, name] for name in names], range(len(names)), fmt, label=shift)
    axes.legend()
    d2l.set_axes(axes, "mean squared error of the weights, median over the draws", xscale="log")
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    return figure


def draw_supports(
    distances: Sequence[float],
    rows: Sequence[Sequence[float]],
    lines: Mapping[str, Tensor],
    data: Sequence[Tensor],
) -> Figure:
    """Left: the data and three lines. Middle and right, over the distance: errors; what warns of them.

    rows: for each distance three errors, the share of the effective sample, and the classifier's accuracy.
    """
    figure, (left, middle, right) = d2l.plt.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
    X, y, X_target, y_target = map(as_array, data)
    left.plot(X, y, "C7.", ms=3, label="source")
    left.plot(X_target, y_target, "C1.", ms=3, label="target")
    ends = np.array([-1, 3.5])
    for (name, (w, b)), fmt in zip(lines.items(), ("k--", "C0", "C1"), strict=True):
        left.plot(
            ends, float(w) * ends + float(b), fmt, label=name if name != "target" else "best for the target"
        )
    d2l.set_axes(left, "x", "y", ylim=(-3, 5))
    columns = list(zip(*rows, strict=True))
    for name, values, fmt in zip(
        ("no weights", "weighted", "best line"), columns, ("k--", "C0o-", "C1s-"), strict=False
    ):
        middle.plot(distances, values, fmt, ms=4, label=name)
    d2l.set_axes(middle, "distance d", "squared error on the target", yscale="log")
    right.plot(distances, columns[3], "C2o-", ms=4, label="effective sample / n")
    right.plot(distances, columns[4], "C3s-", ms=4, label="classifier's accuracy")
    d2l.set_axes(right, "distance d", "share", ylim=(0, 1.05))
    for axes in (left, middle, right):
        axes.legend(fontsize="x-small")
    for axes in (middle, right):
        axes.axvspan(2, max(*distances, 2), color="0.92")
    return figure


def draw_huge_weights(shifts: Sequence[float], rows: Sequence[Mapping[str, float]]) -> Figure:
    """Left: the errors of four estimates over the shift. Right: effective sample size and mean weight."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for name, fmt in zip(list(rows[0])[:4], ("k--", "C0o-", "C2s-", "C1^-"), strict=True):
        left.plot(shifts, [row[name] for row in rows], fmt, ms=4, label=name.removeprefix("rmse "))
    d2l.set_axes(left, "shift m", "relative error of the risk (rms)", yscale="log")
    labels = {
        "ess_share": ("C3o-", "effective sample / n, measured (median)"),
        "ess_share_theory": ("C3:", r"theory, $e^{-m^2}$"),
        "mean_weight": ("C4s-", "mean weight (median)"),
    }
    for name, (fmt, label) in labels.items():
        right.plot(shifts, [row[name] for row in rows], fmt, ms=4, label=label)
    d2l.set_axes(right, "shift m", "share, mean weight", yscale="log", ylim=(1e-4, 2))
    for axes in (left, right):
        axes.legend(fontsize="small")
    return figure


def draw_new_labels(
    label_counts: Sequence[int], panels: Mapping[str, Mapping[str, Tensor]], metrics: Mapping[str, float]
) -> Figure:
    """For each rule and start the mean and extremes of the draws; below, the leads of fine-tuning."""
    figure, places = d2l.plt.subplots(1, 2, figsize=(9, 4.2), sharey=True, layout="constrained")
    for axes, (which, accs) in zip(places, panels.items(), strict=True):
        for (start, row), fmt in zip(accs.items(), ("C0o-", "C1s-", "C2v-"), strict=True):
            mean = row.mean(dim=1)
            spread = [as_array(mean - row.amin(dim=1)), as_array(row.amax(dim=1) - mean)]
            axes.errorbar(label_counts, mean, spread, fmt=fmt, capsize=3, label=start)
        axes.axhline(metrics["before"], color="grey", ls="--", label="before the change")
        axes.axhline(metrics[f"fixed{which}"], color="k", ls=":", label="fixed")
        axes.set_title("all classes trade names" if which else "a few classes trade names", fontsize="medium")
        about = "images with a new label\n(lead of fine-tuning over anew, points)"
        d2l.set_axes(axes, about, "" if which else "test accuracy", xscale="log")
        leads = [metrics[f"lead of fine-tuning in points, {n} labels{which}"] for n in label_counts]
        ticks = [f"{n}\n({lead:+.1f})" for n, lead in zip(label_counts, leads, strict=True)]
        axes.set_xticks(label_counts, ticks)
        axes.minorticks_off()
    places[0].legend(fontsize="small")
    return figure


def draw_stream(
    accs: Mapping[str, Tensor], regrets: Mapping[str, Tensor], changes: Sequence[int], before: float
) -> Figure:
    """Test accuracy and regret over the stream, with the changes of the rule as vertical lines."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for axes, curves, label in ((left, accs, "test accuracy"), (right, regrets, "regret, errors")):
        for (name, curve), fmt in zip(curves.items(), ("k:", "C0o-", "C1s-", "C2v-"), strict=True):
            axes.plot(curve, fmt, markersize=3, label=name)
        for t in changes:
            axes.axvline(t, color="C3", lw=1, label="the rule changes" if t == changes[0] else None)
        d2l.set_axes(axes, "batch of the stream", label)
    left.axhline(before, color="grey", ls="--", label="oracle")
    right.axhline(0, color="grey", ls="--", label="oracle")
    right.legend(fontsize="small")
    return figure


def draw_power(
    curves: Mapping[str, tuple[Sequence[float], Mapping[str, Sequence[float]]]], level: float
) -> Figure:
    """For each kind of shift its sizes, from none on, and the share of alarms of each test at them."""
    figure, places = d2l.plt.subplots(1, 3, figsize=(9, 3.4), sharey=True, layout="constrained")
    meaning = {"label": "share of class 3", "noise": "sd of the noise", "ink": "factor a of the ink"}
    for axes, (kind, (sizes, shares)) in zip(places, curves.items(), strict=True):
        for (test, alarms), fmt in zip(shares.items(), ("C0o-", "C1s-", "C2^-"), strict=True):
            axes.plot(sizes, alarms, fmt, label=test, clip_on=False)
        axes.axhline(level, color="k", ls=":", label=f"level {level:g}")
        axes.set_title(kind, fontsize="medium")
        d2l.set_axes(axes, meaning[kind], "share of alarms" if axes is places[0] else "", ylim=(0, 1))
        axes.set_xticks(sizes)
    places[0].legend(fontsize="small", loc="upper left")
    return figure


def draw_cases(cases: Mapping[str, Sequence[Tensor]], *images: Tensor) -> Figure:
    """For each target images above, and below its true shares and the estimated ones with their intervals.

    cases: by title the true shares, the estimate, and the ends of its interval. images: of each, (n, h, w).
    """
    figure, grid = d2l.plt.subplots(
        2, 2, figsize=(9, 4.6), height_ratios=(1, 3), sharex="row", sharey="row", layout="constrained"
    )
    for (title, tensors), X, sheet, axes in zip(cases.items(), images, *grid, strict=True):
        sheet.imshow(np.concatenate(as_array(X), axis=1), cmap="gray")
        sheet.set_axis_off()
        sheet.set_title(title, fontsize="medium")
        truth, p, low, high = map(as_array, tensors)
        axes.bar(np.arange(len(truth)), truth, color="0.85", label="share of the labels, not used")
        axes.errorbar(np.arange(len(p)), p, np.stack([p - low, high - p]).clip(min=0), fmt="C0o", ms=4,
                      capsize=2, label="estimate, 90% interval")  # fmt: skip
        d2l.set_axes(axes, "class", "share of the target" if axes is grid[1, 0] else "")
        axes.set_xticks(range(len(truth)))
    grid[1, 0].legend(fontsize="small")
    return figure


def draw_errors(errors: Mapping[str, Tensor], conditions: Sequence[float]) -> Figure:
    """Left: the errors of each method over the draws. Right: three of them over the condition number of C."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(9, 4), layout="constrained", sharey=True)
    left.boxplot([as_array(values) for values in errors.values()], whis=(0, 100), widths=0.6)
    d2l.set_axes(left, "", "mean squared error of the weights", yscale="log")
    left.set_xticks(range(1, len(errors) + 1), list(errors), rotation=30, ha="right")
    for name, fmt in (("raw", "C0x"), ("constrained", "C1."), ("RLLS", "C2+")):
        right.plot(conditions, as_array(errors[name]), fmt, label=name)
    right.axhline(float(errors["no correction"].median()), color="k", ls="--", label="no correction")
    right.legend()
    d2l.set_axes(right, "condition number of C", "", xscale="log", yscale="log")
    return figure


def draw_shifted_images(samples: Mapping[str, tuple[Tensor, Tensor]]) -> Figure:
    """Thirty images of each of two samples, and beside them the shares of their classes."""
    figure, grid = d2l.plt.subplot_mosaic("AC;BC", figsize=(8, 3.6), layout="constrained")
    bars = grid["C"]
    for i, (place, (name, (X, shares))) in enumerate(zip("AB", samples.items(), strict=True)):
        height, width = X.shape[2:]
        sheet = X.reshape(3, 10, height, width).transpose(1, 2).reshape(3 * height, 10 * width)
        grid[place].imshow(as_array(sheet), cmap="gray")
        grid[place].set_axis_off()
        grid[place].set_title(name)
        bars.bar(np.arange(len(shares)) + 0.4 * i - 0.2, as_array(shares), 0.4, label=name)
    bars.legend()
    d2l.set_axes(bars, "class", "share of the class")
    bars.set_xticks(range(len(shares)))
    return figure
