"""Edits of statements: one too many, in the wrong place, in the wrong order, without its effect."""

import ast
import re
from collections.abc import Iterator
from typing import Any

from .tree import Edit, Family, Tree


def line(tree: Tree, node: ast.stmt) -> Iterator[Edit]:
    """A line too many, two lines the wrong way round, gradients recorded where they should not be."""
    owner, field, body = _body(tree, node)
    if not body or isinstance(node, (ast.Import, ast.ImportFrom, ast.Global)):
        return
    at = body.index(node)
    if not isinstance(node, (ast.Return, ast.FunctionDef, ast.ClassDef)):
        rest = body[:at] + body[at + 1 :] or [ast.Pass()]
        words = "without this " + (
            "line" if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr)) else "block"
        )
        yield tree.edit(f"{words} it would be right", 1.7, node, ((owner, field, rest),), ast.Pass())
    if at + 1 < len(body) and not isinstance(body[at + 1], (ast.Return, ast.FunctionDef)):
        turned = [*body[:at], body[at + 1], node, *body[at + 2 :]]
        words = "this line and the one after it are the wrong way round"
        shown = ast.Module([body[at + 1], node], [])
        yield tree.edit(words, 1.4, node, ((owner, field, turned),), shown)
    if isinstance(node, (ast.AugAssign, ast.Assign, ast.Expr, ast.For)):
        call = ast.Attribute(ast.Name("torch", ast.Load()), "no_grad", ast.Load())
        inside = ast.With([ast.withitem(ast.Call(call, [], []))], [node])
        words = "autograd records this: it has to be inside `with torch.no_grad():`"
        yield tree.edit(words, 1.9, node, ((owner, field, [*body[:at], inside, *body[at + 1 :]]),), inside)


def loop(tree: Tree, node: ast.For | ast.While) -> Iterator[Edit]:
    """Lines that belong after the loop or before it; a line after it that belongs inside."""
    owner, field, body = _body(tree, node)
    if not body:
        return
    at, last, first = body.index(node), node.body[-1], node.body[0]
    rest = node.body[:-1] or [ast.Pass()]
    before, after = body[:at], body[at + 1 :]
    words = "it is inside the loop, and belongs after it"
    yield tree.edit(
        words, 1.1, last, ((node, "body", rest), (owner, field, [*before, node, last, *after])), node
    )
    if isinstance(last, ast.If) and last.body:
        yield from _return_after(tree, node, owner, field, body)
    if len(node.body) > 1:
        words = "it is inside the loop, and belongs before it"
        changes = ((node, "body", node.body[1:]), (owner, field, [*before, first, node, *after]))
        yield tree.edit(words, 1.2, first, changes, ast.Module([first, node], []))
    if before and not isinstance(before[-1], ast.Return):
        inside = ((node, "body", [before[-1], *node.body]), (owner, field, [*before[:-1], node, *after]))
        words = "it is done once before the loop, and has to be done in each round"
        yield tree.edit(words, 1.3, before[-1], inside, node)
    if after and not isinstance(after[0], ast.Return):
        inside = ((node, "body", [*node.body, after[0]]), (owner, field, [*before, node, *after[1:]]))
        words = "it is done once after the loop, and has to be done in each round"
        yield tree.edit(words, 1.3, after[0], inside, node)
    if isinstance(node, ast.While):
        once = ast.If(node.test, node.body, [])
        words = "`while` does it again and again, where `if` is needed"
        yield tree.edit(words, 1.0, node, ((owner, field, [*before, once, *after]),), once)


def _return_after(tree: Tree, node: Any, owner: ast.AST, field: str, body: list[ast.stmt]) -> Iterator[Edit]:
    """`else: return False` in a loop, which ends it in the first round."""
    choice, at = node.body[-1], body.index(node)
    if choice.orelse and isinstance(choice.orelse[-1], ast.Return):
        last = choice.orelse[-1]
        changes = (
            (choice, "orelse", choice.orelse[:-1]),
            (owner, field, [*body[: at + 1], last, *body[at + 1 :]]),
        )
        words = "this `return` ends the loop in its first round, and belongs after it"
        yield tree.edit(words, 1.1, last, changes, node)


