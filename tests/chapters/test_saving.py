"""A file of tensors beside safetensors; a training that is stopped anywhere and goes on, bit for bit."""

import random
import re
import tempfile
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

import mutants
import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mutants import Mutant
from torch import nn

import d2lcore as d2l
from chapters import saving
from d2lcore.saved import Unreadable, load, save

# A file of tensors


def some_tensors() -> dict[str, torch.Tensor]:
    return {
        "w": torch.randn(3, 4), "w transposed": torch.randn(5, 2, dtype=torch.float64).T,
        "steps": torch.tensor(7), "none": torch.empty(0, 3), "权重": torch.arange(3),
        "inf": torch.tensor([float("inf"), -0.0, 1e-45]),
    }  # fmt: skip


def check_equal(found: dict[str, torch.Tensor], tensors: dict[str, torch.Tensor]) -> None:
    assert found.keys() == tensors.keys()
    for name, one in tensors.items():
        assert torch.equal(found[name], one)
        assert (found[name].dtype, found[name].shape) == (one.dtype, one.shape)


def test_what_is_written_by_hand_is_read_by_safetensors() -> None:
    for tensors in (some_tensors(), {}):
        check_equal(safetensors.torch.load(saving.to_bytes(tensors)), tensors)
    start = int.from_bytes(saving.to_bytes(some_tensors())[:8], "little")
    assert start % 8 == 0


def test_what_safetensors_writes_is_read_by_hand() -> None:
    tensors = {name: one.contiguous() for name, one in some_tensors().items()}
    check_equal(saving.from_bytes(safetensors.torch.save(tensors, metadata={"by": "us"})), tensors)
    found = saving.from_bytes(saving.to_bytes(tensors))
    check_equal(found, tensors)
    found["w"] += 1  # it can be written to


def test_a_parameter_is_written_as_its_values_and_an_unknown_type_is_refused() -> None:
    net = nn.Linear(3, 2)
    check_equal(saving.from_bytes(saving.to_bytes(dict(net.named_parameters()))), net.state_dict())
    with pytest.raises(KeyError, match="float16"):
        saving.to_bytes({"w": torch.ones(2).half()})


def test_damage_that_each_reader_does_not_notice() -> None:
    metrics = saving.files(num_files=60).metrics
    counts = [metrics[f"unnoticed of 60, {name}"] for name in ("safetensors", "torch.load", "load")]
    assert counts[0] > 45  # of the 8.4 kB, 8.3 are weights
    assert counts[1] > 30
    assert counts[2] == 0


# A training that goes on


class Noisy(nn.Module):
    """Dropout, a buffer, and draws from all three generators."""

    def __init__(self) -> None:
        super().__init__()
        layers = nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 1)
        self.net = nn.Sequential(*layers)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return self.net(X + 0.01 * random.random() + 0.01 * np.random.rand())


UPDATERS: dict[str, Callable] = {
    "momentum": lambda params: torch.optim.SGD(params, 0.01, momentum=0.9),
    "Adam": lambda params: torch.optim.Adam(params, 0.01),
}
LOADERS: dict[str, Callable] = {
    "batches": lambda data, own: d2l.load_array(data, 4, generator=own),
    "DataLoader": lambda data, own: torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(*data), 4, shuffle=True, generator=own
    ),
}


def make(updater: str = "Adam", loader: str = "batches", own: bool = False, seed: int = 0) -> saving.Training:
    """A training of 5 batches an epoch, the last one short; the data are the same for every seed."""
    maker = torch.Generator().manual_seed(5)
    data = (torch.randn(18, 3, generator=maker), torch.randn(18, 1, generator=maker))
    d2l.seed_everything(seed)
    net = Noisy()
    train_iter = LOADERS[loader](data, torch.Generator().manual_seed(seed) if own else None)
    return saving.Training(net, train_iter, nn.MSELoss(), UPDATERS[updater](net.parameters()))


def draws() -> tuple[float, ...]:
    return random.random(), float(np.random.rand()), float(torch.rand(()))


