"""Imports point one way: d2lcourse to chapters to d2lcore, later chapters to earlier ones.

Every file of the three packages is read. A module named in a string counts too, where it is given to
`import_module`, `find_spec` or `run_module`; and d2lcore may not name a chapter in any string.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from d2lcourse.catalog import chapters

ROOT = Path(__file__).parents[1]
CHAPTERS = [chapter.name for chapter in chapters()]
BY_NAME = {"import_module", "find_spec", "run_module"}
# The two files with arrows up: the names of `d2l` whose work is the course's, and old names of the chapters'.
EXEMPT = {"d2lcore/doors.py", "chapters/__init__.py"}
# Chapters of the name of an argument or a function: alone in a string, they are no chapter.
WORDS = {"tensors", "weight_decay", "checkup"}
# What a module of d2lcore may import from d2lcore, by layers: only from lines above its own.
LAYERS = [
    {"errors", "devices", "printable", "process", "data.writing", "lazy_figure"},
    {"guards", "saved", "figures", "data.addresses", "ranks"},
    {"data.sources"},
    {"data.batches", "data.files", "linear", "metrics", "plotting"},
    {"data.archives", "animator", "history", "doors"},
    {"data.datasets"},
    {
        "training_checks.autograd_graph",
        "training_checks.finding",
        "training_checks.first_loss",
        "training_checks.saved_state",
        "training_checks.vectors",
    },
    {"training_checks.recording", "training_checks.setting", "training_checks.loss_facts"},
    {"training_checks.looking", "training_checks.probes", "training_checks.runs", "training_checks.honest"},
    {"training_checks.measurements"},
    {
        "training_checks.loop_rules",
        "training_checks.data_rules",
        "training_checks.relation_rules",
        "training_checks.split_rules",
        "training_checks.number_rules",
        "training_checks.scale_rules",
        "training_checks.output_rules",
    },
    {"training_checks.graph_rules", "training_checks.optimizer_rules", "training_checks.start_rules"},
    {"training_checks.mode_rules", "training_checks.update_rules", "training_checks.drawing"},
    {"training_checks.evaluation_rules"},
    {"training_checks.examining"},
    {"training_checks.asked"},
    {"training"},
    {"result", "optimizing", "training_images"},
    {"command_line"},
    {"editions.table", "editions.hyperparameters"},
    {
        "editions.aliases",
        "editions.annotations",
        "editions.downloads",
        "editions.gpus",
        "editions.convolution",
    },
    {"editions.progress", "editions.data_modules"},
    {"editions.modules", "editions.trainer"},
    {"editions.classifiers"},
    {"editions.names"},
    {"torch"},
    {"editions.switch"},
    {"as_d2l"},
]


def files(package: str) -> list[str]:
    """Every Python file of a package, as its path below the checkout."""
    return sorted(str(file.relative_to(ROOT)) for file in (ROOT / package).rglob("*.py"))


def module_of(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imported(source: str, file: str) -> set[str]:
    """Every module that a file imports, inside functions and in strings too; relative ones in full."""
    package = module_of(file).split(".")
    package = package if file.endswith("__init__.py") else package[:-1]
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and _called(node) in BY_NAME:
            found |= {text for argument in node.args for text in _texts(argument)}
    return found


def _called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _texts(node: ast.AST) -> Iterator[str]:
    """The strings in it; of an f-string what is certain: of "chapters.{name}" that is "chapters."."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def floor(module: str) -> str:
    return module.split(".")[0]


def wrong_arrows(source: str, file: str) -> list[str]:
    """The modules that the file may not import, and the chapters that it may not name."""
    if file in EXEMPT:
        return []
    above = {"d2lcore": {"chapters", "d2lcourse"}, "chapters": {"d2lcourse"}, "d2lcourse": set()}
    own = floor(module_of(file))
    wrong = {module for module in imported(source, file) if floor(module) in above[own]}
    if own == "chapters":
        wrong |= {module for module in imported(source, file) if _is_later(module, file)}
    if own == "d2lcore":
        wrong |= set(_chapters_named(source))
    return sorted(wrong)


