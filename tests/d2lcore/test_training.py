"""Training a classifier: the updates, the reports, and what stops it."""

import functools
import itertools
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import pytest
import torch
from mutants import Mutant, kill
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

import d2lcore as d2l
from d2lcore import training

LOSSES = {r: nn.CrossEntropyLoss(reduction=r) for r in ("none", "mean", "sum")}


def separable(n: int = 70, dtype: torch.dtype = torch.float64) -> tuple[torch.Tensor, torch.Tensor]:
    X = torch.randn(n, 4, dtype=dtype, generator=torch.Generator().manual_seed(1))
    return X, (X[:, 0] > 0).long() + (X[:, 1] > 0).long()


def net_of(dtype: torch.dtype = torch.float64) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3)).to(dtype)


def iterators(size: int = 16) -> tuple[d2l.Batches, d2l.Batches]:
    return d2l.load_array(separable(), size), d2l.load_array(separable(), size, is_train=False)


def optimizer(net: nn.Module, lr: float = 0.1) -> torch.optim.Optimizer:
    return torch.optim.SGD(net.parameters(), lr)


def by_hand(net: nn.Module, lr: float = 0.1) -> Callable[[int], None]:
    return lambda batch_size: d2l.sgd(net.parameters(), lr, batch_size)


def train(make_updater: Callable, loss: Callable, epochs: int = 3) -> tuple[d2l.History, nn.Module]:
    net = net_of()
    torch.manual_seed(5)
    return d2l.train_ch3(net, *iterators(), loss, epochs, make_updater(net)), net


def reference(epochs: int = 3) -> tuple[list[tuple[float, float]], nn.Module]:
    """The same training written out on torch's own loader, in the plainest way."""
    net, rows = net_of(), []
    updater = optimizer(net)
    torch.manual_seed(5)
    loader = DataLoader(TensorDataset(*separable()), 16, shuffle=True)
    for _ in range(epochs):
        total = correct = 0.0
        for X, y in loader:
            l = F.cross_entropy(net(X), y)
            correct += (net(X).argmax(1) == y).sum().item()
            updater.zero_grad()
            l.backward()
            updater.step()
            total += l.item() * len(y)
        rows.append((total / 70, correct / 70))
        torch.empty((), dtype=torch.int64).random_()  # the test pass draws a seed too
    return rows, net


@pytest.mark.parametrize("make_updater", [optimizer, by_hand], ids=["optimizer", "by hand"])
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_every_updater_and_reduction_trains_as_the_plain_loop(loss: Callable, make_updater: Callable) -> None:
    history, net = train(make_updater, loss)
    rows, expected = reference()
    # float64: the orders of summation differ, nothing else; 70 = 4 * 16 + 6 has a short last batch
    assert history["train_loss"] == pytest.approx([l for l, _ in rows], rel=1e-12)
    assert history["train_acc"] == [a for _, a in rows]
    for mine, theirs in zip(net.parameters(), expected.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-12)


def test_history_is_a_table(capsys: pytest.CaptureFixture) -> None:
    history, _ = train(optimizer, LOSSES["none"])
    assert len(history) == 3
    assert history["epoch"] == [1, 2, 3]
    assert list(history[-1]) == ["epoch", "train_loss", "train_acc", "test_acc"]
    frame = history.to_frame()
    assert list(frame.columns) == list(history[-1])
    assert frame["test_acc"].tolist() == history["test_acc"]
    assert history.seconds > 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == str(history).splitlines()
    assert lines[0].startswith("epoch  1  train_loss 1.")
    assert [line.get_label() for line in history.plot().axes[0].lines]
    assert (str(d2l.History()), repr(d2l.History())) == ("no epochs yet", "History(0 epochs)")


def test_training_learns_and_reports_the_accuracy_of_the_test_set() -> None:
    net = net_of()
    train_iter, test_iter = iterators()
    untrained = d2l.evaluate_accuracy(net, test_iter)
    history = d2l.train_ch3(net, train_iter, test_iter, LOSSES["mean"], 40, optimizer(net, 0.3))
    assert untrained < 0.6
    assert history[-1]["test_acc"] > 0.9
    assert history[-1]["test_acc"] == d2l.evaluate_accuracy(net, test_iter)


