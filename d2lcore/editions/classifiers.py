"""The classifiers of edition 1.0: softmax regression (4.3, 4.5) and LeNet (7.6)."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..devices import device_of
from ..metrics import move
from .hyperparameters import restorable
from .modules import Module


@restorable
class Classifier(Module):
    """A model whose outputs are scores (..., q), one a class; it validates loss and accuracy (4.3)."""

    def validation_step(self, batch: Sequence[Tensor]) -> None:
        """Plot the loss and the accuracy of a batch (X, ..., y) that is not trained on."""
        Y_hat = self(*batch[:-1])
        self.plot("loss", self.loss(Y_hat, batch[-1]), train=False)
        self.plot("acc", self.accuracy(Y_hat, batch[-1]), train=False)

    def accuracy(self, Y_hat: Tensor, Y: Tensor, averaged: bool = True) -> Tensor:
        """The share of the predictions that are right; of each, 1.0 or 0.0, if not `averaged`.

        Here edition 1.0 differs from the function `accuracy`, which counts them.
        """
        predicted = Y_hat.reshape(-1, Y_hat.shape[-1]).argmax(dim=1)
        right = (predicted.type(Y.dtype) == Y.reshape(-1)).float()
        return right.mean() if averaged else right

    def loss(self, Y_hat: Tensor, Y: Tensor, averaged: bool = True) -> Tensor:
        """The mean cross-entropy of scores and classes; of each example, if not `averaged`."""
        scores, classes = Y_hat.reshape(-1, Y_hat.shape[-1]), Y.reshape(-1)
        return F.cross_entropy(scores, classes, reduction="mean" if averaged else "none")

    def layer_summary(self, X_shape: Sequence[int]) -> None:
        """Print the shape of what each layer of `self.net` gives, for random input of shape `X_shape`."""
        X = move(torch.randn(*X_shape), device_of(self))
        for layer in self.net:
            X = layer(X)
            print(type(layer).__name__, "output shape:\t", X.shape)


@restorable
class SoftmaxRegression(Classifier):
    """One layer of `num_outputs` scores on images of any size; cross-entropy adds the softmax (4.5)."""

    def __init__(self, num_outputs: int, lr: float) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(nn.Flatten(), nn.LazyLinear(num_outputs))

    def forward(self, X: Tensor) -> Tensor:
        return self.net(X)


def init_cnn(module: nn.Module) -> None:
    """Xavier's first weights for a layer, if it is linear or a convolution: `net.apply(init_cnn)` (7.6)."""
    if type(module) in (nn.Linear, nn.Conv2d):  # not their lazy kin, which have no weights yet
        nn.init.xavier_uniform_(module.weight)  # type: ignore[arg-type]


@restorable
class LeNet(Classifier):
    """LeNet-5 with sigmoids: two convolutions, each halved by averages, and three full layers (7.6)."""

    def __init__(self, lr: float = 0.1, num_classes: int = 10) -> None:
        super().__init__()
        self.save_hyperparameters()

        def convolution(channels: int, **options: Any) -> list[nn.Module]:
            return [
                nn.LazyConv2d(channels, kernel_size=5, **options),
                nn.Sigmoid(),
                nn.AvgPool2d(2, stride=2),
            ]

        self.net = nn.Sequential(
            *convolution(6, padding=2),
            *convolution(16),
            nn.Flatten(),
            *(nn.LazyLinear(120), nn.Sigmoid()),
            *(nn.LazyLinear(84), nn.Sigmoid()),
            nn.LazyLinear(num_classes),
        )