def _is_later(module: str, file: str) -> bool:
    """Whether a module belongs to a chapter that comes after that of the file; `figures` are no chapter."""
    of, mine = module.split("."), module_of(file).split(".")
    if of[0] != "chapters" or len(of) < 2 or len(mine) < 2 or of[1] == mine[1] or of[1] not in CHAPTERS:
        return False
    return mine[1] not in CHAPTERS or CHAPTERS.index(of[1]) > CHAPTERS.index(mine[1])


def _chapters_named(source: str) -> Iterator[str]:
    """Chapters in strings: as "chapters.mlp" or "chapters/mlp" anywhere in one, or as the whole of one."""
    tree = ast.parse(source)
    for text in _texts(tree):
        yield from re.findall(r"\bchapters[./]\w+", text)
        if text in CHAPTERS and text not in WORDS:
            yield text


@pytest.mark.parametrize("package", ["d2lcore", "chapters", "d2lcourse"])
def test_imports_point_down(package: str) -> None:
    wrong = {file: wrong_arrows((ROOT / file).read_text(encoding="utf-8"), file) for file in files(package)}
    assert {file: modules for file, modules in wrong.items() if modules} == {}


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("d2lcore/data/files.py", "NEXT = 'chapters.mlp'"),
        ("d2lcore/training.py", "print(f'see chapters/{name}.py and chapters/mlp.py')"),
        ("d2lcore/training.py", "module = 'dropout'"),
        ("d2lcore/training.py", "module = 'chapters.tensors'"),
        ("d2lcore/metrics.py", "importlib.import_module('chapters')"),
        ("d2lcore/metrics.py", "runpy.run_module(f'chapters.{name}')"),
        ("d2lcore/metrics.py", "from d2lcourse.exercises.judge import check"),
        ("d2lcore/data/files.py", "def f():\n    import d2lcourse.cli"),
        ("d2lcore/metrics.py", "find_spec(name='d2lcourse')".replace("name=", "")),
        ("chapters/linear_regression.py", "from chapters.mlp import relu"),
        ("chapters/distribution_shift/risk.py", "import_module('d2lcourse.reported')"),
        ("chapters/softmax_regression.py", "from chapters import dropout"),
        ("chapters/figures/mlp.py", "from chapters.mlp import relu"),
        ("chapters/mlp.py", "from .distribution_shift.risk import weighted_loss"),
    ],
)
def test_a_wrong_arrow_is_seen(file: str, line: str) -> None:
    assert wrong_arrows(line, file)


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("d2lcore/doors.py", "from d2lcourse.exercises.judge import check"),
        ("d2lcore/training.py", "from .data.batches import Batches\nword = 'chapters'"),
        ("d2lcore/guards.py", "everything = getattr(dataset, 'tensors', None)"),
        ("chapters/mlp.py", "from chapters.softmax_regression import softmax\nimport d2lcore"),
        ("chapters/mlp.py", "from chapters.figures.mlp import draw_activations"),
        ("chapters/distribution_shift/risk.py", "from chapters.distribution_shift.arguments import Array"),
        ("d2lcourse/cli.py", "importlib.import_module('chapters.mlp')"),
    ],
)
def test_a_right_arrow_is_let_be(file: str, line: str) -> None:
    assert wrong_arrows(line, file) == []


def test_modules_of_d2lcore_import_only_from_layers_below() -> None:
    level = {f"d2lcore.{module}": i for i, layer in enumerate(LAYERS) for module in layer}
    modules = {module_of(file): file for file in files("d2lcore") if not file.endswith("__init__.py")}
    assert set(modules) == set(level), "a module is missing from LAYERS, or gone"
    for module, file in modules.items():
        for other in imported((ROOT / file).read_text(encoding="utf-8"), file) & set(level) - {module}:
            assert level[other] < level[module], f"{module} imports {other}"


def test_every_chapter_is_in_the_reading_order() -> None:
    pages = {Path(file).stem for file in files("chapters") if file.count("/") == 1} - {"__init__"}
    packages = {folder.parent.name for folder in (ROOT / "chapters").glob("*/__init__.py")} - {"figures"}
    assert pages | packages == set(CHAPTERS)
