"""What an exercise forbids: seen whatever the answer calls it, and not where it is only mentioned."""

import linecache
from pathlib import Path
from typing import Any

import pytest
import torch

from d2lcore import check_exercise
from d2lcourse.exercises import bank
from d2lcourse.exercises.attempt import difference, fresh_cases, outcomes, right
from d2lcourse.exercises.exercise import HEADER, Exercise, exercises
from d2lcourse.exercises.forbidden import forbidden_use
from d2lcourse.exercises.judge import check

BANNING = [one for one in exercises().values() if one.forbidden]
BANNED = [
    (one, answer.code) for one in BANNING for answer in bank.answers(one.chapter, one.name, "forbidden")
]


def named(value: Any) -> str:
    return value.name if isinstance(value, Exercise) else "-"


@pytest.mark.parametrize(("exercise", "code"), BANNED, ids=named)
def test_an_answer_with_right_values_by_what_is_forbidden_is_refused(
    exercise: Exercise, code: str, tmp_path: Path
) -> None:
    came = outcomes(exercise.banked(code), fresh_cases(exercise))
    assert not any(difference(*pair, exercise.tolerance) for pair in zip(came, right(exercise), strict=True))
    (tmp_path / f"{exercise.name}.py").write_text(HEADER + code)
    state, message, _ = check(exercise.name, tmp_path)
    assert state == "wrong"
    assert "\n  problem   line " in message
    assert ", and the exercise is to be done without " in message


@pytest.mark.parametrize("exercise", BANNING, ids=named)
def test_no_other_answer_of_the_bank_is_refused_and_the_stub_says_what_is(exercise: Exercise) -> None:
    assert len([one for one, _ in BANNED if one is exercise]) >= 2
    for code in [exercise.stub, *exercise.accepted, *(mistake.code for mistake in exercise.mistakes)]:
        assert forbidden_use(HEADER + code, exercise.name, exercise.forbidden) == ""
    assert any(name.split(".")[-1] in exercise.stub for name in exercise.forbidden)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import torch\ndef f(W):\n    return torch.nn.init.ones_(W)", "line 3 uses torch.nn.init.ones_"),
        ("import torch.nn.init as i\ndef f(W):\n    return i.ones_(W)", "line 3 uses torch.nn.init.ones_"),
        ("from torch import nn\ndef f(W):\n    return nn.init.ones_(W)", "line 3 uses torch.nn.init.ones_"),
        ("def f(W):\n    from torch.nn.init import ones_ as o\n    o(W)", "line 3 uses torch.nn.init.ones_"),
        ("import torch\ni = torch.nn.init\ndef f(W):\n    i.ones_(W)", "line 4 uses torch.nn.init.ones_"),
        (
            "import torch\ndef g(W):\n    torch.nn.init.ones_(W)\ndef f(W):\n    g(W)",
            "line 3 uses torch.nn.init",
        ),
        ("def f(W):\n    (W @ W).sum().backward()", "line 2 uses backward, and"),
        ("def f(W):\n    W.sum().backward(), W.norm().backward()", "line 2 uses backward, and"),
        # not used by the answer:
        ("import torch\ndef f(W):\n    return W\nprint(torch.nn.init.ones_(torch.empty(2)))", ""),
        ("import torch\ndef g(W):\n    torch.nn.init.ones_(W)\ndef f(W):\n    return W", ""),
        ('def f(W):\n    """Without torch.nn.init."""\n    # torch.nn.init, backward\n    return W', ""),
        ("import torch\ndef f(W):\n    return torch.nn.initial(W)", ""),
        ("def f(W, backwards):\n    return W.backwards", ""),
        ("def f(W:\n", ""),
        ("", ""),
    ],
)
def test_where_it_is_seen(source: str, said: str) -> None:
    found = forbidden_use(source, "f", ("torch.nn.init", "backward"))
    assert found.startswith(said)
    assert bool(found) == bool(said)


def test_it_is_seen_in_a_function_of_a_notebook(capsys: pytest.CaptureFixture) -> None:
    text = "import torch\ndef mine(W, gain):\n    return torch.nn.init.xavier_uniform_(W, gain)\n"
    linecache.cache["<cell 1>"] = (len(text), None, text.splitlines(keepends=True), "<cell 1>")
    cell: dict[str, Any] = {"torch": torch}
    exec(compile(text, "<cell 1>", "exec"), cell)
    check_exercise("xavier_uniform_", cell["mine"])
    assert "problem   line 3 uses torch.nn.init.xavier_uniform_, and the exercise" in capsys.readouterr().out
    assert forbidden_use(text, "mine", ()) == ""