def test_same_seed_prints_the_same_digits(capsys: pytest.CaptureFixture) -> None:
    train(optimizer, LOSSES["none"])
    first = capsys.readouterr().out
    train(optimizer, LOSSES["none"])
    assert capsys.readouterr().out == first


def test_training_sets_train_mode_and_evaluation_does_not_end_it() -> None:
    modes = []
    net = nn.Sequential(net_of(), nn.Dropout(0.0))
    net.register_forward_hook(lambda module, *_: modes.append(module.training))
    net.eval()
    d2l.train_ch3(net, *iterators(35), LOSSES["none"], 2, optimizer(net))
    assert modes == [True, True, False, False] * 2
    assert net.training


def test_a_callable_net_with_its_own_parameters(device: torch.device) -> None:
    W = torch.zeros(4, 3, dtype=torch.float64, device=device, requires_grad=True)
    updater = torch.optim.SGD([W], 1.0)
    history = d2l.train_ch3(lambda X: X @ W, *iterators(), LOSSES["none"], 10, updater)
    assert history[-1]["test_acc"] > 0.6
    assert W.device.type == device.type


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_trains_as_the_cpu_and_checks_labels_before_the_kernel_does() -> None:
    on_cpu, _ = train(optimizer, LOSSES["none"])
    net = net_of().cuda()
    torch.manual_seed(5)
    on_gpu = d2l.train_ch3(net, *iterators(), LOSSES["none"], 3, optimizer(net))
    assert on_gpu["train_loss"] == pytest.approx(on_cpu["train_loss"], rel=1e-10)
    X, y = separable()
    resident = d2l.load_array((X, y + 1), 16, device="cuda")
    with pytest.raises(ValueError, match="label 3 is outside the classes 0 to 2"):
        d2l.train_epoch_ch3(net, resident, LOSSES["none"], optimizer(net))


# What stops a run


@pytest.mark.parametrize("shift", [1, -1])
def test_labels_outside_the_classes(shift: int) -> None:
    X, y = separable()
    net = net_of()
    in_memory = d2l.load_array((X, y + shift), 16)
    for train_iter in (in_memory, DataLoader(TensorDataset(X, y + shift), 16), list(in_memory)):
        with pytest.raises(
            ValueError, match=rf"y: label {3 if shift > 0 else -1} is outside the classes 0 to 2"
        ):
            d2l.train_epoch_ch3(net, train_iter, LOSSES["mean"], optimizer(net))
    assert all(param.isfinite().all() for param in net.parameters())


def test_the_ignored_label_of_the_loss_is_allowed() -> None:
    X, y = separable()
    y[0] = -100
    net = net_of()
    d2l.train_epoch_ch3(net, d2l.load_array((X, y), 70), LOSSES["mean"], optimizer(net))
    with pytest.raises(ValueError, match="label -100"):
        d2l.train_epoch_ch3(net, d2l.load_array((X, y), 70), F.cross_entropy, optimizer(net))


def test_wrong_number_of_features() -> None:
    net = nn.Linear(5, 3, dtype=torch.float64)
    with pytest.raises(ValueError, match=r"net: cannot take X of shape \(16, 4\), 4 features an example"):
        d2l.train_epoch_ch3(net, iterators()[0], LOSSES["mean"], optimizer(net))


def test_wrong_type_of_features() -> None:
    net = net_of(torch.float32)
    with pytest.raises(ValueError, match=r"net: cannot take X .* and type torch.float64"):
        d2l.train_epoch_ch3(net, iterators()[0], LOSSES["mean"], optimizer(net))


def test_no_batches() -> None:
    net = net_of()
    with pytest.raises(ValueError, match="train_iter: it gave no batches"):
        d2l.train_epoch_ch3(net, [], LOSSES["mean"], optimizer(net))


@pytest.mark.parametrize("epochs", [0, -1])
def test_no_epochs(epochs: int) -> None:
    net = net_of()
    with pytest.raises(ValueError, match=f"num_epochs: must be at least 1, got {epochs}"):
        d2l.train_ch3(net, *iterators(), LOSSES["mean"], epochs, optimizer(net))