def check_goes_on(stops: list[int], num_epochs: int = 3, **how: object) -> None:
    """Stopped after each of these numbers of steps, gone on by new objects: the same to the last bit."""
    unbroken = make(**how)
    losses = list(unbroken.steps(num_epochs))
    after = draws()
    assert len(losses) == 5 * num_epochs

    training, found = make(**how), []
    with tempfile.TemporaryDirectory() as folder:
        for stop in stops:
            found += islice(training.steps(num_epochs), stop)
            save(training.state_dict(), Path(folder, "checkpoint"))
            training = make(**how, seed=99)
            draws()
            training.resume(Path(folder, "checkpoint"))
        found += training.steps(num_epochs)
    assert found == losses
    for name, one in unbroken.net.state_dict().items():
        assert torch.equal(training.net.state_dict()[name], one), name
    assert draws() == after, "and the generators are where they would be"


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=3),
    st.sampled_from(list(UPDATERS)), st.sampled_from(list(LOADERS)), st.booleans(),
)  # fmt: skip
def test_stopped_at_any_steps_it_ends_with_the_same_weights(
    stops: list[int], updater: str, loader: str, own: bool
) -> None:
    check_goes_on(stops, updater=updater, loader=loader, own=own)


@pytest.mark.parametrize("stop", [0, 1, 4, 5, 6, 15])
@pytest.mark.parametrize("own", [True, False])
def test_stopped_at_the_edges_of_an_epoch(stop: int, own: bool) -> None:
    check_goes_on([stop], own=own)


def test_a_second_call_goes_on_too_and_finished_means_finished() -> None:
    whole, training = make(), make()
    losses = list(whole.steps(2))
    d2l.seed_everything(0)
    training = make()
    found = [*islice(training.steps(2), 3)]
    found += training.steps(2)
    assert found == losses
    assert (training.epoch, training.batch) == (2, 0)
    assert list(training.steps(2)) == []


@pytest.mark.slow
def test_without_the_generators_or_the_optimizer_it_is_another_training() -> None:
    metrics = saving.resume(stop=50, num_epochs=2).metrics
    assert list(metrics) == [f"difference, {name}" for name in ("weights", "weights and optimizer", "all")]
    assert metrics["difference, all"] == 0
    assert metrics["difference, weights and optimizer"] > 0.01
    assert metrics["difference, weights"] > 0.01


@pytest.mark.slow
def test_the_default_run_goes_on_to_the_same_weights_and_has_learned() -> None:
    result = saving.resume()
    assert result.metrics["difference, all"] == 0
    assert min(list(result.metrics.values())[:2]) > 0.1
    _, test_iter = d2l.load_data("digits", 32)
    assert d2l.evaluate_accuracy(result.net, test_iter) > 0.9
    assert [len(line.get_ydata()) for line in result.figure.axes[0].lines] == [170, 170, 170]


