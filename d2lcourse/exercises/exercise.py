"""Exercises: what a reader is given to write, with its cases, its hints, and the mistakes that are known."""

import ast
import dataclasses
import functools
import importlib
import importlib.util
import re
import textwrap
from collections.abc import Callable
from typing import Any, NamedTuple

from d2lcore.errors import unknown
from d2lcourse.catalog import chapters

from . import bank
from .grounds import Ground, has
from .written import Written

HEADER = "import torch\nfrom torch import Tensor\n"  # above every stub and every banked answer


@dataclasses.dataclass(frozen=True)
class Case:
    """One thing to try an answer on.

    about: says in words what the arguments are. args: made afresh for every call.
    observe: `observe(answer, *args)` calls the answer and returns what is to be compared, for a function that
    works by changing something, or by chance; by default that is the value of `answer(*args)`.
    mutates: the answer may change its arguments.
    """

    about: str
    args: tuple[Any, ...] = ()
    observe: Callable[..., Any] | None = None
    mutates: bool = False


@dataclasses.dataclass(frozen=True)
class Mistake:
    """A plausible wrong answer, as source text, and the sentence that its writer is to read.

    needs, lacks: what the source of an answer must have, and must not, before its writer is told that.
    """

    diagnosis: str
    code: str
    needs: tuple[Ground, ...] = ()
    lacks: tuple[Ground, ...] = ()

    def fits(self, answer: Written) -> bool:
        """Whether the source of an answer gives ground for the diagnosis."""
        lacking = any(has(answer, ground) for ground in self.lacks)
        return not lacking and all(has(answer, ground) for ground in self.needs)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Exercise:
    """A function to write.

    name: of the function. notes: their sections. stub: its `def` with a docstring and NotImplementedError.
    hints: a nudge, the formula, the pitfall. reference: where the project's own function is, such as
    "chapters.softmax_regression.softmax"; adapt: makes of that, if need be, a function like the stub's.
    cases: a function that makes them. tolerance: absolute and relative, in float64; float32 is allowed 1e-4.
    limit: seconds that an answer may take for all cases. forbidden: what an answer must not use, though its
    values be right: see `forbidden_use`; the stub says so too. chapter, mistakes, accepted (right answers,
    other than the reference, as source text): filled in by `exercises`, from the bank. returns: what the
    parts of a returned tuple are called.
    """

    name: str
    notes: str
    stub: str
    hints: tuple[str, str, str]
    reference: str
    cases: Callable[[], list[Case]]
    tolerance: float = 1e-6
    limit: float = 5.0
    adapt: Callable[[Any], Callable[..., Any]] | None = None
    forbidden: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()
    chapter: str = ""
    mistakes: tuple[Mistake, ...] = ()
    accepted: tuple[str, ...] = ()

    @property
    def definition(self) -> ast.FunctionDef:
        """The stub, parsed. Raises ValueError unless it is one function of the exercise's name."""
        (found,) = ast.parse(textwrap.dedent(self.stub)).body
        if not isinstance(found, ast.FunctionDef) or found.name != self.name:
            raise ValueError(f"the stub of the exercise {self.name} is no function {self.name}")
        return found

    @property
    def parameters(self) -> list[str]:
        return [arg.arg for arg in self.definition.args.args]

    @property
    def call(self) -> str:
        """How the answer is called: "softmax(O)"."""
        return f"{self.name}({', '.join(self.parameters)})"

    @property
    def summary(self) -> str:
        """The first line of the stub's docstring."""
        return (ast.get_docstring(self.definition) or "").split("\n")[0]

    @property
    def start(self) -> str:
        """The file that a reader starts from."""
        about = f"Exercise of the chapter {self.chapter}, notes {self.notes}."
        check = f"Check it with: d2lcore exercise check {self.name}"
        return f'"""{about}\n\n{check}\n"""\n\n{HEADER}\n\n{textwrap.dedent(self.stub).strip()}\n'

    def place(self, where: str) -> str:
        """The part [1][0] of what is returned, in words."""
        found = re.fullmatch(r"\[(\d+)\](.*)", where)
        return f"{self.returns[int(found[1])]}{found[2]}" if found and self.returns else where

    def solution(self) -> Any:
        """The function or class of the project that solves it."""
        module, _, name = self.reference.rpartition(".")
        return getattr(importlib.import_module(module), name)

    def solved(self) -> Callable[..., Any]:
        """`solution` as a function like the stub's."""
        return self.adapt(self.solution()) if self.adapt else self.solution()

    def banked(self, code: str) -> Callable[..., Any]:
        """The function that the source text of a stub, a mistake or an accepted answer defines."""
        namespace: dict[str, Any] = {}
        exec(compile(HEADER + textwrap.dedent(code), f"<{self.name}>", "exec"), namespace)
        return namespace[self.name]


