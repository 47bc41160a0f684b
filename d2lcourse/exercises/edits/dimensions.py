"""Edits of dimensions, indices and ranges."""

import ast
from collections.abc import Iterator
from typing import Any

from .kinds import KEEPS, NOUNS, REDUCE
from .tree import Edit, Family, Tree, called_name, expression, is_method, name_place


def dimension(tree: Tree, node: ast.Call) -> Iterator[Edit]:
    """Another dim, one that is missing or too many, and keepdim."""
    name = called_name(node)
    if name not in REDUCE:
        return
    place, old = _dim(node)
    if old is not None:
        for new in (0, 1, -1, 2):
            if new != old:
                words = _over(tree, name, old, new)
                yield tree.edit(words, 1.0 + 0.3 * (new == 2), place, tree.put(place, ast.Constant(new)))
                if name in KEEPS and not node.keywords[1:] and new >= 0:
                    options = [
                        ast.keyword("dim", ast.Constant(new)),
                        ast.keyword("keepdim", ast.Constant(True)),
                    ]
                    args = [one for one in node.args if one is not place]
                    changes = ((node, "keywords", options), (node, "args", args))
                    yield tree.edit(words, 1.35, place, changes)
        yield from _without_dim(tree, node, name, place, old)
    elif name in KEEPS and not node.keywords and len(node.args) <= (not is_method(node)):
        for dim in (1, 0):
            for keep in (False, True):
                options = [ast.keyword("dim", ast.Constant(dim))] + [
                    ast.keyword("keepdim", ast.Constant(True))
                ] * keep
                words = _over(tree, name, None, dim)
                yield tree.edit(words, 1.3 + 0.1 * keep, name_place(node), ((node, "keywords", options),))
    keeps = any(one.arg in ("keepdim", "keepdims") for one in node.keywords)
    if name in KEEPS and not keeps and old is not None:
        options = [*node.keywords, ast.keyword("keepdim", ast.Constant(True))]
        noun = NOUNS.get(name, "the result")
        words = f"without keepdim=True {noun} loses a dimension, and does not fit what it is computed with"
        yield tree.edit(words, 1.0, name_place(node), ((node, "keywords", options),))


def _without_dim(tree: Tree, node: ast.Call, name: str, place: ast.expr, old: int) -> Iterator[Edit]:
    options = [one for one in node.keywords if one.arg not in ("dim", "axis", "keepdim")]
    if name in KEEPS:
        args = [one for one in node.args if one is not place]
        words = (
            f"{NOUNS.get(name, name)} goes over {_axis(tree, old)} only, where it has to go over all elements"
        )
        yield tree.edit(words, 1.5, place, ((node, "keywords", options), (node, "args", args)))


def _dim(node: ast.Call) -> tuple[Any, int | None]:
    """The node of a number that says which dimension, and the number."""
    found = [one.value for one in node.keywords if one.arg in ("dim", "axis")]
    found = found or node.args[0 if is_method(node) else 1 :][:1]
    value = found[0] if found else None
    if (
        isinstance(value, ast.UnaryOp)
        and isinstance(value.op, ast.USub)
        and isinstance(value.operand, ast.Constant)
    ):
        number = value.operand.value
        return value, -number if isinstance(number, int) else None
    if isinstance(value, ast.Constant) and isinstance(value.value, int) and not isinstance(value.value, bool):
        return value, value.value
    return None, None


def _over(tree: Tree, name: str, old: int | None, new: int) -> str:
    noun = NOUNS.get(name, f"`{name}`")
    if old is None:
        return f"{noun} goes over all elements, where it has to go over {_axis(tree, new)}"
    if {old, new} <= {1, -1}:
        return f"{noun} goes over dimension {old}, where it has to go over dimension {new}"
    return f"{noun} goes over {_axis(tree, old)}, not over {_axis(tree, new)}"


def _axis(tree: Tree, dim: int) -> str:
    if tree.axes and dim in (0, 1, -1):
        return f"the {tree.axes[min(abs(dim), 1)]}"
    return {0: "the rows (dimension 0)", 1: "the columns (dimension 1)", -1: "the last dimension"}.get(
        dim, f"dimension {dim}"
    )


def index(tree: Tree, node: ast.Subscript) -> Iterator[Edit]:
    """An index too many, or at the wrong place; the end of a slice off by one."""
    if isinstance(node.ctx, ast.Load):
        text = ast.unparse(node)[len(ast.unparse(node.value)) :]
        words = f"the index `{text}` is one too many"
        yield tree.edit(words, 1.5, name_place(node), tree.put(node, node.value))
    if isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
        words = "the two indices are the wrong way round"
        yield tree.edit(words, 1.1, node.slice, ((node.slice, "elts", node.slice.elts[::-1]),))
    places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for one in places:
        bounds = ("lower", "upper") if isinstance(one, ast.Slice) else ()
        for bound in bounds:
            if value := getattr(one, bound):
                words = f"the slice {'begins' if bound == 'lower' else 'ends'} one {{}}"
                for sign, side in (("+", "too early"), ("-", "too late")):
                    new = expression(f"_x {sign} 1", x=value)
                    yield tree.edit(words.format(side), 1.3, value, ((one, bound, new),))
    if not isinstance(node.slice, (ast.Slice, ast.Tuple, ast.Constant)):
        for sign, side in (("+", "too small"), ("-", "too large")):
            new = expression(f"_x {sign} 1", x=node.slice)
            yield tree.edit(f"the index is one {side}", 1.5, node.slice, ((node, "slice", new),))


def counted(tree: Tree, node: ast.Call) -> Iterator[Edit]:
    """The ends of a range."""
    if called_name(node) != "range" or not node.args or len(node.args) > 2:
        return
    last, start = node.args[-1], node.args[0] if len(node.args) == 2 else ast.Constant(0)
    for text, words in (
        ("_x - 1", "the loop runs once too often"),
        ("_x + 1", "the loop ends one too early"),
    ):
        yield tree.edit(words, 1.4, node, ((node, "args", [*node.args[:-1], expression(text, x=last)]),))
    one_later = [expression("_x + 1", x=start), last] if len(node.args) == 2 else [ast.Constant(1), last]
    yield tree.edit("the loop starts one too early", 1.3, node, ((node, "args", one_later),))
    shifted = [ast.Constant(1), expression("_x + 1", x=last)]
    if len(node.args) == 1:
        yield tree.edit("the loop counts from 0, not from 1", 1.3, node, ((node, "args", shifted),))
    turned = ast.Call(ast.Name("reversed", ast.Load()), [node], [])
    yield tree.edit("the loop runs the wrong way round", 1.4, node, tree.put(node, turned))


FAMILIES: dict[Family, Any] = {dimension: ast.Call, index: ast.Subscript, counted: ast.Call}
