"""Backpropagation: by hand against autograd, the graph, and training without autograd."""

import inspect
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from recording import recorded
from torch import Tensor
from torch.nn import functional as F

import d2lcore as d2l
from chapters import backpropagation as bp
from chapters import mlp
from chapters.figures import backpropagation as figures
from chapters.matrix_calculus import numerical_jacobian

CPU = torch.device("cpu")
# The same sums in another order: a few roundings of 1e-16, on values of about 1.
EXACT = {"rtol": 1e-12, "atol": 1e-12}
FRAMEWORK = {
    "ReLU": F.relu,
    "pReLU": lambda X: F.leaky_relu(X, 0.25),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
}


def example(n: int = 7, d: int = 5, h: int = 4, q: int = 3, device: torch.device = CPU) -> tuple:
    """X, y, W1, W2 of a small problem in float64."""
    X, W1, W2 = (torch.randn(shape, dtype=torch.float64, device=device) for shape in ((n, d), (h, d), (q, h)))
    return X, torch.randint(q, (n,), device=device), W1, W2


def by_autograd(X: Tensor, y: Tensor, W1: Tensor, W2: Tensor, lambd: float, phi: Callable) -> tuple:
    """The values and gradients that PyTorch finds, under the names of the chapter."""
    W1, W2 = W1.clone().requires_grad_(), W2.clone().requires_grad_()
    Z = F.linear(X, W1)
    H = phi(Z)
    O = F.linear(H, W2)
    L = F.cross_entropy(O, y)
    s = lambd / 2 * (torch.linalg.matrix_norm(W1) ** 2 + torch.linalg.matrix_norm(W2) ** 2)
    J = L + s
    values = {"Z": Z, "H": H, "O": O, "L": L, "s": s, "J": J}
    inputs = {"L": L, "s": s, "O": O, "W2": W2, "H": H, "Z": Z, "W1": W1}
    return values, dict(zip(inputs, torch.autograd.grad(J, list(inputs.values())), strict=True))


@pytest.mark.parametrize("name", FRAMEWORK)
@pytest.mark.parametrize("lambd", [0.0, 0.3])
def test_every_value_and_gradient_equals_autograd(name: str, lambd: float, device: torch.device) -> None:
    X, y, W1, W2 = example(device=device)
    phi, phi_derivative = mlp.ACTIVATIONS[name]
    kept = bp.forward(X, y, W1, W2, lambd, phi)
    gradients = bp.backward(X, y, W1, W2, kept, lambd, phi_derivative)
    values, expected = by_autograd(X, y, W1, W2, lambd, FRAMEWORK[name])
    assert list(kept) == list(values)
    assert list(gradients) == list(expected)
    for key in values:
        torch.testing.assert_close(kept[key], values[key].detach(), **EXACT)
    for key in expected:
        torch.testing.assert_close(gradients[key], expected[key], **EXACT)
        assert gradients[key].abs().max() > 1e-3  # gradients that are all zero would agree too


def test_relu_is_the_default_and_no_penalty() -> None:
    X, y, W1, W2 = example()
    kept = bp.forward(X, y, W1, W2)
    assert kept["J"] == kept["L"]
    _, expected = by_autograd(X, y, W1, W2, 0.0, F.relu)
    torch.testing.assert_close(bp.backward(X, y, W1, W2, kept)["W1"], expected["W1"], **EXACT)


def test_a_batch_is_the_mean_of_the_formulas_for_one_example() -> None:
    X, y, W1, W2 = example()
    lambd = 0.3
    kept = bp.forward(X, y, W1, W2, lambd, mlp.tanh)
    batch = bp.backward(X, y, W1, W2, kept, lambd, mlp.tanh_derivative)
    dW1, dW2 = torch.zeros_like(W1), torch.zeros_like(W2)
    for i, (x, label) in enumerate(zip(X, y, strict=True)):
        z = W1 @ x
        h = torch.tanh(z)
        o = W2 @ h
        torch.testing.assert_close(kept["Z"][i], z, **EXACT)
        torch.testing.assert_close(kept["O"][i], o, **EXACT)
        do = o.softmax(dim=0) - F.one_hot(label, len(o))
        dz = (W2.T @ do) * (1 - h**2)
        dW2 += (torch.outer(do, h) + lambd * W2) / len(X)
        dW1 += (torch.outer(dz, x) + lambd * W1) / len(X)
    torch.testing.assert_close(batch["W1"], dW1, **EXACT)
    torch.testing.assert_close(batch["W2"], dW2, **EXACT)


