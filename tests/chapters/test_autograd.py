"""The autograd engine: every operation against PyTorch's on random shapes, the graph, and what is refused."""

import gc
import math
import weakref
from collections.abc import Callable
from typing import Any

import mutants
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes
from mutants import Mutant
from torch import Tensor

from chapters import autograd
from chapters.autograd import Node

# The same sums in another order: a few roundings of 1e-16, on values of at most about 1000.
EXACT = {"rtol": 1e-10, "atol": 1e-10}

# Written alike for nodes and tensors. Arguments are drawn from [0.5, 2], where log and ** have no trouble.
UNARY: dict[str, Callable[[Any], Any]] = {
    "-x": lambda x: -x,
    "x ** 3": lambda x: x**3,
    "x ** -0.5": lambda x: x**-0.5,
    "x ** 0": lambda x: x**0,
    "exp": lambda x: x.exp(),
    "log": lambda x: x.log(),
    "relu": lambda x: (x - 1).relu(),
    "sum": lambda x: x.sum(),
    "sum, kept": lambda x: x.sum(keepdim=True) if isinstance(x, Node) else x.sum(None, keepdim=True),
    "reshape": lambda x: x.reshape(-1),
    "2 + x": lambda x: 2 + x,
    "2 - x": lambda x: 2 - x,
    "x - 2": lambda x: x - 2,
    "0.1 x": lambda x: 0.1 * x,
    "x / 3": lambda x: x / 3,
    "3 / x": lambda x: 3 / x,
    "x used three times": lambda x: x * x.exp() + x,
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "a + b": lambda a, b: a + b,
    "a - b": lambda a, b: a - b,
    "a * b": lambda a, b: a * b,
    "a / b": lambda a, b: a / b,
    "both twice": lambda a, b: (a * b + a) / (b + 1),
}


