"""Edits of what is called, on what, and of what comes out."""

import ast
from collections.abc import Iterator
from typing import Any

from .kinds import IN_PLACE, KINDS, NOUNS, WRAPS
from .tree import Edit, Family, Tree, called_name, expression, is_method, is_value, name_place


def attribute(tree: Tree, node: ast.Attribute) -> Iterator[Edit]:
    """Another function of the same kind; a missing or superfluous `.T`, `.values`, call."""
    place = (node.end_lineno or node.lineno, (node.end_col_offset or 0) - len(node.attr.encode()))
    for other, cost in _others(node.attr):
        if other != tree.name:
            yield tree.edit(_instead(node.attr, other), cost, place, ((node, "attr", other),))
    owner = tree.parents.get(node)
    if node.attr in ("T", "values", "indices", "data", "mT"):
        words = f"`.{node.attr}` is one too many"
        yield tree.edit(words, 1.1, place, tree.put(node, node.value))
    if isinstance(owner, ast.Expr):
        call = ast.Call(node, [], [])
        words = f"`{ast.unparse(node)}` is not called: `()` is missing"
        yield tree.edit(words, 1.0, place, tree.put(node, call))


def _others(name: str) -> Iterator[tuple[str, float]]:
    for kind in KINDS:
        if name in kind:
            near = kind.index(name)
            for i, other in enumerate(kind):
                if other != name:
                    yield other, 1.2 + 0.05 * abs(i - near)
    if name in IN_PLACE:
        yield f"{name}_", 1.1
    elif name.endswith("_") and not name.startswith("_"):
        yield name.removesuffix("_"), 1.3


def _instead(old: str, new: str) -> str:
    if old == f"{new}_":
        return f"`{old}` changes its tensor, which belongs to the caller: `{new}` makes a new one"
    if new == f"{old}_":
        return f"`{old}` gives a new tensor and leaves the old one as it is: `{new}` changes it"
    if old in NOUNS and new in NOUNS:
        return f"{NOUNS[old]} is taken, where {NOUNS[new]} is needed"
    return f"`{old}` where `{new}` is needed"


def builtin(tree: Tree, node: ast.Call) -> Iterator[Edit]:
    if isinstance(node.func, ast.Name):
        for kind in (("max", "min", "sum"), ("any", "all"), ("int", "round", "float", "bool")):
            for other in kind:
                if node.func.id in kind and other != node.func.id:
                    words = f"`{node.func.id}` where `{other}` is needed"
                    yield tree.edit(words, 1.3, node, ((node.func, "id", other),))


def arguments(tree: Tree, node: ast.Call) -> Iterator[Edit]:
    """Two arguments turned round, an option or an argument too many."""
    name = called_name(node)
    if name.endswith(("loss", "cross_entropy", "with_logits")) and "reduction" not in [
        one.arg for one in node.keywords
    ]:
        for value in ("none", "sum"):
            options = [*node.keywords, ast.keyword("reduction", ast.Constant(value))]
            words = f"`{name}` takes the mean of the batch by itself: reduction={value!r} is missing"
            yield tree.edit(words, 1.2, name_place(node), ((node, "keywords", options),))
    for i in range(len(node.args)):
        for j in range(i + 1, min(len(node.args), 4)):
            if ast.unparse(node.args[i]) == ast.unparse(node.args[j]):
                continue
            args = [*node.args]
            args[i], args[j] = args[j], args[i]
            words = f"`{ast.unparse(node.args[i])}` and `{ast.unparse(node.args[j])}` are the wrong way round"
            if len(words) < 90:
                yield tree.edit(words, 1.1, node.args[i], ((node, "args", args),))
    for option in node.keywords:
        if option.arg:
            rest = [one for one in node.keywords if one is not option]
            words = f"the option `{option.arg}` is one too many"
            yield tree.edit(words, 1.4, option, ((node, "keywords", rest),))
    if len(node.args) > 1:
        words = "this argument is one too many"
        yield tree.edit(words, 1.6, node.args[-1], ((node, "args", node.args[:-1]),))
    if called_name(node) in ("std", "var") and not node.keywords:
        options = [ast.keyword("correction", ast.Constant(0))]
        words = "it divides by n - 1, where n is needed"
        yield tree.edit(words, 1.3, name_place(node), ((node, "keywords", options),))


