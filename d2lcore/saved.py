"""Files of weights and checkpoints: written whole, and read with suspicion."""

import io
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn

from .data.writing import explained, replacing


def write_weights(tensors: Mapping[str, Tensor], path: Path) -> None:
    """A safetensors file of the tensors, whole or not at all, wherever and however they lie in memory."""
    # safetensors refuses views, and tensors that share memory, as those of a tied layer do
    state = {name: one.detach().cpu().clone(memory_format=torch.contiguous_format)
             for name, one in tensors.items()}  # fmt: skip
    with replacing(path) as part:
        part.write_bytes(safetensors.torch.save(state))


class Unreadable(ValueError):
    """A file cannot be used: the message names it and says why."""


def _read(path: str | Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Unreadable(f"{path}: cannot be read ({error.strerror or error})") from error


def save(value: Any, path: str | Path) -> None:
    """`torch.save`, whole or not at all. Raises CannotWrite, naming the file."""
    buffer = io.BytesIO()
    torch.save(value, buffer)
    with explained(Path(path)), replacing(Path(path)) as part:
        part.write_bytes(buffer.getvalue())


def load(path: str | Path) -> Any:
    """What `save` wrote: tensors, on the CPU, and plain values. Raises Unreadable, and runs no code of it."""
    data = _read(path)
    try:
        if damaged := zipfile.ZipFile(io.BytesIO(data)).testzip():
            raise ValueError(f"{damaged} has changed since it was written")
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        why = "holds more than tensors and plain values, which may run code when it is loaded; refused"
        raise Unreadable(f"{path}: {why}") from error
    except Exception as error:  # zipfile and torch raise many kinds
        raise Unreadable(f"{path}: is no file of torch.save, or a damaged one ({error})") from error


def misfits(net: nn.Module, state: Mapping[str, Tensor]) -> list[str]:
    """What keeps the state from being that of the net: each name once, with the reason."""
    own = {name: tuple(one.shape) for name, one in net.state_dict().items()}
    given = {name: tuple(getattr(one, "shape", ())) for name, one in state.items()}
    found = [f"{name} is missing" for name in own if name not in given]
    found += [f"{name} is unexpected" for name in sorted(given) if name not in own]
    both = (name for name in own if name in given)
    return found + [f"{name} is {given[name]}, not {own[name]}" for name in both if given[name] != own[name]]


def load_weights(net: nn.Module, path: str | Path) -> None:
    """Put the safetensors file of a run into the net. Raises Unreadable, and then leaves the net alone."""
    data = _read(path)
    try:
        state = safetensors.torch.load(data)
    except Exception as error:
        raise Unreadable(f"{path}: is no safetensors file, or a damaged one ({error})") from error
    if wrong := misfits(net, state):
        raise Unreadable(f"{path}: does not fit this net: {'; '.join(wrong)}")
    net.load_state_dict(state)
