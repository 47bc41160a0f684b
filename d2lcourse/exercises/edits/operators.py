"""Edits of operators, comparisons, signs, numbers, names and brackets."""

import ast
from collections.abc import Iterator
from typing import Any

from .tree import Edit, Family, Tree, expression, is_neutral, is_value

SYMBOLS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Eq: "==", ast.NotEq: "!=", ast.And: "and", ast.Or: "or",
}  # fmt: skip
USUAL, SELDOM = 1.0, 2.8  # what a slip costs, and what one that is hardly made
OPERATORS: dict[type[ast.AST], dict[type[ast.AST], float]] = {
    ast.Add: {ast.Sub: USUAL, ast.Mult: SELDOM},
    ast.Sub: {ast.Add: USUAL, ast.Mult: SELDOM, ast.Div: SELDOM},
    ast.Mult: {ast.Div: USUAL, ast.MatMult: 1.4, ast.Pow: 2.0, ast.Add: 2.4, ast.Sub: SELDOM},
    ast.Div: {ast.Mult: USUAL, ast.FloorDiv: 1.1, ast.Sub: 2.4},
    ast.FloorDiv: {ast.Div: USUAL, ast.Mod: 1.4},
    ast.Mod: {ast.FloorDiv: 1.4},
    ast.Pow: {ast.Mult: 1.4},
    ast.MatMult: {ast.Mult: 1.1},
    ast.BitAnd: {ast.BitOr: USUAL},
    ast.BitOr: {ast.BitAnd: USUAL},
    ast.Lt: {ast.LtE: USUAL, ast.Gt: 1.1, ast.GtE: 1.2},
    ast.LtE: {ast.Lt: USUAL, ast.GtE: 1.1, ast.Gt: 1.2},
    ast.Gt: {ast.GtE: USUAL, ast.Lt: 1.1, ast.LtE: 1.2},
    ast.GtE: {ast.Gt: USUAL, ast.LtE: 1.1, ast.Lt: 1.2},
    ast.Eq: {ast.NotEq: USUAL},
    ast.NotEq: {ast.Eq: USUAL},
}


def operator(tree: Tree, node: ast.BinOp | ast.AugAssign) -> Iterator[Edit]:
    left, right = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
    mark = "" if isinstance(node, ast.BinOp) else "="
    old = SYMBOLS.get(type(node.op), "")
    for new, cost in OPERATORS.get(type(node.op), {}).items():
        words = f"`{old}{mark}` where `{SYMBOLS[new]}{mark}` is needed"
        cost += 3 * is_neutral(new(), right)
        yield tree.edit(words, cost, tree.find(old, left), ((node, "op", new()),))


def comparison(tree: Tree, node: ast.Compare) -> Iterator[Edit]:
    left = node.left
    for i, op in enumerate(node.ops):
        for new, cost in OPERATORS.get(type(op), {}).items():
            old, ops = SYMBOLS[type(op)], [*node.ops[:i], new(), *node.ops[i + 1 :]]
            words = f"the comparison is `{old}`, where `{SYMBOLS[new]}` is needed"
            if {type(op), new} in ({ast.Lt, ast.Gt}, {ast.LtE, ast.GtE}):
                words = f"the comparison `{old}` is the wrong way round"
            yield tree.edit(words, cost, tree.find(old, left), ((node, "ops", ops),))
        left = node.comparators[i]


def both(tree: Tree, node: ast.BoolOp) -> Iterator[Edit]:
    old, new = ("and", ast.Or()) if isinstance(node.op, ast.And) else ("or", ast.And())
    words = f"`{old}` where `{SYMBOLS[type(new)]}` is needed"
    yield tree.edit(words, 1.0, tree.find(old, node.values[0]), ((node, "op", new),))
    for one in node.values:
        rest = [other for other in node.values if other is not one]
        new_value: ast.AST = rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
        yield tree.edit("this condition is one too many", 1.6, one, tree.put(node, new_value))


def sides(tree: Tree, node: ast.BinOp) -> Iterator[Edit]:
    """Sides turned round, one of them too many, and other brackets."""
    symbol = SYMBOLS.get(type(node.op), "")
    place = tree.find(symbol, node.left)
    if isinstance(node.op, (ast.Sub, ast.Div, ast.MatMult, ast.FloorDiv, ast.Pow)):
        words = f"the two sides of `{symbol}` are the wrong way round"
        yield tree.edit(words, 1.1, place, ((node, "left", node.right), (node, "right", node.left)))
    many = f"`{symbol} {_short(node.right)}` is one too many"
    yield tree.edit(many, 1.3, place, tree.put(node, node.left))
    many = f"`{_short(node.left)} {symbol}` is one too many"
    yield tree.edit(many, 1.4, node.left, tree.put(node, node.right))
    yield from _brackets(tree, node)


