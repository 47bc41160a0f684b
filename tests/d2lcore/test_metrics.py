"""Counting, timing, and evaluation."""

import functools

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import d2lcore as d2l

X = torch.arange(14.0).reshape(7, 2) / 10
Y = torch.tensor([0, 1, 1, 0, 1, 0, 1])


def batches(*arrays: torch.Tensor, size: int = 3) -> d2l.Batches:
    return d2l.load_array(arrays, size, is_train=False)


def test_accuracy_counts_correct_predictions() -> None:
    scores = torch.tensor([[0.1, 0.9], [0.8, 0.2], [0.4, 0.6]])
    assert d2l.accuracy(scores, torch.tensor([1, 0, 0])) == 2.0
    assert d2l.accuracy(torch.tensor([1, 0, 0]), torch.tensor([1, 1, 0])) == 2.0
    assert d2l.accuracy(scores, torch.tensor([[1], [0], [0]])) == 2.0  # not a 3 x 3 comparison
    assert d2l.accuracy(torch.empty(0, 2), torch.empty(0, dtype=torch.int64)) == 0.0


def test_accuracy_refuses_different_lengths() -> None:
    with pytest.raises(ValueError, match=r"\(3,\) predictions cannot be compared with \(1,\) labels"):
        d2l.accuracy(torch.zeros(3, 2), torch.tensor([0]))


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
