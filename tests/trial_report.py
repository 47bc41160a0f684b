"""The blind trial of the checker: answers written without having seen it, and what became of them.

    python tests/trial_report.py > docs/trial.md

`exercises/trial/NAME.py` has the answers to an exercise, each under `@wrong("its mistake")`,
`@right("its way")`, or `@edge("...")` for one that is wrong only where the exercise promises nothing.
`verdicts.tsv` beside them has what was judged of the message that each wrong one got: exercise, number of the
answer in its file, verdict.
"""

import ast
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).with_name("exercises") / "trial"
VERDICTS = ("named", "useful", "vague", "misleading", "passed")


ABOUT = """
{answers} answers to all exercises. Their two writers had read the stubs and nothing else: neither the
checker, nor its cases, nor the banked mistakes. Each answer was run against its writer's own tests. {wrong}
are wrong, {right} right in another way, and {edge} wrong only where the exercise promises nothing (a
gradient at exactly 0, the type of mixed arguments): these pass. Two judges, who had not written them, read
what the command `d2lcore exercise check` printed for the wrong ones, beside the code: then 276 were named,
33 useful, 18 vague, 16 misleading, and 7 passed. The table is after the faults behind the last three had
been mended; the messages that changed were judged by who mended them.
"""


class Answer(NamedTuple):
    exercise: str
    number: int
    kind: str
    about: str
    code: str


def answers() -> Iterator[Answer]:
    for file in sorted(FOLDER.glob("*.py")):
        lines = file.read_text(encoding="utf-8").splitlines()
        functions = [node for node in ast.parse("\n".join(lines)).body if isinstance(node, ast.FunctionDef)]
        for number, node in enumerate(functions):
            (mark,) = node.decorator_list
            assert isinstance(mark, ast.Call)
            code = "\n".join(
                ["import torch", "from torch import Tensor", *lines[node.lineno - 1 : node.end_lineno]]
            )
            kind, about = ast.unparse(mark.func), ast.literal_eval(mark.args[0])
            yield Answer(file.stem, number, kind, about, code + "\n")


def verdicts() -> dict[tuple[str, int], str]:
    rows = (FOLDER / "verdicts.tsv").read_text(encoding="utf-8").splitlines()
    return {(name, int(number)): verdict for name, number, verdict in map(str.split, rows)}


def report() -> str:
    judged, every = verdicts(), list(answers())
    kinds = Counter(one.kind for one in every)
    total = Counter(judged.values())
    wrong = sum(total.values())
    share = {name: f"{total[name]} ({100 * total[name] / wrong:.1f} %)" for name in VERDICTS}
    lines = [
        "# The checker, tried blind",
        "",
        textwrap.fill(" ".join(ABOUT.split()).format(answers=len(every), **kinds), 118),
        "",
        f"- named, the message states the mistake or shows its place and says what is off: {share['named']}",
        f"- useful, the comparison makes it plain: {share['useful']}",
        f"- vague, true but of little help: {share['vague']}",
        f"- misleading, another mistake is stated: {share['misleading']}",
        f"- passed: {share['passed']}",
        f"- right answers that were rejected: 0 of {kinds['right']}",
        "",
        "The answers are in `tests/exercises/trial`; `make experiments` runs them all again. This page is",
        "the output of `tests/trial_report.py`.",
        "",
        "| exercise | wrong | " + " | ".join(VERDICTS) + " | right |",
        "| --- " * (len(VERDICTS) + 3) + "|",
    ]
    for name in sorted({one.exercise for one in every}):
        mine = Counter(verdict for (exercise, _), verdict in judged.items() if exercise == name)
        right = sum(one.kind == "right" for one in every if one.exercise == name)
        cells = [name, sum(mine.values()), *(mine[verdict] or "" for verdict in VERDICTS), right]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(report())
