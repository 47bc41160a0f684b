"""Linear regression: the page against the helpers and the framework, and what training finds."""

import inspect
from collections.abc import Callable, Sequence

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from torch import Tensor, nn

import d2lcore as d2l
from chapters import linear_regression as lr

F64 = torch.float64
EXACT = {"rtol": 1e-10, "atol": 1e-10}


# Descent


def test_loss_and_gradients_equal_nn_on_the_same_weights() -> None:
    net = nn.Linear(3, 1, dtype=F64)
    w = net.weight.detach().T.clone().requires_grad_()
    b = net.bias.detach().clone().requires_grad_()
    X, y = torch.randn(8, 3, dtype=F64), torch.randn(8, 1, dtype=F64)
    mine, theirs = d2l.squared_loss(d2l.linreg(X, w, b), y), lr.half_mse(net(X), y)
    torch.testing.assert_close(mine, theirs, **EXACT)
    mine.mean().backward()
    theirs.mean().backward()
    torch.testing.assert_close(w.grad.T, net.weight.grad, **EXACT)
    torch.testing.assert_close(b.grad, net.bias.grad, **EXACT)
    assert w.grad.abs().min() > 1e-3


def test_mse_loss_of_torch_has_twice_the_gradient_of_the_notes_loss() -> None:
    y_hat = torch.randn(8, 1, dtype=F64, requires_grad=True)
    y = torch.randn(8, 1, dtype=F64)
    (of_torch,) = torch.autograd.grad(nn.MSELoss()(y_hat, y), y_hat)
    (of_notes,) = torch.autograd.grad(d2l.squared_loss(y_hat, y).mean(), y_hat)
    torch.testing.assert_close(of_torch, 2 * of_notes, **EXACT)


def test_gradient_of_the_mean_loss_points_away_from_the_labels() -> None:
    X, y = torch.randn(40, 6, dtype=F64) + 3, torch.randn(40, 1, dtype=F64)
    w = torch.zeros(6, 1, dtype=F64, requires_grad=True)
    d2l.squared_loss(X @ w, y).mean().backward()
    torch.testing.assert_close(w.grad, -X.T @ (y - X @ w.detach()) / len(X), **EXACT)


VARIANTS = [lr.scratch, lr.concise]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("seed", range(5))
def test_true_parameters_are_recovered(variant: object, seed: int) -> None:
    metrics = variant(seed=seed, device="cpu").metrics
    assert metrics["largest_error"] < 0.01  # the first w and b are off by 2 to 4.2
    assert [metrics[name] for name in ("w1", "w2", "b")] == pytest.approx([2, -3.4, 4.2], abs=0.01)
    assert metrics["train_loss"] < 2 * 0.01**2 / 2  # the noise alone leaves half its variance


def test_scratch_and_concise_take_the_same_knobs_and_end_alike() -> None:
    one, other = (variant(device="cpu", noise=0.5).history["train_loss"] for variant in VARIANTS)
    assert one[-1] == pytest.approx(other[-1], rel=0.1)  # other examples in another order, of noise 0.5
    assert inspect.signature(VARIANTS[0]) == inspect.signature(VARIANTS[1])


def test_reported_are_the_parameters_and_the_largest_of_their_errors() -> None:
    w, b = torch.tensor([[2.1], [-3.1]], requires_grad=True), torch.tensor([4.15], requires_grad=True)
    history = d2l.History()
    history.add(epoch=1, train_loss=0.5)
    X = torch.randn(4, 2)
    metrics = lr.compare_with_truth(lambda X: X @ w + b, w, b, X, X[:, :1], history).metrics
    assert metrics == pytest.approx(
        {"w1": 2.1, "w2": -3.1, "b": 4.15, "largest_error": 0.3, "epoch": 1, "train_loss": 0.5}, rel=1e-6
    )
    far = lr.compare_with_truth(lambda X: X @ w, w, b - 1, X, X[:, :1], history).metrics
    assert far["largest_error"] == pytest.approx(1.05, rel=1e-5)


# The page beside the helpers of the same names


def examples(n: int = 7) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """X (n, 3), y (n, 1), and w (3, 1), b (1,) that require a gradient."""
    w, b = torch.randn(3, 1, dtype=F64, requires_grad=True), torch.randn(1, dtype=F64, requires_grad=True)
    return torch.randn(n, 3, dtype=F64), torch.randn(n, 1, dtype=F64), w, b


def test_the_pages_functions_equal_the_helpers() -> None:
    X, y, w, b = examples()
    torch.manual_seed(3)
    mine = lr.synthetic_data(lr.TRUE_W, lr.TRUE_B, 50, 0.1)
    torch.manual_seed(3)
    torch.testing.assert_close(mine, d2l.synthetic_data(lr.TRUE_W, lr.TRUE_B, 50, noise=0.1))
    losses = lr.squared_loss(lr.linreg(X, w, b), y), d2l.squared_loss(d2l.linreg(X, w, b), y)
    torch.testing.assert_close(*losses, rtol=0, atol=1e-12)
    grads = [torch.autograd.grad(l.sum(), (w, b)) for l in losses]
    torch.testing.assert_close(*grads, rtol=0, atol=1e-12)