def _brackets(tree: Tree, node: ast.BinOp) -> Iterator[Edit]:
    """(a + b) * c for a + b * c, and the like: what is computed first."""
    for side in ("left", "right"):
        inner = getattr(node, side)
        if isinstance(inner, ast.UnaryOp) and side == "left":  # -a + b: -(a + b)
            turned: ast.AST = ast.UnaryOp(inner.op, ast.BinOp(inner.operand, node.op, node.right))
            yield tree.edit("brackets are missing after the `-`", 1.2, inner, tree.put(node, turned))
        if not isinstance(inner, ast.BinOp) or type(inner.op) is type(node.op) is not ast.Sub:
            continue
        if side == "right":
            turned = ast.BinOp(ast.BinOp(node.left, node.op, inner.left), inner.op, inner.right)
        else:
            turned = ast.BinOp(inner.left, inner.op, ast.BinOp(inner.right, node.op, node.right))
        first, then = SYMBOLS[type(node.op)], SYMBOLS[type(inner.op)]
        words = f"the brackets: `{first}` has to be computed before `{then}`"
        yield tree.edit(words, 1.2, inner, tree.put(node, turned))
    yield from _deep_brackets(tree, node)
    inner = node.left
    if isinstance(inner, ast.BinOp) and isinstance(inner.op, (ast.Add, ast.Sub)):  # a / c + b for (a + b) / c
        turned = ast.BinOp(ast.BinOp(inner.left, node.op, node.right), inner.op, inner.right)
        first, then = SYMBOLS[type(node.op)], SYMBOLS[type(inner.op)]
        words = f"the brackets: `{first}` has to be computed before `{then}`"
        yield tree.edit(words, 1.25, inner, tree.put(node, turned))


def _deep_brackets(tree: Tree, node: ast.BinOp) -> Iterator[Edit]:
    """(a - b) ** 2 / 2 for a - b ** 2 / 2."""
    chain = [node.right]
    while isinstance(chain[-1], ast.BinOp):
        chain.append(chain[-1].left)
    if len(chain) > 2:
        turned: ast.AST = ast.BinOp(node.left, node.op, chain[-1])
        for one in reversed(chain[:-1]):
            if isinstance(one, ast.BinOp):
                turned = ast.BinOp(turned, one.op, one.right)  # type: ignore[arg-type]
        words = f"the brackets: `{SYMBOLS[type(node.op)]}` has to be computed first"
        yield tree.edit(words, 1.3, tree.find(SYMBOLS[type(node.op)], node.left), tree.put(node, turned))


def sign(tree: Tree, node: ast.UnaryOp) -> Iterator[Edit]:
    if isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        yield tree.edit("this minus sign is one too many", 1.0, node, tree.put(node, node.operand))
    if isinstance(node.op, (ast.Not, ast.Invert)):
        yield tree.edit("this `not` is one too many", 1.0, node, tree.put(node, node.operand))


def condition(tree: Tree, node: ast.If | ast.While | ast.IfExp) -> Iterator[Edit]:
    turned = ast.UnaryOp(ast.Not(), node.test)
    if not isinstance(node.test, (ast.Compare, ast.UnaryOp)):
        words = "the condition is turned round: a `not` is missing"
        yield tree.edit(words, 1.1, node.test, ((node, "test", turned),))
    if isinstance(node, ast.IfExp):
        words = "the two values beside `if` and `else` are the wrong way round"
        yield tree.edit(words, 1.1, node, ((node, "body", node.orelse), (node, "orelse", node.body)))


def number(tree: Tree, node: ast.Constant) -> Iterator[Edit]:
    value: Any = node.value
    owner = tree.parents.get(node)
    for new, cost in _numbers(value):
        minus = isinstance(owner, ast.UnaryOp) and isinstance(owner.op, ast.USub)
        if isinstance(owner, ast.BinOp) and owner.right is node and is_neutral(owner.op, ast.Constant(new)):
            cost += 3
        if minus and isinstance(new, (int, float)) and new <= 0:
            continue
        words = f"`{'-' * minus}{value}` where {_number_needed(value, new, '-' * minus)}"
        if isinstance(owner, ast.keyword):
            words = f"`{owner.arg}={value}` where `{owner.arg}={new}` is needed"
        yield tree.edit(words, cost, node, ((node, "value", new),))
    if isinstance(value, float):
        for other in tree.unused & set(tree.arguments()):
            words = f"the number {value:g} is fixed, where `{other}` is needed: it is not used"
            yield tree.edit(words, 1.2, node, tree.put(node, ast.Name(other, ast.Load())))
    if isinstance(value, str) and value in ("mean", "sum", "none"):
        for word in {"mean": ("sum", "none"), "sum": ("mean", "none"), "none": ("mean", "sum")}[value]:
            words = f"{value!r} where {word!r} is needed"
            yield tree.edit(words, 1.1, node, ((node, "value", word),))


