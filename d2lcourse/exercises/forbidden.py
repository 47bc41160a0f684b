"""What an exercise is to be done without: looked for in the source of an answer, without running it."""

import ast
from collections.abc import Sequence

from .written import source_in, written


def forbidden_in(file: str, name: str, names: Sequence[str]) -> str:
    """`forbidden_use` in a file, or in the cell of a notebook that goes by the name of a file."""
    return forbidden_use(source_in(file), name, names) if names else ""


def forbidden_use(source: str, name: str, names: Sequence[str]) -> str:
    """Where the answer `name`, or what it uses of its file, makes use of one of `names`: a sentence, or "".

    source: the text of the file. names: with dots that of a module, function or class, whatever the file
    calls it ("torch.nn.init" stands for all in it); without a dot, any function or method so called.
    """
    answer = written(source, name)
    if answer is None:
        return ""
    aliases = _aliases(ast.parse(source))
    nodes = [node for part in answer.parts for node in ast.walk(part)]
    uses = [(getattr(node, "lineno", 0), _dotted(node, aliases)) for node in nodes]
    for line, used in sorted(uses, key=lambda use: (use[0], -len(use[1]))):
        for one in names:
            if _is_of(used, one):
                return f"line {line} uses {used.lstrip('.')}, and the exercise is to be done without {one}"
    return ""


def _is_of(used: str, name: str) -> bool:
    return f"{used}.".startswith(f"{name}.") if "." in name else used.split(".")[-1] == name


def _aliases(file: ast.Module) -> dict[str, str]:
    """What each name stands for that an import gives, or a line such as `init = torch.nn.init`."""
    found: dict[str, str] = {}
    for node in ast.walk(file):
        if isinstance(node, ast.Import):
            for one in node.names:
                first = one.name.partition(".")[0]
                found[one.asname or first] = one.name if one.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for one in node.names:
                found[one.asname or one.name] = f"{node.module}.{one.name}"
    for node in ast.walk(file):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            dotted = _dotted(node.value, found)
            if "." in dotted and not dotted.startswith("."):
                found.setdefault(node.targets[0].id, dotted)
    return found


def _dotted(node: ast.AST, aliases: dict[str, str]) -> str:
    """The name of an expression: "torch.nn.init.normal_", or ".backward" of something that has no name."""
    if isinstance(node, ast.Name):
        return aliases.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, aliases)}.{node.attr}"
    return ""
