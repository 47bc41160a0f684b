"""Edits of what is called, on what, over which dimension, and of what comes out."""

import ast
from collections.abc import Iterator
from typing import Any

from .edits import Edit, Family, Tree, expression

# Of one kind: another of the row is what a slip writes. A trailing _ is the kind that works in place.
KINDS = [
    ("sum", "mean", "amax", "amin", "prod", "std", "var", "median"),
    ("mean", "nanmean"), ("sum", "nansum"), ("norm", "square"), ("sum", "any", "all"),
    ("max", "min"), ("amax", "amin"), ("maximum", "minimum"), ("argmax", "argmin"), ("values", "indices"),
    ("rand", "randn"), ("rand_like", "randn_like"), ("uniform_", "normal_"), ("zeros", "ones", "eye"), ("new_zeros", "new_ones"),
    ("zeros_like", "ones_like"), ("zero_", "fill_"), ("exp", "log", "sqrt", "square"),
    ("exp", "expm1", "exp2"), ("log", "log1p", "log2", "log10"), ("sqrt", "rsqrt"), ("abs", "square"),
    ("sin", "cos"), ("floor", "ceil", "round", "trunc"), ("any", "all"), ("cumsum", "cumprod"),
    ("add_", "sub_", "mul_", "div_"), ("add", "sub", "mul", "div"), ("eq", "ne"), ("lt", "le", "gt", "ge"),
    ("softmax", "log_softmax"), ("train", "eval"), ("float", "double", "long"), ("mul", "matmul", "mm"),
    ("view", "reshape"), ("unsqueeze", "squeeze"), ("append", "extend"),
    ("zero_grad", "step"), ("vstack", "hstack"), ("logsumexp", "sum"), ("outer", "dot"),
]  # fmt: skip
IN_PLACE = ("add", "sub", "mul", "div", "zero", "fill", "copy", "clamp", "neg", "exp", "sqrt", "square", "normal")
NOUNS = {
    "sum": "the sum", "mean": "the mean", "amax": "the maximum", "amin": "the minimum", "max": "the maximum",
    "min": "the minimum", "std": "the standard deviation", "var": "the variance", "argmax": "the place of the maximum",
    "argmin": "the place of the minimum", "prod": "the product", "norm": "the norm", "softmax": "softmax",
    "log_softmax": "the logarithm of softmax", "logsumexp": "logsumexp", "exp": "the exponential", "cumsum": "the sum so far",
    "log": "the logarithm", "sqrt": "the square root", "square": "the square", "abs": "the absolute value",
    "any": "any", "all": "all", "median": "the median", "cat": "the row of pieces", "stack": "the stack",
}  # fmt: skip
REDUCE = {"sum", "mean", "amax", "amin", "max", "min", "std", "var", "argmax", "argmin", "prod", "norm", "softmax",
          "log_softmax", "logsumexp", "cumsum", "cumprod", "any", "all", "median", "cat", "stack", "squeeze", "unsqueeze",
          "flip"}  # fmt: skip
KEEPS = REDUCE - {"softmax", "log_softmax", "cumsum", "cumprod", "cat", "stack", "squeeze", "unsqueeze", "flip"}
WRAPS = {  # missing calls: text, words, cost
    "_x[::-1]": ("the order has to be turned round", 2.2),
    "_x.exp()": ("the exponential is missing", 2.1),
    "_x.log()": ("the logarithm is missing", 2.1),
    "_x.sqrt()": ("the square root is missing", 1.9),
    "_x ** 0.5": ("the square root is missing", 2.0),
    "_x ** 2": ("the square is missing", 2.0),
    "_x.abs()": ("the absolute value is missing", 2.1),
    "_x.sum()": ("the sum is missing", 2.0),
    "_x.mean()": ("the mean is missing", 2.0),
    "_x.detach()": ("`.detach()` is missing: gradients go where they should not", 2.4),
    "_x.clone()": ("`.clone()` is missing: what is changed here is the caller's own", 1.9),
    "_x.float()": ("the type is not float: `.float()` is missing", 1.8),
    "_x.double()": ("the type is not float64: `.double()` is missing", 1.8),
    "_x.item()": ("a plain number is needed: `.item()` is missing", 1.85),
    "bool(_x)": ("True or False is needed: `bool` is missing", 1.8),
    "_x.squeeze()": ("a dimension of 1 is too many: `.squeeze()` is missing", 1.9),
    "_x.unsqueeze(1)": ("a column is needed: a dimension is missing", 1.9),
    "_x.reshape(-1)": ("a row of numbers without a second dimension is needed", 1.9),
    "_x.reshape(-1, 1)": ("a column is needed", 1.95),
}


