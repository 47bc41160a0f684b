"""The first network: its parts by hand against PyTorch's, and both variants as one training."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from torch import nn
from torch.nn import functional as F

import d2lcore as d2l
from chapters import first_network
from chapters.softmax_regression import cross_entropy_gradient
from d2lcourse.reported import band

TIGHT: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-10}
F64 = torch.float64


def some_params(d: int = 6, h: int = 5, q: int = 3) -> list[torch.Tensor]:
    return [torch.randn(shape, dtype=F64) for shape in ((d, h), (h,), (h, q), (q,))]


def layers_of(params: list[torch.Tensor]) -> nn.Sequential:
    """The same network of PyTorch's layers."""
    W1, b1, W2, b2 = params
    net = nn.Sequential(nn.Linear(*W1.shape), nn.ReLU(), nn.Linear(*W2.shape)).double()
    with torch.no_grad():
        for target, source in zip(net.parameters(), (W1.T, b1, W2.T, b2), strict=True):
            target.copy_(source)
    return net


# From scratch


def test_outputs_and_gradients_are_those_of_nn_and_autograd(device: torch.device) -> None:
    params = some_params()
    net = layers_of(params).to(device)
    params = [param.to(device) for param in params]
    X, y = torch.randn(9, 6, dtype=F64, device=device), torch.randint(0, 3, (9,), device=device)
    F.cross_entropy(net(X), y).backward()
    H, O = first_network.forward(params, X)
    torch.testing.assert_close(H, net[:2](X), **TIGHT)
    torch.testing.assert_close(O, net(X), **TIGHT)
    mine = first_network.gradients(params, X, H, cross_entropy_gradient(O, y) / len(y))
    theirs = [net[0].weight.grad.T, net[0].bias.grad, net[2].weight.grad.T, net[2].bias.grad]
    for one, other in zip(mine, theirs, strict=True):
        torch.testing.assert_close(one, other, **TIGHT)
        assert one.abs().max() > 1e-3


def test_a_dense_layer_by_hand() -> None:
    X, W = torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 0.0, -1.0], [0.0, 1.0, 1.0]])
    assert first_network.dense(X, W, torch.tensor([0.5, 0.0, 0.0])).tolist() == [[1.5, 2.0, 1.0]]


@pytest.mark.parametrize("knobs", [(0.001, 0.9, 1e-7), (0.01, 0.99, 1e-8), (0.1, 0.5, 0.1)])
def test_a_hundred_steps_are_those_of_torchs_rmsprop(knobs: tuple[float, float, float]) -> None:
    lr, rho, eps = knobs
    params = some_params()
    theirs = [param.clone().requires_grad_() for param in params]
    updater = torch.optim.RMSprop(theirs, lr, alpha=rho, eps=eps)
    squares = [torch.zeros_like(param) for param in params]
    start = params[0].clone()
    for _ in range(100):
        grads = [torch.randn_like(param) for param in params]
        for param, grad in zip(theirs, grads, strict=True):
            param.grad = grad.clone()
        updater.step()
        first_network.rmsprop_step(params, grads, squares, lr, rho, eps)
    for mine, other in zip(params, theirs, strict=True):
        torch.testing.assert_close(mine, other.detach(), rtol=0, atol=1e-12)
    assert (params[0] - start).abs().max() > 2 * lr


def test_the_first_step_is_equally_long_for_every_weight() -> None:
    params, grads = [torch.zeros(3, dtype=F64)], [torch.tensor([1e-3, -1.0, 1e3], dtype=F64)]
    first_network.rmsprop_step(params, grads, [torch.zeros(3, dtype=F64)], 0.001, 0.9, 0.0)
    expected = torch.tensor([-1.0, 1.0, -1.0], dtype=F64) * 0.001 / 0.1**0.5  # lr / sqrt(1 - rho)
    torch.testing.assert_close(params[0], expected, **TIGHT)


def test_first_weights_are_glorots() -> None:
    layer = nn.Linear(784, 512)
    first_network.glorot_weights(layer)
    bound = (6 / (784 + 512)) ** 0.5
    assert 0.999 * bound < layer.weight.abs().max() <= bound
    assert not layer.bias.any()


