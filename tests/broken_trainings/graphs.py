"""Faults of the net, its start, and the way of its gradients."""

import torch
from torch import Tensor, nn

from .setups import CE, Setup, broken, classes, clouds, heights, mlp, sgd, split


class Between(nn.Module):
    """A net that does something between its two layers."""

    def __init__(self, between: object) -> None:
        super().__init__()
        self.hidden, self.out = nn.Linear(8, 24), nn.Linear(24, 4)
        self.between = between

    def forward(self, X: Tensor) -> Tensor:
        return self.out(self.between(self.hidden(X)))


@broken("graph_cut")
def through_numpy(fault: bool) -> Setup:
    train_iter, test_iter = classes()
    cut = lambda H: torch.from_numpy(H.detach().numpy().clip(0))  # noqa: E731
    net = Between(cut if fault else torch.relu)
    return Setup(net, train_iter, CE, sgd(net), test_iter)


@broken("graph_cut")
def through_data(fault: bool) -> Setup:
    train_iter, test_iter = classes()
    net = Between((lambda H: torch.tanh(H).data) if fault else torch.tanh)
    return Setup(net, train_iter, CE, torch.optim.Adam(net.parameters(), 0.01), test_iter)


@broken("graph_cut")
def features_under_no_grad(fault: bool) -> Setup:
    train_iter, test_iter = classes()
    net = Between((lambda H: torch.no_grad()(torch.relu)(H)) if fault else torch.relu)
    return Setup(net, train_iter, CE, sgd(net), test_iter)


@broken("zero_gradient", "graph_cut")
def rounded_values(fault: bool) -> Setup:
    train_iter, test_iter = classes()
    net = Between(torch.round if fault else torch.relu)
    return Setup(net, train_iter, CE, sgd(net), test_iter)


@broken("zero_gradient", "dead_units", "graph_cut")
def steps_for_activation(fault: bool) -> Setup:
    train_iter, test_iter = classes()
    net = Between((lambda H: (H > 0).float()) if fault else torch.sigmoid)
    return Setup(net, train_iter, CE, sgd(net, 0.2), test_iter)


@broken("dead_units", "zero_gradient")
def born_dead(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    if fault:
        nn.init.constant_(net[0].bias, -30.0)
    return Setup(net, train_iter, CE, sgd(net), test_iter)


@broken("saturated_units", "large_start", "vanishing_gradient")
def saturated_sigmoids(fault: bool) -> Setup:
    train_iter, test_iter = classes()
    net = nn.Sequential(nn.Linear(8, 24), nn.Sigmoid(), nn.Linear(24, 24), nn.Sigmoid(), nn.Linear(24, 4))
    if fault:
        for layer in (net[0], net[2]):
            nn.init.normal_(layer.weight, std=20.0)
    return Setup(net, train_iter, CE, torch.optim.Adam(net.parameters(), 0.01), test_iter)


@broken("vanishing_gradient")
def ten_sigmoids(fault: bool) -> Setup:
    train_iter, test_iter = classes()
    net = nn.Sequential(nn.Linear(8, 24))
    for _ in range(9 if fault else 1):
        net.extend([nn.Sigmoid(), nn.Linear(24, 24)])
    net.extend([nn.Sigmoid(), nn.Linear(24, 4)])
    return Setup(net, train_iter, CE, sgd(net, 0.5), test_iter)


@broken("large_start", "learning_rate_high", "exploding_gradient")
def eight_layers_of_unit_weights(fault: bool) -> Setup:
    train_iter, test_iter = classes()
    net = nn.Sequential(nn.Linear(8, 24), nn.ReLU())
    for _ in range(5):
        net.extend([nn.Linear(24, 24), nn.ReLU()])
    net.append(nn.Linear(24, 4))
    for layer in net[::2]:
        if fault:
            nn.init.normal_(layer.weight, std=1.0)
        else:
            nn.init.kaiming_normal_(layer.weight)
    return Setup(net, train_iter, CE, sgd(net, 0.02), test_iter)


@broken("small_start", "vanishing_gradient", "equal_start")
def tiny_weights_in_six_layers(fault: bool) -> Setup:
    train_iter, test_iter = classes()
    net = nn.Sequential()
    for n_in, n_out in ((8, 24), (24, 24), (24, 24), (24, 24), (24, 24), (24, 4)):
        layer = nn.Linear(n_in, n_out)
        if fault:
            nn.init.normal_(layer.weight, std=0.001)
            nn.init.zeros_(layer.bias)
        net.extend([layer, nn.Tanh()])
    net = net[:-1]
    return Setup(net, train_iter, CE, sgd(net, 0.2), test_iter)


@broken("equal_start")
def all_weights_are_a_tenth(fault: bool) -> Setup:
    train_iter, test_iter = classes()
    net = nn.Sequential(nn.Linear(8, 24), nn.Tanh(), nn.Linear(24, 4))
    if fault:
        for param in net.parameters():
            nn.init.constant_(param, 0.1)
    return Setup(net, train_iter, CE, sgd(net, 0.2), test_iter)


@broken("equal_start", "zero_gradient", "dead_units")
def all_weights_are_zero(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    if fault:
        for layer in (net[0], net[2]):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
    return Setup(net, train_iter, CE, sgd(net, 0.2), test_iter)


class Mixing(nn.Module):
    """Softmax over the wrong dimension inside, or a mean over the batch."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.net, self.how = mlp(), how

    def forward(self, X: Tensor) -> Tensor:
        if self.how == "centred":
            X = X - X.mean(dim=0)
        if self.how == "softmax":
            return torch.log_softmax(self.net(X), dim=0)
        return self.net(X)


@broken("examples_mixed")
def softmax_over_the_batch(fault: bool) -> Setup:
    train_iter, test_iter = classes()
    net = Mixing("softmax" if fault else "")
    return Setup(net, train_iter, CE, sgd(net), test_iter)


@broken("examples_mixed")
def flattened_across_examples(fault: bool) -> Setup:
    X, y = clouds()
    train_iter, test_iter = split(X, y)

    class Views(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = mlp()

        def forward(self, X: Tensor) -> Tensor:
            H = X.reshape(8, -1).T if fault else X
            return self.net(H)

    net = Views()
    return Setup(net, train_iter, CE, sgd(net), test_iter)


def circles(n: int = 480) -> tuple[Tensor, Tensor]:
    """Two classes, one around the other."""
    y = torch.arange(n) % 2
    angle = 6.28 * torch.rand(n)
    radius = 1.0 + 1.5 * y + 0.1 * torch.randn(n)
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1), y


@broken("missing_activation")
def lines_around_a_circle(fault: bool) -> Setup:
    train_iter, test_iter = split(*circles())
    between = nn.Identity() if fault else nn.ReLU()
    net = nn.Sequential(nn.Linear(2, 32), between, nn.Linear(32, 2))
    return Setup(net, train_iter, CE, torch.optim.Adam(net.parameters(), 0.02), test_iter)


@broken("missing_bias")
def line_through_the_origin(fault: bool) -> Setup:
    X, y = heights()
    train_iter, test_iter = split(X, y + 5)
    net = nn.Linear(3, 1, bias=not fault)
    return Setup(net, train_iter, nn.MSELoss(), sgd(net, 0.1), test_iter)
