"""Errors of Python and torch in words: of the errors themselves, as this torch raises them."""

import textwrap

import pytest
import torch
from torch.nn import functional

from d2lcourse.exercises.translate import translated

ERRORS = {
    "w -= 1": "changed in place: do that inside `with torch.no_grad():`",
    "X @ X": "A @ B needs as many columns in A as rows in B: here A is 2 x 3 and B is 2 x 3",
    "X + torch.ones(2, 2)": "along axis 1 one has 3 and the other 2, and neither is 1",
    "torch.zeros(1).add_(torch.ones(1, 1))": "has the shape [1] and keeps it, but the right-hand side",
    "with torch.no_grad: pass": "what follows `with` needs brackets, such as `with torch.no_grad():`",
    "torch.max(X, 0.5)": "for the larger of x and 0 there is X.clamp(min=0)",
    "torch.maximum(X, 0)": "it takes two tensors, and one of these is of type int",
    "torch.softmax(X)": "softmax() has to be told along which axis, such as dim=1",
    "torch.sum(X, axes=1)": "torch calls an axis dim, as in dim=1",
    "X.sum(keepdims=True)": "torch calls it keepdim, without s",
    "torch.normal(0, 1)": "normal() cannot be called with (int, int)",
    "torch.exp(2)": "the argument input of exp() has to be of the type Tensor, and here it is int",
    "max(X, 0)": "Python's own max() ask for one True or False",
    "if X > 0: pass": "`if`, `and`, `or`, `not`",
    "float(X)": "take a tensor of one number, and this has several",
    "X.item()": "take a tensor of one number, and this has several",
    "X[0].sum(dim=1)": "there is no axis 1: this tensor has 1 of them",
    "X[5]": "there is no place 5 along axis 0: there are 2, counted from 0",
    "[1][3]": "the list is shorter",
    "X - X.max(dim=1)": "give two tensors: take .values, or .amax(dim=...)",
    "X.exp / 2": "brackets are missing, as in X.sum()",
    "2 / X.exp": "brackets are missing, as in X.sum()",
    "X.sum[0]": "brackets are missing, as in X.sum()",
    "X.shape(0)": "it is X.shape[0]",
    "X(0)": "brackets after a tensor call it like a function",
    "w.grad.zero_()": "a .grad is None as long as there was no backward()",
    "None + X": "something here is None",
    "X.softmx(0)": "tensors have no softmx: is softmax meant?",
    "X.append(3)": "tensors have no append",
    "torch.cross_entropy(X, X)": "it is torch.nn.functional.cross_entropy",
    "(2.0).sqrt()": "this is one float of Python, and no tensor: sqrt is a method of tensors",
    "for i in 3: pass": "this is one int: is range(n) meant?",
    "for i in torch.tensor(1.0): pass": "there is nothing to go through",
    "torch.tensor(1.0)[0]": "it has no places to pick",
    "X.sum().backward()": "requires no gradients",
    "w.backward()": "backward() starts from one number: .sum() first",
    "l = w.sum() ** 2; l.backward(); l.backward()": "backward() was called before",
    "X.double() @ torch.ones(3, 1)": "two types of numbers meet",
    "torch.tensor([1, 2]).add_(0.5)": "a tensor of type Long cannot hold what is of type Float",
    "w.numpy()": "NumPy knows no gradients",
    "X.reshape(4)": "6 elements cannot be arranged in the shape [4]",
    "X[torch.tensor([0.5])]": "must be whole numbers, or True and False",
    "X ^ 2": "a power is **",
    "torch.tensor([1, 2]).mean()": "not for whole numbers: .float() first",
    "torch.softmax(torch.tensor([1, 2]), 0)": "not for whole numbers: .float() first",
    "X.dot(X)": "of matrices, A @ B",
    "functional.binary_cross_entropy(X * 2, X)": "binary_cross_entropy_with_logits",
    "functional.one_hot(torch.tensor([3]), 2)": "a label is not below the number of classes",
    "torch.linalg.inv(torch.zeros(2, 2))": "the matrix has no inverse",
    "a, b = 1, 2, 3": "there are 2 names on the left",
    "1 / 0": "it divides by 0",
    "np.exp(1)": "`import numpy as np` is missing above",
    "F.relu(X)": "`from torch.nn import functional as F` is missing above",
    "foo + 1": "nothing above is called foo",
    "def f(): v += 1\nf()": "v is set in this function, but later",
    "def f(): return f()\nf()": "the function calls itself",
}


@pytest.mark.parametrize("code", ERRORS)
def test_an_error_in_words(code: str) -> None:
    names = {
        "torch": torch,
        "functional": functional,
        "X": torch.ones(2, 3),
        "w": torch.ones(2, 1, requires_grad=True),
    }
    try:
        exec(code, names)
    except Exception as error:
        said = translated(type(error).__name__, " ".join(str(error).split())[:500])
    else:
        pytest.fail("it raises nothing")
    assert ERRORS[code] in said
    assert len(textwrap.wrap(said, 98)) <= 2


@pytest.mark.parametrize("error", [KeyError("lr"), ValueError("mine"), SyntaxError("'(' was never closed")])
def test_what_needs_no_words_gets_none(error: Exception) -> None:
    assert translated(type(error).__name__, str(error)) == ""


def test_words_of_another_python() -> None:
    assert "needs brackets" in translated("AttributeError", "__enter__")
    assert "v is set" in translated("UnboundLocalError", "local variable 'v' referenced before assignment")
