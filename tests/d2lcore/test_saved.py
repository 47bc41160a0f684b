"""Files of weights and checkpoints: whole or not at all, and no damage, no code, no misfit goes unnoticed."""

import contextlib
import io
import os
import pickle
import random
import re
import tempfile
import zipfile
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

import mutants
import pytest
import torch
from mutants import Mutant
from on_disk import files_in, full_after, python
from safetensors.torch import load_file, save_file
from torch import nn

from d2lcore import saved
from d2lcore.data.writing import CannotWrite


def archive(value: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


class Runs:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.folder),)


def same(one: object, other: object) -> bool:
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and torch.equal(one, other) and one.dtype == other.dtype
    if isinstance(one, dict):
        return (
            isinstance(other, dict) and list(one) == list(other) and all(same(one[k], other[k]) for k in one)
        )
    if isinstance(one, (list, tuple)):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    return one == other


def test_tensors_lists_dictionaries_and_states_are_read_back(tmp_path: Path) -> None:
    x, y = torch.arange(4), torch.zeros(4)
    net = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    values = [x, [x, y], {"x": x, "y": y}, net.state_dict(), {"a": (1, 2.5, None, "text", True), "n": [{}]}]
    values += [x.half(), torch.randn(2, 3, dtype=torch.float64).T, torch.empty(0, 3), random.getstate()]
    for value in values:
        saved.save(value, tmp_path / "file")
        assert same(saved.load(tmp_path / "file"), value)
    assert files_in(tmp_path) == {"file"}