def _number_needed(old: Any, new: Any, minus: str) -> str:
    known = isinstance(old, bool) or new in (0, 1, 2, 0.5, -1)
    return f"`{minus}{new}` is needed" if known else "another number is needed"


def _numbers(value: Any) -> list[tuple[Any, float]]:
    """Other numbers that may be meant, with the cost of each."""
    if isinstance(value, bool):
        return [(not value, 1.0)]
    if isinstance(value, int):
        below = 1.2 if value else 2.6  # an index of -1 in place of 0 is seldom meant
        near: list[tuple[Any, float]] = [(value - 1, below), (value + 1, 1.2), (-value, 1.4)]
        near += [(2, 1.6), (1, 1.6), (0, 1.6)]
    elif isinstance(value, float):
        near = [(2 * value, 1.5), (value / 2, 1.5), (-value, 1.4), (1.0, 1.6), (0.0, 1.6), (2.0, 1.7)]
        near += [(1 - value, 1.8), (0.5, 1.8)]
    else:
        return []
    found: dict[Any, float] = {}
    for new, cost in near:
        if new != value:
            found.setdefault(new, cost)
    return list(found.items())


def name(tree: Tree, node: ast.Name) -> Iterator[Edit]:
    known = tree.names(node)
    if not isinstance(node.ctx, ast.Load) or node.id not in known:
        return
    for other in known:
        if other != node.id and other.isidentifier():
            words = f"`{node.id}` where `{other}` is needed"
            yield tree.edit(words, 1.7, node, ((node, "id", other),))


FACTORS = (
    ("not _x", "it is the wrong way round: `not` is missing", 1.8),
    ("1 - _x", "`1 -` is missing", 2.2),
    ("_x / 2", "half of it is needed", 2.2),
    ("2 * _x", "twice as much is needed", 2.2),
    ("_x - 1", "it is one too large", 2.3),
    ("_x + 1", "it is one too small", 2.3),
    ("1 / _x", "it is upside down: `1 /` is missing", 2.5),
)


def missing(tree: Tree, node: ast.expr) -> Iterator[Edit]:
    """A sign, a factor or a summand that is not there; not where hardly anything is."""
    if not is_value(tree, node):
        return
    plain = not isinstance(node, (ast.Compare, ast.BoolOp, ast.Tuple, ast.List))
    if plain and not isinstance(node, ast.UnaryOp):
        yield _wrap(tree, node, "a minus sign is missing", 1.9, "-_x")
    if not plain or not tree.computes:
        return
    for text, words, cost in FACTORS if not isinstance(node, ast.Constant) else ():
        yield _wrap(tree, node, words, cost, text)
    for other in tree.names(node):
        if not (isinstance(node, ast.Name) and node.id == other):
            near = other in tree.unused  # an argument that is not used is one that is missing somewhere
            symbols = (("*", 2.4), ("/", 2.4), ("+", 2.6), ("-", 2.6), ("//", 2.7))
            for symbol, cost in symbols if near else symbols[:2]:
                words = f"`{other}` is not used: " * near + f"`{symbol} {other}` is missing"
                yield _wrap(tree, node, words, cost - 0.8 * near, f"_x {symbol} {other}")
    for other in tree.arguments():
        yield _wrap(tree, node, f"the division by `len({other})` is missing", 2.2, f"_x / len({other})")


def _wrap(tree: Tree, node: ast.expr, words: str, cost: float, text: str) -> Edit:
    return tree.edit(words, cost, node, tree.put(node, expression(text, x=node)))


def _short(node: ast.AST) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 30 else f"{text[:27]}..."


FAMILIES: dict[Family, Any] = {
    operator: (ast.BinOp, ast.AugAssign),
    comparison: ast.Compare,
    both: ast.BoolOp,
    sides: ast.BinOp,
    sign: ast.UnaryOp,
    condition: (ast.If, ast.While, ast.IfExp),
    number: ast.Constant,
    name: ast.Name,
    missing: ast.expr,
}
