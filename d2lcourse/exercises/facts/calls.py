"""Facts of calls and operators."""

import ast
import re
from collections.abc import Iterator
from typing import Any

from ..grounds import nodes
from ..written import Written, is_docstring
from .tree import Fact, called, short, walk


def whole_division(answer: Written) -> Iterator[Fact]:
    for node in nodes(answer):
        if isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.FloorDiv):
            yield node.lineno, "// rounds the quotient down to a whole number; / divides"


def bits(answer: Written) -> Iterator[Fact]:
    for node in nodes(answer):
        power = isinstance(node, ast.BinOp) and isinstance(node.right, ast.Constant)
        if power and isinstance(node.op, ast.BitXor):
            yield node.lineno, "^ is no power, it compares bits; a power is **"


METHODS = {
    "abs", "all", "any", "argmax", "argmin", "backward", "clone", "dim", "detach", "double", "eval", "exp",
    "float", "item", "log", "long", "max", "mean", "min", "no_grad", "norm", "numel", "prod", "size", "sqrt",
    "square", "sum", "t", "tolist", "train", "zero_", "zero_grad",
}  # fmt: skip


MODULES = {"F", "functional", "math", "nn", "np", "torch"}  # whose functions may be given another name


def not_called(answer: Written) -> Iterator[Fact]:
    """`net.eval` without brackets, as a statement, in a sum, in `with`, or returned."""
    for node in nodes(answer):
        values: list[Any] = []
        if isinstance(node, (ast.Expr, ast.Return, ast.Assign)):
            values = [node.value]
        elif isinstance(node, ast.BinOp):
            values = [node.left, node.right]
        elif isinstance(node, ast.Compare):
            values = [node.left, *node.comparators]
        elif isinstance(node, ast.withitem):
            values = [node.context_expr]
        for value in values:
            if isinstance(value, ast.Attribute) and value.attr in METHODS and not _is_value(value, node):
                text = ast.unparse(value)
                yield value.lineno, f"{text} is only named: {text}() with brackets calls it"


def _is_value(attribute: ast.Attribute, around: ast.AST) -> bool:
    """Whether it is meant without brackets: a type such as torch.float, a limit, a function as such."""
    of = ast.unparse(attribute.value)
    renamed = isinstance(around, (ast.Return, ast.Assign)) and of in MODULES
    return renamed or attribute.attr in ("double", "float", "long") or "info(" in of or of == "self"


PURE = METHODS - {"backward", "double", "eval", "float", "long", "train", "zero_", "zero_grad"} | {
    "add", "cat", "clamp", "copysign", "div", "flatten", "floor", "index_add", "log_softmax",
    "masked_fill", "matmul", "maximum", "minimum", "mm", "mul", "neg", "permute", "pow", "relu", "reshape",
    "round", "scatter", "sigmoid", "sign", "softmax", "squeeze", "stack", "sub", "tanh", "transpose",
    "unsqueeze", "view", "where",
}  # fmt: skip


def thrown_away(answer: Written) -> Iterator[Fact]:
    """A statement that computes something and keeps it nowhere."""
    for node in nodes(answer):
        if not isinstance(node, ast.Expr) or is_docstring(node):
            continue
        value, text = node.value, ast.unparse(node.value)
        if isinstance(value, ast.Compare) and isinstance(value.ops[0], ast.Eq):
            yield node.lineno, "== asks whether two are equal, and changes nothing; = sets"
        elif isinstance(value, (ast.BinOp, ast.UnaryOp, ast.Compare)):
            yield node.lineno, f"the result of {short(text)} is thrown away"
        elif isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            kept = any(keyword.arg == "out" for keyword in value.keywords)
            if value.func.attr in PURE and not kept:
                yield node.lineno, f"the result of {short(text)} is thrown away"


def one_argument(answer: Written) -> Iterator[Fact]:
    """`normal_(std)`, which sets the mean."""
    for node in nodes(answer):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            init = re.search(r"\binit$", ast.unparse(node.func.value)) is not None
            given = node.args[1:] if init else node.args
            plain = len(given) == 1 and not node.keywords and not isinstance(given[0], ast.Starred)
            if plain and node.func.attr in ("normal_", "uniform_"):
                what = ast.unparse(given[0])
                if node.func.attr == "normal_":
                    said = f"its mean is {what}, and its standard deviation stays 1"
                else:
                    said = f"it draws from {what} to 1"
                yield node.lineno, f"{short(ast.unparse(node))} has one argument, the first: {said}"


def printed(answer: Written) -> Iterator[Fact]:
    """`print` in place of `return`."""
    for node in walk(answer.function):
        if isinstance(node, ast.Call) and called(node) == "print" and not returns(answer):
            yield node.lineno, "print() shows a value and gives it to nobody; `return` does"


def returns(answer: Written) -> bool:
    """Whether it returns a value."""
    return any(isinstance(node, ast.Return) and node.value for node in walk(answer.function))


def cuts(answer: Written) -> list[str]:
    """What may cut a result off from its gradients, each with its line."""
    found = set()
    for node in nodes(answer):
        if isinstance(node, (ast.Call, ast.Attribute)):
            text = ast.unparse(node)
            written = re.search(r"\.(detach|item|tolist|numpy|no_grad)\(\)$|\.data$|^float\(", text)
            if written:
                found.add((node.lineno, written[0].replace("float(", "float()")))
    return [f"{what} in line {line}" for line, what in sorted(found)]
