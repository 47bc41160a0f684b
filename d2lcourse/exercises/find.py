"""Finding the reader's answer in files, and loading it."""

import ast
import difflib
import errno
import inspect
import sys
import traceback
import types
from pathlib import Path
from typing import Any

from .exercise import Exercise, exercises
from .mishaps import IMPORTS, missing_import, of_import, of_syntax, unreadable

LARGEST = 1_000_000  # bytes of an answer's file


class Unusable(Exception):
    """There is no answer to try; the message says why."""


def find(name: str, place: Path) -> Path | None:
    """The file in `place`, a file or a folder, that is named after the exercise, or has it, or nearly so."""
    files = [place] if place.is_file() else sorted(place.glob("*.py"))
    for file in files:
        if file.stem == name:
            return file
    defined = {file: _names(file) for file in files}
    for file, names in defined.items():
        if name in names:
            return file
    for file, names in defined.items():
        if difflib.get_close_matches(name, names - exercises().keys(), cutoff=0.8):
            return file
    return None


def _names(file: Path) -> set[str]:
    """What a file defines, found without running it; every exercise if it is no Python."""
    try:
        body = ast.parse(_read(file)).body
    except (OSError, SyntaxError, ValueError):
        return set(exercises())
    targets = [target for node in body if isinstance(node, ast.Assign) for target in node.targets]
    named = {target.id for target in targets if isinstance(target, ast.Name)}
    return named | {node.name for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


def _read(file: Path) -> bytes:
    """A file of source text: no pipe or device, which might not end, and not too large to be one."""
    if not (file.is_file() or file.is_dir()) and file.exists():
        raise OSError(errno.EINVAL, "it is not a file but a pipe or a device")
    with file.open("rb") as source:
        code = source.read(LARGEST + 1)
    if len(code) > LARGEST:
        raise OSError(errno.EFBIG, f"it has more than {LARGEST:,} bytes")
    return code


def load(name: str, file: str) -> Any:
    """What a reader's file calls `name`. Nothing else runs such a file."""
    path = Path(file)
    try:
        code = _read(path)
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}") from None
    module = new_module(file)
    sys.path.append(str(path.parent))  # one answer may import another, but hides no module
    try:
        exec(compile(code, file, "exec", dont_inherit=True), vars(module))
    except Exception as error:
        if remedy := _remedy(error, code, file):
            raise Unusable(f"{path.name}: {remedy}") from None
        raise
    if name not in vars(module):
        raise Unusable(f"{path.name} has no function {name}; {_nearest(name, module)}")
    if missing := missing_import(code.decode("utf-8", "replace"), name, vars(module)):
        raise Unusable(f"{path.name}: {_to_import(*missing)}")
    return vars(module)[name]


def new_module(file: str) -> types.ModuleType:
    """What a reader's file is run in: the module of its name, still empty."""
    module = types.ModuleType(f"answer_{Path(file).stem}")
    module.__file__ = file
    sys.modules[module.__name__] = module
    return module


def _remedy(error: Exception, code: bytes, file: str) -> str:
    """What to do about an error that the file as a whole has led to; "" if it says enough by itself."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    line = (own[-1].lineno or 0) if own else 0
    if isinstance(error, ModuleNotFoundError):
        return of_import(error, line)
    if isinstance(error, SyntaxError) and error.filename not in (None, file):  # of what it imports
        return ""
    if isinstance(error, NameError) and error.name in IMPORTS:
        return unreadable(code) or _to_import(error.name, line)
    return unreadable(code) or (of_syntax(error) if isinstance(error, SyntaxError) else "")


def _to_import(name: str, line: int) -> str:
    return f"line {line} uses {name} without importing it: put `{IMPORTS[name]}` at the top"


def _nearest(name: str, module: types.ModuleType) -> str:
    own = [
        key for key, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__
    ]
    nearest = difflib.get_close_matches(name, own, n=1, cutoff=0.5) or own[:1]
    return f"it has {nearest[0]}: rename that" if nearest else "it defines none"


def check_signature(exercise: Exercise, function: Any) -> None:
    """Raise Unusable unless `function` can be called with the arguments of the stub, in their order."""
    if not callable(function):
        raise Unusable(f"{exercise.name} is not a function but of type {type(function).__name__}")
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # a function written in C may have none to show
        return
    try:
        signature.bind(*exercise.parameters)
    except TypeError:
        raise Unusable(
            f"it is called as {exercise.call}, but defined as {exercise.name}{signature}: "
            "keep the arguments of the stub, in their order"
        ) from None


def source_file(function: Any) -> str:
    """The file of a function, as a traceback names it; "" if it has none."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code.co_filename if code else ""
