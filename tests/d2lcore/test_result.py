"""What a run saves: the numbers first, whole files only, and never the files of two runs."""

import json
import math
import re
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from on_disk import at_once, files_in, full_after, python, wait_for
from safetensors.torch import load_file
from torch import nn

import d2lcore as d2l
from d2lcore.data import writing
from d2lcore.data.writing import CannotWrite


class Signed(Figure):
    """A figure whose file is a text, so that one sees which run wrote it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def savefig(self, part: Path, **options: object) -> None:
        Path(part).write_text(self.text)


def result_of(run: int, length: int = 1) -> d2l.Result:
    rows = d2l.History()
    rows.add(epoch=1, train_loss=run)
    return d2l.Result(None, rows, {"one": Signed(f"{run}" * length), "two": Signed(f"{run}" * length)})


def runs_in(folder: Path) -> set[int]:
    """The runs whose files these are."""
    numbers = json.loads((folder / "metrics.json").read_text())["metrics"]["train_loss"]
    row = (folder / "history.csv").read_text().splitlines()[1]
    pictures = [int((folder / f"{name}.png").read_text()[:1]) for name in ("one", "two")]
    return {int(numbers), int(float(row.split(",")[1])), *pictures}


@pytest.mark.slow
def test_eight_runs_that_save_at_once_leave_the_files_of_one(tmp_path: Path) -> None:
    for _ in range(3):
        at_once(lambda i: result_of(i).save(tmp_path), 8)
        assert len(runs_in(tmp_path)) == 1
        assert files_in(tmp_path) == {"metrics.json", "history.csv", "one.png", "two.png"}


def test_a_full_disk_costs_the_figures_and_not_the_numbers(tmp_path: Path) -> None:
    result_of(1).save(tmp_path)
    with pytest.raises(CannotWrite) as error, full_after(2000):
        result_of(2, length=3000).save(tmp_path, knobs={"seed": 2})
    assert str(error.value) == (
        f"{tmp_path / 'one.png'}: cannot be written (File too large); saved are metrics.json, history.csv. "
        "Make room, or name another folder"
    )
    assert json.loads((tmp_path / "metrics.json").read_text())["knobs"] == {"seed": 2}
    assert files_in(tmp_path) == {"metrics.json", "history.csv"}, "no picture of the earlier run beside them"
    result_of(3).save(tmp_path)
    assert runs_in(tmp_path) == {3}


def test_a_disk_that_is_full_before_the_numbers_leaves_the_earlier_run(tmp_path: Path) -> None:
    result_of(1).save(tmp_path)
    told = r"metrics\.json: cannot be written \(File too large\)\. Make room"
    with pytest.raises(CannotWrite, match=told), full_after(10):
        result_of(2).save(tmp_path)
    assert runs_in(tmp_path) == {1}


def test_what_an_earlier_run_wrote_is_removed_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    result_of(1).save(folder)
    for other in (tmp_path / "mine.txt", folder / "notes.txt"):
        other.write_text("kept")
    report = json.loads((folder / "metrics.json").read_text())
    report["files"] += ["../mine.txt", 7]  # of somebody who has edited it
    (folder / "metrics.json").write_text(json.dumps(report))
    d2l.Result(metrics={"loss": 2.0}, figures={"two": Signed("2")}).save(folder)
    assert files_in(folder) == {"metrics.json", "two.png", "notes.txt"}
    assert (tmp_path / "mine.txt").read_text() == "kept"


def test_a_figure_that_cannot_be_drawn_costs_itself(tmp_path: Path) -> None:
    result_of(1).save(tmp_path)
    result = result_of(2)
    result.figures["two"].savefig = lambda part, **_: (Path(part).write_text("half"), 1 / 0)
    with pytest.raises(ZeroDivisionError):
        result.save(tmp_path)
    assert files_in(tmp_path) == {"metrics.json", "history.csv", "one.png"}
    assert json.loads((tmp_path / "metrics.json").read_text())["metrics"]["train_loss"] == 2


def net_and_copy() -> tuple[nn.Module, nn.Module]:
    """A net with a transposed weight, a tied layer and a float64 buffer, and one of other weights."""
    nets = []
    for _ in range(2):
        tied = nn.Linear(3, 3)
        tied.weight = nn.Parameter(torch.randn(3, 3).T)
        net = nn.Sequential(tied, nn.ReLU(), tied, nn.BatchNorm1d(3))
        net.register_buffer("mean", torch.randn(2, dtype=torch.float64))
        nets.append(net)
    return nets[0], nets[1]


def test_the_weights_of_a_module_are_read_back_bit_for_bit(tmp_path: Path) -> None:
    net, other = net_and_copy()
    paths = d2l.Result(net).save(tmp_path)
    assert [path.name for path in paths] == ["weights.safetensors", "metrics.json"]
    assert json.loads((tmp_path / "metrics.json").read_text())["files"] == ["weights.safetensors"]
    assert not torch.equal(net[0].weight, other[0].weight)
    other.load_state_dict(load_file(tmp_path / "weights.safetensors"))
    for name, tensor in net.state_dict().items():
        assert torch.equal(other.state_dict()[name], tensor), name
    assert net[0].weight.requires_grad, "the net itself is left as it was"
    assert net[0] is net[2]


def test_a_function_names_its_own_weights_and_a_run_without_any_writes_none(tmp_path: Path) -> None:
    w = torch.randn(3, 1, requires_grad=True)
    d2l.Result(lambda X: X @ w, weights={"w": w, "w transposed": w.T}).save(tmp_path)
    state = load_file(tmp_path / "weights.safetensors")
    assert torch.equal(state["w"], w)
    assert torch.equal(state["w transposed"], w.T)
    for without in (d2l.Result(), d2l.Result(nn.Flatten())):
        d2l.Result(nn.Linear(1, 1)).save(tmp_path)
        without.save(tmp_path)
        assert files_in(tmp_path) == {"metrics.json"}, "those of the earlier run are gone"


def test_a_disk_that_gets_full_at_the_weights_leaves_the_numbers(tmp_path: Path) -> None:
    told = r"weights\.safetensors: cannot be written \(File too large\); saved are metrics\.json\. Make room"
    with pytest.raises(CannotWrite, match=told), full_after(2000):
        d2l.Result(nn.Linear(100, 10), metrics={"test_acc": 0.5}).save(tmp_path)
    assert files_in(tmp_path) == {"metrics.json"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"history": [{"epoch": 1}]}, "history: expected a History, got a list"),
        ({"figures": [Figure()]}, "figures: expected a dict from names to figures, got a list"),
        ({"figures": {1: Figure()}}, "figures: a name is a text, got 1"),
        ({"figures": {"one": Figure}}, "figures: expected a matplotlib figure for 'one', got the class"),
        ({"figures": {"one": Figure().gca()}}, "figures: expected a matplotlib figure for 'one', got an Ax"),
        ({"figures": {"a/b": Figure()}}, "figures: 'a/b' cannot be the name of a file"),
        ({"figures": {"..": Figure()}}, "figures: '..' cannot be the name of a file"),
        ({"figures": {"": Figure()}}, "figures: '' cannot be the name of a file"),
        ({"metrics": [0.5]}, "metrics: expected a dict from names to metrics, got a list"),
        ({"metrics": None}, "metrics: expected a dict from names to metrics, got None"),
        ({"metrics": {0: 0.5}}, "metrics: a name is a text, got 0"),
        ({"metrics": {"loss": "0.5"}}, "metrics: expected a number for 'loss', got '0.5'"),
        ({"metrics": {"loss": torch.tensor(0.5)}}, "metrics: expected a number for 'loss', got a Tensor"),
        ({"metrics": {"right": True}}, "metrics: expected a number for 'right', got True"),
        ({"metrics": {"loss": None}}, "metrics: expected a number for 'loss', got None"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("unchecked")
def test_a_field_that_could_not_be_saved_is_named_at_once(fields: dict, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(message)}"):
        d2l.Result(**fields)


@pytest.mark.usefixtures("unchecked")
def test_numbers_of_numpy_nan_and_infinity_are_saved_as_numbers(tmp_path: Path) -> None:
    metrics = {"loss": np.float32(0.25), "steps": np.int64(3), "bound": math.inf, "regret": math.nan, "k": 2}
    d2l.Result(metrics=metrics).save(tmp_path)
    saved = json.loads((tmp_path / "metrics.json").read_text())["metrics"]
    assert saved == pytest.approx({**metrics, "loss": 0.25, "steps": 3}, nan_ok=True)
    assert not any(isinstance(value, str) for value in saved.values())


SAVING = """
import sys, time
from pathlib import Path
import d2lcore as d2l
from matplotlib.figure import Figure

class Slow(Figure):
    def savefig(self, part, **options):
        Path(part).write_text("half")
        print("half", flush=True)
        time.sleep(600)

d2l.Result(metrics={"seed": 7}, figures={"one": Slow()}).save(sys.argv[1])
"""


@pytest.mark.slow
def test_killed_while_saving_another_waits_and_what_is_left_is_swept(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "PATIENCE", 0.3)
    with python(SAVING, str(tmp_path)) as process:
        assert process.stdout.readline() == "half\n"
        assert json.loads((tmp_path / "metrics.json").read_text())["metrics"] == {"seed": 7}

        def save_or_kill(i: int) -> None:
            if i:
                time.sleep(0.7)
                process.kill()
            else:
                result_of(1).save(tmp_path)

        at_once(save_or_kill, 2)
    assert capsys.readouterr().err == f"waiting for {tmp_path / '.lock'}, which another process holds\n"
    assert runs_in(tmp_path) == {1}
    wait_for(lambda: files_in(tmp_path) == {"metrics.json", "history.csv", "one.png", "two.png"})