def stepped(sgd: Callable, grads: Sequence[Tensor], w: Tensor, b: Tensor) -> list[Tensor]:
    """w, b and their gradients after a step of `sgd` from these gradients."""
    params = [one.detach().clone().requires_grad_() for one in (w, b)]
    for param, grad in zip(params, grads, strict=True):
        param.grad = grad.clone()
    sgd(params, 0.3, 7)
    return [*(one.detach() for one in params), *(one.grad for one in params)]


def test_the_pages_step_equals_the_helpers() -> None:
    X, y, w, b = examples()
    grads = torch.autograd.grad(d2l.squared_loss(d2l.linreg(X, w, b), y).sum(), (w, b))
    mine = stepped(lr.sgd, grads, w, b)
    torch.testing.assert_close(mine, stepped(d2l.sgd, grads, w, b), rtol=0, atol=1e-12)
    assert not any(grad.any() for grad in mine[2:])


def test_a_pass_equals_steps_of_torchs_sgd_on_the_mean_loss() -> None:
    X, y, w, b = examples()
    net = nn.Linear(3, 1, dtype=F64)
    with torch.no_grad():
        net.weight.copy_(w.T)
        net.bias.copy_(b)
    torch.manual_seed(5)
    lr.train(X, y, w, b, 0.1, 2, 4)  # batches of four and three, twice
    updater = torch.optim.SGD(net.parameters(), lr=0.1)
    torch.manual_seed(5)
    for _ in range(2):
        for rows in torch.randperm(7).split(4):
            updater.zero_grad()
            lr.half_mse(net(X[rows]), y[rows]).mean().backward()
            updater.step()
    torch.testing.assert_close(w.detach().T, net.weight.detach(), rtol=0, atol=1e-12)
    torch.testing.assert_close(b.detach(), net.bias.detach(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_huge_learning_rate_diverges_and_says_so(variant: object) -> None:
    with pytest.raises(d2l.TrainingDiverged, match="try"):
        variant(lr=100.0, device="cpu")


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"num_epochs": 0}, "num_epochs: must be at least 1"),
        ({"device": "gpu"}, "device: 'gpu' is not a device"),
        ({"seed": -1}, "seed: must be in"),
    ],
)
@pytest.mark.parametrize("variant", VARIANTS)
def test_bad_knobs(variant: object, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variant(**{"device": "cpu", **knobs})


def test_data_come_from_the_rule() -> None:
    X, y = lr.synthetic_data(lr.TRUE_W, lr.TRUE_B, 5000, 0.5)
    noise = y - X @ lr.TRUE_W - lr.TRUE_B
    # Of 5,000 draws: five standard errors of a mean, a deviation and a deviation; false alarm below 1e-5.
    assert abs(noise.mean()) < 5 * 0.5 / 5000**0.5
    assert abs(noise.std() - 0.5) < 5 * 0.5 / 10000**0.5
    assert (X.std(dim=0) - 1).abs().max() < 5 / 10000**0.5


@pytest.mark.parametrize("variant", VARIANTS)
def test_figure_has_the_two_lines_and_the_loss(variant: object) -> None:
    result = variant(device="cpu", num_epochs=2)
    left, middle, right = result.figure.axes
    slope = [
        np.diff(axes.lines[0].get_ydata()) / np.diff(axes.lines[0].get_xdata()) for axes in (left, middle)
    ]
    assert np.ravel(slope) == pytest.approx([2, -3.4], abs=0.05)
    assert list(right.lines[0].get_ydata()) == result.history["train_loss"]
    assert result.net(torch.zeros(1, 2)).item() == pytest.approx(4.2, abs=0.05)
    assert {name: float(result.weights[name].sum()) for name in "wb"} == pytest.approx(
        {"w": result.metrics["w1"] + result.metrics["w2"], "b": result.metrics["b"]}
    )


MUTANTS = [
    Mutant("synthetic_data", "+ torch.normal", "- 2 * torch.normal", test_data_come_from_the_rule),
    Mutant("synthetic_data", "y = X @ w + b", "y = X @ w - b", test_data_come_from_the_rule),
    Mutant("linreg", "return X @ w + b", "return X @ w - b", test_the_pages_functions_equal_the_helpers),
    Mutant("squared_loss", "** 2 / 2", "** 2", test_the_pages_functions_equal_the_helpers),
    Mutant("sgd", "/ batch_size", "", test_the_pages_step_equals_the_helpers),
    Mutant("sgd", "param.grad.zero_()", "pass", test_the_pages_step_equals_the_helpers),
    Mutant("sgd", "-= lr", "+= lr", test_the_pages_step_equals_the_helpers),
    Mutant("train", "len(batch))", "batch_size)", test_a_pass_equals_steps_of_torchs_sgd_on_the_mean_loss),
    Mutant("train", "randperm(len(X))", "arange(len(X))",
           test_a_pass_equals_steps_of_torchs_sgd_on_the_mean_loss),
    Mutant("half_mse", '"none") / 2', '"none")', test_loss_and_gradients_equal_nn_on_the_same_weights),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(lr, MUTANTS)