def failing_loss(at_batch: int, value: float) -> Callable:
    count = itertools.count(1)

    def loss(y_hat: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        l = F.cross_entropy(y_hat, y)
        return l * value if next(count) == at_batch else l

    return loss


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e9])
def test_divergence_names_epoch_batch_and_remedy_and_keeps_the_history(value: float) -> None:
    # 5 training and 5 test batches would be counted alike, but the test pass computes no loss.
    net = net_of()
    with pytest.raises(d2l.TrainingDiverged) as stop:
        d2l.train_ch3(net, *iterators(), failing_loss(5 + 3, value), 4, optimizer(net, 0.5))
    error = stop.value
    assert (error.epoch, error.batch, error.lr) == (2, 3, 0.5)
    assert 0 < error.last_finite < 2
    assert len(error.history) == 1
    assert "epoch 2, batch 3" in str(error)
    assert "the learning rate was 0.5: try 0.05" in str(error)


@pytest.mark.parametrize("value", ["nan", "inf"])
@pytest.mark.parametrize(
    ("batch", "remedy"),
    [(1, "before the first step, so the learning rate is not to blame"), (2, "try a smaller learning rate")],
)
def test_divergence_with_an_updater_of_ones_own(batch: int, remedy: str, value: str) -> None:
    net = net_of()
    with pytest.raises(d2l.TrainingDiverged) as stop:
        d2l.train_epoch_ch3(net, iterators()[0], failing_loss(batch, float(value)), by_hand(net))
    assert f"batch {batch}: the loss" in str(stop.value)
    assert value in str(stop.value)
    assert remedy in str(stop.value)


def test_a_huge_learning_rate_diverges() -> None:
    net = net_of()
    with pytest.raises(d2l.TrainingDiverged, match=r"the learning rate was 1e\+06: try 0.1"):
        d2l.train_ch3(net, *iterators(), LOSSES["mean"], 5, optimizer(net, 1e6))


# What is wrong with the data is not the learning rate's fault


@pytest.mark.parametrize(
    ("where", "value", "message"),
    [
        ((0, 1), "nan", r"X of batch 1 has 1 NaN, in column 1 \(X\[:, 1\]\): remove or replace it"),
        ((20, 3), "inf", r"X of batch 2 has 1 infinite value, in column 3 \(X\[:, 3\]\)"),
        ((slice(1), slice(1, 3)), "nan", r"X of batch 1 has 2 NaN, in 2 columns: 1, 2"),
    ],
)
def test_data_that_are_not_finite_are_named_and_leave_the_net_finite(
    where: tuple, value: str, message: str
) -> None:
    X, y = separable()
    X[where] = float(value)
    net = net_of()
    with pytest.raises(d2l.TrainingDiverged, match=message) as stop:
        d2l.train_ch3(net, d2l.load_array((X, y), 16, is_train=False), [], LOSSES["mean"], 2, optimizer(net))
    assert "learning rate" not in str(stop.value)
    assert stop.value.fault in str(stop.value)
    assert all(param.isfinite().all() for param in net.parameters())


def test_labels_and_test_data_that_are_not_finite_are_named_in_a_regression() -> None:
    X, y = line()
    bad = y.clone()
    bad[5] = float("nan")
    net = nn.Linear(2, 1, dtype=torch.float64)
    train = functools.partial(
        d2l.train_regression, net, loss=half_square, num_epochs=1, updater=optimizer(net)
    )
    with pytest.raises(d2l.TrainingDiverged, match="y of batch 2 has 1 NaN: remove"):
        train(d2l.load_array((X, bad), 4, is_train=False))
    with pytest.raises(d2l.TrainingDiverged, match="test_iter: y has 1 NaN: remove"):
        train(d2l.load_array((X, y), 4), test_iter=d2l.load_array((X, bad), 4))
    with pytest.raises(d2l.TrainingDiverged, match="test_iter: y of batch 1 has 1 NaN: remove"):
        train(d2l.load_array((X, y), 4), test_iter=[(X, bad)])


# Labels and the accuracies that follow from them


def one_output() -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    X = torch.randn(60, 3, dtype=torch.float64)
    torch.manual_seed(0)
    return nn.Linear(3, 1, dtype=torch.float64), X, (X[:, :1] > 0).double()


