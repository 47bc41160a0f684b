"""The exercise load_checkpoint: its stub, its hints, and what it is tried on."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise


class _MakesFolder:
    """What makes a folder when it is unpickled."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.folder,)


def _step(net: Any, updater: Any) -> None:
    import torch

    updater.zero_grad()
    net(torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(4, 3)).square().sum().backward()
    updater.step()


def _goes_on(answer: Callable[..., Any], kept: dict[str, Any], net: Any, updater: Any) -> dict[str, Any]:
    """The net after loading, and after one more step."""
    import torch

    parameters = list(net.parameters())
    with tempfile.TemporaryDirectory() as folder:
        torch.save(kept, Path(folder, "checkpoint.pt"))
        epoch = answer(str(Path(folder, "checkpoint.pt")), net, updater)
    seen = {"what is returned": epoch, "the net is in training mode": net.training}
    seen |= {f"{name} after loading": one.clone() for name, one in net.state_dict().items()}
    seen["the net has its own parameters still"] = all(
        one is other for one, other in zip(parameters, net.parameters(), strict=True)
    )
    _step(net, updater)
    return seen | {f"{name} after one more step": one for name, one in net.state_dict().items()}


def _is_refused(answer: Callable[..., Any], kept: dict[str, Any], net: Any, updater: Any) -> dict[str, Any]:
    """Whether a file that must not be loaded is refused, and its code not run."""
    import torch

    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "made by the file")
        if not kept["net"]:
            kept = {**kept, "net": _MakesFolder(str(made))}
        torch.save(kept, Path(folder, "checkpoint.pt"))
        try:
            answer(str(Path(folder, "checkpoint.pt")), net, updater)
        except NotImplementedError:
            raise
        except Exception:
            refused = True
        else:
            refused = False
        return {"the code in the file has run": made.exists(), "the file is refused by an error": refused}


def _cases() -> list[Case]:
    import torch

    def trained(steps: int, kind: Any, norm: bool = False, **options: Any) -> tuple[Any, Any]:
        layers = [torch.nn.Linear(3, 2), *([torch.nn.BatchNorm1d(2)] if norm else [])]
        net = (torch.nn.Sequential(*layers) if norm else layers[0]).double()
        updater = kind(net.parameters(), **options)
        for _ in range(steps):
            _step(net, updater)
        return net, updater

    def case(about: str, observe: Any, kind: Any, change: dict[str, Any], **options: Any) -> Case:
        net, updater = trained(5, kind, **options)
        kept = {"net": net.state_dict(), "updater": updater.state_dict(), "epoch": 5} | change
        return Case(about, (kept, *trained(0, kind, **options)), observe, mutates=True)

    Adam, SGD = torch.optim.Adam, torch.optim.SGD
    half = {"net": {"weight": torch.ones(2, 3).double()}}
    return [
        case("a checkpoint of five epochs with Adam", _goes_on, Adam, {}, lr=0.1),
        case("one with momentum", _goes_on, SGD, {"epoch": 2}, lr=0.05, momentum=0.9),
        case("a net with batch normalization", _goes_on, SGD, {"epoch": 3}, lr=0.05, norm=True),
        case("a file with code in it", _is_refused, SGD, {"net": {}}, lr=0.1),
        case("a state without a bias", _is_refused, SGD, half, lr=0.1),
    ]


def _of_load(load: Any) -> Callable[..., Any]:
    """Loading all, of the function that reads the file."""

    def load_checkpoint(path: str, net: Any, updater: Any) -> Any:
        state = load(path)
        net.load_state_dict(state["net"])
        updater.load_state_dict(state["updater"])
        return state["epoch"]

    return load_checkpoint


EXERCISE = Exercise(
    name="load_checkpoint",
    notes="003 6.4",
    stub='''
    def load_checkpoint(path: str, net: torch.nn.Module, updater: torch.optim.Optimizer) -> int:
        """Put the checkpoint in the file `path` into net and updater, to go on training.

        The file was written by torch.save({"net": net.state_dict(), "updater": updater.state_dict(),
        "epoch": epoch}, path). A file that would run code, or a state that does not fit, has to be an error.
        Returns the epoch.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Read the dictionary, give each of its two states to the one it belongs to, return the number.",
        "torch.load(path, weights_only=True), then net.load_state_dict(state['net']), and the same for the "
        "updater.",
        "An optimizer has a state too: Adam's means, or the momentum. And a pickle may run any code: that is "
        "what weights_only=True refuses. strict=False would accept a state with half of the net.",
    ),
    reference="d2lcore.saved.load",
    adapt=_of_load,
    cases=_cases,
)
