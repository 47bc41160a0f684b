"""The numbers that the notes report, for `d2lcore reproduce`, with the band in which ours must lie.

Those of distribution shift are a paper's: see `distribution_shift/paper.py`.
"""

from collections.abc import Iterator

from chapters.distribution_shift.paper import COLUMNS, GATES, IN_WORDS, PAPER, Row, metric
from d2lcore.reproduce import Reported

INF = float("inf")


def paper_rows(data: str) -> Iterator[Reported]:
    """A row for each number that the paper has, and for each that has a gate."""
    wanted: dict[tuple[Row, str], tuple[float, float]] = {}
    if data == "mnist":
        wanted |= {(row, name): (-INF, INF) for row in PAPER for name in COLUMNS}
    for gate in GATES:
        if gate.data == data:
            low, high = wanted.get((gate.row, gate.name), (-INF, INF))
            wanted[gate.row, gate.name] = max(low, gate.low), min(high, gate.high)
    for (row, name), (low, high) in wanted.items():
        theirs = f"{PAPER[row][name]:g}" if data == "mnist" and name in PAPER.get(row, {}) else "none"
        if name == "em_ts":
            theirs += " (hangs on the networks: see distribution_shift/paper.py)"
        yield Reported(
            "distribution_shift.paper", "paper_table", f"{row.shift}, n = {row.n}: {IN_WORDS[name]}",
            metric(row, name), theirs, low, high, {"data": data}, 1, {"num_models": 10},
        )  # fmt: skip


REPORTED = (
    Reported("linear_regression", "scratch", "w1", "w1", "2, the true value (004 3.5.2)", 1.99, 2.01),
    Reported("linear_regression", "scratch", "w2", "w2", "-3.4, the true value", -3.41, -3.39),
    Reported("linear_regression", "scratch", "b", "b", "4.2, the true value", 4.19, 4.21),
    Reported("softmax_regression", "scratch", "training loss", "train_loss", "none (003 3)", 0.44, 0.455),
    Reported("softmax_regression", "scratch", "test accuracy", "test_acc", "none (003 3)", 0.81, 0.84),
    Reported("softmax_regression", "scratch", "test accuracy", "test_acc", '"only 90%" (000 1.2.1)',
             0.91, 0.925, {"data": "mnist"}),
    Reported("perceptron", "shattering", "sets of 4 points in the plane shattered",
             "2 inputs: sets of 4 points shattered", "none, the VC dimension is 3 (003 4.3)", -0.5, 0.5),
    Reported("mlp", "scratch", "training loss", "train_loss", "0.3791 (004 3.2.5)", 0.37, 0.392),
    Reported("mlp", "scratch", "test accuracy", "test_acc", "0.8462 (004 3.2.5)", 0.81, 0.86),
    Reported("weight_decay", "scratch", "norm of w", "w_norm", "12.57 (004 3.5.2)", 11, 16, {"lambd": 0.0}),
    Reported("weight_decay", "scratch", "norm of w", "w_norm", "0.3554 (004 3.5.2)", 0.3, 0.45,
             {"lambd": 3.0}),
    Reported("weight_decay", "with_and_without", "test loss without over with lambda 3", "test_loss, ratio",
             "a curve (004 3.5.2)", 100, INF),
    Reported("dropout", "scratch", "training loss", "train_loss", "a curve (004 3.6.1)", 0.325, 0.36),
    Reported("dropout", "scratch", "test accuracy", "test_acc", "a curve (004 3.6.1)", 0.83, 0.885),
    *paper_rows("mnist"),
    *paper_rows("fashion_mnist"),
)  # fmt: skip