@pytest.mark.parametrize("kind", ["logits", "probabilities"])
def test_one_output_under_binary_cross_entropy_has_its_threshold(kind: str) -> None:
    net, X, y = one_output()
    loss = nn.BCEWithLogitsLoss() if kind == "logits" else nn.BCELoss()
    net = net if kind == "logits" else nn.Sequential(net, nn.Sigmoid())
    data = d2l.load_array((X, y), 20)
    history = d2l.train_ch3(net, data, data, loss, 60, optimizer(net, 1.0))
    right = ((net(X) > (0 if kind == "logits" else 0.5)) == y).double().mean()
    assert history[-1]["test_acc"] == right > 0.9
    assert history[-1]["train_acc"] > 0.9


@pytest.mark.parametrize("loss", [nn.MSELoss(), d2l.squared_loss], ids=["MSE", "squared_loss"])
def test_a_regression_has_no_accuracy(loss: Callable) -> None:
    net, X, _ = one_output()
    data = d2l.load_array((X, X[:, :1] * 3), 20)
    history = d2l.train_ch3(net, data, data, loss, 2, optimizer(net))
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    for name in ("train_acc", "test_acc"):
        assert torch.tensor(history[name]).isnan().all()


AS_CLASSES = {
    "int32": lambda y: y.int(),
    "uint8": lambda y: y.byte(),
    "float32": lambda y: y.float(),
    "one-hot": lambda y: F.one_hot(y, 3),
    "probabilities": lambda y: F.one_hot(y, 3).double(),
}


@pytest.mark.parametrize("change", AS_CLASSES.values(), ids=AS_CLASSES)
def test_labels_of_another_type_train_and_evaluate_as_int64_ones(change: Callable) -> None:
    X, y = separable()
    rows = []
    for labels in (y, change(y)):
        net = net_of()
        torch.manual_seed(5)
        data = d2l.load_array((X, labels), 16)
        train_numbers = d2l.train_epoch_ch3(net, data, LOSSES["none"], optimizer(net))
        rows.append(
            [*train_numbers, d2l.evaluate_loss(net, data, LOSSES["mean"]), d2l.evaluate_accuracy(net, data)]
        )
    assert rows[1] == pytest.approx(rows[0], rel=1e-12)  # probabilities are summed, so they round otherwise


@pytest.mark.parametrize(
    ("labels", "loss", "message"),
    [
        (torch.ones(4, 1).long(), LOSSES["mean"], r"y: labels of shape \(4, 1\) .* y.squeeze\(1\)"),
        (torch.ones(4) / 2, LOSSES["mean"], r"y: label 0.5 is no class.* y.long\(\)"),
        (torch.ones(4, 2).long(), LOSSES["mean"], "the net gives 3 outputs for 2 columns of one-hot labels"),
        (torch.full((4, 3), 2), LOSSES["mean"], "y: label 2 is outside 0 to 1"),
        (torch.ones(4, 3), nn.NLLLoss(), r"this loss takes class numbers, y.argmax\(1\)"),
        (
            torch.ones(4).long(),
            nn.MSELoss(),
            r"y: .* would broadcast; for class numbers use",
        ),
        (
            torch.ones(3),
            nn.MSELoss(),
            r"y: labels of shape \(3,\) for predictions of shape \(4, 3\)",
        ),
        (torch.full((4, 3), 1.5), nn.BCEWithLogitsLoss(), "y: label 1.5 is outside 0 to 1"),
    ],
)
def test_labels_that_fit_neither_are_refused_alike(
    labels: torch.Tensor, loss: Callable, message: str
) -> None:
    net = nn.Linear(2, 3)
    data = [(torch.ones(4, 2), labels)]
    with pytest.raises(ValueError, match=message):
        d2l.train_epoch_ch3(net, data, loss, optimizer(net))
    with pytest.raises(ValueError, match=message):
        d2l.evaluate_loss(net, data, loss)


def test_mean_squared_error_of_a_row_and_a_square_is_refused() -> None:
    net, square = nn.Linear(2, 3), [(torch.ones(3, 2), torch.ones(3))]
    with pytest.raises(
        ValueError, match=r"y: shape \(3,\) beside predictions of shape \(3, 3\) would broadcast"
    ):
        d2l.train_epoch_ch3(net, square, nn.MSELoss(), optimizer(net))


