"""The command line: what it prints, writes and answers, and its one line for every error."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from safetensors.torch import load_file

from d2lcore.command_line import invoke
from d2lcore.training import train_ch3
from d2lcourse.cli import cli

ROOT = Path(__file__).parents[2]
FAST = ("--data", "digits", "--num-epochs", "1")


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def d2lcore(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Run a command line in this process, in a folder of its own: `d2lcore("run", "mlp")`."""
    monkeypatch.chdir(tmp_path)

    def run(*args: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["d2lcore", *args])
        for name in [one for one in sys.modules if one.startswith("chapters.")]:
            monkeypatch.delitem(sys.modules, name)  # as in a new process: runpy warns about a loaded one
        try:
            code = invoke(cli, args, "d2lcore")
        except SystemExit as done:  # a chapter ends its process itself
            code = done.code
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)


def assert_one_line(ran: Ran, *parts: str) -> None:
    assert ran.code == 2
    assert ran.err.startswith("d2lcore")
    assert ran.err.count("\n") == 1
    assert ran.err.endswith("\n")
    for part in parts:
        assert part in ran.err
    assert "Traceback" not in ran.out + ran.err


# ---- Errors


@pytest.mark.usefixtures("no_gpu")
@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("lst", "command: there is no 'lst'; did you mean 'list'?"),
        ("qqqqqq", "choose data, doctor, "),
        ("list --dbug", "--debug"),
        ("list mlp", "unexpected extra argument (mlp)"),
        ("run mpl", "chapter: there is no 'mpl'; did you mean 'mlp'?"),
        ("run mlp scrach", "variant: there is no 'scrach'; did you mean 'scratch'?"),
        ("run mlp scratch concise", "unexpected extra argument (concise)"),
        ("run mlp scratch --num-epoch 3", "--num-epochs"),
        ("run mlp activations --lr 3", "--lr: the variant activations has no such knob"),
        ("run mlp scratch --num-epochs x", "'--num-epochs': 'x' is not a valid integer"),
        ("run mlp scratch --lr fast", "'--lr': 'fast' is not a valid float"),
        ("run mlp scratch --lr", "--lr"),
        ("run mlp scratch --data digits --num-epochs 0", "num_epochs: must be at least 1, got 0"),
        ("run mlp scratch --data digits --batch-size -1", "batch_size: must be at least 1, got -1"),
        ("run mlp scratch --data digits --num-hiddens 0", "num_hiddens: must be at least 1, got 0"),
        ("run mlp concise --data digits --num-hiddens 0", "num_hiddens: must be at least 1, got 0"),
        ("run mlp scratch --data digits --seed -1", "seed: must be in 0..4294967295, got -1"),
        ("run mlp scratch --data digit", "data: there is no 'digit'; did you mean 'digits'?"),
        ("run mlp scratch --data digits --device tpu", "'tpu' is not a device; choose auto, cpu, cuda"),
        ("run mlp scratch --data digits --device cuda", "sees no CUDA device here; use auto or cpu"),
        ("run mlp concise --data digits --device cuda:1", "sees no CUDA device here; use auto or cpu"),
        ("data lst", "command: there is no 'lst'; did you mean 'list'?"),
        ("data fetch", "NAMES"),
        ("data fetch mnst", "data set: there is no 'mnst'; did you mean 'mnist'?"),
        ("data verify airfol", "data set: there is no 'airfol'; did you mean 'airfoil'?"),
    ],
)
def test_error_is_one_line_with_a_way_out(d2lcore: Callable[..., Ran], line: str, hint: str) -> None:
    assert_one_line(d2lcore(*line.split()), hint)


@pytest.mark.parametrize("line", ["list nonsense --debug", "run mlp scratch --data digit --debug"])
def test_debug_shows_the_traceback(d2lcore: Callable[..., Ran], line: str) -> None:
    with pytest.raises(Exception, match=r"nonsense|did you mean 'digits'"):
        d2lcore(*line.split())


@pytest.mark.parametrize("line", ["--debug lst", "run --debug mlp scratch --data digit"])
def test_debug_may_come_first(d2lcore: Callable[..., Ran], line: str) -> None:
    with pytest.raises(Exception, match="did you mean"):
        d2lcore(*line.split())