def test_the_notes_gradient_of_z_multiplies_by_W2_once_too_often() -> None:
    X, y, W1, W2 = example(n=1, h=3, q=3)  # only where h = q has the product of 004 3.7.2 a shape at all
    kept = bp.forward(X, y, W1, W2, phi=mlp.tanh)
    gradients = bp.backward(X, y, W1, W2, kept, phi_derivative=mlp.tanh_derivative)
    _, expected = by_autograd(X, y, W1, W2, 0.0, torch.tanh)
    of_the_notes = (W2.T @ gradients["H"][0]) * mlp.tanh_derivative(kept["Z"][0])
    assert (of_the_notes - expected["Z"][0]).abs().max() > 0.01
    torch.testing.assert_close(gradients["Z"], expected["Z"], **EXACT)
    X, y, W1, W2 = example(n=1, h=4, q=3)
    dH = bp.backward(X, y, W1, W2, bp.forward(X, y, W1, W2))["H"]
    with pytest.raises(RuntimeError):
        W2.T @ dH[0]


@pytest.mark.parametrize("scale", [1e4, 1e-30])
def test_extreme_scores(scale: float) -> None:
    X, y, W1, W2 = example()
    kept = bp.forward(X, y, W1, scale * W2, 0.1)
    gradients = bp.backward(X, y, W1, scale * W2, kept, 0.1)
    _, expected = by_autograd(X, y, W1, scale * W2, 0.1, F.relu)
    for key in expected:
        assert gradients[key].isfinite().all()
        torch.testing.assert_close(gradients[key], expected[key], rtol=1e-12, atol=1e-12 * max(scale, 1))


def test_one_example_transposed_inputs_and_float32() -> None:
    X, y, W1, W2 = (tensor.float() if tensor.is_floating_point() else tensor for tensor in example(n=1))
    X, W1 = X.T.contiguous().T, W1.T.contiguous().T
    kept = bp.forward(X, y, W1, W2, 0.1)
    gradients = bp.backward(X, y, W1, W2, kept, 0.1)
    assert {tensor.dtype for tensor in (*kept.values(), *gradients.values())} == {torch.float32}
    _, expected = by_autograd(X, y, W1, W2, 0.1, F.relu)
    torch.testing.assert_close(gradients["W1"], expected["W1"])


# Any number of layers


def layers(widths: tuple, device: torch.device = CPU) -> tuple:
    """Inputs, weights and the activations' names of a network that has another activation in each layer."""
    X = torch.randn(6, widths[0], dtype=torch.float64, device=device)
    Ws = [torch.randn(m, n, dtype=torch.float64, device=device) for n, m in pairwise(widths)]
    names = (["tanh", "ReLU", "sigmoid", "pReLU"] * len(Ws))[: len(Ws)]
    return X, Ws, names


@pytest.mark.parametrize("widths", [(5, 3), (5, 4, 6, 2, 3), (4,) * 9, (5,)])
def test_any_number_of_layers_equals_autograd(widths: tuple, device: torch.device) -> None:
    X, Ws, names = layers(widths, device)
    y = torch.randint(widths[-1], (6,), device=device)
    phis, derivatives = zip(*(mlp.ACTIVATIONS[name] for name in names), strict=True) if names else ((), ())
    Xs, Zs = bp.forward_layers(X, Ws, phis)
    gradient = (Xs[-1].softmax(dim=1) - F.one_hot(y, widths[-1])) / 6
    dWs, dXs = bp.backward_layers(Xs, Zs, Ws, derivatives, gradient)

    x, leaves = X.clone().requires_grad_(), [W.clone().requires_grad_() for W in Ws]
    values = [x]
    for W, name in zip(leaves, names, strict=True):
        values.append(FRAMEWORK[name](F.linear(values[-1], W)))
    expected = torch.autograd.grad(F.cross_entropy(values[-1], y), leaves + values)
    assert len(dWs) == len(Ws) == len(Zs)
    assert len(Xs) == len(dXs) == len(widths)
    for mine, theirs in zip([*dWs, *dXs], expected, strict=True):
        torch.testing.assert_close(mine, theirs, **EXACT)
        assert mine.abs().max() > 1e-6
    for mine, theirs in zip(Xs, values, strict=True):
        torch.testing.assert_close(mine, theirs.detach(), **EXACT)