def test_one_output_under_cross_entropy_is_refused() -> None:
    net = nn.Linear(2, 1)
    with pytest.raises(ValueError, match=r"net: .* at least two; .* BCEWithLogitsLoss"):
        d2l.train_epoch_ch3(net, [(torch.ones(4, 2), torch.zeros(4).long())], LOSSES["mean"], optimizer(net))


# Arguments that cannot be trained with


def detached(y_hat: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(y_hat.detach(), y)


def batches_once() -> Iterator:
    yield from iterators()[0]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"loss": nn.CrossEntropyLoss}, r"loss: got the class CrossEntropyLoss itself; make one, "),
        ({"updater": torch.optim.SGD}, r"updater: got the class SGD itself; make one, SGD\(net.p"),
        ({"net": nn.Linear}, r"net: got the class Linear itself"),
        ({"updater": None}, "updater: expected an optimizer or a function of batch_size, got None"),
        ({"loss": [1], "test_iter": F.cross_entropy}, "loss: expected .* a list; the order is net"),
        ({"test_iter": F.cross_entropy}, "test_iter: expected batches .* a function; the order is net"),
        ({"loss": lambda y_hat, y: 1.5}, r"loss: gave 1.5; return the tensor itself, without .item\(\)"),
        ({"loss": detached}, "loss: its value is cut off from the net's output"),
        ({"net": net_of().requires_grad_(False)}, r"net: none of its parameters can be trained"),
        ({"net": lambda X: X[:, :3]}, "net: its output has no gradient"),
        ({"net": lambda X: None}, "net: expected it to give a tensor of scores, got None"),
        ({"updater": optimizer(net_of())}, "updater: the loss depends on none of the parameters"),
        ({"train_iter": batches_once()}, r"train_iter: a generator is used up after one epoch of 2"),
        ({"test_iter": batches_once()}, r"test_iter: a generator is used up after one epoch of 2"),
        ({"train_iter": [separable()[0]]}, r"train_iter: expected batches \(X, y\) of tensors, got a Tensor"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("unchecked")
def test_arguments_are_refused_at_the_start(wrong: dict, message: str) -> None:
    net = net_of()
    train_iter, test_iter = iterators()
    right = {"net": net, "train_iter": train_iter, "test_iter": test_iter, "loss": LOSSES["mean"]}
    arguments = {**right, "num_epochs": 2, "updater": optimizer(net), **wrong}
    with pytest.raises((TypeError, ValueError), match=message):
        d2l.train_ch3(**arguments)
    untouched = net_of()
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), untouched.parameters(), strict=True))


def test_a_generator_is_enough_for_one_epoch() -> None:
    net = net_of()
    history = d2l.train_ch3(net, batches_once(), batches_once(), LOSSES["mean"], 1, optimizer(net))
    assert len(history) == 1


def test_a_last_batch_of_one_under_batch_norm_names_drop_last() -> None:
    X, y = separable(17)
    net = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3)).double()
    with pytest.raises(ValueError, match=r"net: BatchNorm .* one example.* drop_last=True\)"):
        d2l.train_epoch_ch3(net, d2l.load_array((X, y), 16), LOSSES["mean"], optimizer(net))
    d2l.train_epoch_ch3(net, d2l.load_array((X, y), 16, drop_last=True), LOSSES["mean"], optimizer(net))


@pytest.mark.parametrize(
    ("num_epochs", "lines"),
    [
        (1, [1]),
        (20, range(1, 21)),
        (21, [*range(2, 21, 2), 21]),
        (100, range(5, 101, 5)),
        (101, [*range(6, 101, 6), 101]),
    ],
)
def test_epochs_are_all_kept_and_about_twenty_printed(
    num_epochs: int, lines: Iterable[int], capsys: pytest.CaptureFixture
) -> None:
    history = d2l.train_epochs(num_epochs, lambda epoch: {"train_loss": 1 / epoch})
    assert history["epoch"] == list(range(1, num_epochs + 1))
    assert history["train_loss"] == [1 / epoch for epoch in range(1, num_epochs + 1)]
    printed = capsys.readouterr().out.splitlines()
    assert printed == [f"epoch {epoch:2d}  train_loss {1 / epoch:.4f}" for epoch in lines]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 3e6])
