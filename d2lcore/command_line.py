"""A function's keyword arguments as a command line, whose every error is one line and a way out."""

import contextlib
import inspect
import math
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from .errors import unknown
from .printable import printable
from .process import memory_wanted, mend_streams, terminated_like_interrupted, torchrun_rank

# Help for the knobs that many chapters share; a line `name: text` in a variant's docstring goes before it.
KNOBS = {
    "lr": "learning rate",
    "num_epochs": "passes over the training examples",
    "batch_size": "examples in a minibatch",
    "num_hiddens": "hidden units",
    "data": "data set: fashion_mnist, mnist or digits",
    "device": "device: auto, cpu, cuda, cuda:N or mps",
    "seed": "random seed of the data, the first weights and the order of the examples",
}

Variant = Callable[..., Any]  # of a chapter: keyword arguments in, a `Result` out
HELP = ("-h", "--help")
DEBUG = click.Option(["--debug"], is_flag=True, expose_value=False, help="Show the traceback of an error.")


class Folder(click.Path):
    """The path of a folder, which is not the empty text."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("it is empty; name a folder (. is the current one)", param, ctx)
        return super().convert(value, param, ctx)


class Finite(click.ParamType):
    """A number that torch can compute with: no nan, no infinity, no integer beyond 64 bits."""

    def __init__(self, kind: type) -> None:
        self.kind = click.types.convert_type(kind)
        self.name = self.kind.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = self.kind.convert(value, param, ctx)
        if isinstance(number, float) and not math.isfinite(number):
            self.fail(f"{value} is not a number to compute with", param, ctx)
        if isinstance(number, int) and abs(number) >= 1 << 63:
            self.fail(f"{value} is too large: it needs more than 64 bits", param, ctx)
        return number


class NearestGroup(click.Group):
    """A group that answers an unknown command with the nearest known one, and whose commands take --debug."""

    noun = "command"

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        cmd.params.append(DEBUG)
        super().add_command(cmd, name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args:
            click.echo(ctx.get_help())
            ctx.exit()
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            raise click.UsageError(unknown(self.noun, args[0], self.list_commands(ctx)))
        return super().resolve_command(ctx, args)


def invoke(command: click.Command, args: Sequence[str], prog: str) -> int:
    """Run `command` with `args`; the exit code: 0, 2 after an error, 130 after Ctrl-C or SIGTERM, or its own.

    An error is printed as one line on stderr, and as a traceback if `--debug` is among `args`.
    """
    mend_streams()
    try:
        with terminated_like_interrupted():
            code = command.main(list(args), prog_name=prog, standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except (click.Abort, KeyboardInterrupt):
        print(f"{prog}: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of a pipe has gone: nobody to tell, now or at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if "--debug" in args:
            raise
        if isinstance(error, click.ClickException):
            message = error.format_message()
        else:
            message = str(error) or type(error).__name__
        if wanted := memory_wanted(error):
            error = ValueError(message := f"not enough memory: {wanted} was asked for; choose smaller sizes")
        ours = isinstance(error, (ValueError, ImportError, click.ClickException))
        ours = ours or type(error).__module__.startswith("d2lcore")
        way_out = "" if ours else " (--debug shows where)"
        print(f"{prog}: error: {' '.join(printable(message).split())}{way_out}", file=sys.stderr)
        return 2


def run_chapter(chapter: str, *variants: Variant, **knobs: Any) -> dict[str, Any]:
    """Run a chapter's variants: by the command line in a terminal, with their defaults in a notebook.

    chapter: its name, that of the folder for what is saved.
    variants: functions with keyword-only arguments, which are the options of the command line, that return
    a `Result`; an argument's help is its line `name: text` in the docstring.
    knobs: replace the defaults of the variants that have them.
    In a notebook returns the results by variant. In a terminal each is saved under
    `runs/<chapter>/<variant>/`, and the process exits. `VARIANT --help` shows the options of that one alone.
    """
    from .plotting import in_notebook

    if in_notebook():
        return {variant.__name__: variant(**_accepted(variant, knobs)) for variant in variants}
    if set(HELP) & set(sys.argv[1:]):
        variants = tuple(one for one in variants if one.__name__ in sys.argv[1:]) or variants
    command = chapter_command(chapter, variants, knobs)
    outer = click.get_current_context(silent=True)  # that of `d2lcore run`, if it runs us
    sys.exit(invoke(command, sys.argv[1:], outer.command_path if outer else _program()))


def _program() -> str:
    """What was typed to start this process: 'python -m NAME' or 'python FILE'."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return f"python -m {spec.name.removesuffix('.__main__')}" if spec else f"python {sys.argv[0]}"


def _parameters(variant: Variant) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(variant).parameters


def _accepted(variant: Variant, knobs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in knobs.items() if name in _parameters(variant)}


