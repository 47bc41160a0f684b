"""How much of each chapter page computes, and how soon: `python -m benchmarks.pages [REVISION]`.

A line computes if it is code that is no import, docstring or signature, no check (what only raises), no
drawing (what a figure or its axes are used in) and no report (what makes a `Result` or metrics, or prints).
The idea is on the line where the function that the title promises is defined.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
# The name on each page whose definition computes what the title promises.
IDEA = {
    "tensors": ("row_major_strides",),
    "preprocessing": ("fill_missing",),
    "linear_algebra": ("dot",),
    "matrix_calculus": ("numerical_jacobian",),
    "autograd": ("Node",),
    "autograd_in_use": ("net",),
    "probability": ("sample",),
    "linear_regression": ("linreg", "train"),
    "least_squares": ("least_squares",),
    "logistic_regression": ("sigmoid",),
    "newton": ("newton",),
    "softmax_regression": ("softmax",),
    "perceptron": ("perceptron_step",),
    "vc_dimension": ("shatters",),
    "mlp": ("relu",),
    "model_selection": ("polynomial_features",),
    "cross_validation": ("k_fold",),
    "weight_decay": ("l2_penalty",),
    "sparsity": ("l1_penalty",),
    "dropout": ("dropout_layer",),
    "backpropagation": ("backward",),
    "training_memory": ("counted_bytes",),
    "numerical_stability": ("signal_and_gradient",),
    "initialization": ("xavier_uniform_",),
    "checkup": ("first_loss",),
    "optimization": ("gradient_descent",),
    "minibatch_and_momentum": ("batch_gradients",),
    "adam": ("adagrad",),
    "building_models": ("Module",),
    "saving": ("to_bytes",),
    "cnn": ("corr2d",),
    "first_network": ("dense",),
    "data_parallel/parts": ("mean_of_parts",),
    "data_parallel/ring": ("ring_round",),
}
DRAWS = (
    "figure",
    "axes",
    "place",
    "plt",
    "plot",
    "draw",
    "imshow",
    "scatter",
    "legend",
    "set_axes",
    "left",
    "right",
)
REPORTS = ("metrics", "Result", "print", "run_chapter", "seed_everything", "get_device")


def pages(revision: str) -> Iterator[tuple[str, str]]:
    """The path and text of every file of `chapters/`, in the working tree or at a revision of git."""
    if not revision:
        for file in sorted((ROOT / "chapters").rglob("*.py")):
            yield str(file.relative_to(ROOT / "chapters")), file.read_text(encoding="utf-8")
        return
    listed = _git("ls-tree", "-r", "--name-only", revision, "chapters").splitlines()
    for path in (one for one in listed if one.endswith(".py")):
        yield path.removeprefix("chapters/"), _git("show", f"{revision}:{path}")


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def computing(text: str) -> int:
    """How many lines of a page compute."""
    tree, lines = ast.parse(text), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and _computes(node):
            lines |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def _computes(node: ast.stmt) -> bool:
    """Whether a statement without a body of its own is one that computes."""
    if hasattr(node, "body") or isinstance(
        node, (ast.Import, ast.ImportFrom, ast.Raise, ast.Pass, ast.Nonlocal)
    ):
        return False
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return False
    used = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    used |= {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
    return not any(word in name for name in used for word in (*DRAWS[:7], *REPORTS)) and not used & set(DRAWS)


def idea_line(page: str, text: str) -> int | None:
    """The line on which the page defines what its title promises."""
    for node in ast.parse(text).body:
        if getattr(node, "name", "") in IDEA.get(page, ()):
            return node.lineno
    return None


def main(revision: str = "") -> None:
    print("| page | lines | that compute | before the idea |\n|---|---|---|---|")
    for path, text in pages(revision):
        if text.startswith("# %% [markdown]") and not path.endswith("__init__.py"):
            line = idea_line(path.removesuffix(".py"), text)
            before = "" if line is None else line - 1
            print(f"| {path} | {len(text.splitlines())} | {computing(text)} | {before} |")


if __name__ == "__main__":
    main(*sys.argv[1:2])