def test_two_layers_are_the_network_with_one_hidden_layer() -> None:
    X, y, W1, W2 = example()
    kept = bp.forward(X, y, W1, W2)
    gradients = bp.backward(X, y, W1, W2, kept)
    Xs, Zs = bp.forward_layers(X, [W1, W2], [mlp.relu, lambda Z: Z])
    assert torch.equal(Xs[2], kept["O"])
    ones = [mlp.relu_derivative, torch.ones_like]
    dWs, dXs = bp.backward_layers(Xs, Zs, [W1, W2], ones, gradients["O"])
    assert torch.equal(dWs[0], gradients["W1"])
    assert torch.equal(dWs[1], gradients["W2"])
    assert torch.equal(dXs[1], gradients["H"])


def test_layers_on_meta_and_without_examples() -> None:
    Ws = [torch.ones(4, 3, device="meta"), torch.ones(2, 4, device="meta")]
    Xs, Zs = bp.forward_layers(torch.ones(5, 3, device="meta"), Ws, [mlp.relu] * 2)
    dWs, _ = bp.backward_layers(Xs, Zs, Ws, [mlp.relu_derivative] * 2, Xs[-1])
    assert [dW.shape for dW in dWs] == [W.shape for W in Ws]
    assert bp.forward_layers(torch.ones(0, 3), [torch.ones(4, 3)], [mlp.relu])[0][1].shape == (0, 4)


# Gradient check


def test_gradients_by_hand_pass_the_gradient_check() -> None:
    X, y, W1, W2 = example()
    kept = bp.forward(X, y, W1, W2, 0.3, mlp.sigmoid)
    gradients = bp.backward(X, y, W1, W2, kept, 0.3, mlp.sigmoid_derivative)
    by_differences = {
        "W1": numerical_jacobian(lambda W: bp.forward(X, y, W, W2, 0.3, mlp.sigmoid)["J"], W1),
        "W2": numerical_jacobian(lambda W: bp.forward(X, y, W1, W, 0.3, mlp.sigmoid)["J"], W2),
    }
    for key, slope in by_differences.items():
        # eps^2 = 1e-10 times a third derivative of order 1; rounding 1e-16 / eps = 1e-11
        torch.testing.assert_close(gradients[key], slope, rtol=0, atol=1e-9)


def test_gradient_check_reports_the_smallest_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = recorded(monkeypatch, bp, "relative_errors")
    metrics = bp.gradient_check(num_hiddens=2, seed=3).metrics
    assert metrics == {"float32_error": min(errors[0]), "float64_error": min(errors[1])}
    for (X, y, W1, W2, steps), dtype in zip(errors.arguments, (torch.float32, torch.float64), strict=True):
        assert (X.shape, W1.shape, W2.shape) == ((8, 4), (2, 4), (3, 2))
        assert {X.dtype, W1.dtype, W2.dtype} == {dtype}
        assert set(y.tolist()) == {0, 1, 2}
        assert steps == pytest.approx(np.logspace(-11, 0, 45))


def test_relative_error_is_over_the_largest_entry() -> None:
    X, W1, W2 = (torch.randn(shape, dtype=torch.float64) for shape in ((5, 4), (2, 4), (3, 2)))
    y, by_hand = torch.arange(5) % 3, None
    W1.requires_grad_()
    J = F.cross_entropy(torch.tanh(X @ W1.T) @ W2.T, y) + 0.05 * ((W1**2).sum() + (W2**2).sum())
    (by_hand,) = torch.autograd.grad(J, W1)
    expected = []
    with torch.no_grad():
        for eps in (0.5, 1e-2):
            found = numerical_jacobian(lambda W: bp.forward(X, y, W, W2, 0.1, mlp.tanh)["J"], W1, eps)
            expected.append(((found - by_hand).abs().max() / by_hand.abs().max()).item())
        assert bp.relative_errors(X, y, W1, W2, [0.5, 1e-2]) == pytest.approx(expected, rel=1e-6)