def called_name(node: ast.AST) -> str:
    """The name that a call calls: `sum` of x.sum() and torch.sum(x)."""
    func = node.func if isinstance(node, ast.Call) else node
    return getattr(func, "attr", getattr(func, "id", ""))


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
                yield tree.edit(words, 1.0 + 0.3 * (new == 2), place, tree.put(place, _constant(new)))
                if name in KEEPS and not node.keywords[1:] and new >= 0:
                    options = [ast.keyword("dim", _constant(new)), ast.keyword("keepdim", _constant(True))]
                    args = [one for one in node.args if one is not place]
                    changes = ((node, "keywords", options), (node, "args", args))
                    yield tree.edit(words, 1.35, place, changes)
        yield from _without_dim(tree, node, name, place, old)
    elif name in KEEPS and not node.keywords and len(node.args) <= (not _is_method(node)):
        for dim in (1, 0):
            for keep in (False, True):
                options = [ast.keyword("dim", _constant(dim))] + [ast.keyword("keepdim", _constant(True))] * keep
                words = _over(tree, name, None, dim)
                yield tree.edit(words, 1.3 + 0.1 * keep, _end(node), ((node, "keywords", options),))
    keeps = any(one.arg in ("keepdim", "keepdims") for one in node.keywords)
    if name in KEEPS and not keeps and old is not None:
        options = [*node.keywords, ast.keyword("keepdim", _constant(True))]
        noun = NOUNS.get(name, "the result")
        words = f"without keepdim=True {noun} loses a dimension, and does not fit what it is computed with"
        yield tree.edit(words, 1.0, _end(node), ((node, "keywords", options),))


def _without_dim(tree: Tree, node: ast.Call, name: str, place: ast.expr, old: int) -> Iterator[Edit]:
    options = [one for one in node.keywords if one.arg not in ("dim", "axis", "keepdim")]
    if name in KEEPS:
        args = [one for one in node.args if one is not place]
        words = f"{NOUNS.get(name, name)} goes over {_axis(tree, old)} only, where it has to go over all elements"
        yield tree.edit(words, 1.5, place, ((node, "keywords", options), (node, "args", args)))


def _dim(node: ast.Call) -> tuple[Any, int | None]:
    """The node of a number that says which dimension, and the number."""
    found = [one.value for one in node.keywords if one.arg in ("dim", "axis")]
    found = found or node.args[0 if _is_method(node) else 1 :][:1]
    value = found[0] if found else None
    if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub) and isinstance(value.operand, ast.Constant):
        number = value.operand.value
        return value, -number if isinstance(number, int) else None
    if isinstance(value, ast.Constant) and isinstance(value.value, int) and not isinstance(value.value, bool):
        return value, value.value
    return None, None


def _is_method(node: ast.Call) -> bool:
    func = node.func
    module = isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id in ("torch", "F", "d2l")
    return isinstance(func, ast.Attribute) and not module


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


def arguments(tree: Tree, node: ast.Call) -> Iterator[Edit]:
    """Two arguments turned round, an option or an argument too many."""
    name = called_name(node)
    if name.endswith(("loss", "cross_entropy", "with_logits")) and "reduction" not in [one.arg for one in node.keywords]:
        for value in ("none", "sum"):
            options = [*node.keywords, ast.keyword("reduction", ast.Constant(value))]
            words = f"`{name}` takes the mean of the batch by itself: reduction={value!r} is missing"
            yield tree.edit(words, 1.2, _end(node), ((node, "keywords", options),))
    for i in range(len(node.args)):
        for j in range(i + 1, min(len(node.args), 4)):
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
        options = [ast.keyword("correction", _constant(0))]
        words = "it divides by n - 1, where n is needed"
        yield tree.edit(words, 1.3, _end(node), ((node, "keywords", options),))


def dropped(tree: Tree, node: ast.Call) -> Iterator[Edit]:
    """A call that is one too many: what it is given is what is needed; or that takes in too much or too little."""
    inner = node.func.value if _is_method(node) else node.args[0] if node.args else None  # type: ignore[attr-defined]
    name, owner = called_name(node), tree.parents.get(node)
    if inner is None or isinstance(owner, (ast.Expr, ast.Starred)) or name in ("range", "zip", "enumerate", "super"):
        return
    noun = NOUNS.get(name, f"`{name}`")
    words = f"{noun} is one too many"
    yield tree.edit(words, 1.3, node if inner is not node.func else _end(node), tree.put(node, inner))
    if not node.keywords and len(node.args) == (0 if _is_method(node) else 1):
        yield from _regrouped(tree, node, inner, owner, noun)
        yield tree.edit(f"{noun} is to be taken twice", 2.6, node, tree.put(node, _again(node)))


