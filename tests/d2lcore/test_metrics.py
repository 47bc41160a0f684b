"""Counting, timing, and evaluation."""

import functools

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import d2lcore as d2l
from d2lcore import guards, metrics

X = torch.arange(14.0).reshape(7, 2) / 10
Y = torch.tensor([0, 1, 1, 0, 1, 0, 1])


def batches(*arrays: torch.Tensor, size: int = 3) -> d2l.Batches:
    return d2l.load_array(arrays, size, is_train=False)


@pytest.mark.parametrize(
    ("shape", "labels"), [((5,), 5), ((5, 1), 5), ((5, 3), 5), ((2, 3, 4), 8), ((0, 3), 0), ((4, 0), 0)]
)
def test_how_many_labels_belong_to_scores(shape: tuple[int, ...], labels: int) -> None:
    assert metrics.num_labels(torch.empty(shape)) == labels


@pytest.mark.parametrize("batches", [[], [(torch.empty(0, 4), torch.empty(0, dtype=torch.int64))]])
def test_without_examples_there_is_no_share_and_no_mean(batches: list) -> None:
    net = nn.Linear(4, 3)
    with pytest.raises(ValueError, match=r"^data_iter: it gave no examples to evaluate on"):
        d2l.evaluate_accuracy(net, batches)
    with pytest.raises(ValueError, match=r"^data_iter: it gave no examples to evaluate on"):
        d2l.evaluate_loss(net, batches, nn.CrossEntropyLoss(reduction="sum"))


def test_accuracy_counts_correct_predictions() -> None:
    scores = torch.tensor([[0.1, 0.9], [0.8, 0.2], [0.4, 0.6]])
    assert d2l.accuracy(scores, torch.tensor([1, 0, 0])) == 2.0
    assert d2l.accuracy(torch.tensor([1, 0, 0]), torch.tensor([1, 1, 0])) == 2.0
    assert d2l.accuracy(scores, torch.tensor([[1], [0], [0]])) == 2.0  # not a 3 x 3 comparison
    assert d2l.accuracy(torch.empty(0, 2), torch.empty(0, dtype=torch.int64)) == 0.0


def test_accuracy_refuses_different_lengths() -> None:
    with pytest.raises(ValueError, match=r"\(3,\) predictions cannot be compared with \(1,\) labels"):
        d2l.accuracy(torch.zeros(3, 2), torch.tensor([0]))


NAN = float("nan")


def test_scores_of_one_column_are_refused_and_compared_scores_are_counted() -> None:
    confidence, y = torch.tensor([[0.98], [0.97], [0.02]]), torch.tensor([1, 1, 0])
    with pytest.raises(ValueError, match=r"y_hat: scores of one column, such as 0.98, .*\(y_hat > 0\) of"):
        d2l.accuracy(confidence, y)
    assert d2l.accuracy(confidence > 0.5, y) == 3.0
    assert d2l.accuracy(confidence > 0.5, y.float().reshape(3, 1)) == 3.0
    assert d2l.accuracy(torch.tensor([1.0, -1.0, 1.0]), torch.tensor([1.0, 1.0, 1.0])) == 2.0
    with pytest.raises(ValueError, match=r"such as 0.97,"):
        d2l.evaluate_accuracy(lambda batch: batch, [(confidence[1:], y[1:])])
    assert d2l.evaluate_accuracy(lambda batch: batch > 0.5, [(confidence, y)]) == 1.0


def test_scores_that_are_nan_predict_nothing() -> None:
    scores = torch.tensor([[NAN, NAN], [0.9, NAN], [0.9, 0.1]])
    assert d2l.accuracy(scores, torch.tensor([0, 0, 0])) == 1.0
    assert d2l.evaluate_accuracy(lambda X: X * NAN, batches(X, Y)) == 0.0