def test_gradient_check_has_its_best_step_near_the_cube_root_of_the_precision() -> None:
    result = bp.gradient_check()
    assert result.metrics["float64_error"] < 1e-9
    assert 1e-6 < result.metrics["float32_error"] < 1e-3
    for line, dtype in zip(result.figure.axes[0].lines, (torch.float32, torch.float64), strict=True):
        best = line.get_xdata()[line.get_ydata().argmin()]
        assert 0.1 < best / torch.finfo(dtype).eps ** (1 / 3) < 10


# The computational graph


def test_graph_shows_values_and_gradients_from_lower_left_to_upper_right() -> None:
    result = bp.graph(lambd=0.1)
    axes = result.figure.axes[0]
    written = {text.get_text(): text.get_color() for text in axes.texts}
    X, y = torch.tensor([[1.0, 2.0]]), torch.tensor([1])
    W1, W2 = torch.tensor([[0.5, 0.5], [1.0, -1.0]]), torch.tensor([[1.0, -0.5], [-1.0, 2.0]])
    values, gradients = by_autograd(X, y, W1, W2, 0.1, F.relu)
    assert written.get("$W_1$\n0.5  0.5\n1  -1") == written.get("$H$\n1.5  0") == "black"
    for name in ("L", "s", "J"):
        assert f"${name}$\n{values[name].item():.2f}" in written
        assert result.metrics[name] == pytest.approx(values[name].item(), rel=1e-6)
    assert written["\n".join("  ".join(f"{g:.3g}" for g in row) for row in gradients["W1"].tolist())] == "C3"
    assert written["1"] == "C3"  # of L, s and J
    assert written["1.91  0"] == "C3"  # of Z, and not -0
    places = figures.VARIABLES.values()
    assert figures.VARIABLES["X"] == (min(x for x, _ in places), min(y for _, y in places))
    assert figures.VARIABLES["J"] == (max(x for x, _ in places), max(y for _, y in places))


def test_every_arrow_but_those_from_the_data_has_one_back() -> None:
    flow = [tuple(arrow.split("-")) for arrow in figures.FLOW.split()]
    assert {name for arrow in flow for name in arrow} == {*figures.VARIABLES, *figures.OPERATORS}
    assert all((start in figures.VARIABLES) != (end in figures.VARIABLES) for start, end in flow)
    arrows = [text.arrow_patch for text in bp.graph().figure.axes[0].texts if hasattr(text, "arrow_patch")]
    arrows = [arrow.get_edgecolor() for arrow in arrows if arrow is not None]
    black = [color for color in arrows if color[:3] == (0, 0, 0)]
    assert (len(black), len(arrows) - len(black)) == (len(flow), len(flow) - 2)


# Training


VARIANTS = [bp.scratch, bp.concise]
KNOBS = {"device": "cpu", "num_epochs": 2}


def weights(result: d2l.Result) -> tuple[Tensor, Tensor]:
    """W1 and W2 of the network that `scratch` has trained."""
    return result.weights["W1"], result.weights["W2"]


def test_scratch_and_concise_have_the_same_knobs() -> None:
    assert inspect.signature(bp.scratch) == inspect.signature(bp.concise)


@pytest.mark.parametrize(("seed", "num_epochs"), [(0, 15), (1, 1)])
def test_one_seed_gives_scratch_and_concise_the_same_losses(seed: int, num_epochs: int) -> None:
    one, other = (variant(device="cpu", num_epochs=num_epochs, seed=seed) for variant in VARIANTS)
    for column in ("train_loss", "train_acc", "test_acc"):
        assert one.history[column] == pytest.approx(other.history[column], abs=1e-4)
    for mine, theirs in zip(weights(one), other.net.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs.detach(), rtol=0, atol=1e-4)
    assert one.history["train_loss"][0] != bp.scratch(**KNOBS, seed=7).history["train_loss"][0]
    assert list(one.figures) == list(other.figures) == ["training"]
    if num_epochs == 15:
        assert one.metrics["test_acc"] > 0.94  # an untrained net has 0.10, a linear one 0.95 at best
        assert one.metrics["train_loss"] < 0.1