def drawn(shape: tuple[int, ...], seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 0.5 + 1.5 * torch.rand(shape, generator=generator, dtype=torch.float64)


def check(f: Callable, *values: Tensor) -> None:
    """Value, and gradients of a weighted sum so that none cancels another, against PyTorch's."""
    nodes, tensors = [Node(one.clone()) for one in values], [one.clone().requires_grad_() for one in values]
    mine, theirs = f(*nodes), f(*tensors)
    torch.testing.assert_close(mine.value, theirs.detach(), **EXACT)
    weights = drawn(tuple(theirs.shape), 7)
    mine.backward(weights)
    expected = torch.autograd.grad(theirs, tensors, weights, allow_unused=True)
    for node, gradient in zip(nodes, expected, strict=True):
        torch.testing.assert_close(node.grad, gradient, **EXACT)
        assert node.grad.shape == node.value.shape


FEW = settings(max_examples=15, deadline=None)  # of each operation; the first call warms up
shapes = st.lists(st.integers(0, 4), max_size=4).map(tuple)


@pytest.mark.parametrize("name", UNARY)
@FEW
@given(shape=shapes, seed=st.integers(0, 1000))
def test_operations_on_one_node_equal_torch(name: str, shape: tuple, seed: int) -> None:
    check(UNARY[name], drawn(shape, seed))


@pytest.mark.parametrize("name", BINARY)
@FEW
@given(
    pair=mutually_broadcastable_shapes(num_shapes=2, min_side=0, max_side=4, max_dims=4),
    seed=st.integers(0, 1000),
)
def test_operations_on_two_nodes_equal_torch_with_broadcasting(name: str, pair: Any, seed: int) -> None:
    a, b = pair.input_shapes
    check(BINARY[name], drawn(a, seed), drawn(b, seed + 1))


@FEW
@given(
    batches=mutually_broadcastable_shapes(num_shapes=2, min_side=1, max_side=3, max_dims=2),
    sizes=st.tuples(*[st.integers(0, 4)] * 3),
    seed=st.integers(0, 1000),
)
def test_products_of_matrices_equal_torch_in_broadcast_batches_too(
    batches: Any, sizes: tuple, seed: int
) -> None:
    (one, other), (n, k, m) = batches.input_shapes, sizes
    check(lambda A, B: A @ B, drawn((*one, n, k), seed), drawn((*other, k, m), seed + 1))


@FEW
@given(shape=st.lists(st.integers(0, 4), min_size=1, max_size=4), seed=st.integers(0, 1000), data=st.data())
def test_sums_along_an_axis_equal_torch(shape: list[int], seed: int, data: Any) -> None:
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    keepdim = data.draw(st.booleans())
    check(lambda x: x.sum(dim, keepdim) * 2, drawn(tuple(shape), seed))


@FEW
@given(pair=mutually_broadcastable_shapes(num_shapes=2, min_side=0, max_side=4, max_dims=4))
def test_undoing_broadcasting_is_sum_to_size(pair: Any) -> None:
    shape = pair.input_shapes[0]
    gradient = drawn(pair.result_shape, 3)
    torch.testing.assert_close(autograd.unbroadcast(gradient, shape), gradient.sum_to_size(shape), **EXACT)


def test_tensors_and_numbers_beside_a_node_are_constants() -> None:
    x, c = drawn((2, 3), 0), drawn((2, 1), 1)
    check(lambda x: c * x + x * c + (c - x) + (x - c) + c / x + x / c, x)
    check(lambda x: drawn((4, 2), 2) @ x, x)
    check(lambda x: x @ drawn((3, 5), 3), x)
    check(lambda x: x * torch.tensor([1, 0, 2]), x)  # of integers, and no gradient goes there
    product = Node(x) * 0.1
    assert torch.equal(product.value, x * 0.1)  # 0.1 in float64, not the 0.1 of float32
    assert (Node(x.float()) * 0.1).value.dtype == torch.float32


def test_a_gradient_has_the_type_of_its_node() -> None:
    x = Node(torch.ones(3))
    (x * torch.ones(3, dtype=torch.float64)).sum().backward()
    assert x.grad.dtype == torch.float32


def test_relu_has_no_slope_at_zero_and_keeps_zero_gradients_zero() -> None:
    x = Node(torch.tensor([-1.0, 0.0, 2.0]))
    x.relu().backward(torch.tensor([math.inf, 1.0, 3.0]))
    assert torch.equal(x.grad, torch.tensor([0.0, 0.0, 3.0]))


# The notes' examples


@pytest.mark.parametrize(
    ("name", "gradient"), [("2 x.x", [0, 4, 8, 12]), ("sum(x)", [1, 1, 1, 1]), ("sum(x * x)", [0, 2, 4, 6])]
)
def test_the_notes_examples_have_their_values_by_both_engines(name: str, gradient: list) -> None:
    x, node = torch.arange(4.0, requires_grad=True), Node(torch.arange(4.0))
    autograd.EXAMPLES[name](x).backward()
    autograd.EXAMPLES[name](node).backward()
    assert x.grad.tolist() == node.grad.tolist() == gradient
    metrics = autograd.examples().metrics
    assert metrics[f"{name}: gradient at 3"] == gradient[3]
    assert metrics[f"{name}: difference from PyTorch"] == 0


def test_gradients_add_up_until_they_are_cleared() -> None:
    x = Node(torch.arange(4.0))
    (2 * (x * x).sum()).backward()
    x.sum().backward()
    assert x.grad.tolist() == [1, 5, 9, 13]
    x.grad.zero_()
    (x * x).backward(torch.ones(4))
    assert x.grad.tolist() == [0, 2, 4, 6]
    with pytest.raises(AttributeError):  # 003 1.5 has x.grad_zero_() once
        torch.ones(1, requires_grad=True).grad_zero_()


def test_the_loss_of_one_example_has_the_notes_gradient() -> None:
    x, w, y = drawn((5,), 0), drawn((5,), 1), drawn((), 2)
    node = Node(w)
    (((node * x).sum() - y) ** 2).backward()
    torch.testing.assert_close(node.grad, 2 * (x @ w - y) * x, **EXACT)  # 003 1.5, 例1


# The graph


def test_a_node_that_is_used_again_and_again_adds_what_comes_back() -> None:
    x = Node(torch.tensor(1.0, dtype=torch.float64))
    y = x
    for _ in range(60):
        y = y + y  # 2^60 paths: an engine that follows each by itself would not end
    y.backward()
    assert x.grad == 2**60


def test_a_long_chain_needs_no_recursion() -> None:
    x = Node(torch.tensor(1.0, dtype=torch.float64))
    y = x
    for _ in range(1500):
        y = y * 1.0
    y.backward()
    assert x.grad == 1


@FEW
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=15), st.integers(0, 100)
)
def test_order_has_every_node_once_and_after_its_operands(pairs: list, seed: int) -> None:
    check_order(pairs, seed)


def check_order(pairs: list[tuple[int, int]], seed: int) -> None:
    nodes = [Node(drawn((), seed))]
    for a, b in pairs:
        nodes.append(nodes[a % len(nodes)] + nodes[b % len(nodes)])
    order = autograd.topological_order(nodes[-1])
    assert len(set(order)) == len(order)
    assert order[-1] is nodes[-1]
    for place, node in enumerate(order):
        assert all(operand in order[:place] for operand, _ in node.edges)