def test_one_hot_labels_and_probabilities_stand_for_their_largest_class() -> None:
    scores = torch.tensor([[0.1, 0.9], [0.8, 0.2], [0.4, 0.6]])
    assert d2l.accuracy(scores, F.one_hot(torch.tensor([1, 1, 1]))) == 2.0
    smooth = torch.tensor([[0.1, 0.9], [0.3, 0.7], [0.2, 0.8]])
    assert d2l.evaluate_accuracy(lambda batch: batch, batches(scores, smooth)) == 2 / 3
    with pytest.raises(ValueError, match="y: neither classes"):
        d2l.accuracy(scores, torch.ones(3, 2))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 5], r"y: label 5 is outside the classes 0 to 1; the net gives 2 outputs"),
        ([-1, 0], r"y: label -1 is outside the classes 0 to 1"),
        ([0.0, 0.5], r"y: label 0.5 is no class, a whole number from 0 to 1; y.long\(\)"),
        ([0.0, NAN], r"y: label nan is no class"),
    ],
)
def test_labels_that_are_no_classes_of_the_scores(labels: list, message: str) -> None:
    X, y = torch.eye(2), torch.tensor(labels)
    for data in (batches(X, y), [(X, y)]):
        with pytest.raises(ValueError, match=message):
            d2l.evaluate_accuracy(lambda batch: batch, data)
        with pytest.raises(ValueError, match=message):
            d2l.evaluate_loss(lambda batch: batch, data, nn.CrossEntropyLoss())
    with pytest.raises(ValueError, match=message):
        d2l.accuracy(X, y)


def test_values_of_labels_are_looked_at_once_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    check = guards.check_classes
    monkeypatch.setattr(guards, "check_classes", lambda y, *more: (looked.append(len(y)), check(y, *more)))
    d2l.evaluate_accuracy(lambda batch: batch, batches(X, Y, size=2))
    assert looked == [7, 0, 0, 0]


def test_accuracy_of_images_counts_their_pixels() -> None:
    scores = F.one_hot(torch.tensor([[[0, 1], [1, 1]]]), 2).permute(0, 3, 1, 2).float()
    assert d2l.evaluate_accuracy(lambda batch: batch, [(scores, torch.tensor([[[0, 1], [1, 0]]]))]) == 0.75


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("wrong", [np.ones(3), [1, 0], None])
def test_accuracy_names_what_is_no_tensor(wrong: object) -> None:
    with pytest.raises(TypeError, match="y_hat: expected a tensor, got "):
        d2l.accuracy(wrong, torch.ones(3))
    with pytest.raises(TypeError, match="y: expected a tensor, got "):
        d2l.accuracy(torch.ones(3), wrong)


def test_evaluate_accuracy_weighs_a_short_last_batch_by_its_size() -> None:
    # 7 examples in batches of 3: the mean of the batches' accuracies would be (1 + 1 + 0) / 3.
    scores = F.one_hot(torch.tensor([0, 1, 1, 0, 1, 0, 0]), 2).float()
    assert d2l.evaluate_accuracy(lambda batch: batch, batches(scores, Y)) == 6 / 7
    assert d2l.evaluate_accuracy_gpu(lambda batch: batch, batches(scores, Y), "cpu") == 6 / 7


def mse(reduction: str) -> nn.Module:
    return nn.MSELoss(reduction=reduction)


@pytest.mark.parametrize(
    "loss",
    [mse("none"), mse("mean"), mse("sum"), functools.partial(F.mse_loss, reduction="sum"), F.mse_loss],
    ids=["none", "mean", "sum", "partial sum", "function"],
)
@pytest.mark.parametrize("shape", [(7, 1), (7,)])
def test_evaluate_loss_is_the_mean_of_an_example_for_every_reduction(loss: object, shape: tuple) -> None:
    y = torch.randn(7)
    net = nn.Linear(2, 1)
    expected = ((net(X)[:, 0] - y) ** 2).mean().item()
    assert d2l.evaluate_loss(net, batches(X, y.reshape(shape)), loss) == pytest.approx(expected, rel=1e-6)


def test_labels_that_would_broadcast_are_refused_by_every_loss() -> None:
    square, y = torch.ones(3, 3), torch.zeros(3)
    for loss in (nn.MSELoss(), mse("none"), F.l1_loss, lambda y_hat, y: (y_hat - y) ** 2):
        with pytest.raises(ValueError, match=r"y: shape \(3,\) beside predictions of shape \(3, 3\) would"):
            d2l.evaluate_loss(lambda batch: batch, [(square, y)], loss)
    # Three quantiles of three examples are no mistake: that loss says itself how y meets the columns.
    pinball = lambda y_hat, y: (y_hat - y.unsqueeze(1)).abs()  # noqa: E731
    assert d2l.evaluate_loss(lambda batch: batch, [(square, y)], pinball) == 1.0