@functools.cache
def exercises() -> dict[str, Exercise]:
    """Every exercise by name, in the order of the chapters and of `ORDER` in each folder of the bank."""
    found = {}
    for chapter in (one.name for one in chapters()):
        folder = f"{bank.__name__}.{chapter}"
        if importlib.util.find_spec(folder):
            for name in importlib.import_module(folder).ORDER:
                one = importlib.import_module(f"{folder}.{name}").EXERCISE
                wrong = [Mistake(*answer) for answer in bank.answers(chapter, name, "mistakes")]
                right = [answer.code for answer in bank.answers(chapter, name, "accepted")]
                found[name] = dataclasses.replace(
                    one, chapter=chapter, mistakes=tuple(wrong), accepted=tuple(right)
                )
    return found


def named(name: str) -> Exercise:
    """The exercise `name`. Raises ValueError with the nearest name if there is none."""
    if not isinstance(name, str) or name not in exercises():
        raise ValueError(unknown("exercise", name, exercises()))
    return exercises()[name]


class Measured(NamedTuple):
    """For an `observe`: a number found by drawing at random, with its standard error.

    Two agree within six standard errors: a false alarm less often than once in 10^8 comparisons.
    """

    value: Any
    error: Any


class Unexpected(Exception):
    """An answer gave what its `observe` can do nothing with; the message says what."""


def doubles(*values: Any) -> Any:
    """A float64 tensor of the values, for cases; torch is not loaded before it is needed."""
    import torch

    return torch.tensor(values, dtype=torch.float64)


def expect(value: Any, *names: str) -> Any:
    """For use in an `observe`: `value` if it is a tensor, or as many of them as there are names.

    Raises Unexpected, with a sentence for the reader, if it is not.
    """
    import torch

    if len(names) == 1 and isinstance(value, torch.Tensor):
        return value
    several = isinstance(value, (tuple, list)) and len(value) == len(names) > 1
    if several and all(isinstance(one, torch.Tensor) for one in value):
        return value
    what = "None" if value is None else f"a {type(value).__name__}"
    wanted = f"the tensors {', '.join(names)} are" if len(names) > 1 else f"the tensor {names[0]} is"
    raise Unexpected(f"it returns {what}, where {wanted} expected")


def optimizer_steps(
    answer: Callable[..., Any], values: list[Any], hyperparams: dict[str, Any], scale: float, pairs: bool
) -> dict[str, Any]:
    """An `observe` of a function (params, states, hyperparams): parameters and states after each of 3 steps.

    values: the first parameters. scale: of the loss and its gradients. pairs: whether a state is two tensors.
    """
    import torch

    params = [value.clone().requires_grad_() for value in values]
    flat = [torch.zeros_like(value) for value in values for _ in range(1 + pairs)]
    states: Any = list(zip(flat[::2], flat[1::2], strict=True)) if pairs else list(flat)
    knobs, seen = dict(hyperparams), {}
    for step in (1, 2, 3):
        for param in params:
            (scale * (param**2 + param)).sum().backward()
        answer(list(params), list(states), knobs)
        for i, param in enumerate(params):
            grad = torch.zeros_like(param) if param.grad is None else param.grad
            seen[f"params[{i}] after step {step}"] = param.detach().clone()
            seen[f"params[{i}].grad after step {step}"] = grad.detach().clone()
        for i, state in enumerate(flat):
            name = f"states[{i // 2}][{i % 2}]" if pairs else f"states[{i}]"
            seen[f"{name} after step {step}"] = state.detach().clone()
    return seen | {f"hyperparams[{name!r}] at the end": value for name, value in knobs.items()}


def gradients(*names: str) -> Callable[..., dict[str, Any]]:
    """An `observe`: the value, and its gradient in each argument that requires one, called `names` in order.

    The gradient is that of a weighted sum of the value's elements, so that none cancels another; `weights`
    says it in words.
    """

    def observe(answer: Callable[..., Any], *args: Any) -> dict[str, Any]:
        import torch

        leaves = [arg for arg in args if isinstance(arg, torch.Tensor) and arg.requires_grad]
        value = answer(*args)
        found: Any = [None] * len(leaves)
        if isinstance(value, torch.Tensor) and value.requires_grad:
            weighted = value.flatten() * _weights(value.numel()).to(value.dtype)
            found = torch.autograd.grad(weighted.sum(), leaves, allow_unused=True)
        named = {f"{GRADIENT}{name}": one for name, one in zip(names, found, strict=True)}
        return {"": value, **named}

    return observe


GRADIENT = "the gradient in "


def _weights(count: int) -> Any:
    import torch

    return torch.linspace(1, 2, count, dtype=torch.float64)


def weights(count: int) -> str:
    """What `gradients` takes the gradient of, for a value of so many elements."""
    if count < 2:
        return ""
    said = ", ".join(f"{weight:.3g}" for weight in _weights(count).tolist()) if count <= 4 else "from 1 to 2"
    return f"the gradient of (result * weights).sum(), with the weights {said}"