# Layers as filters


def test_representations_are_what_the_layers_give() -> None:
    net = nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    X = torch.randn(5, 1, 2, 2)
    seen = first_network.representations(net, X)
    assert {name: tuple(one.shape) for name, one in seen.items()} == {
        "pixels": (5, 4), "hidden layer": (5, 3), "scores": (5, 2),
    }  # fmt: skip
    assert torch.equal(seen["hidden layer"], F.relu(net[1](X.flatten(1))))
    assert torch.equal(seen["scores"], net(X))


def test_nearest_mean_equals_that_of_scikit_learn() -> None:
    from sklearn.neighbors import NearestCentroid

    features, y, others = torch.randn(60, 4), torch.arange(60) % 3, torch.randn(50, 4)
    features += 0.5 * y.unsqueeze(1)
    expected = NearestCentroid().fit(features.numpy(), y.numpy()).predict(others.numpy())
    assert first_network.nearest_mean(features, y, others).tolist() == expected.tolist()


# Training

DIGITS: dict[str, Any] = {"data": "digits", "batch_size": 32, "device": "cpu"}
VARIANTS = [first_network.scratch, first_network.concise]


def test_both_variants_have_the_same_knobs() -> None:
    assert inspect.signature(first_network.scratch) == inspect.signature(first_network.concise)


def test_one_seed_gives_both_the_same_course() -> None:
    one, other = (variant(**DIGITS, num_epochs=2, num_hiddens=32, seed=4) for variant in VARIANTS)
    for name in ("train_loss", "train_acc", "test_acc"):
        assert one.history[name] == pytest.approx(other.history[name], abs=1e-4)
    theirs = [one.T if one.dim() == 2 else one for one in other.net.parameters()]
    for mine, torchs in zip(one.weights.values(), theirs, strict=True):
        torch.testing.assert_close(mine, torchs.detach(), rtol=0, atol=1e-4)
    assert list(one.weights) == ["W1", "b1", "W2", "b2"]
    assert one.metrics["updates"] == other.metrics["updates"] == 2 * 45  # 1,437 digits in batches of 32


def test_every_number_of_a_run_is_that_of_the_trained_net() -> None:
    result = first_network.concise(**DIGITS, num_epochs=1, num_hiddens=32)
    (train_X, train_y), (test_X, test_y) = (next(iter(part)) for part in d2l.load_data("digits", 10_000))
    net = result.net
    assert result.metrics["train_acc at the end"] == pytest.approx(share(net(train_X), train_y))
    assert result.metrics["test_acc"] == pytest.approx(share(net(test_X), test_y))
    # The first 10,000 training images are all of them here, in whatever order.
    for name, layers in (("pixels", net[:1]), ("hidden layer", net[:3]), ("scores", net)):
        means = np.stack([layers(train_X)[train_y == label].mean(dim=0).detach() for label in range(10)])
        apart = ((layers(test_X).detach().numpy()[:, None] - means) ** 2).sum(axis=2)
        expected = (apart.argmin(axis=1) == test_y.numpy()).mean()
        assert result.metrics[f"nearest mean, {name}"] == pytest.approx(expected)
    assert [axes.get_title() for axes in result.figures["layers"].axes] == [
        f"{name}: nearest mean right {result.metrics[f'nearest mean, {name}']:.3f}"
        for name in ("pixels", "hidden layer", "scores")
    ]
    assert list(result.figures) == ["training", "predictions", "layers"]


def share(O: torch.Tensor, y: torch.Tensor) -> float:
    return (O.argmax(dim=1) == y).double().mean().item()