def test_whole_labels_meet_predictions_of_one_column_value_by_value() -> None:
    y_hat, y = torch.tensor([[1.0], [2.0], [4.0]]), torch.tensor([1, 0, 1])
    for loss in (nn.MSELoss(), lambda y_hat, y: (y_hat - y) ** 2):
        assert d2l.evaluate_loss(lambda batch: batch, [(y_hat, y)], loss) == pytest.approx(13 / 3)


@pytest.mark.usefixtures("unchecked")
def test_a_loss_that_gives_a_number_is_named() -> None:
    with pytest.raises(TypeError, match=r"loss: gave 1.5; return the tensor itself, without .item\(\)"):
        d2l.evaluate_loss(nn.Linear(2, 2), batches(X, Y), lambda y_hat, y: 1.5)


def test_evaluation_runs_in_eval_mode_without_gradients_and_restores_every_mode() -> None:
    seen = []

    class Spy(nn.Module):
        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            seen.append((self.training, torch.is_grad_enabled()))
            return batch

    net = nn.Sequential(Spy(), nn.BatchNorm1d(2))
    net.train()
    net[1].eval()  # a frozen layer in a net that trains
    mean = net[1].running_mean.clone()
    d2l.evaluate_accuracy(net, batches(X, Y))
    d2l.evaluate_loss(net, batches(X, Y), nn.CrossEntropyLoss())
    assert set(seen) == {(False, False)}
    assert (net.training, net[0].training, net[1].training) == (True, True, False)
    assert torch.equal(net[1].running_mean, mean)


def test_modes_are_restored_after_an_error() -> None:
    net = nn.Linear(5, 2).train()
    with pytest.raises(RuntimeError):
        d2l.evaluate_accuracy(net, batches(X, Y))
    assert net.training


@pytest.mark.parametrize(
    "evaluate", [d2l.evaluate_accuracy, lambda n, d: d2l.evaluate_loss(n, d, F.mse_loss)]
)
def test_nothing_to_evaluate(evaluate: object) -> None:
    with pytest.raises(ValueError, match="data_iter: it gave no examples"):
        evaluate(nn.Linear(2, 2), [])


def test_batches_follow_the_net(device: torch.device) -> None:
    net = nn.Linear(2, 2).to(device)
    on_cpu = d2l.evaluate_accuracy(net.cpu(), batches(X, Y))
    assert d2l.evaluate_accuracy(net.to(device), batches(X, Y)) == on_cpu


def test_accumulator() -> None:
    metric = d2l.Accumulator(2)
    metric.add(1, torch.tensor(2.5))
    metric.add(3.0, 4)
    assert (metric[0], metric[1]) == (4.0, 6.5)
    with pytest.raises(ValueError, match="add: 1 numbers for an Accumulator of 2"):
        metric.add(1)
    metric.reset()
    assert (metric[0], metric[1]) == (0.0, 0.0)


@pytest.mark.usefixtures("unchecked")
def test_accumulator_takes_tensors_that_require_a_gradient_and_names_the_rest() -> None:
    metric = d2l.Accumulator(2)
    metric.add(torch.tensor(2.5, requires_grad=True), np.float32(1.5))  # warnings are errors here
    with pytest.raises(TypeError, match="add: number 1: cannot use a list"):
        metric.add(1, [2])
    assert metric.data == [2.5, 1.5]
    for n in (-1, 0):
        with pytest.raises(ValueError, match=f"n: must be at least 1, got {n}"):
            d2l.Accumulator(n)


def test_timer_says_when_it_was_started_by_the_clock_of_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    days = iter([1000.0, 2000.0])
    monkeypatch.setattr("time.time", lambda: next(days))
    timer = d2l.Timer()
    assert timer.tik == 1000.0
    timer.start()
    assert timer.tik == 2000.0


def test_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 11.0, 20.0, 23.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    timer = d2l.Timer()
    with pytest.raises(ValueError, match=r"call stop\(\) first"):
        timer.avg()
    assert timer.stop() == 1.0
    timer.start()
    assert timer.stop() == 3.0
    assert (timer.avg(), timer.sum(), timer.cumsum()) == (2.0, 4.0, [1.0, 4.0])
