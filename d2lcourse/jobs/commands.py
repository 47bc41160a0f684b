"""The options and the command for many runs: `d2lcore sweep`, and what `d2lcore reproduce` shares with it."""

import functools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from d2lcore.command_line import Folder

if TYPE_CHECKING:
    from .engine import Done

RESULTS = Path("runs") / "results"


def running(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds -j, --results and --again to a command."""
    options = (
        click.option("-j", "--jobs", "workers", type=int, metavar="N",
                     help="Runs side by side, with one thread each; by default as many as there are cores."),
        click.option("--results", type=Folder(), default=RESULTS, show_default=True,
                     help="Where the result of each run is kept, and found again."),
        click.option("--again", is_flag=True, help="Run also what has a result."),
        click.option("--on", "where", type=click.Choice(["here", "slurm"]), default="here", show_default=True,
                     help="This machine, or a SLURM cluster, with N tasks (the extra `cluster`)."),
        click.option("--slurm", multiple=True, metavar="OPTION=VALUE",
                     help="An option of sbatch: --slurm partition=gpu --slurm time=60 (minutes)."),
    )  # fmt: skip
    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(options), command)


def how(workers: int | None, where: str, slurm: Sequence[str], again: bool) -> dict[str, Any]:
    """The arguments of `run_jobs` that the options stand for."""
    import joblib

    if where == "here":
        if slurm:
            raise ValueError(f"--slurm {slurm[0]}: goes with --on slurm")
        return {"workers": int(joblib.cpu_count()) if workers is None else workers, "again": again}
    from .cluster import on_slurm

    options = dict(text.split("=", 1) for text in slurm if "=" in text)
    if len(options) < len(slurm):
        raise ValueError(f"--slurm {' '.join(slurm)}: expected options and values, such as time=60")
    return {"workers": 8 if workers is None else workers, "again": again, "engine": on_slurm(options)}


def watched(done: Iterable["Done"], count: int) -> Iterator["Done"]:
    """Say on stderr how far it is: a bar in a terminal, elsewhere a line for each run."""
    from tqdm import tqdm

    with tqdm(total=count, unit="run", disable=not sys.stderr.isatty(), file=sys.stderr) as bar:
        for one in done:
            bar.set_postfix_str(str(one.job), refresh=False)
            bar.update()
            if bar.disable:
                how = one.error or ("found" if one.found else f"{one.seconds:.1f} s")
                click.echo(f"{one.job}: {how}", err=True)
            yield one


@click.command("sweep")
@click.argument("chapter")
@click.argument("variant")
@click.option("--seeds", default="0-4", show_default=True, help="Seeds, such as 0-19 or 1,4,7.")
@click.option("--vary", multiple=True, metavar="KNOB=VALUES",
              help="A knob and its values: --vary lr=0.01,0.1. Several times: all combinations.")  # fmt: skip
@click.option("--metric", "metrics", multiple=True, help="A number to show; by default the first six.")
@click.option("--out", type=Folder(), default=Path("runs"), show_default=True,
              help="Folder for the table and the figure.")  # fmt: skip
@running
def sweep(
    chapter: str, variant: str, seeds: str, vary: Sequence[str], metrics: Sequence[str], out: Path,
    results: Path, **options: Any,
) -> int:  # fmt: skip
    """Run a VARIANT of a CHAPTER with many seeds, and with several values of its knobs.

    Prints mean and spread over the seeds. Writes runs.csv, a row a run, and spread.png. A run that has been
    done before is not run again. The exit code is 1 if one failed.
    """
    from d2lcore.data.writing import explained, replacing
    from d2lcourse.reproduce import head, line

    from .engine import run_jobs
    from .results import Results
    from .spread import draw
    from .sweep import chosen, frame, plan, summary

    jobs = plan(chapter, variant, seeds, vary)
    folder = out / "sweep" / chapter / variant
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    done = list(watched(run_jobs(jobs, Results(results), **how(**options)), len(jobs)))
    shown = chosen(done, metrics)
    rows = summary(done, shown)
    click.echo("\n".join([head(next(rows)), *map(line, rows)]))
    failed = [one for one in done if one.error]
    for error in dict.fromkeys(one.error for one in failed):
        same = [one.job for one in failed if one.error == error]
        click.echo(f"failed: {same[0]}{f' and {len(same) - 1} more' if len(same) > 1 else ''}: {error}")
    table, figure = folder / "runs.csv", folder / "spread.png"
    with explained(table), replacing(table) as part:
        frame(done).to_csv(part, index=False)
    click.echo(f"wrote {table}")
    if shown:
        with explained(figure), replacing(figure) as part:
            draw(done, shown).savefig(part, format="png", dpi=150)
        click.echo(f"wrote {figure}")
    return 1 if failed else 0
