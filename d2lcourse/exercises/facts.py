"""Facts of an answer's source that are true whatever its writer meant, and seldom meant.

Each kind is a function from the source to sentences. A kind that says something of a right answer to the
exercise, the reference or one that the bank accepts, is not asked for that exercise: there one writes so.
"""

import ast
import functools
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from .exercise import HEADER, Exercise
from .grounds import nodes
from .written import Written, is_docstring, written

Fact = tuple[int, str]  # a line of the file and what is to be said of it; line 0: of the whole
MOST = 2  # facts that are told


def facts(exercise: Exercise, answer: Written | None) -> list[str]:
    """What is said of the source, in the order of its lines; at most two sentences."""
    if answer is None:
        return []
    found = {fact for kind in KINDS if kind not in _usual(exercise) for fact in kind(answer)}
    found |= set(_other_draws(exercise, answer))
    return [f"line {line}: {said}" if line else said for line, said in sorted(found)][:MOST]


@functools.cache
def _usual(exercise: Exercise) -> frozenset[Callable[[Written], Iterator[Fact]]]:
    """The kinds that fire on right answers."""
    return frozenset(kind for kind in KINDS if any(list(kind(one)) for one in right_sources(exercise)))


@functools.cache
def right_sources(exercise: Exercise) -> list[Written]:
    """The reference and what the bank accepts."""
    texts = [(HEADER + code, exercise.name) for code in exercise.accepted]
    solution = inspect.unwrap(exercise.solution())
    texts.append((inspect.getsource(solution), solution.__name__))
    return [one for text, name in texts if (one := written(text, name))]


# Arguments and names


def unused_arguments(answer: Written) -> Iterator[Fact]:
    if isinstance(answer.function, ast.ClassDef) or re.search(r"\b(locals|vars|eval)\(", answer.text):
        return
    used = {node.id for node in _walk(answer) if isinstance(node, ast.Name)}
    given = [arg.arg for arg in (*answer.function.args.posonlyargs, *answer.function.args.args)]
    unused = [name for name in given if name not in used]
    if unused and len(unused) < len(given):
        yield 0, f"{' and '.join(unused)} {'is' if len(unused) == 1 else 'are'} not used"


def overwritten_arguments(answer: Written) -> Iterator[Fact]:
    """X = ... in the first use of X."""
    if isinstance(answer.function, ast.ClassDef):
        return
    fresh = {arg.arg for arg in answer.function.args.args}
    for statement in answer.function.body:
        read = {node.id for node in ast.walk(statement) if _reads(node)}
        name = _assigned(statement)
        if name in fresh - read:
            yield statement.lineno, f"{name}, an argument, is overwritten before it is used"
        fresh -= read | ({name} if name else set())


def names_only(answer: Written) -> Iterator[Fact]:
    """`p = p - ...` for an argument, or in a loop over them, when nothing reads p afterwards."""
    function = answer.function
    if isinstance(function, ast.ClassDef) or _nests(function):
        return
    given = {arg.arg for arg in function.args.args}
    for node, loops in _with_loops(function):
        name = _assigned(node)
        own = [loop for loop in loops if isinstance(loop, ast.For) and name in _targets(loop)]
        if name is None or (name not in given and not own) or name not in _loaded(node):
            continue
        if own:  # a round gives the name anew: what comes before it in the loop is not read again
            later = any(_reads(one, name) and one.lineno > _end(node) for one in ast.walk(function))
        else:
            later = any(
                _reads(one, name) and (one.lineno > _end(node) or loops) and one not in ast.walk(node)
                for one in list(ast.walk(function))
            )
        if not later:
            yield (
                node.lineno,
                f"`{name} = ...` gives the name {name} to a new value: what the caller has stays as it was",
            )


def never_read(answer: Written) -> Iterator[Fact]:
    """A variable that is computed for nothing."""
    function = answer.function
    if isinstance(function, ast.ClassDef) or _nests(function) or "locals(" in answer.text:
        return
    given = {arg.arg for arg in function.args.args}
    read = _loaded(function)
    for node in ast.walk(function):
        name = _assigned(node)
        if name and name not in read | given and not name.startswith("_"):
            yield node.lineno, f"{name} is computed, and never used"


# Loops