@pytest.mark.parametrize("line", ["", "run", "data"])
def test_no_command_gets_the_help(d2lcore: Callable[..., Ran], line: str) -> None:
    ran = d2lcore(*line.split())
    assert "error" not in ran.err
    assert "\nCommands:\n" in ran.out + ran.err


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("--help", "\n  doctor "),
        ("-h", "\n  doctor "),
        ("run --help", "\n  mlp "),
        ("run mlp --help", "--num-epochs INTEGER   passes over the training examples [10]\n"),
        ("data fetch --help", "Usage: d2lcore data fetch [OPTIONS] NAMES..."),
        ("--version", "d2lcore, version "),
    ],
)
def test_help(d2lcore: Callable[..., Ran], line: str, part: str) -> None:
    ran = d2lcore(*line.split())
    assert (ran.code, ran.err) == (0, "")
    assert part in ran.out


# ---- Listing and running chapters


def test_list_names_every_chapter_in_reading_order(d2lcore: Callable[..., Ran]) -> None:
    from chapters import READING_ORDER

    ran = d2lcore("list")
    assert (ran.code, ran.err) == (0, "")
    chapters = [line.split()[0] for line in ran.out.splitlines() if line.startswith("  ")]
    assert chapters == [name for part in READING_ORDER.values() for name in part]
    assert [line for line in ran.out.splitlines() if not line.startswith("  ")] == list(READING_ORDER)


