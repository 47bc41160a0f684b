"""A checkup as a whole: it changes nothing, refuses bad input in one line, and what it says can be read."""

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import small_trainings as m
import torch
from rule_cases import CASES
from torch import Tensor, nn

import d2lcore as d2l
from d2lcore.training_checks.asked import Checked, instead_of_training
from d2lcore.training_checks.finding import Checkup, Finding


def state_of(given: dict[str, Any], more: Any = None) -> Any:
    """A copy of all that a training can change, found another way than by the checkup's own."""
    net, updater = given["net"], given["updater"]
    tensors = [*net.parameters(), *net.buffers()]
    return copy.deepcopy(
        {
            "tensors": [t.detach() for t in tensors],
            "grads": [t.grad for t in tensors],
            "flags": [t.requires_grad for t in tensors],
            "modes": [one.training for one in net.modules()],
            "optimizer": updater.state_dict() if isinstance(updater, torch.optim.Optimizer) else None,
            "python": random.getstate(),
            "numpy": np.random.get_state(),
            "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
            "more": more() if more else None,
        }
    )


def assert_same(before: Any, after: Any) -> None:
    """Bit for bit: NaN equals NaN."""
    assert type(before) is type(after)
    if isinstance(before, (Tensor, np.ndarray)):
        before, after = torch.as_tensor(before), torch.as_tensor(after)
        assert (before.dtype, before.shape) == (after.dtype, after.shape)
        assert before.cpu().numpy().tobytes() == after.cpu().numpy().tobytes()
    elif isinstance(before, dict):
        assert list(before) == list(after)
        for key in before:
            assert_same(before[key], after[key])
    elif isinstance(before, (list, tuple)):
        assert len(before) == len(after)
        for one, other in zip(before, after, strict=True):
            assert_same(one, other)
    else:
        assert before == after


def with_state(device: torch.device) -> tuple[dict[str, Any], Callable[[], Any]]:
    """A step that draws from every generator, counts, moves a schedule, and changes its batch in place."""
    net = nn.Sequential(
        nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 3)
    ).to(device)
    net[1].eval()
    updater = torch.optim.Adam(net.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.StepLR(updater, 10)
    generator = torch.Generator().manual_seed(5)
    X, y = m.blobs()
    data = [(X[i : i + 24].clone(), y[i : i + 24]) for i in range(0, 240, 24)]
    count, seen, own = [0], {"last": 0.0}, np.random.default_rng(3)
    steps = 0

    def step(X: Tensor, y: Tensor) -> Tensor:
        nonlocal steps
        steps += 1
        count[0] += 1
        X.add_(0.01 * random.random() + 0.01 * np.random.rand() + 0.01 * float(own.random()))
        X.add_(0.01 * torch.rand(1, generator=generator).to(X.device))
        updater.zero_grad()
        l = nn.functional.cross_entropy(net(X), y)
        l.backward()
        updater.step()
        schedule.step()
        seen["last"] = float(l.detach())
        return l.detach()

    step(data[0][0].to(device), data[0][1].to(device))  # the optimizer has a state, and there are gradients
    given = {"net": net, "train_iter": data, "loss": nn.CrossEntropyLoss(), "updater": updater, "step": step,
             "evaluate": d2l.evaluate_accuracy, "test_iter": data[:3]}  # fmt: skip

    def more() -> Any:
        return [
            count,
            seen,
            steps,
            schedule.state_dict(),
            generator.get_state(),
            own.bit_generator.state,
            data,
        ]

    return given, more


@pytest.mark.usefixtures("unchecked")  # checking the annotations of lists draws random numbers
def test_everything_is_as_it_was(device: torch.device) -> None:
    given, more = with_state(device)
    before = state_of(given, more)
    d2l.checkup(**given)
    assert_same(before, state_of(given, more))


@pytest.mark.usefixtures("unchecked")
def test_everything_is_as_it_was_after_an_error() -> None:
    given, more = with_state(torch.device("cpu"))
    own, calls = given["step"], [0]

    def step(X: Tensor, y: Tensor) -> Tensor:
        calls[0] += 1
        l = own(X, y)
        if calls[0] == 3:
            raise RuntimeError("the third step fails")
        return l

    before = state_of(given, more)
    with pytest.raises(ValueError, match="step: a step on the first batch fails"):
        d2l.checkup(**given | {"step": step})
    assert_same(before, state_of(given, more))
    assert calls == [0]


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    "i",
    [
        pytest.param(i, marks=pytest.mark.experiment if i % 10 else pytest.mark.slow)
        for i in range(len(CASES))
    ],
)
def test_a_broken_training_is_left_as_it_was(i: int) -> None:
    given = CASES[i][2]()
    before = state_of(given)
    d2l.checkup(**given)
    assert_same(before, state_of(given))