def test_an_epochs_accuracy_is_counted_before_each_update(monkeypatch: pytest.MonkeyPatch) -> None:
    # 002 calls its 0.989 the accuracy on the training data: it is a mean over nets that were still learning.
    batches = list(d2l.load_array((torch.randn(70, 8), torch.arange(70) % 2), 32))
    outputs, forward = [], first_network.forward
    monkeypatch.setattr(d2l, "load_data", lambda *_, **__: (batches, batches))
    monkeypatch.setattr(first_network, "inputs_and_classes", lambda _: (8, 2))
    monkeypatch.setattr(first_network, "draw_course", lambda *_: {})
    monkeypatch.setattr(first_network, "forward", lambda *args: outputs.append(forward(*args)) or outputs[-1])
    result = first_network.scratch(lr=0.01, num_epochs=1, device="cpu")
    before, after = outputs[:3], outputs[3:]  # those of the evaluation
    counts = [
        sum(int((O.argmax(dim=1) == y).sum()) for (_, O), (_, y) in zip(each, batches, strict=True))
        for each in (before, after)
    ]
    assert result.metrics["train_acc"] == pytest.approx(counts[0] / 70)
    assert result.metrics["test_acc"] == counts[1] / 70
    assert counts[1] > counts[0] + 10
    losses = [F.cross_entropy(O, y, reduction="sum") for (_, O), (_, y) in zip(before, batches, strict=True)]
    assert result.metrics["train_loss"] == pytest.approx(float(sum(losses)) / 70)
    assert result.metrics["updates"] == 3


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_digits_are_learned(variant: Callable) -> None:
    metrics = variant(**DIGITS, num_epochs=6).metrics
    assert metrics["test_acc"] > 0.92  # an untrained net has 0.10
    assert metrics["train_loss"] < 0.2


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"num_hiddens": 0}, "num_hiddens: must be at least 1"),
        ({"data": "minst"}, "data: there is no 'minst'; did you mean 'mnist'"),
        ({"num_epochs": 0}, "num_epochs: must be at least 1"),
        ({"device": "gpu"}, "device: 'gpu' is not a device"),
    ],
)
def test_bad_knobs(variant: Callable, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variant(**{**DIGITS, **knobs})


# On the real MNIST


@pytest.mark.slow
def test_an_epoch_on_mnist_has_469_updates_the_last_of_96_images(
    real_data: Callable[[str], str],
) -> None:
    train_iter, _ = d2l.load_data(real_data("mnist"), 128)
    assert (len(train_iter), 5 * len(train_iter), 60_000 - 468 * 128) == (469, 2345, 96)
    metrics = first_network.scratch(num_hiddens=16, num_epochs=1, device="cpu").metrics
    assert metrics["updates"] == 469
    assert metrics["test_acc"] > 0.85


def test_the_bands_are_those_promised() -> None:
    assert band("first_network", "train_acc") == (0.985, 0.992)
    assert band("first_network", "test_acc") == (0.974, 0.983)


equals_nn = partial(test_outputs_and_gradients_are_those_of_nn_and_autograd, torch.device("cpu"))
equals_rmsprop = partial(test_a_hundred_steps_are_those_of_torchs_rmsprop, (0.1, 0.5, 0.1))
MUTANTS = [
    Mutant("glorot_weights", "nn.init.zeros_(layer.bias)", "pass", test_first_weights_are_glorots),
    Mutant("representations", "net[:3]", "net[:2]", test_representations_are_what_the_layers_give),
    Mutant("nearest_mean", "argmin", "argmax", test_nearest_mean_equals_that_of_scikit_learn),
    Mutant("nearest_mean", "mean(dim=0)", "sum(dim=0)", test_nearest_mean_equals_that_of_scikit_learn),
    Mutant("with_layers", "representations(result.net, test_X)", "representations(result.net, -test_X)",
           test_every_number_of_a_run_is_that_of_the_trained_net),
    Mutant("dense", "return X @ W + b", "return X @ W", test_a_dense_layer_by_hand),
    Mutant("forward", "relu(dense(X, W1, b1))", "dense(X, W1, b1)", equals_nn),
    Mutant("gradients", "* (H > 0)", "", equals_nn),
    Mutant("gradients", "D.sum(dim=0)", "D.mean(dim=0)", equals_nn),
    Mutant("rmsprop_step", "(1 - rho) * grad**2", "grad**2", equals_rmsprop),
    Mutant("rmsprop_step", "(s.sqrt() + eps)", "(s + eps).sqrt()", equals_rmsprop),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(first_network, MUTANTS)