def test_list_imports_no_torch() -> None:
    code = """
import sys
from d2lcourse.cli import cli, invoke
for line in (["list"], ["run", "--help"], ["lst"]):
    invoke(cli, line, "d2lcore")
print("loaded:", *{"torch", "torchvision", "numpy", "matplotlib", "chapters.mlp"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "loaded:", done.stderr


def test_run_draws_the_activations(d2lcore: Callable[..., Ran], tmp_path: Path) -> None:
    ran = d2lcore("run", "mlp", "activations")
    folder = Path("runs/mlp/activations")
    assert (ran.code, ran.err) == (0, "")
    assert f"wrote {folder / 'activations.png'}\nwrote {folder / 'metrics.json'}\n" in ran.out
    assert (tmp_path / folder / "activations.png").read_bytes().startswith(b"\x89PNG\r\n")


@pytest.mark.parametrize("variant", ["scratch", "concise"])
def test_run_writes_figures_and_numbers(d2lcore: Callable[..., Ran], tmp_path: Path, variant: str) -> None:
    ran = d2lcore("run", "mlp", variant, *FAST, "--lr", "0.25", "--out", str(tmp_path / "results"))
    folder = tmp_path / "results/mlp" / variant
    files = ["training.png", "predictions.png", "history.csv", "weights.safetensors", "metrics.json"]
    assert (ran.code, ran.err) == (0, "")
    assert sorted(path.name for path in folder.glob("[!.]*")) == sorted(files)
    assert ran.out.endswith("".join(f"wrote {folder / file}\n" for file in files))
    report = json.loads((folder / "metrics.json").read_text())
    header, row = (line.split(",") for line in (folder / "history.csv").read_text().splitlines())
    assert report["metrics"] == {name: float(value) for name, value in zip(header, row, strict=True)}
    assert set(header) == {"epoch", "train_loss", "train_acc", "test_acc"}
    assert report["knobs"]["lr"] == 0.25
    assert report["files"] == files[:4]
    weights = load_file(folder / "weights.safetensors")
    assert {tensor.numel() for tensor in weights.values()} == {64 * 256, 256, 256 * 10, 10}


@pytest.mark.slow
def test_run_without_a_variant_runs_them_all_and_compares(d2lcore: Callable[..., Ran]) -> None:
    ran = d2lcore("run", "mlp", *FAST, "--num-steps", "20")
    assert (ran.code, ran.err) == (0, "")
    assert {path.name for path in Path("runs/mlp").iterdir()} == {
        "activations",
        "approximation",
        "scratch",
        "concise",
    }
    scratch, concise = ran.out.splitlines()[-2:]
    assert scratch.startswith("scratch  train_loss ")
    assert concise.startswith("concise  train_loss ")


@pytest.mark.parametrize("deeper", ["", "below"])
def test_results_that_could_not_be_saved_are_not_computed(
    d2lcore: Callable[..., Ran], tmp_path: Path, deeper: str
) -> None:
    (tmp_path / "file").write_bytes(b"")
    ran = d2lcore("run", "mlp", "scratch", *FAST, "--out", str(tmp_path / "file" / deeper))
    assert_one_line(ran, f"--out: cannot write in {tmp_path / 'file'}", "name another folder")
    assert "epoch  1" not in ran.out


@pytest.mark.parametrize(("variant", "lr"), [("scratch", "1e3"), ("scratch", "1e6"), ("concise", "1e6")])
def test_diverging_training_ends_with_a_learning_rate_to_try(
    d2lcore: Callable[..., Ran], variant: str, lr: str
) -> None:
    ran = d2lcore("run", "mlp", variant, "--data", "digits", "--num-epochs", "3", "--lr", lr)
    assert_one_line(ran, "in epoch 1, batch ", ": try ")
    advised = float(ran.err.split(": try ")[1].split()[0])
    assert 0 < advised <= 0.1


@pytest.mark.parametrize("line", ["run mlp scratch --data mnist", "data fetch mnist"])
def test_data_that_cannot_be_had(
    d2lcore: Callable[..., Ran], small_mnist: Any, server: Any, line: str
) -> None:
    server.files.clear()
    ran = d2lcore(*line.split())
    assert_one_line(ran, f"{server.url}/train-images-idx3-ubyte.gz (HTTP 404 Not Found)", "D2LCORE_MIRROR")
    assert line.startswith("data") or "--data digits" in ran.err


def test_training_on_fetched_images(d2lcore: Callable[..., Ran], small_mnist: Any) -> None:
    ran = d2lcore("run", "mlp", "scratch", "--data", "mnist", "--num-epochs", "1", "--batch-size", "8")
    assert ran.code == 0
    assert "epoch  1  train_loss 2." in ran.out


# ---- Data


@pytest.fixture
def houses(folder: Path, add_to_hub: Callable) -> list[Path]:
    for part in ("train", "test"):
        add_to_hub(f"kaggle_house_{part}", f"{part}.csv", part.encode())
    return [folder / "hub/train.csv", folder / "hub/test.csv"]


def states(ran: Ran) -> dict[str, str]:
    rows = (line.split() for line in ran.out.splitlines() if not line.startswith("data folder"))
    return {row[0]: row[1] for row in rows}


def test_data_list(d2lcore: Callable[..., Ran], folder: Path, houses: list[Path]) -> None:
    d2lcore("data", "fetch", "kaggle_house")
    ran = d2lcore("data", "list")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"data folder: {folder}\n")
    assert states(ran) == {
        "fashion_mnist": "missing", "mnist": "missing", "digits": "embedded", "breast_cancer": "embedded",
        "diabetes": "embedded", "airfoil": "missing", "kaggle_house": "present",
    }  # fmt: skip


@pytest.mark.parametrize("command", ["list", "verify"])
def test_data_commands_without_torchvision(
    d2lcore: Callable[..., Ran], houses: list[Path], without_module: Callable, command: str
) -> None:
    d2lcore("data", "fetch", "kaggle_house")
    without_module("torchvision")
    ran = d2lcore("data", command)
    assert states(ran)["kaggle_house"] == "present"


def test_data_fetch_then_verify(d2lcore: Callable[..., Ran], folder: Path, houses: list[Path]) -> None:
    ran = d2lcore("data", "fetch", "kaggle_house", "digits")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        f"kaggle_house: verified, in {folder / 'hub'}\ndigits: inside scikit-learn, nothing to fetch\n"
    )
    assert d2lcore("data", "verify", "kaggle_house", "digits").code == 0


def test_data_verify_of_nothing_yet(d2lcore: Callable[..., Ran], houses: list[Path]) -> None:
    assert d2lcore("data", "verify").code == 0  # what was never fetched is not damaged
    ran = d2lcore("data", "verify", "kaggle_house")
    assert (ran.code, states(ran)) == (1, {"kaggle_house": "missing"})


@pytest.mark.parametrize("names", [(), ("all",), ("kaggle_house",), ("digits", "kaggle_house")])
def test_data_verify_finds_damage(d2lcore: Callable[..., Ran], houses: list[Path], names: tuple) -> None:
    d2lcore("data", "fetch", "kaggle_house")
    houses[1].write_bytes(b"Test")
    ran = d2lcore("data", "verify", *names)
    assert ran.code == 1
    assert states(ran)["kaggle_house"] == "damaged"
    assert "(d2lcore data fetch kaggle_house)" in ran.out
    assert d2lcore("data", "fetch", "kaggle_house").code == 0
    assert d2lcore("data", "verify", "kaggle_house").code == 0


def test_data_verify_of_a_part(d2lcore: Callable[..., Ran], houses: list[Path]) -> None:
    d2lcore("data", "fetch", "kaggle_house")
    houses[0].unlink()
    ran = d2lcore("data", "verify", "kaggle_house")
    assert (ran.code, states(ran)) == (1, {"kaggle_house": "partial"})


def test_data_folder_that_cannot_be_written(
    d2lcore: Callable[..., Ran], folder: Path, houses: list[Path]
) -> None:
    folder.write_bytes(b"")
    assert_one_line(d2lcore("data", "fetch", "kaggle_house"), "cannot write there", "D2LCORE_DATA")


# ---- Pipes and Ctrl-C, in processes of their own


@pytest.fixture
def piped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `python -m chapters.mlp ...` with pipes for stdout and stderr, which are block-buffered."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    started = []
    # Where the tests run in the background Ctrl-C is ignored, and children would inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def start(*args: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "chapters.mlp", *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            # One thread: the threads of small sums wait for one another on a machine that is busy.
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1"},
        )
        started.append(process)
        return process

    yield start
    signal.signal(signal.SIGINT, before)
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_ctrl_c_saves_what_was_trained(piped: Callable, tmp_path: Path) -> None:
    process = piped("scratch", "--data", "digits", "--num-epochs", "400", "--out", str(tmp_path / "out"))
    out = [process.stdout.readline() for _ in range(3)]
    process.send_signal(signal.SIGINT)
    rest, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert [line.split()[0] for line in out] == ["scratch", "epoch", "epoch"]
    epochs = int(err.removeprefix("interrupted after ").split()[0])
    assert err == f"interrupted after {epochs} finished epochs; they are saved\n"
    folder = tmp_path / "out/mlp/scratch"
    assert {path.name for path in folder.glob("[!.]*")} == {"training.png", "history.csv", "metrics.json"}
    assert len((folder / "history.csv").read_text().splitlines()) == 1 + epochs
    report = json.loads((folder / "metrics.json").read_text())
    assert report["metrics"]["epoch"] == epochs
    assert report["stopped"] == f"interrupted after {epochs} finished epochs"
    assert "\x1b" not in "".join(out) + rest + err


PRINTS = """
import sys
from click import Command
from d2lcore.command_line import invoke
sys.exit(invoke(Command("words", callback=lambda: print("left in the buffer until the end")), [], "words"))
"""


@pytest.mark.parametrize("code", ["from d2lcourse.cli import main; main()", PRINTS], ids=["list", "buffered"])
def test_a_reader_that_has_left_gets_no_traceback(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", code, "list"], stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60
    )
    os.close(writer)
    assert done.stderr == ""
    assert done.returncode == 1


def test_the_line_of_an_epoch_is_out_before_the_next_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = torch.ones(4, 2), torch.tensor([0, 1, 0, 1])
    arrived, seen = io.BytesIO(), []

    class Watched:
        def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
            seen.append(arrived.getvalue().count(b"\n"))
            yield X, y

    net, loss = torch.nn.Linear(2, 2), torch.nn.CrossEntropyLoss()
    updater = torch.optim.SGD(net.parameters(), lr=0.1)
    pipe = io.TextIOWrapper(io.BufferedWriter(arrived), write_through=False)
    monkeypatch.setattr(sys, "stdout", pipe)
    train_ch3(net, Watched(), [(X, y)], loss, 3, updater)
    assert seen == [0, 1, 2]