def left_out(answer: Written) -> Iterator[Fact]:
    """A loop that does not reach the last, or begins with the second."""
    for node in _walk(answer):
        over = getattr(node, "iter", None)
        if over is None:
            continue
        while isinstance(over, ast.Call) and _called(over) in ("enumerate", "reversed", "zip") and over.args:
            over = over.args[0]
        if isinstance(over, ast.Call) and _called(over) == "range" and len(over.args) <= 2:
            stop = over.args[-1]
            if re.fullmatch(r"(len\(.+\)|.+\.shape\[-?\d\]|.+\.size\(-?\d\)) - 1", ast.unparse(stop)):
                yield node_line(over), f"{ast.unparse(over)} ends before the last one"
        elif isinstance(over, ast.Subscript) and isinstance(over.slice, ast.Slice) and not over.slice.step:
            lower, upper = (part and ast.unparse(part) for part in (over.slice.lower, over.slice.upper))
            if upper == "-1":
                yield node_line(over), f"{ast.unparse(over)} leaves out the last one"
            if lower == "1" and upper is None:
                yield node_line(over), f"{ast.unparse(over)} leaves out the first one"


def return_in_first_round(answer: Written) -> Iterator[Fact]:
    for node in _walk(answer):
        if isinstance(node, ast.For):
            for statement in node.body:
                if isinstance(statement, ast.Return):
                    yield statement.lineno, "this `return` stands in the loop, and ends it in its first round"
                if any(isinstance(one, ast.Continue) for one in ast.walk(statement)):
                    break


def while_loops(answer: Written) -> Iterator[Fact]:
    for node in _walk(answer):
        if isinstance(node, ast.While):
            yield node.lineno, "`while` repeats for as long as its condition holds; `if` asks once"


def only_the_last_round(answer: Written) -> Iterator[Fact]:
    """`total = ...` in a loop that nothing in the loop reads, and something after it does."""
    for function in answer.parts:
        for loop in (node for node in ast.walk(function) if isinstance(node, ast.For)):
            inside = [one for statement in loop.body for one in ast.walk(statement)]
            after = {one.id for one in ast.walk(function) if _reads(one) and one.lineno > _end(loop)}
            for statement in loop.body:
                name = _assigned(statement)
                if name in after and not any(_reads(one, str(name)) for one in inside):
                    if not any(isinstance(one, ast.Break) for one in inside):
                        yield statement.lineno, f"each round overwrites {name}: only that of the last is left"


def reset_in_each_round(answer: Written) -> Iterator[Fact]:
    """`total = 0` at the head of the loop in which `total += ...` stands."""
    for function in answer.parts:
        for loop in (node for node in ast.walk(function) if isinstance(node, ast.For)):
            grown = {
                one.target.id
                for statement in loop.body
                for one in ast.walk(statement)
                if isinstance(one, ast.AugAssign) and isinstance(one.target, ast.Name)
            }
            read = {one.id for statement in loop.body for one in ast.walk(statement) if _reads(one)}
            for statement in loop.body:
                name = _assigned(statement)
                if name in grown - read and isinstance(statement.value, ast.Constant):  # type: ignore[attr-defined]
                    yield statement.lineno, f"{name} begins anew in each round: set it before the loop"


def unused_targets(answer: Written) -> Iterator[Fact]:
    """`for x in X:` without x."""
    for node in _walk(answer):
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            name, over = node.target.id, ast.unparse(node.iter)
            counted = over.startswith("range(") and "len(" not in over and "shape" not in over
            if not counted and not name.startswith("_") and name not in _loaded(*node.body):
                yield node.lineno, f"the loop does not use {name}: every round does the same"


# Calls and operators


def whole_division(answer: Written) -> Iterator[Fact]:
    for node in _walk(answer):
        if isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.FloorDiv):
            yield node.lineno, "// rounds the quotient down to a whole number; / divides"


def bits(answer: Written) -> Iterator[Fact]:
    for node in _walk(answer):
        if isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.BitXor):
            yield node.lineno, "^ is no power, it compares bits; a power is **"


METHODS = frozenset(
    "abs all any argmax argmin backward clone dim detach double eval exp float item log long max mean min "
    "norm numel prod size sqrt square sum t tolist train zero_ zero_grad no_grad".split()
)


def not_called(answer: Written) -> Iterator[Fact]:
    """`net.eval` without brackets, as a statement, in a sum, in `with`, or returned."""
    for node in _walk(answer):
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
            if isinstance(value, ast.Attribute) and value.attr in METHODS:
                text = ast.unparse(value)
                yield value.lineno, f"{text} is only named: {text}() with brackets calls it"


PURE = METHODS - {"backward", "eval", "train", "zero_", "zero_grad"} | frozenset(
    "add sub mul div pow neg clamp masked_fill where relu sigmoid tanh softmax log_softmax reshape view "
    "flatten squeeze unsqueeze transpose permute to cpu scatter index_add copysign floor round sign matmul mm "
    "maximum minimum cat stack zeros ones zeros_like ones_like requires_grad".split()
)


