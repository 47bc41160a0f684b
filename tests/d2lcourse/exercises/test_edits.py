"""Edits of a syntax tree: applied and taken back, in the right place, and none that is the same again."""

import ast
import textwrap

import pytest

from d2lcourse.exercises.edits import applied, axes, edits
from d2lcourse.exercises.edits.tree import Tree
from d2lcourse.exercises.exercise import exercises


@pytest.mark.parametrize("name", ["softmax", "sgd", "tied_net"])
def test_every_edit_changes_the_answer_compiles_and_is_taken_back(name: str) -> None:
    text = textwrap.dedent(exercises()[name].mistakes[-1].code)
    tree = Tree(text, name)
    before, lines = ast.dump(tree.module), text.splitlines()
    found = edits(tree)
    assert len(found) > 100
    for edit in found:
        assert 1 <= edit.line <= len(lines)
        assert edit.column < len(lines[edit.line - 1].encode())
        with applied(edit):
            assert ast.dump(tree.module) != before, edit.words
            try:
                compile(tree.module, "answer", "exec")
            except (SyntaxError, SyntaxWarning, ValueError):
                continue  # such as `1 += x`: it is tried and fails
            finally:
                ast.unparse(edit.code)
    assert ast.dump(tree.module) == before
    assert [edit.cost for edit in found] == sorted(edit.cost for edit in found)


def words(text: str, name: str = "f") -> list[str]:
    return [edit.words for edit in edits(Tree(textwrap.dedent(text), name))]


def becomes(text: str, said: str) -> list[str]:
    """What the function f becomes by the edits of these words."""
    tree = Tree(textwrap.dedent(text), "f")
    found = []
    for edit in edits(tree):
        if edit.words == said:
            with applied(edit):
                found.append(ast.unparse(tree.module).split("\n", 1)[1].strip())
    return found


@pytest.mark.parametrize(
    ("line", "said", "after"),
    [
        ("return a - b", "`-` where `+` is needed", "return a + b"),
        ("return a < b", "the comparison `<` is the wrong way round", "return a > b"),
        ("return a - b ** 2 / 2", "the brackets: `-` has to be computed first", "return (a - b) ** 2 / 2"),
        ("return (a + b) / 2", "the brackets: `/` has to be computed before `+`", "return a + b / 2"),
        ("return a[::-1]", "the index `[::-1]` is one too many", "return a"),
        ("return a[1, b]", "the two indices are the wrong way round", "return a[b, 1]"),
        ("return a.max(dim=1)", "`max` gives two tensors, the values and their places: `.values` is missing",
         "return a.max(dim=1).values"),
        ("return g(a, reduction='mean')", "'mean' where 'none' is needed", "return g(a, reduction='none')"),
        ("return a.exp() - b", "the exponential is taken of too little: look at the brackets",
         "return (a - b).exp()"),
        ("return a if b else 0", "the two values beside `if` and `else` are the wrong way round",
         "return 0 if b else a"),
        ("return a, b", "these two are the wrong way round", "return (b, a)"),
        ("return -a", "this minus sign is one too many", "return a"),
    ],
)  # fmt: skip
def test_what_an_edit_makes_of_a_line(line: str, said: str, after: str) -> None:
    assert after in becomes(f"def f(a, b):\n    {line}", said)


def test_only_what_the_function_is_made_of_is_edited() -> None:
    text = """
        def helper(x):
            return x + 1
        def other(x):
            return x + 2
        def f(x):
            return helper(x) + 3
        """
    found = edits(Tree(textwrap.dedent(text), "f"))
    assert {edit.line for edit in found} >= {3, 7}
    assert not {edit.line for edit in found} & {4, 5}


def test_docstrings_annotations_and_defaults_stay() -> None:
    text = 'def f(x: "a - b" = 1 - 2) -> 3:\n    """Less."""\n    y: 4 = x\n    return y'
    tree = Tree(text, "f")
    assert not [node for node in tree.nodes() if isinstance(node, ast.Constant) and node.value in (1, 2, 3)]


def test_an_edit_does_not_write_the_function_that_is_asked_for() -> None:
    assert "`log_softmax` where `softmax` is needed" not in words(
        "def softmax(O):\n    return torch.log_softmax(O, 1)", "softmax"
    )


def test_what_changes_nothing_comes_last() -> None:
    tree = Tree("def f(x):\n    return x - 1", "f")
    costs = {}
    for edit in edits(tree):
        with applied(edit):
            costs.setdefault(ast.unparse(tree.module).split("return ")[1], edit.cost)
    assert costs["x + 1"] < costs["x"] < 1.5 < costs["x - 0"]
    assert min(costs["x * 1"], costs["x / 1"], costs["x - 0"]) > 3


@pytest.mark.parametrize(
    ("docstring", "meant"),
    [
        ("O: scores, shape (n, q). Returns shape (n, q).", ("examples", "classes")),
        ("X: shape (n, d). train: shape (m, d).", ("examples", "features")),
        ("A: shape (n, m). B: shape (m, q).", None),
        ("W: shape (n_out, n_in).", None),
        ("x: shape (k,).", None),
    ],
)
def test_what_the_dimensions_count(docstring: str, meant: tuple[str, str] | None) -> None:
    assert axes(docstring) == meant
