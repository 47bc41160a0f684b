"""The linear model of the notes against PyTorch's."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

import d2lcore as d2l


def test_linreg_and_squared_loss_equal_the_framework_with_gradients(device: torch.device) -> None:
    X = torch.randn(7, 3, dtype=torch.float64, device=device)
    y = torch.randn(7, 1, dtype=torch.float64, device=device)
    layer = nn.Linear(3, 1, dtype=torch.float64, device=device)
    w = layer.weight.detach().T.clone().requires_grad_()
    b = layer.bias.detach().clone().requires_grad_()
    mine = d2l.squared_loss(d2l.linreg(X, w, b), y).sum()
    theirs = nn.MSELoss(reduction="sum")(layer(X), y) / 2  # MSELoss has no factor 1/2 (errata 7)
    mine.backward()
    theirs.backward()
    torch.testing.assert_close(mine, theirs, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(w.grad.T, layer.weight.grad, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(b.grad, layer.bias.grad, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("bias", [2.0, torch.tensor(2.0), torch.tensor([2.0])], ids=["float", "0-d", "1-d"])
def test_linreg_takes_every_bias_of_the_notes(bias: float | torch.Tensor) -> None:
    X, w = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[1.0], [10.0]])
    assert d2l.linreg(X, w, bias).tolist() == [[23.0], [45.0]]
    assert d2l.linreg(X, w[:, 0], bias).tolist() == [23.0, 45.0]


def test_linreg_of_a_matrix_rounds_as_nn_linear_does() -> None:
    # Exactly equal, so that scratch and concise chapters agree epoch by epoch.
    W, b, X = torch.randn(784, 256), torch.randn(256), torch.rand(256, 784)
    layer = nn.Linear(784, 256)
    layer.weight, layer.bias = nn.Parameter(W.T), nn.Parameter(b)
    assert torch.equal(d2l.linreg(X, W, b), layer(X))


def test_linreg_names_the_wrong_number_of_features() -> None:
    with pytest.raises(ValueError, match=r"X, w: .*\(5, 3\) has 3 features .* weighs 2"):
        d2l.linreg(torch.ones(5, 3), torch.ones(2, 1), torch.zeros(1))


def test_squared_loss_reads_a_flat_y_as_a_column() -> None:
    y_hat, y = torch.tensor([[1.0], [2.0], [4.0]]), torch.tensor([1.0, 4.0, 1.0])
    assert d2l.squared_loss(y_hat, y).tolist() == [[0.0], [2.0], [4.5]]


def test_squared_loss_refuses_to_broadcast() -> None:
    with pytest.raises(ValueError, match=r"y: 1 labels of shape \(1,\) for 3 predictions of shape \(3, 1\)"):
        d2l.squared_loss(torch.ones(3, 1), torch.ones(1))


def test_sgd_equals_torch_sgd_on_the_mean_loss() -> None:
    X, y = torch.randn(8, 3, dtype=torch.float64), torch.randn(8, 1, dtype=torch.float64)
    mine = torch.randn(3, 1, dtype=torch.float64).requires_grad_()
    theirs = mine.detach().clone().requires_grad_()
    optimizer = torch.optim.SGD([theirs], lr=0.3)
    for _ in range(3):
        d2l.squared_loss(X @ mine, y).sum().backward()
        d2l.sgd([mine], 0.3, len(X))
        optimizer.zero_grad()
        d2l.squared_loss(X @ theirs, y).mean().backward()
        optimizer.step()
        torch.testing.assert_close(mine, theirs, rtol=1e-12, atol=1e-12)


def test_sgd_clears_the_gradients_and_takes_a_generator() -> None:
    w = torch.ones(2, requires_grad=True)
    (w * torch.tensor([2.0, 4.0])).sum().backward()
    d2l.sgd((p for p in [w]), lr=0.5, batch_size=2)
    assert w.tolist() == [0.5, 0.0]
    assert w.grad.tolist() == [0.0, 0.0]


def test_sgd_changes_nothing_when_a_gradient_is_missing() -> None:
    w, b = torch.ones(2, requires_grad=True), torch.zeros(1, requires_grad=True)
    w.sum().backward()
    with pytest.raises(RuntimeError, match=r"parameter 1 of shape \(1,\) has no gradient"):
        d2l.sgd([w, b], 0.1, 4)
    assert w.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(("size", "error"), [(0, ValueError), (-3, ValueError), (2.5, TypeError)])
@pytest.mark.usefixtures("unchecked")
def test_sgd_refuses_a_batch_size(size: float, error: type[Exception]) -> None:
    with pytest.raises(error, match="batch_size: "):
        d2l.sgd([], 0.1, size)


@pytest.mark.parametrize(
    ("lr", "message"),
    [
        (-0.1, "lr: a learning rate cannot be negative, got -0.1"),
        (float("nan"), "lr: must be a finite number, got nan"),
        (float("inf"), "lr: must be a finite number, got inf"),
    ],
)
def test_sgd_refuses_to_climb(lr: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        d2l.sgd([], lr, 4)


def test_sgd_names_parameters_that_are_used_up() -> None:
    net = nn.Linear(2, 1)
    params = net.parameters()
    net(torch.ones(1, 2)).sum().backward()
    d2l.sgd(params, 0.1, 1)
    with pytest.raises(ValueError, match=r"params: there are none; a generator .* keep list\(net"):
        d2l.sgd(params, 0.1, 1)


@pytest.mark.parametrize(
    ("w", "b", "message"),
    [
        ((4, 1), (20,), r"b: shape \(20,\) for w of shape \(4, 1\); one number for each of the 1 outputs"),
        ((4,), (20,), r"b: shape \(20,\) for w of shape \(4,\)"),
        ((4, 3), (3, 1), r"b: shape \(3, 1\) for w of shape \(4, 3\); .* shape \(3,\)"),
    ],
)
def test_linreg_refuses_a_bias_that_would_broadcast(w: tuple, b: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        d2l.linreg(torch.ones(20, 4), torch.ones(w), torch.ones(b))


def test_linreg_takes_a_row_of_biases_and_names_types_that_differ() -> None:
    X, w, row = torch.ones(2, 3), torch.ones(3, 2), torch.tensor([[1.0, 2.0]])
    assert d2l.linreg(X, w, row).tolist() == [[4.0, 5.0]] * 2
    with pytest.raises(ValueError, match=r"X, w, b: .*double"):
        d2l.linreg(X.double(), w, 0.0)


@pytest.mark.parametrize("shapes", [((2, 3), (3, 2)), ((3, 3), (3,)), ((3, 1), (1, 3))])
def test_squared_loss_refuses_other_shapes_of_as_many_values(shapes: tuple) -> None:
    with pytest.raises(ValueError, match=r"y: \d labels of shape"):
        d2l.squared_loss(torch.ones(shapes[0]), torch.ones(shapes[1]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: d2l.linreg([[1.0]], torch.ones(1), 0.0), "X: expected a tensor, got a list"),
        (lambda: d2l.linreg(torch.ones(2, 1), None, 0.0), "w: expected a tensor, got None"),
        (lambda: d2l.linreg(torch.ones(2, 1), torch.ones(1), "0"), "b: expected a number, got '0'"),
        (lambda: d2l.squared_loss(1.0, torch.ones(1)), "y_hat: expected a tensor, got 1.0"),
        (lambda: d2l.sgd(torch.ones(2), 0.1, 1), "params: expected a list of parameters, such as"),
        (lambda: d2l.sgd([None], 0.1, 1), "params: expected a tensor, got None"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_what_is_no_tensor_is_named(call: Callable, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call()