def test_scratch_has_no_use_for_autograd(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise AssertionError("autograd was called")

    for owner, name in ((torch.Tensor, "backward"), (torch.autograd, "backward"), (torch.autograd, "grad")):
        monkeypatch.setattr(owner, name, fail)
    result = bp.scratch(**KNOBS)
    assert result.metrics["train_loss"] < 1.2  # it starts at log(10) = 2.3
    for W in weights(result):
        assert not W.requires_grad
        assert W.grad is None
    with pytest.raises(AssertionError, match="autograd was called"):
        bp.concise(**KNOBS)


def test_the_penalty_shrinks_the_weights_of_both_alike() -> None:
    (free, _), (penalised, _) = (weights(bp.scratch(**KNOBS, lambd=lambd)) for lambd in (0.0, 0.05))
    assert penalised.norm() < 0.8 * free.norm()
    by_optimizer = bp.concise(**KNOBS, lambd=0.05).net[1].weight.detach()
    torch.testing.assert_close(penalised, by_optimizer, rtol=0, atol=1e-4)


def test_the_net_is_the_forward_pass() -> None:
    result = bp.scratch(**KNOBS)
    W1, W2 = weights(result)
    images, y = torch.rand(7, 1, 8, 8), torch.randint(10, (7,))
    kept = bp.forward(images.flatten(start_dim=1), y, W1, W2)
    torch.testing.assert_close(result.net(images), kept["O"])
    assert result.net(images[:0]).shape == (0, 10)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_huge_step_is_called_divergence(variant: object) -> None:
    with pytest.raises(d2l.TrainingDiverged, match="epoch 1"):
        variant(**KNOBS, lr=1e6)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"data": "digit"}, "data: there is no 'digit'; did you mean 'digits'"),
        ({"batch_size": 0}, "batch_size: must be at least 1"),
        ({"num_epochs": 0}, "num_epochs: must be at least 1"),
        ({"num_hiddens": 0}, "num_hiddens: must be at least 1"),
        ({"seed": -1}, "seed: must be in"),
        ({"device": "gpu"}, "device: 'gpu' is not a device"),
    ],
)
@pytest.mark.parametrize("variant", VARIANTS)
def test_bad_knobs(variant: object, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variant(**{**KNOBS, **knobs})


equals_autograd = partial(test_every_value_and_gradient_equals_autograd, "tanh", 0.3, CPU)
equals_autograd_in_layers = partial(test_any_number_of_layers_equals_autograd, (5, 4, 6, 2, 3), CPU)
equal_widths = partial(test_any_number_of_layers_equals_autograd, (4,) * 9, CPU)
MUTANTS = [
    Mutant("forward", "lambd / 2", "lambd", equals_autograd),
    Mutant("forward", ".mean()", ".sum()", equals_autograd),
    Mutant("forward", "phi(Z)", "relu(Z)", equals_autograd),
    Mutant("forward", "(W2**2).sum()", "W2.sum() ** 2", equals_autograd),
    Mutant("backward", "dH * phi_derivative", "dH @ W2.T @ W2 * phi_derivative", equals_autograd),
    Mutant("backward", " / len(y)", "", equals_autograd),
    Mutant("backward", 'phi_derivative(kept["Z"])', 'phi_derivative(kept["H"])', equals_autograd),
    Mutant("backward", "+ ds * lambd * W1", "", equals_autograd),
    Mutant("backward", "ds * lambd * W2", "2 * ds * lambd * W2", equals_autograd),
    Mutant("relative_errors", "- by_hand", "", test_relative_error_is_over_the_largest_entry),
    Mutant("forward_layers", "phi(Zs[-1])", "phis[0](Zs[-1])", equals_autograd_in_layers),
    Mutant("backward_layers", "derivative(Z)", "derivative(X)", equal_widths),
    Mutant("backward_layers", "dXs.insert(0, dZ @ W)", "dXs.insert(0, dZ @ W.T)", equal_widths),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(bp, MUTANTS)
