# %% [markdown]
# # Saving and loading (读写文件)
# A file of tensors: names, shapes, bytes. A checkpoint holds all that decides how a training goes on.
#
# Notes: 003 6.4. Run: `python -m chapters.saving [files|resume]`.
# On the digits, stopped after step 100 and gone on: all weights the same, difference 0.

# %%
import contextlib
import io
import json
import random
import tempfile
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn

import d2lcore as d2l
from chapters.dropout import DropoutMLP
from chapters.figures.saving import draw_resumed
from d2lcore.saved import Unreadable, load, misfits, save

# %% [markdown]
# ## A file of tensors
# The state of a net is a dictionary of tensors. A safetensors file holds, in this order, the length of its
# header, in 8 bytes; the header, with type, shape and place of each tensor; and all bytes of the tensors.
# There is nothing in it that could run.

# %%
DTYPES = {"F32": np.float32, "F64": np.float64, "I64": np.int64}  # some of those that the format knows


def to_bytes(tensors: Mapping[str, Tensor]) -> bytes:
    """The tensors as a safetensors file. KeyError for a type that is not in DTYPES."""
    header, body = {}, b""
    for name, tensor in tensors.items():
        values = tensor.detach().cpu().numpy()
        dtype = {np.dtype(kind): code for code, kind in DTYPES.items()}[values.dtype]
        begin, body = len(body), body + values.tobytes()
        header[name] = {"dtype": dtype, "shape": list(values.shape), "data_offsets": [begin, len(body)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # the bytes of the tensors begin at a multiple of 8
    return len(text).to_bytes(8, "little") + text + body


def from_bytes(data: bytes) -> dict[str, Tensor]:
    """The tensors of a safetensors file."""
    start = 8 + int.from_bytes(data[:8], "little")
    header, body = json.loads(data[8:start]), data[start:]
    tensors = {}
    for name, about in header.items():
        if name != "__metadata__":  # texts, for whoever wrote it
            begin, end = about["data_offsets"]
            values = np.frombuffer(body[begin:end], DTYPES[about["dtype"]])
            tensors[name] = torch.from_numpy(values.copy()).reshape(about["shape"])
    return tensors


# %% [markdown]
# ## Concise
# `safetensors.torch` writes and reads such files. `torch.save` writes lists and dictionaries too, in a zip
# archive (003 6.4). Inside is a *pickle*, and a pickle is a program: to load it is to run it.
# `torch.load(..., weights_only=True)`, the default since torch 2.6, makes tensors and plain values only.
#
# Neither notices a changed byte. The zip archive has checksums, but `torch.load` does not look at them. Our
# `load`, of `d2lcore.saved`, does. `save` writes beside the target and renames: whoever is killed while
# writing leaves the earlier file whole.
#
# A state that does not fit the net is an error of `load_state_dict`, which names what is missing, unexpected
# or of another shape. By then it has replaced all that did fit. `d2lcore.saved.load_weights` compares first.


# %%
def files(*, num_files: int = 200, seed: int = 0) -> d2l.Result:
    """Change one bit of a file of weights: how often are other weights read, without an error?

    num_files: changed files for each way of reading
    """
    d2l.check_counts(num_files=num_files)
    d2l.seed_everything(seed)
    state, buffer, counts = nn.Linear(64, 32).state_dict(), io.BytesIO(), {}
    torch.save(state, buffer)
    archive, tensors = buffer.getvalue(), safetensors.torch.save(state)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "weights")
        ways = {"safetensors": (tensors, lambda: safetensors.torch.load_file(path)),
                "torch.load": (archive, lambda: torch.load(path, weights_only=True)),
                "load": (archive, lambda: load(path))}  # fmt: skip
        for name, (data, read) in ways.items():
            counts[f"unnoticed of {num_files}, {name}"] = 0.0
            for i in random.choices(range(len(data)), k=num_files):
                path.write_bytes(data[:i] + bytes([data[i] ^ 1 << random.randrange(8)]) + data[i + 1 :])
                with contextlib.suppress(Exception):  # it was noticed
                    found = read()
                    same = all(torch.equal(found[key], one) for key, one in state.items())
                    counts[f"unnoticed of {num_files}, {name}"] += not same
    return d2l.Result(metrics=counts)


# %% [markdown]
# ## A training that goes on
# What decides how a training goes on? The weights; the state of the optimizer, such as Adam's means; the
# random generators, for the masks of dropout; and the place in the epoch. The order of an epoch's batches is
# drawn when it begins. So keep the generators of that moment too: they draw the same order again, and the
# batches that were done are passed over.


# %%
def generators(train_iter: Any) -> dict[str, Any]:
    """The states of the generators of Python, NumPy and torch, and of the one that `train_iter` may have."""
    name, keys, *rest = np.random.get_state(legacy=True)
    numpy = name, np.asarray(keys).tolist(), *rest
    states = {"python": random.getstate(), "numpy": numpy, "torch": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state_all()
    if getattr(train_iter, "generator", None) is not None:
        states["own"] = train_iter.generator.get_state()
    return states


def set_generators(states: Mapping[str, Any], train_iter: Any) -> None:
    """Put the generators into these states."""
    random.setstate(states["python"])
    np.random.set_state(states["numpy"])
    torch.set_rng_state(states["torch"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(states["cuda"][: torch.cuda.device_count()])
    if "own" in states:
        train_iter.generator.set_state(states["own"])


class Training:
    """A training that may stop after any step. epoch, batch: passes done, and batches of the next one."""

    def __init__(self, net: nn.Module, train_iter: Any, loss: Any, updater: torch.optim.Optimizer) -> None:
        self.net, self.train_iter, self.loss, self.updater = net, train_iter, loss, updater
        self.epoch = self.batch = 0
        self.begun = generators(train_iter)  # as they are when an epoch begins

    def steps(self, num_epochs: int) -> Iterator[float]:
        """Train until `num_epochs` passes are done; gives the loss of each step, after it."""
        self.net.train()
        while self.epoch < num_epochs:
            now = generators(self.train_iter)
            self.begun = self.begun if self.batch else now
            set_generators(self.begun, self.train_iter)
            batches = iter(self.train_iter)
            for _ in islice(batches, self.batch):
                pass  # done before the stop
            if self.batch:
                set_generators(now, self.train_iter)
            for X, y in batches:
                l = self.loss(self.net(X), y)
                d2l.step(l, self.updater, len(y))
                self.batch += 1
                yield l.item()
            self.epoch, self.batch = self.epoch + 1, 0

    def state_dict(self) -> dict[str, Any]:
        """All that decides how it goes on, for `save`, and what must be the same there."""
        own = getattr(self.train_iter, "generator", None) is not None
        about = {"optimizer": type(self.updater).__name__, "batches": len(self.train_iter), "generator": own}
        return {"net": self.net.state_dict(), "updater": self.updater.state_dict(), "about": about,
                "place": (self.epoch, self.batch), "begun": self.begun,
                "now": generators(self.train_iter)}  # fmt: skip

    def resume(self, path: str | Path) -> None:
        """Go on where `path` was saved. Raises Unreadable, naming it, and then nothing has changed."""
        state, mine = load(path), self.state_dict()
        if not isinstance(state, dict) or state.keys() != mine.keys():
            raise Unreadable(f"{path}: is no checkpoint of a training")
        theirs, wrong = state["about"], misfits(self.net, state["net"])
        wrong += [
            f"{key} is {theirs[key]}, not {one}" for key, one in mine["about"].items() if one != theirs[key]
        ]
        if wrong:
            raise Unreadable(f"{path}: does not fit this training: {'; '.join(wrong)}")
        try:
            self.updater.load_state_dict(state["updater"])
        except ValueError as error:
            raise Unreadable(f"{path}: does not fit this optimizer: {error}") from error
        self.net.load_state_dict(state["net"])
        (self.epoch, self.batch), self.begun = state["place"], state["begun"]
        set_generators(state["now"], self.train_iter)


# %% [markdown]
# Stop a training with dropout and Adam, go on, and compare with one that never stopped. With the whole
# checkpoint every weight is the same, bit for bit. With less the loss may look as good, but it is another
# training.


# %%
def digits_training(lr: float, batch_size: int, seed: int) -> Training:
    """Two hidden layers with dropout, and Adam, on the digits."""
    d2l.seed_everything(seed)
    net = DropoutMLP(64, 10, (64, 32), (0.2, 0.5))
    train_iter, _ = d2l.load_data("digits", batch_size)
    return Training(net, train_iter, nn.CrossEntropyLoss(), torch.optim.Adam(net.parameters(), lr))


def resume(
    *, stop: int = 100, num_epochs: int = 6, lr: float = 0.003, batch_size: int = 32, seed: int = 0
) -> d2l.Result:
    """Stop, go on with the whole checkpoint or with parts of it, and compare the weights.

    stop: steps before the stop, of 45 an epoch
    """

    def course(training: Training) -> list[Tensor]:
        steps = training.steps(num_epochs)
        return [nn.utils.parameters_to_vector(training.net.parameters()).detach() for _ in steps]

    d2l.check_counts(stop=stop, num_epochs=num_epochs)
    whole = digits_training(lr, batch_size, seed)
    if stop >= (total := num_epochs * len(whole.train_iter)):
        raise ValueError(f"stop: must be below {total}, all steps of {num_epochs} epochs, got {stop}")
    parts = {
        name: digits_training(lr, batch_size, seed + 1)
        for name in ("weights", "weights and optimizer", "all")
    }
    for _ in islice(whole.steps(num_epochs), stop):
        pass
    with tempfile.TemporaryDirectory() as folder:
        save(whole.state_dict(), path := Path(folder, "checkpoint.pt"))
        unbroken, apart = course(whole), {}
        for name, training in parts.items():
            if name == "all":
                training.resume(path)
            else:
                training.net.load_state_dict(load(path)["net"])
            if name == "weights and optimizer":
                training.updater.load_state_dict(load(path)["updater"])
            pairs = zip(course(training), unbroken, strict=False)  # the parts begin with a whole epoch
            apart[name] = [float((w - v).norm() / v.norm()) for w, v in pairs]
    metrics = {f"difference, {name}": each[-1] for name, each in apart.items()}
    return d2l.Result(whole.net, figures={"resumed": draw_resumed(stop, apart)}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("saving", files, resume)
