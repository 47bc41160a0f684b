"""`train_ch6`: Xavier's first weights, SGD on a device, and what is refused before anything has changed."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import d2lcore as d2l


def images(n: int = 64) -> d2l.Batches:
    """Bright on the left (class 0) or on the right (class 1)."""
    y = torch.arange(n) % 2
    X = 0.1 * torch.rand(n, 1, 6, 6)
    X[y == 0, :, :, :3] += 0.9
    X[y == 1, :, :, 3:] += 0.9
    return d2l.load_array((X, y), 16)


def small_net() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2))


def test_it_is_sgd_on_cross_entropy_from_xaviers_weights(capsys: pytest.CaptureFixture) -> None:
    data = list(images())
    torch.manual_seed(3)
    mine = small_net()
    history = d2l.train_ch6(mine, data, data, 2, 0.1, "cpu")

    torch.manual_seed(3)
    net = small_net()
    for layer in (net[0], net[3]):
        nn.init.xavier_uniform_(layer.weight)
    updater = torch.optim.SGD(net.parameters(), lr=0.1)
    losses = []
    for _ in range(2):
        total = 0.0
        for X, y in data:
            l = F.cross_entropy(net(X), y)
            updater.zero_grad()
            l.backward()
            updater.step()
            total += l.item() * len(y)
        losses.append(total / 64)
    assert history["train_loss"] == pytest.approx(losses, rel=1e-6)
    for one, other in zip(mine.parameters(), net.parameters(), strict=True):
        torch.testing.assert_close(one, other)
    assert capsys.readouterr().out.startswith("epoch  1  train_loss ")


def test_it_learns_and_ends_in_the_mode_it_trained_in(capsys: pytest.CaptureFixture) -> None:
    history = d2l.train_ch6(small_net(), images(), images(), 5, 0.2, torch.device("cpu"))
    assert list(history[-1]) == ["epoch", "train_loss", "train_acc", "test_acc"]
    assert history[-1]["test_acc"] > 0.95  # chance: 0.5


def test_weights_are_drawn_up_to_xaviers_bound_and_biases_kept(capsys: pytest.CaptureFixture) -> None:
    net = nn.Sequential(nn.Conv2d(1, 64, 5, padding=2), nn.Flatten(), nn.Linear(64 * 36, 100))
    nn.init.constant_(net[2].bias, 0.25)
    d2l.train_ch6(net, images(), images(), 1, 0.0, "cpu")
    for weight, fans in ((net[0].weight, 25 + 64 * 25), (net[2].weight, 64 * 36 + 100)):
        bound = math.sqrt(6 / fans)
        assert 0.99 * bound < weight.abs().max() <= bound
    assert (net[2].bias == 0.25).all()


def test_it_trains_on_the_device(device: torch.device, capsys: pytest.CaptureFixture) -> None:
    net = small_net()
    d2l.train_ch6(net, images(), images(), 1, 0.1, device)
    assert next(net.parameters()).device.type == device.type


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"net": nn.Flatten}, r"net: expected a module, got the class Flatten; make one, net = "),
        ({"net": lambda X: X}, "net: expected a module, got a function; the order is net, train_iter, "
                               "test_iter, num_epochs, lr, device"),
        ({"net": nn.Flatten()}, "net: it has no parameters to train"),
        ({"net": nn.Sequential(nn.Flatten(), nn.LazyLinear(2))}, "net: a lazy layer has no weights yet"),
        ({"train_iter": F.cross_entropy}, "train_iter: expected batches .* the order is net, train_iter, "
                                          "test_iter, num_epochs, lr, device"),
        ({"test_iter": iter([]), "num_epochs": 2}, "test_iter: a list_iterator is used up after one epoch"),
        ({"num_epochs": nn.CrossEntropyLoss()}, "num_epochs: expected a whole number"),
        ({"lr": -0.1}, "lr: a learning rate cannot be negative, got -0.1"),
        ({"lr": float("nan")}, "lr: must be a finite number"),
        ({"device": "gpu"}, "device: 'gpu' is not a device"),
        ({"device": "cuda:99"}, "device: 'cuda:99' asked for, but torch"),
    ],
)  # fmt: skip
def test_what_is_refused_leaves_the_net_as_it_was(wrong: dict, message: str) -> None:
    net = small_net()
    before = [param.clone() for param in net.parameters()]
    right = {"net": net, "train_iter": images(), "test_iter": images(), "num_epochs": 1, "lr": 0.1}
    with pytest.raises((TypeError, ValueError), match=message):
        d2l.train_ch6(**{**right, "device": "cpu", **wrong})
    for param, old in zip(net.parameters(), before, strict=True):
        assert torch.equal(param, old)


def test_images_smaller_than_the_kernel_are_named(capsys: pytest.CaptureFixture) -> None:
    small = d2l.load_array((torch.rand(8, 1, 2, 2), torch.zeros(8, dtype=torch.int64)), 4)
    with pytest.raises(ValueError, match=r"net: cannot take X of shape \(4, 1, 2, 2\)"):
        d2l.train_ch6(small_net(), small, small, 1, 0.1, "cpu")


@pytest.mark.parametrize("make", [lambda: small_net().to("meta"), lambda: nn.Linear(3, 2, device="meta")])
def test_a_net_elsewhere_is_not_evaluated_on_the_device(make: Callable[[], nn.Module]) -> None:
    with pytest.raises(ValueError, match=r"device: the net is on meta, not on cpu; net.to\('cpu'\) first"):
        d2l.evaluate_accuracy_gpu(make(), images(), "cpu")


def test_accuracy_on_a_device_that_is_not_here() -> None:
    with pytest.raises(ValueError, match=r"device: 'cuda:99' asked for, but torch .* sees"):
        d2l.evaluate_accuracy_gpu(small_net(), images(), "cuda:99")