def test_nothing_goes_back_to_constants_or_is_kept_for_them() -> None:
    x, c = Node(torch.ones(2)), Node(torch.ones(2), requires_grad=False)
    y = (c * c + 1) * x
    assert {node.op for node in autograd.topological_order(y)} == {"*", ""}  # c * c + 1 is cut off
    y.sum().backward()
    assert c.grad is None
    assert x.grad.tolist() == [2, 2]


def test_gradients_of_two_leaves_are_two_tensors() -> None:
    a, b = Node(torch.ones(3)), Node(torch.ones(3))
    (a + b).sum().backward()
    a.grad.zero_()
    assert b.grad.tolist() == [1, 1, 1]


def test_backward_frees_the_graph() -> None:
    x = Node(torch.ones(3))
    middle = x.exp()
    y = middle.sum()
    y.backward()
    kept = weakref.ref(middle)
    del middle
    gc.collect()
    assert kept() is None
    assert y.edges == ()


# What is refused


def test_backward_of_several_numbers_asks_for_their_gradient() -> None:
    y = Node(torch.arange(4.0)) * 2
    with pytest.raises(RuntimeError, match=r"gradient: shape \(4,\) is needed, got None; .*y\.sum\(\)"):
        y.backward()
    with pytest.raises(RuntimeError, match=r"gradient: shape \(4,\) is needed, got \(1,\)"):
        y.backward(torch.ones(1))
    y.backward(torch.ones(4))  # what was refused has left no trace
    one = Node(torch.ones(1, 1))
    (3 * one).backward()
    assert one.grad.tolist() == [[3]]


def test_a_second_backward_is_refused_as_by_torch_and_a_new_graph_is_not() -> None:
    for make in (Node, lambda value: value.requires_grad_()):
        x = make(torch.ones(3))
        y = (x * x).sum()
        y.backward()
        with pytest.raises(RuntimeError, match=r"graph has been used|second time"):
            y.backward()
        (x * x).sum().backward()
        assert x.grad.tolist() == [4, 4, 4]


def test_a_part_of_a_used_graph_is_refused_before_anything_is_added() -> None:
    x = Node(torch.ones(3))
    shared = x * x
    shared.sum().backward()
    with pytest.raises(RuntimeError, match="this graph has been used; compute the value again"):
        (shared + x).sum().backward()
    assert x.grad.tolist() == [2, 2, 2]


@pytest.mark.parametrize("which", ["operand", "constant", "result", "view"])
def test_a_value_changed_in_place_is_noticed_as_by_torch(which: str) -> None:
    for make in (Node, lambda value: value.requires_grad_()):
        x, c = make(torch.ones(4)), torch.full((4,), 2.0)
        a = x.reshape(2, 2).reshape(4) if which == "view" else x * 1
        if which in ("operand", "view"):
            c = make(c)  # only then is `a` needed, for the gradient of c
        y = (a * c).exp()
        changed = {"operand": a, "constant": c, "result": y, "view": a}[which]
        with torch.no_grad():
            (changed.value if isinstance(changed, Node) else changed).mul_(3)
        with pytest.raises(RuntimeError, match=r"changed in place|modified by an inplace operation"):
            y.sum().backward()
        assert x.grad is None


def test_augmented_assignment_makes_a_new_node() -> None:
    x = Node(torch.tensor([2.0]))
    y = x
    y *= 3
    y += x
    assert y is not x
    y.backward()
    assert x.grad.tolist() == [4]
    with pytest.raises(TypeError, match="item assignment"):
        x[0] = 1.0


def test_a_leaf_may_be_changed_in_place_between_two_graphs() -> None:
    w = Node(torch.tensor([1.0, 2.0]))
    for _ in range(2):
        (w * w).sum().backward()
        w.value -= 0.25 * w.grad
        w.grad = None
    assert w.value.tolist() == [0.25, 0.5]


def test_without_anything_to_differentiate_backward_is_refused() -> None:
    with pytest.raises(RuntimeError, match="nothing that led to this value needs a gradient"):
        (Node(torch.ones(()), requires_grad=False) * 2).backward()


def test_integers_have_no_gradients() -> None:
    with pytest.raises(
        TypeError, match=r"value: only floats have gradients, got torch\.int64; use value\.float"
    ):
        Node(torch.arange(4))
    assert not Node(torch.arange(4), requires_grad=False).requires_grad


