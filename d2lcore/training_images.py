"""Training an image classifier as chapter 6 of the book does, from the first weights on."""

from collections.abc import Iterable

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from . import guards
from .devices import get_device
from .errors import brief, check_counts, check_learning_rate
from .training import History, train_ch3

_ORDER = "the order is net, train_iter, test_iter, num_epochs, lr, device"


def train_ch6(
    net: nn.Module,
    train_iter: Iterable,
    test_iter: Iterable,
    num_epochs: int,
    lr: float,
    device: torch.device | str,
) -> History:
    """Train a classifier by SGD on `device`, from Xavier's weights; evaluate after every epoch (book 6.6).

    net: a module; the weights of its linear and 2-d convolution layers are drawn anew, biases and other
    layers keep theirs. It is moved to `device`: auto, cpu, cuda, cuda:N or mps. The loss is cross-entropy.
    Returns, prints and draws what `train_ch3` does, and raises what it raises. ValueError also for a net
    without parameters, or with a lazy layer that has not seen data yet, for a negative `lr`, and for a device
    that is not here. Whatever is refused so leaves the net as it was.
    """
    if not isinstance(net, nn.Module):
        remedy = f"; make one, net = {net.__name__}(...)" if isinstance(net, type) else f"; {_ORDER}"
        raise TypeError(f"net: expected a module, got {brief(net)}{remedy}")
    check_counts(num_epochs=num_epochs)
    for name, data_iter in (("train_iter", train_iter), ("test_iter", test_iter)):
        guards.check_batches(name, data_iter, num_epochs, _ORDER)
    check_learning_rate(lr)
    where = get_device(device)
    parameters = list(net.parameters())
    if not parameters:
        raise ValueError("net: it has no parameters to train")
    if any(map(is_lazy, parameters)):
        raise ValueError("net: a lazy layer has no weights yet; call net(X) once, for a batch X of images")
    net.apply(_draw_weights).to(where)
    loss = nn.CrossEntropyLoss()
    return train_ch3(net, train_iter, test_iter, loss, num_epochs, torch.optim.SGD(net.parameters(), lr))


def _draw_weights(layer: nn.Module) -> None:
    if isinstance(layer, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(layer.weight)