def test_parameters_of_a_function_are_left_as_they_were() -> None:
    X, y = m.line()
    w, b = torch.zeros(3, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
    found = d2l.checkup(
        lambda X: d2l.linreg(X, w, b),
        d2l.load_array((X, y), 24),
        d2l.squared_loss,
        lambda batch_size: d2l.sgd([w, b], 0.1, batch_size),
    )
    assert found.rules == []
    assert w.grad is None
    assert not w.any()
    assert not b.any()


def test_the_place_of_an_iterator_is_kept() -> None:
    given = m.classifier()
    batches = iter(given["train_iter"])
    pending = iter(list(range(10_000)))

    def step(X: Tensor, y: Tensor) -> Tensor:
        next(pending, None)
        return m.loop(given, "updater.zero_grad(); l.backward(); updater.step()")["step"](X, y)

    d2l.checkup(**given | {"step": step})
    assert next(pending) == 0
    assert len(list(batches)) == 10


def batches_once() -> Iterator[tuple[Tensor, Tensor]]:
    yield m.blobs()


@pytest.mark.parametrize("name", ["train_iter", "test_iter"])
def test_a_generator_is_found_and_nothing_is_taken_from_it(name: str) -> None:
    stream = batches_once()
    found = d2l.checkup(**m.classifier(**{name: stream}))
    assert [one.rule for one in found] == ["iterator_exhausted"]
    assert f"{name} is a generator" in found.findings[0].seen
    assert next(stream, None) is not None


def fails(*_: Any) -> Any:
    raise KeyError("missing")


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"train_iter": []}, ValueError, "train_iter: it gave no batches"),
        ({"loss": nn.CrossEntropyLoss}, TypeError, "loss: got the class CrossEntropyLoss itself; make one"),
        ({"updater": torch.optim.SGD}, TypeError, "updater: got the class SGD itself; make one"),
        ({"net": fails, "updater": fails}, ValueError, r"net: net\(X\) fails for X of shape \(24, 4\)"),
        ({"step": lambda X, y: None}, TypeError, "step: it must return the loss of the batch"),
        ({"step": fails}, ValueError, "step: a step on the first batch fails"),
        ({"step": 3}, TypeError, r"step: expected a function of a batch, step\(X, y\), got 3"),
        ({"evaluate": lambda net, it: None}, TypeError, "evaluate: it must return a number, got None"),
        ({"evaluate": fails}, ValueError, "evaluate: it fails"),
        ({"epochs": 0}, ValueError, "epochs: must be at least 1"),
        ({"loss": lambda y_hat, y: 1.0}, TypeError, "loss: gave 1.0; return the tensor itself"),
        ({"loss": fails}, ValueError, "loss: cannot take predictions of shape"),
    ],
)
def test_bad_input_is_refused_in_one_line(
    changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    given = m.classifier()
    with pytest.raises(error, match=message) as raised:
        d2l.checkup(**given | changes)
    assert "\n" not in str(raised.value)


def test_a_net_on_meta_is_refused() -> None:
    with pytest.raises(ValueError, match="net: its parameters are on the device 'meta'"):
        d2l.checkup(**m.classifier(net=nn.Linear(4, 3, device="meta")))


def test_a_lazy_net_is_refused_until_it_has_weights() -> None:
    net, loss = nn.LazyLinear(3), nn.CrossEntropyLoss()
    train_iter = d2l.load_array(m.blobs(), 24)
    with pytest.raises(ValueError, match="net: a lazy layer of it has no weights yet; call net"):
        d2l.checkup(net, train_iter, loss, torch.optim.SGD(net.parameters(), lr=0.2))
    net(next(iter(train_iter))[0])
    assert d2l.checkup(net, train_iter, loss, torch.optim.SGD(net.parameters(), lr=0.2)).rules == []


class ListsItsOwn(nn.Linear):
    """As the book's softmax regression from scratch does."""

    def parameters(self) -> list[Tensor]:  # type: ignore[override]
        return [self.weight, self.bias]


def test_a_net_may_list_its_parameters_itself() -> None:
    assert d2l.checkup(**m.classifier(net=ListsItsOwn(4, 3))).rules == []


def test_findings_are_shown_the_worst_first() -> None:
    note, wrong = (
        Finding("a_rule", level, "1 < 2", "means", "change", "other", "004 3.1")
        for level in ("note", "wrong")
    )
    found = Checkup([note, wrong])
    assert found.findings == [wrong, note]
    assert found.rules == ["a_rule"]
    text = str(found)
    assert text.startswith("Checkup: 1 wrong, 1 note\n\nWRONG: a rule")
    assert all(part in text for part in ("seen    1 < 2", "or      other", "notes   004 3.1"))
    assert "1 &lt; 2" in found._repr_html_()
    assert str(Checkup()).startswith("Nothing wrong was found.")
    with pytest.raises(ValueError, match="level: expected one of wrong, suspect, note"):
        Finding("a_rule", "bad", "", "", "")


def test_the_figure_shows_what_was_measured() -> None:
    figure = d2l.checkup(**m.classifier()).figure
    loss, update, layer, gradient = figure.axes
    assert len(loss.lines[0].get_xdata()) == len(update.lines[0].get_xdata()) == 100
    assert len(layer.patches) == 1  # one ReLU
    assert len(gradient.patches) == 2  # two layers


def test_a_checkup_instead_of_a_training() -> None:
    given = m.classifier()
    with pytest.raises(Checked) as stopped, instead_of_training():
        d2l.train_ch3(
            given["net"], given["train_iter"], given["test_iter"], given["loss"], 1, given["updater"]
        )
    assert stopped.value.checkup.rules == []
    with pytest.raises(Checked) as unseen, instead_of_training():
        d2l.train_epochs(1, lambda epoch: {"train_loss": 1.0})
    assert unseen.value.checkup is None


def exp_overflows(y_hat: Tensor, y: Tensor) -> Tensor:
    e = y_hat.exp()
    return -torch.log((e / e.sum(1, keepdim=True))[range(len(y)), y])


@pytest.mark.parametrize(
    ("factor", "weight", "loss", "blamed"),
    [
        (1.0, float("nan"), nn.CrossEntropyLoss(), "the parameter 0.weight is not finite"),
        (1e30, 1e30, nn.CrossEntropyLoss(), "the net gives scores that are not finite for finite inputs"),
        (1e4, 1.0, exp_overflows, "data and scores are finite"),
    ],
)
def test_a_loss_that_is_nan_at_once_is_not_blamed_on_the_learning_rate(
    factor: float, weight: float, loss: Any, blamed: str
) -> None:
    X, y = m.blobs()
    net = m.net_of(4, 16, 3)
    net[0].weight.data[0, 0] = weight
    it = d2l.load_array((X * factor, y), 24)
    with pytest.raises(d2l.TrainingDiverged, match=blamed) as diverged:
        d2l.train_epoch_ch3(net, it, loss, torch.optim.SGD(net.parameters(), lr=1e-9))
    assert "the learning rate is not to blame" in str(diverged.value)
