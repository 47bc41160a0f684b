"""Running a chapter: its keyword arguments as a command line, its figures and numbers as files."""

import inspect
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import torch

from .command import DEBUG, invoke
from .devices import device_of
from .errors import unknown
from .files import replacing
from .plotting import in_notebook, release
from .training import History, TrainingDiverged, TrainingInterrupted, format_row

if TYPE_CHECKING:
    import matplotlib.figure


@dataclass
class Result:
    """What a chapter run gives: the trained net, its history, figures by name, and metrics.

    metrics: plain floats; by default the last row of the history.
    """

    net: Any = None
    history: History = field(default_factory=History)
    figures: dict[str, "matplotlib.figure.Figure"] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.metrics and len(self.history):
            self.metrics = {name: float(value) for name, value in self.history[-1].items()}
        for figure in self.figures.values():
            release(figure)

    @property
    def figure(self) -> "matplotlib.figure.Figure | None":
        """The first figure."""
        return next(iter(self.figures.values()), None)

    def save(self, folder: str | os.PathLike, **about: Any) -> list[Path]:
        """Write `<name>.png` a figure, history.csv and metrics.json (with `about`) to `folder`; their paths.

        Each file is replaced whole. What an earlier `save` wrote there and this one does not is removed.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for name, figure in self.figures.items():
            with replacing(folder / f"{name}.png") as part:
                figure.savefig(part, format="png", dpi=150)
            written.append(folder / f"{name}.png")
        if len(self.history):
            with replacing(folder / "history.csv") as part:
                self.history.to_frame().to_csv(part, index=False)
            written.append(folder / "history.csv")
        summary = folder / "metrics.json"
        files = [path.name for path in written]
        for stale in set(_files_listed_in(summary)) - set(files):
            (folder / stale).unlink(missing_ok=True)
        with replacing(summary) as part:
            report = {"metrics": self.metrics, **about, "files": files}
            part.write_text(json.dumps(report, indent=2, default=str) + "\n")
        return [*written, summary]


def _files_listed_in(summary: Path) -> list[str]:
    try:
        names = json.loads(summary.read_text())["files"]
    except (OSError, ValueError, LookupError, TypeError):
        return []
    return [name for name in names if isinstance(name, str) and Path(name).name == name]


def run_chapter(*variants: Callable[..., Result], **knobs: Any) -> dict[str, Result]:
    """Run a chapter's variants: by the command line in a terminal, with their defaults in a notebook.

    variants: functions with keyword-only arguments, which are the options of the command line; an argument's
    help is its line `name: text` in the docstring.
    knobs: replace the defaults of the variants that have them.
    In a terminal each result is saved under `runs/<chapter>/<variant>/`, and the process exits.
    """
    if in_notebook():
        return {variant.__name__: variant(**_accepted(variant, knobs)) for variant in variants}
    command = chapter_command(variants, knobs)
    outer = click.get_current_context(silent=True)  # that of `d2lcore run`, if it runs us
    prog = outer.command_path if outer else f"python -m chapters.{command.name}"
    sys.exit(invoke(command, sys.argv[1:], prog))


def _parameters(variant: Callable[..., Result]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(variant).parameters


def _accepted(variant: Callable[..., Result], knobs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in knobs.items() if name in _parameters(variant)}


def chapter_command(
    variants: tuple[Callable[..., Result], ...], knobs: Mapping[str, Any] | None = None
) -> click.Command:
    """The command line of a chapter: `[variant] --knob value ...`, every variant in turn if none is named."""
    chapter = _chapter_of(variants[0])
    by_name = {variant.__name__: variant for variant in variants}

    def run(variant: str | None, out: Path, **options: Any) -> int:
        if variant is not None and variant not in by_name:
            raise ValueError(unknown("variant", variant, by_name))
        chosen = [by_name[variant]] if variant else list(variants)
        asked = {name: value for name, value in options.items() if value is not None}
        for name in asked:
            if not any(name in _parameters(one) for one in chosen):
                raise ValueError(f"--{name.replace('_', '-')}: the variant {variant} has no such knob")
        return _run_all(chapter, chosen, {**(knobs or {}), **asked}, out)

    names = f"[{'|'.join(by_name)}]"
    about = [": ".join([name, *_doc(one)[:1]]) for name, one in by_name.items()]
    return click.Command(
        chapter,
        callback=run,
        params=[
            click.Argument(["variant"], required=False, metavar=names if len(names) < 60 else "[VARIANT]"),
            *_options(variants, knobs or {}),
            click.Option(
                ["--out"], type=click.Path(path_type=Path), default=Path("runs"), show_default=True,
                help="Folder for the figures and numbers.",
            ),
            DEBUG,
        ],
        help="Run every variant, or the one that is named.\n\n\b\n" + "\n".join(about),
    )  # fmt: skip


def _chapter_of(variant: Callable[..., Result]) -> str:
    """The name of the file that defines it, or of its folder if that is a chapter in several files."""
    source = Path(inspect.unwrap(variant).__code__.co_filename)
    several = source.parent.parent.name == "chapters" and (source.parent / "__init__.py").exists()
    return source.parent.name if several else source.stem


def _options(variants: tuple[Callable[..., Result], ...], knobs: Mapping[str, Any]) -> list[click.Option]:
    options: dict[str, click.Option] = {}
    for variant in variants:
        for name in _parameters(variant):
            if name not in options:
                taken = [_parameters(one)[name].default for one in variants if name in _parameters(one)]
                shown = "by variant" if name not in knobs and len(set(taken)) > 1 else None
                options[name] = _option(name, knobs.get(name, taken[0]), _help_of(name, variants), shown)
    return list(options.values())


def _option(name: str, default: Any, text: str, shown: str | None) -> click.Option:
    flag = f"--{name.replace('_', '-')}"
    if isinstance(default, bool):
        return click.Option([f"{flag}/--no-{flag[2:]}"], default=None, help=f"{text} [{shown or default}]")
    several = isinstance(default, tuple)
    shown = shown or (" ".join(str(value) for value in default) if several else str(default))
    return click.Option(
        [flag],
        default=None,
        type=_type_of(default) if several else type(default),
        nargs=len(default) if several else 1,
        help=f"{text} [{shown}]",
    )


def _type_of(values: tuple[Any, ...]) -> type:
    """That of all of them: 0 among floats is a float."""
    return float if any(isinstance(value, float) for value in values) else type(values[0])


def _doc(variant: Callable[..., Result]) -> list[str]:
    return (inspect.getdoc(variant) or "").splitlines()


def _help_of(name: str, variants: tuple[Callable[..., Result], ...]) -> str:
    for variant in variants:
        for line in _doc(variant):
            if line.strip().startswith(f"{name}: "):
                return line.split(": ", 1)[1].strip()
    return ""


def _run_all(chapter: str, variants: list[Callable[..., Result]], given: dict[str, Any], out: Path) -> int:
    trained = {}
    for variant in variants:
        folder = out / chapter / variant.__name__
        _check_writable(folder)
        result = _run_one(variant, given, folder)
        if result is None:
            return 130
        if len(result.history):
            trained[variant.__name__] = result
    if len(trained) > 1:
        width = max(map(len, trained))
        print()
        for name, result in trained.items():
            first = [key for key in result.metrics if key != "epoch"][:6]  # all of them are above
            numbers = {key: result.metrics[key] for key in first}
            print(f"{name:{width}}  {format_row(numbers)}  trained in {result.history.seconds:.1f} s")
    return 0


def _run_one(variant: Callable[..., Result], given: dict[str, Any], folder: Path) -> Result | None:
    """Run and save one variant, or save what an interrupted run has; None if it was interrupted."""
    defaults = {name: parameter.default for name, parameter in _parameters(variant).items()}
    knobs = {**defaults, **_accepted(variant, given)}
    print(variant.__name__, " ".join(f"{name}={value}" for name, value in knobs.items()), flush=True)

    def save(result: Result, **state: Any) -> None:
        seconds = round(result.history.seconds, 3)
        about = {"knobs": knobs, "training_seconds": seconds, "torch": torch.__version__}
        if (device := device_of(result.net)) is not None:
            about["computed_on"] = str(device)
        for path in result.save(folder, **about, **state):
            print(f"wrote {path}")

    try:
        result = variant(**knobs)
    except (TrainingInterrupted, TrainingDiverged) as stop:
        if len(stop.history):
            save(Result(history=stop.history, figures={"training": stop.history.plot()}), stopped=str(stop))
        if isinstance(stop, TrainingDiverged):
            raise
        print(f"{stop}; {'they are saved' if len(stop.history) else 'nothing to save'}", file=sys.stderr)
        return None
    _print_numbers(result)
    save(result)
    return result


def _print_numbers(result: Result, most: int = 30) -> None:
    """The first `most` metrics, without those that the last epoch has shown."""
    shown = result.history[-1] if len(result.history) else {}
    numbers = {name: value for name, value in result.metrics.items() if name not in shown}
    width = max(map(len, numbers), default=0)
    for name in list(numbers)[:most]:
        print(f"  {name:{width}}  {numbers[name]:.4g}")
    if len(numbers) > most:
        print(f"  and {len(numbers) - most} more in metrics.json")


def _check_writable(folder: Path) -> None:
    """Find out before the training, not after it, that its results cannot be saved."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ValueError(
            f"--out: cannot write in {folder} ({error.strerror}); name another folder"
        ) from error