WHOLE = archive({"w": torch.arange(300.0), "steps": 7})
NO_CHECKPOINTS = {
    "empty": b"", "text": b"epoch 1\n", "noise": bytes(range(256)) * 9, "zeros": bytes(3000),
    "half of one": WHOLE[: len(WHOLE) // 2], "without its end": WHOLE[:-1], "without its begin": WHOLE[1:],
    "a pickle": pickle.dumps({"w": 1}),
}  # fmt: skip


@pytest.mark.parametrize("kind", NO_CHECKPOINTS)
def test_a_file_that_is_no_checkpoint_is_named(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file.pt"
    path.write_bytes(NO_CHECKPOINTS[kind])
    told = rf"^{re.escape(str(path))}: is no file of torch\.save, or a damaged one"
    with pytest.raises(saved.Unreadable, match=told):
        saved.load(path)
    net = nn.Linear(2, 1)
    with pytest.raises(saved.Unreadable, match=rf"^{re.escape(str(path))}: is no safetensors file"):
        saved.load_weights(net, path)


def test_a_zip_archive_of_something_else_is_no_checkpoint(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "file.zip", "w") as file:
        file.writestr("a.txt", "text")
    with pytest.raises(saved.Unreadable, match=r"file\.zip: is no file of torch\.save"):
        saved.load(tmp_path / "file.zip")


@pytest.mark.parametrize("read", [saved.load, partial(saved.load_weights, nn.Linear(2, 1))])
def test_a_folder_and_a_missing_file_are_named(read: Callable, tmp_path: Path) -> None:
    for path, why in ((tmp_path, "Is a directory"), (tmp_path / "none", "No such file or directory")):
        with pytest.raises(saved.Unreadable, match=rf"^{re.escape(str(path))}: cannot be read \({why}\)"):
            read(path)


def test_every_cut_and_every_changed_bit_is_noticed_or_harmless(tmp_path: Path) -> None:
    path, value = tmp_path / "file", torch.load(io.BytesIO(WHOLE), weights_only=True)
    chosen = random.Random(0)
    for i in chosen.sample(range(len(WHOLE)), 150):
        changed = WHOLE[:i] + bytes([WHOLE[i] ^ 1 << chosen.randrange(8)]) + WHOLE[i + 1 :]
        for data in (changed, WHOLE[:i]):
            path.write_bytes(data)
            with contextlib.suppress(saved.Unreadable):
                assert same(saved.load(path), value)
                assert data is changed, "a file that has been cut is never read"


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize("wrapped", [True, False])
def test_a_pickle_that_would_run_code_is_refused_and_not_run(
    wrapped: bool, protocol: int, tmp_path: Path
) -> None:
    path, folder = tmp_path / "file.pt", tmp_path / "made by the pickle"
    if wrapped:  # as torch.save writes it: this is the file that a plain torch.load of old would have run
        torch.save({"w": torch.ones(2), "x": Runs(folder)}, path)
    else:
        path.write_bytes(pickle.dumps(Runs(folder), protocol))
    with pytest.raises(saved.Unreadable, match=r"file\.pt: (holds more than|is no file of torch\.save)"):
        saved.load(path)
    assert not folder.exists()
    if wrapped:
        torch.load(path, weights_only=False)  # what the notes' torch.load did, before torch 2.6
        assert folder.exists()


# A state that does not fit


def net_of(*widths: int) -> nn.Sequential:
    return nn.Sequential(*[nn.Linear(n, m) for n, m in pairwise(widths)])


@pytest.mark.parametrize(
    ("widths", "told"),
    [
        ((3, 4), "1.weight is missing; 1.bias is missing"),
        ((3, 4, 2, 1), "2.bias is unexpected; 2.weight is unexpected"),
        ((3, 4, 5), "1.weight is (5, 4), not (2, 4); 1.bias is (5,), not (2,)"),
    ],
)
def test_a_state_that_does_not_fit_names_what_and_changes_nothing(
    widths: tuple, told: str, tmp_path: Path
) -> None:
    path, net = tmp_path / "weights.safetensors", net_of(3, 4, 2)
    save_file(net_of(*widths).state_dict(), path)
    before = {name: one.clone() for name, one in net.state_dict().items()}
    with pytest.raises(saved.Unreadable) as error:
        saved.load_weights(net, path)
    assert str(error.value) == f"{path}: does not fit this net: {told}"
    assert same(dict(net.state_dict()), before)
    with pytest.raises(RuntimeError, match="Error"):  # torch names them too, but changes what fits
        net.load_state_dict(net_of(*widths).state_dict())
    assert not torch.equal(net.state_dict()["0.weight"], before["0.weight"])


def test_weights_are_put_into_the_net_that_stays_itself(tmp_path: Path) -> None:
    net, other = net_of(3, 4, 2), net_of(3, 4, 2)
    saved.write_weights(net.state_dict(), tmp_path / "weights")
    parameter = other[0].weight
    saved.load_weights(other, tmp_path / "weights")
    assert same(dict(other.state_dict()), dict(net.state_dict()))
    assert other[0].weight is parameter


def test_tied_and_transposed_weights_are_written(tmp_path: Path) -> None:
    w = torch.randn(3, 2, requires_grad=True)
    saved.write_weights({"w": w, "tied": w, "transposed": w.T}, tmp_path / "weights")
    found = load_file(tmp_path / "weights")
    assert same(dict(sorted(found.items())), {"tied": w, "transposed": w.T, "w": w})


# Whole or not at all


def test_a_full_disk_leaves_the_earlier_file(tmp_path: Path) -> None:
    saved.save({"n": 1}, tmp_path / "file")
    with pytest.raises(CannotWrite, match=r"file: cannot be written \(File too large\)"), full_after(2000):
        saved.save(torch.zeros(10_000), tmp_path / "file")
    assert saved.load(tmp_path / "file") == {"n": 1}
    assert files_in(tmp_path) == {"file"}
    with pytest.raises(CannotWrite, match="none/file: cannot be written"):
        saved.save(1, tmp_path / "none" / "file")


KILLED = """
import os, random, signal, sys, time
from pathlib import Path
import torch
from d2lcore.saved import load, save

def slowly(part, data):
    with part.open("wb", buffering=0) as file:
        for i in range(0, len(data), 20_000):
            file.write(data[i : i + 20_000])
            time.sleep(0.001)

Path.write_bytes = slowly
path, seen = Path(sys.argv[1]), set()
save({"n": 0, "w": torch.zeros(100_000)}, path)
for i in range(10):
    child = os.fork()
    if not child:
        while True:  # until it is killed, somewhere in a write
            i += 1
            save({"n": i, "w": torch.full((100_000,), float(i))}, path)
    time.sleep(random.uniform(0.05, 0.15))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    found = load(path)
    assert (found["w"] == found["n"]).all()
    seen.add(found["n"])
    left = [one for one in path.parent.iterdir() if one.suffix == ".part"]
    print("part" if left else "none", flush=True)
save({"n": -1, "w": torch.zeros(1)}, path)
print(len(seen), len(list(path.parent.iterdir())))
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a fork")
def test_killed_while_writing_the_earlier_checkpoint_is_whole(tmp_path: Path) -> None:
    with python(KILLED, str(tmp_path / "checkpoint.pt")) as process:
        lines = process.stdout.read().splitlines()
        assert process.wait() == 0
    assert lines[:-1].count("part") >= 3, "of ten, some were killed within a write"
    seen, left = map(int, lines[-1].split())
    assert seen > 3, "and others have written before"
    assert left == 1, "what the killed ones left is swept"


def test_the_error_is_one_of_a_wrong_value() -> None:
    assert issubclass(saved.Unreadable, ValueError)  # of which the command line shows one line


def in_a_folder(test: Callable, *args: object) -> Callable[[], None]:
    """The test, called with a folder that is there for as long."""

    def call() -> None:
        with tempfile.TemporaryDirectory() as folder:
            test(*args, Path(folder))

    return call


MISSING = ((3, 4), "1.weight is missing; 1.bias is missing")
OTHER_SHAPE = ((3, 4, 5), "1.weight is (5, 4), not (2, 4); 1.bias is (5,), not (2,)")
MISFIT = test_a_state_that_does_not_fit_names_what_and_changes_nothing
MUTANTS = [
    Mutant("load", "weights_only=True", "weights_only=False",
           in_a_folder(test_a_pickle_that_would_run_code_is_refused_and_not_run, True, 2)),
    Mutant("load", ".testzip()", ".comment",
           in_a_folder(test_every_cut_and_every_changed_bit_is_noticed_or_harmless)),
    Mutant("save", "replacing(Path(path)) as part:\n        part.write_bytes",
           "open(path, 'wb') as part:\n        part.write",
           in_a_folder(test_a_full_disk_leaves_the_earlier_file), dies_of=(saved.Unreadable,)),
    Mutant("write_weights", ".clone(memory_format=torch.contiguous_format)", "",
           in_a_folder(test_tied_and_transposed_weights_are_written), dies_of=(ValueError, RuntimeError)),
    Mutant("misfits", "if name not in given]", "if False]", in_a_folder(MISFIT, *MISSING),
           dies_of=(RuntimeError,)),
    Mutant("misfits", "{given[name]}, not {own[name]}", "{own[name]}, not {given[name]}",
           in_a_folder(MISFIT, *OTHER_SHAPE)),
    Mutant("load_weights", "if wrong := misfits(net, state):", "if wrong := '':",
           in_a_folder(MISFIT, *MISSING), dies_of=(RuntimeError,)),
    Mutant("Unreadable", "ValueError", "Exception", test_the_error_is_one_of_a_wrong_value),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(saved, MUTANTS)
