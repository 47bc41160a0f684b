"""Errors of Python and torch, in words that a beginner knows."""

import difflib
import re

from torch import Tensor
from torch.nn import functional

IMPORTS = {
    "F": "from torch.nn import functional as F",
    "d2l": "import d2lcore as d2l",
    "math": "import math",
    "nn": "from torch import nn",
    "np": "import numpy as np",
    "torch": "import torch",
}
CALLABLE = "(?:builtin_function_or_method|method|function|method_descriptor)"
WORDS = {  # what is searched in "Type: message | the line": what it means; {0} is its first group
    r"a leaf Variable that requires grad is being used in an in-place": (
        "a tensor that requires gradients is changed in place: do that inside `with torch.no_grad():`"
    ),
    r"(?:context manager protocol|AttributeError: __enter__)": (
        "what follows `with` needs brackets, such as `with torch.no_grad():`"
    ),
    r"shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)": (
        "A @ B needs as many columns in A as rows in B: here A is {0} x {1} and B is {2} x {3}"
    ),
    r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at .* dimension (\d+)": (
        "the two tensors do not fit: along axis {2} one has {0} and the other {1}, and neither is 1"
    ),
    r"output with shape (\[.*?\]) doesn't match the broadcast shape (\[.*?\])": (
        "what is changed in place has the shape {0} and keeps it, but the right-hand side makes it {1}"
    ),
    r"unexpected keyword argument '(?:axis|axes|dims)'|got \(.*\b(?:axes|dims)=": (
        "torch calls an axis dim, as in dim=1"
    ),
    r"unexpected keyword argument 'keepdims'|got \(.*\bkeepdims=": "torch calls it keepdim, without s",
    r'(\w+)\(\) missing .*"dim"': "{0}() has to be told along which axis, such as dim=1",
    r"TypeError: (?:max|min)\(\) received an invalid combination": (
        "of a tensor, max(dim=1) gives the largest of each row; for the larger of x and 0 there is "
        "X.clamp(min=0)"
    ),
    r"(?:maximum|minimum)\(\): argument 'other'.* must be Tensor, not (\w+)": (
        "it takes two tensors, and one of these is of type {0}; with a number: X.clamp(min=0)"
    ),
    r"TypeError: (\w+)\(\) received an invalid combination of arguments - got \((.*?)\)": (
        "{0}() cannot be called with ({1})"
    ),
    r"(\w+)\(\): argument '(\w+)' \(position \d+\) must be (.+?), not ([\w.]+)": (
        "the argument {1} of {0}() has to be of the type {2}, and here it is {3}"
    ),
    r"Boolean value of Tensor with more than one value is ambiguous": (
        "`if`, `and`, `or`, `not` and Python's own max() ask for one True or False, and this tensor has "
        "several: torch.where chooses for each element"
    ),
    r"only one element tensors can be converted|Tensor with \d+ elements cannot be converted": (
        "float(), int() and .item() take a tensor of one number, and this has several"
    ),
    r"Dimension out of range \(expected to be in range of \[-(\d+), \d+\], but got (-?\d+)\)": (
        "there is no axis {1}: this tensor has {0} of them, counted from 0"
    ),
    r"index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)": (
        "there is no place {0} along axis {1}: there are {2}, counted from 0"
    ),
    r"list index out of range": "the list is shorter: places are counted from 0",
    r"and 'torch\.return_types\.(max|min)'|'torch\.return_types\.(?:max|min)' and|'(?:max|min)' object": (
        "max(dim=...) and min(dim=...) give two tensors: take .values, or .amax(dim=...), .amin(dim=...)"
    ),
    rf"'{CALLABLE}' (?:and|object)|and '{CALLABLE}'": (
        "a function is named here, and not called: brackets are missing, as in X.sum()"
    ),
    r"'NoneType' object has no attribute '(zero_|data|abs|pow)'": (
        "what stands before .{0} is None: a .grad is None as long as there was no backward()"
    ),
    r"'NoneType'": "something here is None, as a function gives that has no `return`",
    r"'Tensor' object is not callable": (
        "brackets after a tensor call it like a function: [ ] picks an element, * multiplies"
    ),
    r"'(float|int|bool)' object has no attribute '(\w+)'": (
        "this is one {0} of Python, and no tensor: {1} is a method of tensors"
    ),
    r"'(float|int)' object is not iterable": (
        "a loop goes over several things, and this is one {0}: is range(n) meant?"
    ),
    r"iteration over a 0-d tensor": "a tensor of shape () is one number: there is nothing to go through",
    r"(?:local variable|access local variable) '(\w+)'": (
        "{0} is set in this function, but later, or only in a branch: give it a value before"
    ),
    r"does not require grad and does not have a grad_fn": (
        "what this was computed from requires no gradients, or .detach() or no_grad() cuts the way to it"
    ),
    r"grad can be implicitly created only for scalar outputs": (
        "backward() starts from one number: .sum() first"
    ),
    r"Trying to backward through the graph a second time": "backward() was called before on the same result",
    r"modified by an inplace operation": (
        "a tensor was changed in place that backward() still needs as it was: compute a new one"
    ),
    r"have the same dtype|expected scalar type|same dtype, but got": (
        "two types of numbers meet, such as float32 and float64: make new tensors with dtype=X.dtype"
    ),
    r"result type (\w+) can't be cast to the desired output type (\w+)": (
        "a tensor of type {1} cannot hold what is of type {0}: make it with another dtype"
    ),
    r"Can't call numpy\(\) on Tensor that requires grad": (
        "NumPy knows no gradients: torch has the same functions"
    ),
    r"shape '(\[.*?\])' is invalid for input of size (\d+)": (
        "{1} elements cannot be arranged in the shape {0}"
    ),
    r"tensors used as indices must be": "what is in [ ] must be whole numbers, or True and False: .long()",
    r"bitwise_xor": "^ is no power, it compares bits; a power is **",
    r'"\w+" not implemented for \'(Long|Int|Bool)\'': "this is not for whole numbers: .float() first",
    r"1D tensors expected, but got (\d)D and (\d)D": (
        "dot() takes two vectors, shape (n,): of matrices, A @ B"
    ),
    r"all elements of input should be between 0 and 1": (
        "binary_cross_entropy takes probabilities: with logits it is binary_cross_entropy_with_logits"
    ),
    r"(?:too many|not enough) values to unpack \(expected (?:at least )?(\d+)": (
        "there are {0} names on the left, and not as many values on the right"
    ),
    r"'torch\.Size' object is not callable": "it is X.shape[0], or X.size(0)",
    r"invalid index of a 0-dim tensor": "a tensor of shape () is one number: it has no places to pick",
    r"could not infer output dtype": "this is not for whole numbers: .float() first",
    r"Class values must be smaller than num_classes": "a label is not below the number of classes",
    r"matrix is singular": "the matrix has no inverse: its rows depend on one another",
    r"ZeroDivisionError": "it divides by 0",
    r"RecursionError": "the function calls itself, without an end",
    r"NameError: name '(\w+)' is not defined": (
        "nothing above is called {0}: is it mistyped, or not yet defined?"
    ),
}


def translated(type_: str, message: str, line: str = "") -> str:
    """What an error means; "" if that is not known, or the message says it. line: of the reader's file."""
    whole = f"{type_}: {message} | {line}"
    if (match := re.match(r"NameError: name '(\w+)'", whole)) and match[1] in IMPORTS:
        return f"`{IMPORTS[match[1]]}` is missing above"
    if match := re.search(r"'Tensor' object has no attribute '(\w+)'", whole):
        near = difflib.get_close_matches(match[1], dir(Tensor), n=1, cutoff=0.7)
        return f"tensors have no {match[1]}" + (f": is {near[0]} meant?" if near else "")
    if (match := re.search(r"module 'torch' has no attribute '(\w+)'", whole)) and hasattr(
        functional, match[1]
    ):
        return f"it is torch.nn.functional.{match[1]}"
    for pattern, words in WORDS.items():
        if match := re.search(pattern, whole):
            return words.format(*match.groups())
    return ""