def block(tree: Tree, node: ast.If | ast.With) -> Iterator[Edit]:
    """A condition or a `with` that should not be there; a line that belongs outside, or inside."""
    owner, field, body = _body(tree, node)
    if not body:
        return
    at, last = body.index(node), node.body[-1]
    before, after = body[:at], body[at + 1 :]
    kind = "if" if isinstance(node, ast.If) else "with"
    words = f"what is under this `{kind}` has to be done without it"
    yield tree.edit(
        words, 1.6, node, ((owner, field, [*before, *node.body, *after]),), ast.Module(node.body, [])
    )
    if len(node.body) > 1:
        changes = ((node, "body", node.body[:-1]), (owner, field, [*before, node, last, *after]))
        yield tree.edit(f"it is under the `{kind}`, and belongs after it", 1.2, last, changes, node)
    if after and not isinstance(after[0], ast.Return):
        inside = ((node, "body", [*node.body, after[0]]), (owner, field, [*before, node, *after[1:]]))
        yield tree.edit(f"it is after the `{kind}`, and belongs under it", 1.2, after[0], inside, node)
    if isinstance(node, ast.If) and node.orelse:
        swapped = ((node, "body", node.orelse), (node, "orelse", node.body))
        yield tree.edit(
            "what is under `if` and under `else` is the wrong way round", 1.1, node, swapped, node
        )


def assigned(tree: Tree, node: ast.Assign) -> Iterator[Edit]:
    """x = x - y for x -= y, which changes the caller's x; x = y for x += y."""
    if len(node.targets) != 1 or not isinstance(node.targets[0], (ast.Name, ast.Subscript, ast.Attribute)):
        return
    target, value = node.targets[0], node.value
    text = ast.unparse(target)
    if isinstance(value, ast.BinOp) and ast.unparse(value.left) == text:
        words = "this makes a new value, and leaves the old one as it is: it has to be changed in place"
        in_place = ast.AugAssign(target, value.op, value.right)
        yield tree.edit(words, 1.0, node, tree.put(node, in_place), in_place)
    if isinstance(target, ast.Name):
        filled = ast.Assign([ast.Subscript(ast.Name(text, ast.Load()), ast.Slice(), ast.Store())], value)
        words = "this gives the name to something else: the caller's tensor has to be changed in place"
        if text in tree.arguments():
            yield tree.edit(words, 1.2, node, tree.put(node, filled), filled)
    for operator, symbol in ((ast.Add(), "+="), (ast.Sub(), "-=")):
        if not isinstance(target, ast.Name) or _assigned_before(tree, node, target.id):
            words = f"what was there before is lost: `=` where `{symbol}` is needed"
            more = ast.AugAssign(target, operator, value)
            far = text in tree.arguments() or isinstance(target, ast.Subscript)
            yield tree.edit(words, 1.2 + 0.7 * far, node, tree.put(node, more), more)


def added(tree: Tree, node: ast.AugAssign) -> Iterator[Edit]:
    """x += y for x = y, or for x = x + y, which leaves the caller's x as it is."""
    load: Any = ast.parse(ast.unparse(node.target), mode="eval").body
    only = ast.Assign([node.target], node.value)
    yield tree.edit(
        "it adds to what was there, which has to be replaced", 1.4, node, tree.put(node, only), only
    )
    apart = ast.Assign([node.target], ast.BinOp(load, node.op, node.value))
    words = f"it changes `{ast.unparse(node.target)}` in place, where a new value is needed"
    yield tree.edit(words, 1.3, node, tree.put(node, apart), apart)


def returned(tree: Tree, node: ast.FunctionDef) -> Iterator[Edit]:
    """A `return` that is missing."""
    last = node.body[-1]
    if isinstance(last, ast.Expr) and not isinstance(last.value, ast.Constant):
        result = ast.Return(last.value)
        yield tree.edit(
            "`return` is missing: the result is thrown away", 1.0, last, tree.put(last, result), result
        )
    if not isinstance(last, ast.Return) and not any(isinstance(one, ast.Return) for one in ast.walk(node)):
        for name in tree.names(last):
            result = ast.Return(ast.Name(name, ast.Load()))
            words = f"`return` is missing: `{name}` has to be given back"
            yield tree.edit(words, 1.5, last, ((node, "body", [*node.body, result]),), result)