@pytest.mark.parametrize("shape", [(), (3,)])
def test_a_vector_in_a_product_of_matrices_is_refused_by_name(shape: tuple) -> None:
    with pytest.raises(ValueError, match=r"@: matrices are needed, got shapes \(2, 3\), .*; reshape them"):
        Node(torch.ones(2, 3)) @ torch.ones(shape)


def test_the_engine_runs_where_its_values_are(device: torch.device) -> None:
    x = Node(torch.ones(2, 3, device=device))
    ((x * 2 - 1) ** 2 / 3).sum().backward()
    assert x.grad.device.type == device.type


def test_the_graph_shows_values_and_gradients() -> None:
    result = autograd.graph()
    assert result.metrics == {"z": 4.0, "gradient of the first weight": -4.0}
    written = {text.get_text(): text.get_color() for text in result.figure.axes[0].texts}
    for name in ("x", "w", "*", "sum", "+", "**2"):
        assert name in written
    assert written["3  -2"] == "black"  # x * w
    assert written["-4  -8"] == written["-12  4"] == "C3"  # 2 (x.w - y) x, and the same times w
    arrows = [text for text in result.figure.axes[0].texts if getattr(text, "arrow_patch", None)]
    assert len(arrows) == 5


one = lambda name: lambda: check(UNARY[name], drawn((2, 3), 0))  # noqa: E731
two = lambda name: lambda: check(BINARY[name], drawn((2, 3), 0), drawn((3,), 1))  # noqa: E731
product = lambda: check(lambda A, B: A @ B, drawn((3, 3), 0), drawn((3, 3), 1))  # noqa: E731
column = lambda: check(lambda x: x.sum(1), drawn((3, 3), 0) * drawn((3, 3), 1))  # noqa: E731
in_place = lambda: test_a_value_changed_in_place_is_noticed_as_by_torch("constant")  # noqa: E731
second = test_a_second_backward_is_refused_as_by_torch_and_a_new_graph_is_not
MUTANTS = [
    Mutant("Node.__mul__", "lambda g: g * b", "lambda g: g * a", two("a * b"),
           (AssertionError, RuntimeError)),
    Mutant("Node.__matmul__", "lambda g: g @ B.mT", "lambda g: g @ B", product),
    Mutant("Node.__matmul__", "lambda g: A.mT @ g", "lambda g: g @ A.mT", product),
    Mutant("Node.__pow__", "g * k * x ** (k - 1)", "g * x ** (k - 1)", one("x ** 3")),
    Mutant("Node.__pow__", " if k else 0 * g", "",
           lambda: check(UNARY["x ** 0"], torch.zeros(2, dtype=torch.float64))),
    Mutant("Node.exp", "lambda g: g * y", "lambda g: g", one("exp")),
    Mutant("Node.log", "lambda g: g / x", "lambda g: g * x", one("log")),
    Mutant("Node.relu", "x > 0, g, 0", "x >= 0, g, 0",
           test_relu_has_no_slope_at_zero_and_keeps_zero_gradients_zero),
    Mutant("Node.sum", "g.reshape(kept.shape).expand_as(x)", "g.expand_as(x)", column),
    Mutant("Node.backward", "reversed(order)", "order", one("x used three times"),
           (AssertionError, TypeError)),
    Mutant("Node.backward", "check(order)", "", second),
    Mutant("Node.backward", "gradient.shape != self.value.shape", "False",
           test_backward_of_several_numbers_asks_for_their_gradient),
    Mutant("Node.__rsub__", "return -self + other", "return self - other", one("2 - x")),
    Mutant("operand", "dtype=beside.value.dtype, ", "", test_tensors_and_numbers_beside_a_node_are_constants),
    Mutant("record", "if operand.requires_grad", "",
           test_nothing_goes_back_to_constants_or_is_kept_for_them),
    Mutant("record", "(value, *(operand.value for operand, _ in edges))", "(value,)",
           in_place),
    Mutant("topological_order", "stack.append((node, True))", "order.append(node)",
           lambda: check_order([(0, 0), (1, 0), (2, 1)], 0)),
    Mutant("unbroadcast", "if size == 1", "if axis == 0", two("a * b"), (AssertionError, RuntimeError)),
    Mutant("accumulate", " + (0 if node.grad is None else node.grad)", "",
           test_gradients_of_two_leaves_are_two_tensors),
    Mutant("accumulate", ".to(node.value.dtype)", "", test_a_gradient_has_the_type_of_its_node),
    Mutant("check", "if node.used", "if False", second, (*mutants.RED, TypeError)),
    Mutant("check", "if not node.requires_grad", "if False",
           test_without_anything_to_differentiate_backward_is_refused),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(autograd, MUTANTS)