def chapter_command(
    chapter: str, variants: tuple[Variant, ...], knobs: Mapping[str, Any] | None = None
) -> click.Command:
    """The command line of a chapter: `[variant] --knob value ...`, every variant in turn if none is named."""
    by_name = {variant.__name__: variant for variant in variants}

    def run(variant: str | None, out: Path, checkup: bool, **options: Any) -> int:
        if variant is not None and variant not in by_name:
            raise ValueError(unknown("variant", variant, by_name))
        chosen = [by_name[variant]] if variant else list(variants)
        asked = {name: value for name, value in options.items() if value is not None}
        for name in asked:
            if not any(name in _parameters(one) for one in chosen):
                raise ValueError(f"--{name.replace('_', '-')}: the variant {variant} has no such knob")
        if checkup:
            return _check_all(chosen, {**(knobs or {}), **asked})
        return _run_all(chapter, chosen, {**(knobs or {}), **asked}, out)

    names = f"[{'|'.join(by_name)}]"
    about = [": ".join([name, *_doc(one)[:1]]) for name, one in by_name.items()]
    if len(about) > 1:
        how = (
            "Run every variant in turn, or the one that is named. `VARIANT --help` shows the options of one."
        )
        about = [how, "", "\b", *about]
    return click.Command(
        chapter,
        callback=run,
        params=[
            click.Argument(["variant"], required=False, metavar=names if len(names) < 60 else "[VARIANT]"),
            *_options(variants, knobs or {}),
            click.Option(
                ["--out"], type=Folder(), default=Path("runs"), show_default=True,
                help="Folder for the figures and numbers.",
            ),
            click.Option(
                ["--checkup"], is_flag=True, help="Look for mistakes in the training instead of running it."
            ),
            DEBUG,
        ],
        help="\n".join(about),
        context_settings={"help_option_names": HELP},
    )  # fmt: skip


def _options(variants: tuple[Variant, ...], knobs: Mapping[str, Any]) -> list[click.Option]:
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
        type=_type_of(default if several else (default,)),
        nargs=len(default) if several else 1,
        help=f"{text} [{shown}]",
    )


def _type_of(values: tuple[Any, ...]) -> click.ParamType | type:
    """That of all of them: 0 among floats is a float."""
    kind = float if any(isinstance(value, float) for value in values) else type(values[0])
    return Finite(kind) if kind in (int, float) and all(map(math.isfinite, values)) else kind


def _doc(variant: Variant) -> list[str]:
    return (inspect.getdoc(variant) or "").splitlines()


def _help_of(name: str, variants: tuple[Variant, ...]) -> str:
    for variant in variants:
        for line in _doc(variant):
            if line.strip().startswith(f"{name}: "):
                return line.split(": ", 1)[1].strip()
    return KNOBS.get(name, "")


def _run_all(chapter: str, variants: list[Variant], given: dict[str, Any], out: Path) -> int:
    from .training import format_row

    if torchrun_rank():  # the first of torchrun's processes speaks for all, and saves
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            for variant in variants:
                variant(**_accepted(variant, given))
        return 0
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


def _check_all(variants: list[Variant], given: dict[str, Any]) -> int:
    """Print the checkup of each variant that trains by one of d2lcore's loops; 1 if anything is wrong."""
    from .figures import leaving_none
    from .training_checks.asked import Checked, instead_of_training

    wrong = looked_at = 0
    for variant in variants:
        found = None
        try:
            with leaving_none(), instead_of_training():
                variant(**_accepted(variant, given))
        except Checked as checked:
            found = checked.checkup
        unknown_loop = "it does not train with d2l.train_ch3 or its like"
        print(f"{variant.__name__}: {unknown_loop if found is None else found}\n", flush=True)
        wrong += bool(found is not None and found.wrong)
        looked_at += found is not None
    if not looked_at:
        raise ValueError("--checkup: none of these variants trains with d2l.train_ch3 or its like")
    return int(wrong > 0)


def _run_one(variant: Variant, given: dict[str, Any], folder: Path) -> Any:
    """Run and save one variant, or save what an interrupted run has; None if it was interrupted."""
    import torch

    from .devices import device_of
    from .figures import leaving_none
    from .result import Result
    from .training import TrainingDiverged, TrainingInterrupted

    defaults = {name: parameter.default for name, parameter in _parameters(variant).items()}
    knobs = {**defaults, **_accepted(variant, given)}
    print(variant.__name__, " ".join(f"{name}={value}" for name, value in knobs.items()), flush=True)

    def save(result: Any, **state: Any) -> None:
        seconds = round(result.history.seconds, 3)
        about = {"knobs": knobs, "training_seconds": seconds, "torch": torch.__version__}
        if (device := device_of(result.net)) is not None:
            about["computed_on"] = str(device)
        for path in result.save(folder, **about, **state):
            print(f"wrote {path}")

    try:
        with leaving_none():
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


def _print_numbers(result: Any, most: int = 30) -> None:
    """The first `most` metrics, without those that the last epoch has shown."""
    shown = result.history[-1] if len(result.history) else {}
    numbers = {name: value for name, value in result.metrics.items() if name not in shown}
    width = max(map(len, numbers), default=0)
    for name in list(numbers)[:most]:
        print(f"  {name:{width}}  {numbers[name]:.4g}")
    if len(numbers) > most:
        print(f"  and {len(numbers) - most} more in metrics.json")


def _check_writable(folder: Path) -> None:
    """Find out before the training, not after it, that its results cannot be saved; make nothing yet."""
    there = folder.absolute()
    while not there.exists() and there != there.parent:
        there = there.parent
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise ValueError(
            f"--out: cannot write in {folder} ({error.strerror}); name another folder"
        ) from error