@pytest.mark.parametrize(
    ("knobs", "told"),
    [({"stop": 90}, "stop: must be below 90"), ({"stop": 0}, "stop: must be at least 1"),
     ({"num_epochs": 0}, "num_epochs: must be at least 1"), ({"lr": -1.0}, "learning rate")],
)  # fmt: skip
def test_bad_knobs(knobs: dict, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        saving.resume(**{"num_epochs": 2, **knobs})
    with pytest.raises(ValueError, match="num_files: must be at least 1"):
        saving.files(num_files=0)


# What does not fit


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"updater": "momentum"}, "optimizer is Adam, not SGD"),
        ({"own": True}, "generator is False, not True"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused_and_changes_nothing(
    other: dict, told: str, tmp_path: Path
) -> None:
    path, theirs = tmp_path / "checkpoint.pt", make()
    list(islice(theirs.steps(2), 3))
    save(theirs.state_dict(), path)
    check_refused(make(**other), path, f"does not fit this training: {told}")


def check_refused(mine: saving.Training, path: Path, told: str) -> None:
    before = {name: one.clone() for name, one in mine.net.state_dict().items()}
    at = (mine.epoch, mine.batch), torch.get_rng_state()
    with pytest.raises(Unreadable, match=f"^{re.escape(str(path))}: {re.escape(told)}"):
        mine.resume(path)
    assert all(torch.equal(mine.net.state_dict()[name], one) for name, one in before.items())
    assert (mine.epoch, mine.batch) == at[0]
    assert torch.equal(torch.get_rng_state(), at[1])
    assert not mine.updater.state


def test_other_shapes_batches_parameters_and_files_are_refused(tmp_path: Path) -> None:
    path, theirs = tmp_path / "checkpoint.pt", make()
    list(islice(theirs.steps(2), 3))
    save(theirs.state_dict(), path)
    mine = make()
    mine.net.net[4] = nn.Linear(8, 2)
    check_refused(mine, path, "does not fit this training: net.4.weight is (1, 8), not (2, 8); net.4.bias is")
    mine = make()
    mine.train_iter = d2l.load_array(mine.train_iter.dataset.tensors, 6)
    check_refused(mine, path, "does not fit this training: batches is 5, not 3")
    mine = make()
    mine.updater = torch.optim.Adam([{"params": [one]} for one in mine.net.parameters()], 0.01)
    check_refused(mine, path, "does not fit this optimizer: loaded state dict has a different number")
    for value in (torch.ones(2), [1], {"net": {}}):
        save(value, path)
        check_refused(make(), path, "is no checkpoint of a training")
    path.write_text("no checkpoint")
    check_refused(make(), path, "is no file of torch.save, or a damaged one")
    check_refused(make(), tmp_path / "none", "cannot be read (No such file or directory)")


def test_a_checkpoint_holds_tensors_and_plain_values_only(tmp_path: Path) -> None:
    save(make(own=True).state_dict(), tmp_path / "checkpoint.pt")
    assert load(tmp_path / "checkpoint.pt").keys() >= {"net", "updater", "place"}  # by weights_only=True


OF_ANOTHER = test_a_checkpoint_of_another_training_is_refused_and_changes_nothing
GOES_ON = partial(check_goes_on, [7, 2])
MUTANTS = [
    Mutant("to_bytes", "-len(text) % 8", "7 - len(text) % 8",
           test_what_is_written_by_hand_is_read_by_safetensors),
    Mutant("to_bytes", "list(values.shape)", "list(values.shape[::-1])",
           test_what_is_written_by_hand_is_read_by_safetensors),
    Mutant("from_bytes", "8 + int", "int",
           test_what_safetensors_writes_is_read_by_hand, dies_of=(Exception,)),
    Mutant("from_bytes", 'if name != "__metadata__"', "if True",
           test_what_safetensors_writes_is_read_by_hand, dies_of=(KeyError,)),
    Mutant("from_bytes", "values.copy()", "values", test_what_safetensors_writes_is_read_by_hand,
           dies_of=(UserWarning, RuntimeError)),
    Mutant("generators", '"python": random.getstate()', '"python": random.Random(0).getstate()', GOES_ON),
    Mutant("generators", "np.random.get_state(legacy=True)",
           "np.random.RandomState(0).get_state(legacy=True)", GOES_ON),
    Mutant("generators", 'states["own"] = train_iter.generator.get_state()', "pass",
           partial(check_goes_on, [7], own=True)),
    Mutant("set_generators", 'torch.set_rng_state(states["torch"])', "pass", GOES_ON),
    Mutant("set_generators", 'np.random.set_state(states["numpy"])', "pass", GOES_ON),
    Mutant("Training", 'self.net.load_state_dict(state["net"])', "pass", GOES_ON),
    Mutant("Training", 'self.updater.load_state_dict(state["updater"])', "pass", GOES_ON),
    Mutant("Training", "self.begun if self.batch else now", "now", GOES_ON),
    Mutant("Training", "islice(batches, self.batch)", "islice(batches, self.batch - 1)", GOES_ON,
           dies_of=(AssertionError, ValueError)),
    Mutant("Training", "self.epoch + 1, 0", "self.epoch + 1, self.batch", GOES_ON),
    Mutant("Training", "if one != theirs[key]", "if False",
           lambda: in_a_folder(partial(OF_ANOTHER, {"updater": "momentum"}, "optimizer is Adam, not SGD"))),
    Mutant("digits_training", "(0.2, 0.5)", "(0.0, 0.0)", lambda: test_the_net_has_dropout()),
]  # fmt: skip


def in_a_folder(test: Callable[[Path], None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        test(Path(folder))


def test_the_net_has_dropout() -> None:
    training = saving.digits_training(0.01, 32, 0)
    X = next(iter(training.train_iter))[0]
    assert not torch.equal(training.net(X), training.net(X))
    assert isinstance(training.updater, torch.optim.Adam)


test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(saving, MUTANTS)
