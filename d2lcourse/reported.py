"""Every number that the notes or a paper report, with the run that gives ours and the band it must lie in.

`d2lcore reproduce` runs them; tests and the documents read the bands from here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from d2lcore.errors import unknown

from .experiments.label_shift_table import COLUMNS, IN_WORDS, PAPER, Row, metric

INF = float("inf")
FLOOR = 0.2416  # the loss of least squares on the airfoil data is 0.2417


@dataclass(frozen=True)
class Reported:
    """One number of the notes and the run that gives ours.

    chapter: where it belongs. run: a function with keyword arguments, called with `knobs` and each seed.
    metric: a key of the result's metrics. notes: their value, and where. low, high: the band in which the
    mean of ours over the seeds must lie; from -inf to inf, it is only told. seeds: how many seeds, from 0; 0
    for a run that takes none. full: what `knobs` are to be at the size of the original, where that takes
    minutes. module: where `run` is, by default the chapter.
    """

    chapter: str
    run: str
    number: str
    metric: str
    notes: str
    low: float
    high: float
    knobs: Mapping[str, Any] = field(default_factory=dict)
    seeds: int = 5
    full: Mapping[str, Any] = field(default_factory=dict)
    module: str = ""

    @property
    def runs_in(self) -> str:
        return self.module or f"chapters.{self.chapter}"


# The gates of the label-shift table: what must hold for it to count as reproduced. Medians within a factor
# 1.6 of the paper's; and bounds that held on fresh seeds before the code was written, for Fashion-MNIST too,
# which the paper does not have. EM and EM+TS have no gate: their numbers hang on the networks.
NEAR_PAPER = 1.6
_CLOSE = [
    ("mnist", row, name, PAPER[row][name] / NEAR_PAPER, PAPER[row][name] * NEAR_PAPER)
    for row in PAPER
    if row.shift in ("tweak 0.9", "Dirichlet 0.1")
    for name in ("hard", "soft", "em_bcts")
]
_BOUNDS = [
    ("mnist", Row(shift, 2000), name, low, high)
    for shift, name, low, high in (
        ("tweak 0.9", "soft", -INF, 0.015),
        ("tweak 0.9", "em_bcts", -INF, 0.0015),
        ("tweak 0.9", "em_bcts_over_hard", -INF, 0.35),
        ("tweak 0.9", "gain_soft", 4.0, INF),
        ("tweak 0.9", "gain_em_bcts", 5.0, INF),
        ("tweak 0.9", "oracle_minus_em_bcts", -INF, 0.4),
        ("Dirichlet 0.1", "soft", -INF, 0.010),
        ("Dirichlet 0.1", "em_bcts", -INF, 0.003),
        ("Dirichlet 0.1", "gain_soft", 3.5, INF),
        ("none", "soft", -INF, 0.003),
        ("none", "gain_soft", -0.4, INF),
    )
] + [
    ("fashion_mnist", Row(shift, 2000), name, low, high)
    for shift, name, low, high in (
        ("tweak 0.9", "soft", -INF, 0.036),
        ("tweak 0.9", "em_bcts", -INF, 0.017),
        ("tweak 0.9", "gain_soft", 8.0, INF),
        ("tweak 0.9", "gain_em_bcts", 8.5, INF),
        ("Dirichlet 1", "soft", -INF, 0.014),
        ("none", "gain_soft", -0.6, INF),
    )
]


def bands(data: str) -> dict[tuple[Row, str], tuple[float, float]]:
    """The band of each number of the label-shift table that has gates on `data`: where all of them hold."""
    found: dict[tuple[Row, str], tuple[float, float]] = {}
    for on, row, name, low, high in _CLOSE + _BOUNDS:
        if on == data:
            before = found.get((row, name), (-INF, INF))
            found[row, name] = max(before[0], low), min(before[1], high)
    return found


def paper_rows(data: str) -> Iterator[Reported]:
    """A row for each number that the paper has, and for each that has a gate."""
    wanted = bands(data)
    if data == "mnist":
        wanted = {(row, name): (-INF, INF) for row in PAPER for name in COLUMNS} | wanted
    for (row, name), (low, high) in wanted.items():
        theirs = f"{PAPER[row][name]:g}" if data == "mnist" and name in PAPER.get(row, {}) else "none"
        if name == "em_ts":
            theirs += " (hangs on the networks: see experiments/label_shift_table.py)"
        yield Reported(
            "distribution_shift", "label_shift_table", f"{row.shift}, n = {row.n}: {IN_WORDS[name]}",
            metric(row, name), theirs, low, high, {"data": data}, 1, {"num_models": 10},
            "d2lcourse.experiments.label_shift_table",
        )  # fmt: skip


# The bands of softmax_regression, mlp and dropout hold each of the seeds 0 to 19, with a little room.
REPORTED = (
    Reported("linear_regression", "scratch", "w1", "w1", "2, the true value (004 3.5.2)", 1.99, 2.01),
    Reported("linear_regression", "scratch", "w2", "w2", "-3.4, the true value", -3.41, -3.39),
    Reported("linear_regression", "scratch", "b", "b", "4.2, the true value", 4.19, 4.21),
    Reported("softmax_regression", "scratch", "training loss", "train_loss", "none (003 3)", 0.445, 0.45),
    Reported("softmax_regression", "scratch", "test accuracy", "test_acc", "none (003 3)", 0.815, 0.836),
    Reported("softmax_regression", "scratch", "test accuracy", "test_acc", '"only 90%" (000 1.2.1)',
             0.914, 0.92, {"data": "mnist"}),
    Reported("vc_dimension", "shattering", "sets of 4 points in the plane shattered",
             "2 inputs: sets of 4 points shattered", "none, the VC dimension is 3 (003 4.3)", -0.5, 0.5),
    Reported("mlp", "scratch", "training loss", "train_loss", "0.3791 (004 3.2.5)", 0.377, 0.389),
    Reported("mlp", "scratch", "test accuracy", "test_acc", "0.8462 (004 3.2.5)", 0.825, 0.86),
    Reported("weight_decay", "scratch", "norm of w", "w_norm", "12.57 (004 3.5.2)", 11, 16, {"lambd": 0.0}),
    Reported("weight_decay", "scratch", "norm of w", "w_norm", "0.3554 (004 3.5.2)", 0.3, 0.45,
             {"lambd": 3.0}),
    Reported("weight_decay", "with_and_without", "test loss without over with lambda 3", "test_loss, ratio",
             "a curve (004 3.5.2)", 100, INF),
    Reported("dropout", "scratch", "training loss", "train_loss", "a curve (004 3.6.1)", 0.327, 0.347),
    Reported("dropout", "scratch", "test accuracy", "test_acc", "a curve (004 3.6.1)", 0.815, 0.875),
    *paper_rows("mnist"),
    *paper_rows("fashion_mnist"),
    Reported("optimization", "saddle", "random starts that end at the saddle",
             "random starts that end at the saddle", '"gets stuck" (000 1.3.1)', -0.5, 0.5),
    *(Reported("minibatch_and_momentum", "spread", f"error of the predicted spread, {how}",
               f"{how}: largest error of the prediction", "1 / root of the batch size (003 5.4)", 0, 0.1)
      for how in ("with replacement", "without")),
    *(Reported("minibatch_and_momentum", "batch_sizes", f"loss, batch size {size}",
               f"loss, batch size {size}", "none (book 11.5: a curve)", FLOOR, 0.25)
      for size in (1500, 1, 100, 10)),
    *(Reported("minibatch_and_momentum", "scratch", f"loss, {name}", f"loss, {name}",
               "none (003 5.5; book 11.6: a curve)", FLOOR, high)
      for name, high in (("SGD, lr 0.05", 0.25), ("momentum 0.5, lr 0.02", 0.25),
                         ("momentum 0.9, lr 0.01", 0.26), ("momentum 0.9, lr 0.005", 0.25),
                         ("look-ahead 0.9, lr 0.005", 0.25))),
    *(Reported("adam", "scratch", f"loss, {name}", f"loss, {name}", "none (003 5.6; book 11.10: a curve)",
               FLOOR, 0.25) for name in ("SGD", "momentum", "AdaGrad", "RMSProp", "Adam")),
    Reported("adam", "optimizer_twins", "largest difference from torch in 100 steps of six optimizers",
             "largest difference", "none", 0, 1e-6, module="d2lcourse.experiments.optimizer_twins"),
    Reported("cnn", "concise", "test accuracy", "test_acc", "none (000 1.2.2)", 0.985, 0.995),
    Reported("first_network", "concise", "updates", "updates", "2345 (002)", 2344.5, 2345.5),
    Reported("first_network", "concise", "training accuracy, last epoch", "train_acc", "0.989 (002)",
             0.985, 0.992),
    Reported("first_network", "concise", "training accuracy, trained", "train_acc at the end",
             "none (002 takes 0.989 for it)", 0.988, 0.997),
    Reported("first_network", "concise", "test accuracy", "test_acc", "0.9785 (002)", 0.974, 0.983),
    Reported("first_network", "scratch", "updates an epoch", "updates", "469 (002)", 468.5, 469.5,
             {"num_epochs": 1}),
    Reported("first_network", "scratch", "training loss, first epoch", "train_loss", "0.2524 (002)",
             0.24, 0.27, {"num_epochs": 1}),
    Reported("first_network", "scratch", "training accuracy, first epoch", "train_acc", "0.9273 (002)",
             0.92, 0.93, {"num_epochs": 1}),
    Reported("first_network", "concise", "test accuracy", "test_acc", "none: PyTorch's knobs of RMSProp",
             0.955, 0.974, {"lr": 0.01, "rho": 0.99, "eps": 1e-8}),
)  # fmt: skip


def band(chapter: str, metric: str, **knobs: Any) -> tuple[float, float]:
    """The band of a number of a chapter that is run with these knobs beside its defaults."""
    (found,) = (row for row in REPORTED if (row.chapter, row.metric, row.knobs) == (chapter, metric, knobs))
    return found.low, found.high


def reported(chapters: Sequence[str] = ()) -> list[Reported]:
    """The numbers of the chapters named, or all. Raises ValueError for a chapter that has none."""
    known = dict.fromkeys(row.chapter for row in REPORTED)
    for name in chapters:
        if name not in known:
            raise ValueError(unknown("chapter", name, known))
    return [row for row in REPORTED if not chapters or row.chapter in chapters]