def unwritten(tree: Tree, node: ast.FunctionDef) -> Iterator[Edit]:
    """A line that is not there: a copy of what is the caller's, or the mode that a net is to be in."""
    start = next((i for i, one in enumerate(node.body) if not _is_docstring(one)), 0)
    for name in [arg.arg for arg in node.args.args]:
        copy: Any = ast.parse(f"{name} = {name}.clone()").body[0]
        words = f"`{name}` is the caller's, and is changed here: work on `{name}.clone()`"
        body = [*node.body[:start], copy, *node.body[start:]]
        if changed := _changing(node, name):
            yield tree.edit(words, 1.4, changed, ((node, "body", body),), copy)
    called = {ast.unparse(one.func) for one in ast.walk(node) if isinstance(one, ast.Call)}
    for old, new in ((".eval", ".train"), (".train", ".eval")):
        for net in {one.removesuffix(old) for one in called if one.endswith(old)}:
            if f"{net}{new}" not in called:
                line: Any = ast.parse(f"{net}{new}()").body[0]
                place = start if new == ".eval" else len(node.body) - isinstance(node.body[-1], ast.Return)
                words = f"`{net}{new}()` is missing {'before' if new == '.eval' else 'after'} this"
                body = [*node.body[:place], line, *node.body[place:]]
                yield tree.edit(words, 1.2, node.body[max(place - 1, 0)], ((node, "body", body),), line)


def _changing(node: ast.FunctionDef, name: str) -> ast.AST | None:
    """Where a function writes to its argument."""
    for one in ast.walk(node):
        targets = (
            one.targets
            if isinstance(one, ast.Assign)
            else [one.target]
            if isinstance(one, ast.AugAssign)
            else []
        )
        subscripts = [target for target in targets if isinstance(target, ast.Subscript)]
        names = [ast.unparse(target.value) for target in subscripts]
        plain = isinstance(one, ast.AugAssign) and ast.unparse(one.target) == name
        func = one.func if isinstance(one, ast.Call) else None
        in_place = (
            isinstance(func, ast.Attribute) and func.attr.endswith("_") and ast.unparse(func.value) == name
        )
        if plain or name in names or in_place:
            return one
    return None


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def grown(tree: Tree, node: ast.For) -> Iterator[Edit]:
    """Gradients that are used in a loop and not set to zero."""
    text = ast.unparse(node)
    for grad in sorted(set(re.findall(r"\b\w+(?:\[\w+\])?\.grad\b", text))):
        if "zero" not in text:
            line: Any = ast.parse(f"{grad}.zero_()").body[0]
            words = f"the gradient adds up from step to step: `{grad}` has to be set to zero after it is used"
            body = [*node.body, line]
            inner = node.body[0] if len(node.body) == 1 and isinstance(node.body[0], ast.With) else None
            changes: Any = ((inner, "body", [*inner.body, line]),) if inner else ((node, "body", body),)
            yield tree.edit(words, 1.3, node.body[-1], changes, line)


def pair(tree: Tree, node: ast.Tuple) -> Iterator[Edit]:
    if len(node.elts) == 2 and not isinstance(tree.parents.get(node), ast.Subscript):
        yield tree.edit("these two are the wrong way round", 1.1, node, ((node, "elts", node.elts[::-1]),))
    if isinstance(tree.parents.get(node), ast.Return):
        for one in node.elts:
            words = f"only `{ast.unparse(one)}` has to be given back"
            yield tree.edit(words, 1.5, node, tree.put(node, one))


def _body(tree: Tree, node: ast.stmt) -> tuple[ast.AST, str, list[ast.stmt]]:
    """The list of statements that `node` is one of: whose it is, its field, and the list."""
    owner = tree.parents.get(node)
    for field in ("body", "orelse", "finalbody"):
        found = getattr(owner, field, None)
        if owner is not None and isinstance(found, list) and any(one is node for one in found):
            return owner, field, found
    return node, "", []


def _assigned_before(tree: Tree, node: ast.Assign, name: str) -> bool:
    function = node
    while function in tree.parents and not isinstance(function, ast.FunctionDef):
        function = tree.parents[function]  # type: ignore[assignment]
    stores = [
        one.lineno
        for one in ast.walk(function)
        if isinstance(one, ast.Name) and one.id == name and isinstance(one.ctx, ast.Store)
    ]
    return name in tree.arguments() or min(stores, default=node.lineno) < node.lineno


FAMILIES: dict[Family, Any] = {
    line: ast.stmt,
    loop: (ast.For, ast.While),
    block: (ast.If, ast.With),
    assigned: ast.Assign,
    added: ast.AugAssign,
    returned: ast.FunctionDef,
    unwritten: ast.FunctionDef,
    grown: ast.For,
    pair: ast.Tuple,
}