def _again(node: ast.Call) -> ast.Call:
    if _is_method(node):
        return ast.Call(ast.Attribute(node, called_name(node), ast.Load()), [], [])
    return ast.Call(node.func, [node], [])


def _regrouped(tree: Tree, node: ast.Call, inner: ast.expr, owner: Any, noun: str) -> Iterator[Edit]:
    """f(a) - b for f(a - b), and the reverse."""

    def call(of: ast.AST) -> ast.Call:
        if _is_method(node):
            return ast.Call(ast.Attribute(of, called_name(node), ast.Load()), [], [])  # type: ignore[arg-type]
        return ast.Call(node.func, [of], [])  # type: ignore[list-item]

    if isinstance(inner, ast.BinOp):
        for new in (ast.BinOp(call(inner.left), inner.op, inner.right), ast.BinOp(inner.left, inner.op, call(inner.right))):
            yield tree.edit(f"{noun} is taken of too much: look at the brackets", 1.3, node, tree.put(node, new))
    if isinstance(owner, ast.BinOp):
        left = owner.left is node
        new_value = ast.BinOp(inner if left else owner.left, owner.op, owner.right if left else inner)
        words = f"{noun} is taken of too little: look at the brackets"
        yield tree.edit(words, 1.3, node, tree.put(owner, call(new_value)))


def missing_call(tree: Tree, node: ast.expr) -> Iterator[Edit]:
    """A call, an index or `.T` that is not there; not where hardly anything is."""
    from .edit_operators import _is_value

    if not _is_value(tree, node) or isinstance(node, (ast.Constant, ast.Tuple, ast.List)):
        return
    if isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.BinOp)):
        yield tree.edit("it is not transposed: `.T` is missing", 1.2, node, tree.put(node, expression("_x.T", x=node)))
    if called_name(node) in ("max", "min", "median", "sort", "topk") and isinstance(node, ast.Call):
        for attr in ("values", "indices"):
            words = f"`{called_name(node)}` gives two tensors, the values and their places: `.{attr}` is missing"
            yield tree.edit(words, 1.1, _end(node), tree.put(node, expression(f"_x.{attr}", x=node)))
    if tree.computes:
        for text, (words, cost) in WRAPS.items():
            yield tree.edit(words, cost, node, tree.put(node, expression(text, x=node)))
        for i in (0, -1):
            words = f"one element of it is needed: `[{i}]` is missing"
            yield tree.edit(words, 2.4, node, tree.put(node, expression(f"_x[{i}]", x=node)))


def index(tree: Tree, node: ast.Subscript) -> Iterator[Edit]:
    """An index too many, or at the wrong place; the end of a slice off by one."""
    if isinstance(node.ctx, ast.Load):
        text = ast.unparse(node)[len(ast.unparse(node.value)) :]
        words = f"the index `{text}` is one too many"
        yield tree.edit(words, 1.5, _end(node), tree.put(node, node.value))
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
    last, start = node.args[-1], node.args[0] if len(node.args) == 2 else _constant(0)
    for text, words in (("_x - 1", "the loop runs once too often"), ("_x + 1", "the loop ends one too early")):
        yield tree.edit(words, 1.4, node, ((node, "args", [*node.args[:-1], expression(text, x=last)]),))
    one_later = [expression("_x + 1", x=start), last] if len(node.args) == 2 else [_constant(1), last]
    yield tree.edit("the loop starts one too early", 1.3, node, ((node, "args", one_later),))
    shifted = [_constant(1), expression("_x + 1", x=last)]
    if len(node.args) == 1:
        yield tree.edit("the loop counts from 0, not from 1", 1.3, node, ((node, "args", shifted),))
    turned = ast.Call(ast.Name("reversed", ast.Load()), [node], [])
    yield tree.edit("the loop runs the wrong way round", 1.4, node, tree.put(node, turned))


def _constant(value: Any) -> ast.expr:
    return ast.Constant(value)


def _end(node: ast.expr) -> tuple[int, int]:
    """Where the call's own name stands: for a chain of calls its start would be that of the whole chain."""
    func = node.func if isinstance(node, ast.Call) else node
    if isinstance(func, ast.Attribute):
        return func.end_lineno or func.lineno, (func.end_col_offset or 0) - len(func.attr.encode())
    if isinstance(func, ast.Subscript):
        return func.slice.lineno, func.slice.col_offset
    return func.lineno, func.col_offset


FAMILIES: dict[Family, Any] = {
    attribute: ast.Attribute,
    builtin: ast.Call,
    dimension: ast.Call,
    arguments: ast.Call,
    dropped: ast.Call,
    missing_call: ast.expr,
    index: ast.Subscript,
    counted: ast.Call,
}