def test_epochs_stop_when_a_loss_explodes(bad: float) -> None:
    losses = [2.0, 0.5, bad, 0.1]
    updater = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=5.0)
    with pytest.raises(
        d2l.TrainingDiverged, match=r"in epoch 3: the loss went from 0\.5 to .*try 0\.1"
    ) as caught:
        d2l.train_epochs(4, lambda epoch: {"test_loss": losses[epoch - 1]}, updater=updater)
    assert caught.value.history["test_loss"] == [2.0, 0.5]


def test_epochs_interrupted_keep_the_history() -> None:
    def run_epoch(epoch: int) -> dict[str, float]:
        if epoch == 3:
            raise KeyboardInterrupt
        return {"train_loss": 1.0}

    with pytest.raises(d2l.TrainingInterrupted, match="after 2 finished epochs") as caught:
        d2l.train_epochs(5, run_epoch)
    assert len(caught.value.history) == 2


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Ctrl-C interrupts, though a shell's job in the background has SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_ctrl_c_keeps_the_history() -> None:
    net = net_of()
    losses = functools.partial(F.cross_entropy)
    batches = itertools.count(1)

    def loss(y_hat: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        if next(batches) == 12:
            os.kill(os.getpid(), signal.SIGINT)
        return losses(y_hat, y)

    with pytest.raises(d2l.TrainingInterrupted, match="interrupted after 2 finished epochs") as stop:
        d2l.train_ch3(net, *iterators(), loss, 4, optimizer(net))
    assert stop.value.history["epoch"] == [1, 2]
    assert isinstance(stop.value, KeyboardInterrupt)


# Predictions and seeds


def test_predictions_show_true_above_predicted_label_and_mark_mistakes() -> None:
    images = torch.eye(3).reshape(3, 1, 1, 3)
    test_iter = d2l.load_array((images, torch.tensor([0, 1, 0])), 3, is_train=False)
    test_iter.dataset.classes = ["zero", "one", "two"]
    axes = d2l.predict_ch3(nn.Flatten(), test_iter, n=3)
    assert [place.get_title() for place in axes] == ["zero\nzero", "one\none", "zero\ntwo"]
    assert [place.title.get_color() for place in axes] == ["black", "black", "red"]


def test_predictions_without_class_names_are_fashion_mnist_and_fewer_images_are_fine() -> None:
    test_iter = [(torch.eye(3).reshape(3, 1, 1, 3), torch.tensor([0, 1, 2]))]
    axes = d2l.predict_ch3(nn.Flatten(), test_iter)
    assert [place.get_title().split("\n")[0] for place in axes] == ["t-shirt", "trouser", "pullover"]


@pytest.mark.parametrize("n", [1, 6, 8, 20])
def test_predictions_fit_the_column_of_a_notebook_and_no_label_covers_another(n: int) -> None:
    labels = torch.full((n,), 9)  # "ankle boot", the longest
    test_iter = [(torch.rand(n, 1, 28, 28), labels)]
    axes = d2l.predict_ch3(lambda X: nn.functional.one_hot(labels[: len(X)], 10).float(), test_iter, n)
    figure = axes[0].figure
    assert len(axes) == n
    assert figure.get_figwidth() <= 6.5
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for place in axes for text in (place.title, *place.texts)]
    assert all(0 <= box.x0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1 for box in boxes)
    pictures = [place.get_window_extent() for place in axes]
    for i, box in enumerate(boxes):
        assert not box.count_overlaps(boxes[:i] + pictures)