def thrown_away(answer: Written) -> Iterator[Fact]:
    """A statement that computes something and keeps it nowhere."""
    for node in _walk(answer):
        if not isinstance(node, ast.Expr) or is_docstring(node):
            continue
        value, text = node.value, ast.unparse(node.value)
        if isinstance(value, ast.Compare) and isinstance(value.ops[0], ast.Eq):
            yield node.lineno, "== asks whether two are equal, and changes nothing; = sets"
        elif isinstance(value, (ast.BinOp, ast.UnaryOp, ast.Compare)):
            yield node.lineno, f"the result of {_short(text)} is thrown away"
        elif isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            kept = any(keyword.arg == "out" for keyword in value.keywords)
            if value.func.attr in PURE and not kept:
                yield node.lineno, f"the result of {_short(text)} is thrown away"


def one_argument(answer: Written) -> Iterator[Fact]:
    """`normal_(std)`, which sets the mean."""
    for node in _walk(answer):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            init = re.search(r"\binit$", ast.unparse(node.func.value)) is not None
            given = node.args[1:] if init else node.args
            if len(given) == 1 and not node.keywords and node.func.attr in ("normal_", "uniform_"):
                what = ast.unparse(given[0])
                if node.func.attr == "normal_":
                    said = f"its mean is {what}, and its standard deviation stays 1"
                else:
                    said = f"it draws from {what} to 1"
                yield node.lineno, f"{_short(ast.unparse(node))} has one argument, the first: {said}"


def printed(answer: Written) -> Iterator[Fact]:
    """`print` in place of `return`."""
    returns = [node for node in ast.walk(answer.function) if isinstance(node, ast.Return) and node.value]
    for node in ast.walk(answer.function):
        if isinstance(node, ast.Call) and _called(node) == "print" and not returns:
            yield node.lineno, "print() shows a value and gives it to nobody; `return` does"


DRAWS = {
    "normal": (r"\b(randn|randn_like|normal|normal_)\(", "draws from a normal distribution"),
    "even": (r"\b(rand|rand_like|uniform_)\(", "draws evenly from an interval"),
}


def _other_draws(exercise: Exercise, answer: Written) -> Iterator[Fact]:
    """Draws of a distribution of which no right answer draws."""
    for kind, (pattern, does) in DRAWS.items():
        other = next(name for name in DRAWS if name != kind)
        texts = [one.text for one in right_sources(exercise)]
        foreign = not any(re.search(pattern, text) for text in texts)
        if foreign and all(re.search(DRAWS[other][0], text) for text in texts):
            for node in _walk(answer):
                if isinstance(node, ast.Call) and re.search(pattern, f"{_called(node)}("):
                    yield node.lineno, f"{_called(node)} {does}; not that is asked for"


KINDS = (
    unused_arguments, overwritten_arguments, names_only, never_read, left_out, return_in_first_round,
    while_loops, only_the_last_round, reset_in_each_round, unused_targets, whole_division, bits, not_called,
    thrown_away, one_argument, printed,
)  # fmt: skip


# Reading a syntax tree


_walk = nodes


def _reads(node: Any, name: str = "") -> bool:
    """Whether it is a name that is read (`name`, if given); `x += 1` counts in `_loaded` alone."""
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and (not name or node.id == name)


def _loaded(*trees: ast.AST) -> set[str]:
    """The names that are read, or changed by `+=`."""
    all_nodes = [node for tree in trees for node in ast.walk(tree)]
    grown = {
        node.target.id
        for node in all_nodes
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    }
    return grown | {node.id for node in all_nodes if _reads(node)}


def _assigned(node: Any) -> str | None:
    """x of the statement `x = ...`."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return None


def _targets(loop: ast.For) -> set[str]:
    return {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}


def _with_loops(tree: Any, loops: tuple[Any, ...] = ()) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Every node with the loops around it."""
    for node in ast.iter_child_nodes(tree):
        yield node, loops
        inner = (*loops, node) if isinstance(node, (ast.For, ast.While)) else loops
        yield from _with_loops(node, inner)


def _nests(function: ast.AST) -> bool:
    """Whether there are functions in it, or names from outside: then one cannot see what is read when."""
    inner = ast.FunctionDef, ast.ClassDef, ast.Global, ast.Nonlocal
    return any(isinstance(node, inner) for node in ast.walk(function) if node is not function)


def _called(call: ast.Call) -> str:
    """The last part of the name of what is called."""
    return ast.unparse(call.func).rpartition(".")[2]


def node_line(node: Any) -> int:
    return int(node.lineno)


def _end(node: Any) -> int:
    return int(node.end_lineno or node.lineno)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