def dropped(tree: Tree, node: ast.Call) -> Iterator[Edit]:
    """A call that is one too many, or that takes in too much or too little."""
    inner = node.func.value if is_method(node) else node.args[0] if node.args else None  # type: ignore[attr-defined]
    name, owner = called_name(node), tree.parents.get(node)
    if (
        inner is None
        or isinstance(owner, (ast.Expr, ast.Starred))
        or name in ("range", "zip", "enumerate", "super")
    ):
        return
    noun = NOUNS.get(name, f"`{name}`")
    words = f"{noun} is one too many"
    cost = 2.1 if name in ("tolist", "item") else 1.3  # more often the type is lost further on
    yield tree.edit(words, cost, node if inner is not node.func else name_place(node), tree.put(node, inner))
    if not node.keywords and len(node.args) == (0 if is_method(node) else 1):
        yield from _regrouped(tree, node, inner, owner, noun)
        yield tree.edit(f"{noun} is to be taken twice", 2.6, node, tree.put(node, _again(node)))


def _again(node: ast.Call) -> ast.Call:
    if is_method(node):
        return ast.Call(ast.Attribute(node, called_name(node), ast.Load()), [], [])
    return ast.Call(node.func, [node], [])


def _regrouped(tree: Tree, node: ast.Call, inner: ast.expr, owner: Any, noun: str) -> Iterator[Edit]:
    """f(a) - b for f(a - b), and the reverse."""

    def call(of: ast.AST) -> ast.Call:
        if is_method(node):
            return ast.Call(ast.Attribute(of, called_name(node), ast.Load()), [], [])  # type: ignore[arg-type]
        return ast.Call(node.func, [of], [])  # type: ignore[list-item]

    if isinstance(inner, ast.BinOp):
        for new in (
            ast.BinOp(call(inner.left), inner.op, inner.right),
            ast.BinOp(inner.left, inner.op, call(inner.right)),
        ):
            yield tree.edit(
                f"{noun} is taken of too much: look at the brackets", 1.3, node, tree.put(node, new)
            )
    if isinstance(owner, ast.BinOp):
        left = owner.left is node
        new_value = ast.BinOp(inner if left else owner.left, owner.op, owner.right if left else inner)
        words = f"{noun} is taken of too little: look at the brackets"
        yield tree.edit(words, 1.3, node, tree.put(owner, call(new_value)))


def missing_call(tree: Tree, node: ast.expr) -> Iterator[Edit]:
    """A call, an index or `.T` that is not there; not where hardly anything is."""
    if not is_value(tree, node) or isinstance(node, (ast.Constant, ast.Tuple, ast.List)):
        return
    if isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.BinOp)):
        yield tree.edit(
            "it is not transposed: `.T` is missing", 1.9, node, tree.put(node, expression("_x.T", x=node))
        )
    if called_name(node) in ("max", "min", "median", "sort", "topk") and isinstance(node, ast.Call):
        for attr in ("values", "indices"):
            words = (
                f"`{called_name(node)}` gives two tensors, the values and their places: `.{attr}` is missing"
            )
            yield tree.edit(words, 1.1, name_place(node), tree.put(node, expression(f"_x.{attr}", x=node)))
    if tree.computes:
        for text, (words, cost) in WRAPS.items():
            yield tree.edit(words, cost, node, tree.put(node, expression(text, x=node)))
        for i in (0, -1):
            words = f"one element of it is needed: `[{i}]` is missing"
            yield tree.edit(words, 2.4, node, tree.put(node, expression(f"_x[{i}]", x=node)))


FAMILIES: dict[Family, Any] = {
    attribute: ast.Attribute,
    builtin: ast.Call,
    arguments: ast.Call,
    dropped: ast.Call,
    missing_call: ast.expr,
}
