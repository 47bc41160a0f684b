"""Print how long the helpers take beside other ways to do the same: `python -m benchmarks`."""

import os
import platform
import warnings
from collections.abc import Iterable, Sequence

import click
import torch

from d2lcore.data.files import DataUnavailable

from . import cases, rows
from .timing import Row

SPEED = {
    "softmax": rows.softmax,
    "mlp": rows.mlp,
    "load_array": rows.load_array,
    "animator": rows.animator,
    "import": rows.imports,
    "threads": rows.threads,
}
NAMES = [*SPEED, "memory", "growth"]
ON_FASHION = {"softmax", "mlp", "memory", "threads"}  # and the epochs of growth

Line = Sequence[str]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--repeats", default=5, show_default=True, type=click.IntRange(1), help="Runs of each side.")
@click.option("--only", multiple=True, type=click.Choice(NAMES), help="Measure this alone; may be repeated.")
@click.option("--markdown", is_flag=True, help="Print Markdown tables.")
def main(repeats: int, only: tuple[str, ...], markdown: bool) -> None:
    """Time the helpers of d2lcore beside the book's way and a bare loop, in turn, on the CPU.

    All of it takes some eight minutes on two cores that do nothing else. A time is the median of the runs;
    pairs that are short or close run three times as often. A ratio is that of two medians, beside its range
    over pairs of runs. A target that is not met is marked NO, and is no error.
    """
    # The book's way has four workers on any machine.
    warnings.filterwarnings("ignore", message="This DataLoader will create")
    chosen = [name for name in NAMES if name in (only or NAMES)]
    fashion = has_fashion() if "growth" in chosen or ON_FASHION & {*chosen} else True
    click.echo(f"{machine()}\n")
    if not fashion:
        lost = [name for name in chosen if name in ON_FASHION]
        lost += ["the epochs of growth"] if "growth" in chosen else []
        remedy = "`d2lcore data fetch fashion_mnist` says why"
        click.echo(f"no Fashion-MNIST ({remedy}), so skipped: {', '.join(lost)}\n")
    results: dict[Line, list[Line]] = {Row.HEADER: [], rows.MEMORY_HEADER: [], rows.GROWTH_HEADER: []}
    try:
        for name in chosen:
            if fashion or name not in ON_FASHION:
                click.echo(f"measuring {name}", err=True)
                measure(name, repeats, fashion, results)
    finally:  # after Ctrl-C, what there is
        for header, lines in results.items():
            if lines:
                click.echo(table([header, *lines], markdown) + "\n")


def measure(name: str, repeats: int, fashion: bool, results: dict[Line, list[Line]]) -> None:
    """Add the lines of `name` to those of its header; fewer if a package is missing."""
    try:
        if name == "growth":
            for line in rows.growth(repeats, fashion):
                results[rows.GROWTH_HEADER].append(line)
        elif name == "memory":
            results[rows.MEMORY_HEADER] += rows.memory()
        else:
            for row in SPEED[name](repeats):
                results[Row.HEADER].append(row.cells())
    except ImportError as missing:
        click.echo(f"skipped the rest of {name}: {missing}\n")


def has_fashion() -> bool:
    try:
        return bool(cases.fashion_folder())
    except (DataUnavailable, ImportError):
        return False


def machine() -> str:
    system = f"{platform.system()} {platform.machine()}"
    threads = f"{os.cpu_count()} CPUs, {torch.get_num_threads()} torch threads"
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return (
        f"Python {platform.python_version()}, torch {torch.__version__}, {system}, {threads}\n"
        f"load average at the start: {load} (with other work on the machine the ratios mean little)"
    )


def table(lines: Sequence[Line], markdown: bool) -> str:
    """The lines in aligned columns, the first of them as the header."""
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]

    def aligned(cells: Iterable[str]) -> list[str]:
        return [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]

    ruler = ["-" * width for width in widths]
    if markdown:
        return "\n".join(f"| {' | '.join(aligned(line))} |" for line in (lines[0], ruler, *lines[1:]))
    return "\n".join("  ".join(aligned(line)).rstrip() for line in (lines[0], ruler, *lines[1:]))


if __name__ == "__main__":
    main()