@pytest.mark.parametrize(("test_iter", "n", "message"), [([], 6, "test_iter: "), ([(1, 2)], 0, "n: must be")])
def test_nothing_to_predict(test_iter: list, n: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        d2l.predict_ch3(nn.Flatten(), test_iter, n)


def test_seed_everything() -> None:
    import random

    import numpy as np

    draws = []
    for _ in range(2):
        d2l.seed_everything(3)
        draws.append((random.random(), np.random.rand(), torch.rand(1).item()))
    assert draws[0] == draws[1]
    with pytest.raises(ValueError, match=r"seed: must be in 0\.\.4294967295, got -1"):
        d2l.seed_everything(-1)


# ---- One step, and the training of a regression


def line(n: int = 12) -> tuple[torch.Tensor, torch.Tensor]:
    """Examples of y = 3 x1 - x2 + 0.5, without noise."""
    X = torch.randn(n, 2, dtype=torch.float64)
    return X, X @ torch.tensor([[3.0], [-1.0]], dtype=torch.float64) + 0.5


def half_square(y_hat: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return (y_hat - y) ** 2 / 2


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_step_goes_down_the_gradient_of_the_mean_loss_each_time_anew(by_hand: bool) -> None:
    X, y = line()
    w = torch.ones(2, 1, dtype=torch.float64, requires_grad=True)
    expected = w.detach().clone()
    updater = (lambda n: d2l.sgd([w], 0.1, n)) if by_hand else torch.optim.SGD([w], lr=0.1)
    for _ in range(3):  # gradients that are not set to zero would add up from the second step on
        training.step(half_square(X @ w, y).mean(), updater, len(y))
        expected = expected - 0.1 * X.T @ (X @ expected - y) / len(y)
        torch.testing.assert_close(w.detach(), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_regression_with_a_penalty_ends_where_its_formula_says(by_hand: bool) -> None:
    X, y = line(40)
    net = nn.Linear(2, 1, bias=False, dtype=torch.float64)
    lambd, (w,) = 0.3, net.parameters()
    updater = (lambda n: d2l.sgd([w], 0.2, n)) if by_hand else torch.optim.SGD([w], lr=0.2)
    history = training.train_regression(
        net, d2l.load_array((X, y), 40), half_square, 300, updater,
        test_iter=d2l.load_array((X[:7], y[:7]), 4), penalty=lambda: lambd / 2 * (w**2).sum(),
    )  # fmt: skip
    ridge = torch.linalg.solve(X.T @ X / 40 + lambd * torch.eye(2, dtype=torch.float64), X.T @ y / 40)
    torch.testing.assert_close(w.detach().T, ridge, rtol=0, atol=1e-9)
    # The penalty is no part of what is reported, and a last short batch counts by its examples.
    assert history[-1]["train_loss"] == pytest.approx(float(half_square(X @ ridge, y).mean()), abs=1e-9)
    assert history[-1]["test_loss"] == pytest.approx(
        float(half_square(X[:7] @ ridge, y[:7]).mean()), abs=1e-9
    )


def test_a_regression_refuses_labels_that_would_broadcast() -> None:
    X, y = line()
    net = nn.Linear(2, 1, dtype=torch.float64)
    updater = torch.optim.SGD(net.parameters(), lr=0.1)
    with pytest.raises(
        ValueError, match=r"y: shape \(4,\) beside predictions of shape \(4, 1\) would broadcast"
    ):
        training.train_regression(net, d2l.load_array((X, y.flatten()), 4), half_square, 1, updater)


def test_a_regression_that_diverges_names_the_learning_rate() -> None:
    X, y = line()
    net = nn.Linear(2, 1, dtype=torch.float64)
    updater = torch.optim.SGD(net.parameters(), lr=1e4)
    with pytest.raises(d2l.TrainingDiverged, match=r"the learning rate was 10000: try 0\.1"):
        training.train_regression(net, d2l.load_array((X, y), 4), half_square, 50, updater)


@pytest.mark.parametrize(
    "mutant",
    [
        Mutant("step", "updater.zero_grad()", "pass",
               partial(test_a_step_goes_down_the_gradient_of_the_mean_loss_each_time_anew, False)),
        Mutant("step", "(l * batch_size).backward()", "l.backward()",
               partial(test_a_step_goes_down_the_gradient_of_the_mean_loss_each_time_anew, True)),
        Mutant("_one_pass", "l + penalty() if penalty else l", "l",
               partial(test_a_regression_with_a_penalty_ends_where_its_formula_says, False)),
    ],
    ids=str,
)  # fmt: skip
def test_mutant_dies(mutant: Mutant) -> None:
    kill(training, mutant)
