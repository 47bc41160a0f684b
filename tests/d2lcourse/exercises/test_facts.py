"""What is said of a wrong answer that is not in the bank: facts of its source and of its values."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from d2lcourse.exercises import bank
from d2lcourse.exercises.attempt import fresh_cases, outcomes, right
from d2lcourse.exercises.compare import compare
from d2lcourse.exercises.exercise import Exercise, Mistake, exercises, named
from d2lcourse.exercises.facts import facts, right_sources
from d2lcourse.exercises.judge import check
from d2lcourse.exercises.seen import seen
from d2lcourse.exercises.written import Written, written


def source(name: str, body: str) -> Written:
    found = written(f"def {named(name).call}:\n{textwrap.indent(textwrap.dedent(body), '    ')}", name)
    assert found
    return found


# ---- Facts of the source

SOURCE = [
    ("linreg", "return X @ w", ["b is not used"]),
    ("linreg", "b = 0\nreturn X @ w + b", ["line 2: b, an argument, is overwritten before it is used"]),
    ("linreg", "Z = X @ w + b\nreturn X @ w", ["line 2: Z is computed, and never used"]),
    ("linreg", "(X @ w).add(b)\nreturn X @ w", ["line 2: the result of (X @ w).add(b) is thrown away"]),
    ("linreg", "X @ w + b", ["line 2: the result of X @ w + b is thrown away"]),
    ("linreg", "print(X @ w + b)",
     ["line 2: print() shows a value and gives it to nobody; `return` does"]),
    ("linreg", "return X @ w + b.mean", ["line 2: b.mean is only named: b.mean() with brackets calls it"]),
    ("linreg", "return (X @ w + b) // 1",
     ["line 2: // rounds the quotient down to a whole number; / divides"]),
    ("squared_loss", "return (y_hat - y) ^ 2", ["line 2: ^ is no power, it compares bits; a power is **"]),
    ("sgd", "for p in params[:-1]:\n    p.data -= lr * p.grad / batch_size",
     ["line 2: params[:-1] leaves out the last one"]),
    ("sgd", "for i, p in enumerate(params[1:]):\n    p.data -= lr * p.grad / batch_size + i",
     ["line 2: params[1:] leaves out the first one"]),
    ("sgd", "for i in range(len(params) - 1):\n    params[i].data -= lr * params[i].grad / batch_size",
     ["line 2: range(len(params) - 1) ends before the last one"]),
    ("sgd", "for p in params:\n    p = p - lr * p.grad / batch_size",
     ["line 3: `p = ...` gives the name p to a new value: what the caller has stays as it was"]),
    ("sgd", "for p in params:\n    params[0].data -= lr * params[0].grad / batch_size",
     ["line 2: the loop does not use p: every round does the same"]),
    ("sgd", "for p in params:\n    p.data -= lr * p.grad / batch_size\n    return",
     ["line 4: this `return` stands in the loop, and ends it in its first round"]),
    ("perceptron_step", "while y * (x @ w + b) <= 0:\n    w += lr * y * x.T\n    b += lr * y[0]",
     ["line 2: `while` repeats for as long as its condition holds; `if` asks once"]),
    ("perceptron_step", "w == w + lr * y * x.T + b\nreturn True",
     ["line 2: == asks whether two are equal, and changes nothing; = sets"]),
    ("evaluate_loss", "for X, y in data_iter:\n    l = loss(net(X), y).mean()\nreturn l",
     ["line 3: each round overwrites l: only that of the last is left"]),
    ("evaluate_loss", "for X, y in data_iter:\n    l = 0\n    l += loss(net(X), y).mean()\nreturn l",
     ["line 3: l begins anew in each round: set it before the loop"]),
    ("evaluate_loss", "net.eval\nreturn loss(net(data_iter[0][0]), data_iter[0][1])",
     ["line 2: net.eval is only named: net.eval() with brackets calls it"]),
    ("xavier_normal_", "std = gain * 2\nreturn W.normal_(std)",
     ["line 3: W.normal_(std) has one argument, the first: its mean is std, and its standard deviation "
      "stays 1"]),
    ("xavier_uniform_", "return torch.nn.init.uniform_(W, gain)",
     ["line 2: torch.nn.init.uniform_(W, gain) has one argument, the first: it draws from gain to 1"]),
    ("synthetic_data", "X = torch.rand(num_examples, len(w))\nreturn X, X @ w + b",
     ["line 2: rand draws numbers spread evenly, where normal numbers are due"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "said"), SOURCE)
def test_facts_of_the_source(name: str, body: str, said: list[str]) -> None:
    found = facts(named(name), source(name, body))
    assert [one for one in found if one in said or "not used" not in one] == said


SILENT = [
    ("linreg", "y = X @ w\ny = y + b\nreturn y"),
    ("linreg", "X = X * 1\nreturn X @ w + b"),
    ("linreg", "total = 0\nfor x in X:\n    total = total + x.sum() + w.sum() + b\nreturn total"),
    ("evaluate_loss", "n = 0\nfor X, y in data_iter:\n    l = loss(net(X), y)\n    n += l.sum()\nreturn n"),
    (
        "evaluate_loss",
        "for X, y in data_iter:\n    n = 0\n    for z in X:\n        n += z\n    loss(net, n)\nreturn y",
    ),
    (
        "sgd",
        "i = 0\nwhile i < len(params):\n    params[i].data -= lr * params[i].grad / batch_size\n    i += 1",
    ),
    ("sgd", "for p in params:\n    p.grad.zero_()\n    p.data.sub_(lr / batch_size)"),
    ("sgd", "for _ in range(2):\n    params[0].data -= lr / batch_size"),
    ("naive_matmul", "for i in range(len(A) - 1, -1, -1):\n    print(A[i], B)\nreturn A"),
    ("xavier_normal_", "return W.normal_(0, gain)"),
    ("k_fold", "return num_examples // k"),  # as right answers do
    ("squared_loss", "def half(x):\n    return x / 2\nloss = half((y_hat - y) ** 2)\nreturn loss"),
    ("relu", "return list(map(torch.relu, X))"),
    ("relu", "limit = torch.finfo(X.dtype).max / 2\nreturn X.to(torch.float) > limit"),
    ("relu", "kind = torch.float\nreturn X.to(kind)"),
    ("relu", "mean = torch.mean\nreturn mean(X)"),
    ("relu", "return (X > 0) ^ (X < 0)"),
    ("linreg", "X += 1\nX = X @ w\nreturn X + b"),
    ("evaluate_loss", "net.double()\nreturn loss(net, data_iter)"),
    ("sgd", "for p in params:\n    print(p.grad)\n    p.data -= lr * p.grad / batch_size"),
    ("xavier_normal_", "return W.normal_(*(0, gain))"),
]


@pytest.mark.parametrize(("name", "body"), SILENT)
def test_no_fact_where_nothing_is_odd(name: str, body: str) -> None:
    assert facts(named(name), source(name, body)) == []


@pytest.mark.parametrize("exercise", exercises().values(), ids=lambda one: one.name)
def test_no_fact_of_a_right_answer(exercise: Exercise) -> None:
    assert [said for one in right_sources(exercise) for said in facts(exercise, one)] == []


def test_no_source_no_facts() -> None:
    assert facts(named("relu"), None) == []
    for text in ("def relu(:", "def other(X): pass", "relu = 3", "\0"):
        assert written(text, "relu") is None


def test_what_the_answer_uses_of_its_file_is_read_too() -> None:
    text = "def relu(X):\n    'Words.'\n    return half(X)  # said\ndef half(X): return X/2\ndef no(): pass"
    found = written(text, "relu")
    assert found
    assert [part.name for part in found.parts] == ["relu", "half"]
    assert found.text == "return half(X)\nreturn X / 2"


# ---- Facts of the values


def said(name: str, answer: Callable) -> str:
    """What is seen of the values that an answer gives."""
    exercise = named(name)
    cases = fresh_cases(exercise)
    came, expected = list(outcomes(answer, cases)), right(exercise)
    for one, due in zip(came, expected, strict=True):
        if differs := compare(one.value, due.value, exercise.tolerance):
            return seen(exercise, cases, came, expected, differs)
    return "right"


def reference(name: str) -> Callable:
    return named(name).solved()


softmax, linreg, loss = reference("softmax"), reference("linreg"), reference("squared_loss")
VALUES = [
    ("softmax", lambda O: 3 * softmax(O), "every value is 3 times the expected"),
    ("softmax", lambda O: softmax(O) - 0.25, "every value is 0.25 too small"),
    ("softmax", lambda O: -softmax(O), "every sign is the opposite"),
    ("softmax", lambda O: softmax(O).sqrt(), "it is the square root of what is expected"),
    ("softmax", lambda O: softmax(O) ** 2, "it is the square of what is expected"),
    ("softmax", lambda O: 1 - softmax(O), "it is 1 less what is expected"),
    ("softmax", lambda O: softmax(O).exp(), "it is the exponential of what is expected"),
    ("softmax", lambda O: O.log_softmax(1), "it is the log-softmax of O, over its last axis, and no more"),
    ("softmax", lambda O: O.softmax(0), "it is the softmax of O, over its first axis, and no more"),
    ("softmax", lambda O: O.clone(), "it is O, unchanged"),
    ("softmax", lambda O: softmax(softmax(O)), "it is the softmax of what is expected, over its last axis"),
    ("softmax", lambda O: softmax(O) / len(O), "it is what is expected divided by O.shape[0]"),
    ("softmax", lambda O: softmax(O).T, "it is transposed"),
    ("softmax", lambda O: softmax(O).sum(1), "its shape is (2,), it should be (2, 2)"),
    ("linreg", lambda X, w, b: X @ w, "it is what is expected less b"),
    ("linreg", lambda X, w, b: X @ w + 2 * b, "it is what is expected plus b"),
    ("squared_loss", lambda a, y: loss(a, y).mean(),
     "its shape is (), it should be (3, 1): it is the mean of the values expected"),
    ("squared_loss", lambda a, y: loss(a, y).flatten(),
     "its shape is (3,), it should be (3, 1): the values are right"),
    ("squared_loss", lambda a, y: (a - y.flatten()) ** 2 / 2,
     "its shape is (3, 3), it should be (3, 1): all meet all, as when (3, 1) and (3,) are broadcast, "
     "or in X[:, y]"),
    ("decay_step", lambda w, grad, lr, lambd: (1 - lr * lambd) * w, "it is what is expected plus lr * grad"),
    ("decay_step", lambda w, grad, lr, lambd: w - lr * grad, ""),  # lr * lambd * w is too much to be sure of
    ("softmax", lambda O: softmax(O).flip(1), "the columns come in the opposite order"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "answer", "words"), VALUES)
def test_relations_of_the_values(name: str, answer: Callable, words: str) -> None:
    assert said(name, answer) == words


def test_one_case_that_disagrees_is_no_relation() -> None:
    assert said("softmax", lambda O: 2 * softmax(O) if len(O) == 2 else softmax(O) + 1) == (
        "each row should sum to 1; the sums are 2, 2"
    )


@pytest.mark.parametrize(
    "answer",
    [
        lambda y_hat, y: int((y_hat.argmax(1) == y).sum() > 0),  # a few small whole numbers
        lambda y_hat, y: 0,
    ],
)
def test_small_whole_numbers_agree_by_accident(answer: Callable) -> None:
    assert said("accuracy", answer) == ""


def test_a_constant_proves_nothing() -> None:
    assert said("softmax", lambda O: torch.full_like(O, 0.5) if len(O) == 2 else softmax(O)) == ""
    assert said("relu", lambda X: torch.zeros_like(X)) == "every value is 0"


def test_a_number_that_is_true_or_false() -> None:
    assert said("accuracy", lambda y_hat, y: bool((y_hat.argmax(1) == y).all())) == (
        "it is True or False, where a number is due"
    )


# ---- The ground of a diagnosis


def test_a_ground_is_read_from_the_bank(tmp_path: Path) -> None:
    (tmp_path / "double_mistakes.py").write_text(
        "from d2lcourse.exercises.bank import again, mistake\n"
        "from d2lcourse.exercises.grounds import return_in_loop\n"
        "@mistake('three', needs=(r'3 \\*', return_in_loop), lacks='2')\n"
        "def double(x):\n    return 3 * x\n"
        "@again\ndef double(x):\n    return x * 3\n"
        "@mistake('halved', lacks='3')\ndef double(x):\n    return x / 2\n"
    )
    one, two, three = bank._read(tmp_path / "double_mistakes.py", "double", marked=True)
    assert (one.needs[0], one.needs[1].__name__, one.lacks) == (r"3 \*", "return_in_loop", ("2",))
    assert two[2:] == one[2:]
    assert three[2:] == ((), ("3",))
    assert "grounds" not in one.code


@pytest.mark.parametrize("ground", ["needs=3", "needs=absent", "lacks=('a', None)"])
def test_what_is_no_ground_is_refused(tmp_path: Path, ground: str) -> None:
    file = tmp_path / "double_mistakes.py"
    file.write_text(f"@mistake('three', {ground})\ndef double(x):\n    return 3 * x\n")
    with pytest.raises(ValueError, match=r"double_mistakes\.py, line 2: .* is no ground"):
        list(bank._read(file, "double", marked=True))


def test_a_mistake_fits_a_source_that_has_what_it_needs() -> None:
    one = Mistake("argmin", "", needs=("argmin",), lacks=("keepdim",))
    assert one.fits(source("accuracy", "return y_hat.argmin(1)"))
    assert not one.fits(source("accuracy", "return y_hat.argmax(1)  # argmin"))
    assert not one.fits(source("accuracy", "return y_hat.argmin(1, keepdim=True)"))


# Each was told another mistake than the one made: one case, a spread or a constant agreed.
MISLED = [
    ("accuracy", "return float((y_hat.argmax(dim=1) + 1 == y).sum())", "argmin takes", ""),
    ("accuracy", "return bool((y_hat.argmax(dim=1) == y).all())",
     "this compares the largest score", "it is True or False, where a number is due"),
    ("perceptron_step", "wrong = bool(y * (x @ w + b) <= 0)\nif wrong:\n    b += lr * y[0]\nreturn wrong",
     "`w = w + ...`", "w has not changed"),
    ("perceptron_step", "wrong = False\nwhile y * (x @ w + b) <= 0:\n    w += lr * y * x.T\n"
     "    b += lr * y[0]\n    wrong = True\nreturn wrong",
     "the learning rate is not used", "line 4: `while` repeats"),
    ("sgd", "with torch.no_grad():\n    for p in params[:-1]:\n        p -= lr * p.grad / batch_size\n"
     "        p.grad.zero_()", "a `return` inside the loop", "line 4: params[:-1] leaves out the last one"),
    ("relu", "return X.clamp(0, 1)", "this is the mask", "it is what is expected, cut off above 1"),
    ("backward", "n, O = len(y), kept['O']\n"
     "dO = (torch.softmax(O, 1) - torch.nn.functional.one_hot(y, O.shape[1])) / n\n"
     "dW2 = dO.T @ kept['H'] + lambd / 2 * W2\ndH = dO @ W2\ndZ = dH * phi_derivative(kept['Z'])\n"
     "return {'O': dO, 'W2': dW2, 'H': dH, 'Z': dZ, 'W1': dZ.T @ X + lambd / 2 * W1}",
     "the penalty is divided by n", "it is what is expected less half of lambd * W2"),
    ("backward_layers", "dWs, dXs = [], [gradient]\nfor i in range(len(Ws)):\n"
     "    dZ = dXs[-1] * derivative(Zs[i])\n    dWs.append(dZ.T @ Xs[i])\n    dXs.append(dZ @ Ws[i])\n"
     "return dWs, dXs", "the lists are in the order", ""),
    ("xavier_normal_", "std = gain * (2 / sum(W.shape)) ** 0.5\nwith torch.no_grad():\n"
     "    return W.normal_(std)", "these are standard normal numbers", "W.normal_(std) has one argument"),
    ("least_squares", "mean = X.mean(dim=0)\nw = torch.linalg.lstsq(X - mean, y).solution\n"
     "return w, y.mean(dim=0) - mean @ w", "X^T X has the square", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "other", "words"), MISLED)
def test_no_other_mistake_is_named_than_the_one_made(
    tmp_path: Path, name: str, body: str, other: str, words: str
) -> None:
    file = tmp_path / f"{name}.py"
    file.write_text(f"import torch\ndef {named(name).call}:\n{textwrap.indent(body, '    ')}\n")
    message = " ".join(check(name, file).message.split())
    assert other not in message
    assert words in message or "likely" in message  # or the bank has it
