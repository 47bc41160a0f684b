"""The models of edition 1.0: a module that knows its loss and its optimizer (3.2.2), and the linear ones."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import brief, check_numbers
from ..guards import in_shape_of, would_broadcast
from ..linear import squared_loss
from .hyperparameters import HyperParameters, restorable
from .progress import ProgressBoard


@restorable
class Module(nn.Module, HyperParameters):
    """A model: layers in `self.net`, or a `forward` of its own; and its loss (3.2.2).

    plot_train_per_epoch, plot_valid_per_epoch: how many points a curve gets in an epoch. `board` draws them.
    """

    net: Any
    trainer: Any
    board: ProgressBoard
    lr: float
    plot_train_per_epoch: float
    plot_valid_per_epoch: float

    def __init__(self, plot_train_per_epoch: float = 2, plot_valid_per_epoch: float = 1) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.board = ProgressBoard()

    def loss(self, y_hat: Tensor, y: Tensor) -> Tensor:
        """The mean loss of a batch."""
        raise NotImplementedError(
            f"model: {type(self).__name__} has no loss; define loss(self, y_hat, y) in it, or derive it from "
            "Classifier or LinearRegression, which have one"
        )

    def forward(self, X: Tensor) -> Tensor:
        if not hasattr(self, "net"):
            raise NotImplementedError(
                f"model: {type(self).__name__} has no layers; set self.net in __init__, or define "
                "forward(self, X)"
            )
        return self.net(X)

    def plot(self, key: str, value: Any, train: bool) -> None:
        """Add `value` to the curve `train_<key>` or `val_<key>` of the board, over the epochs."""
        if not hasattr(self, "trainer"):
            raise RuntimeError(
                f"plot: this {type(self).__name__} has no trainer; trainer.fit(model, data) gives it one"
            )
        trainer = self.trainer
        self.board.xlabel = "epoch"
        if train:
            x = trainer.train_batch_idx / trainer.num_train_batches
            every_n = trainer.num_train_batches / self.plot_train_per_epoch
        else:
            x = trainer.epoch + 1
            every_n = trainer.num_val_batches / self.plot_valid_per_epoch
        if isinstance(value, Tensor):
            value = value.detach()
            if value.numel() != 1:
                raise TypeError(
                    f"model: {key} of {type(self).__name__} gave {brief(value)}; one number is needed, "
                    "such as the mean over the batch"
                )
        self.board.draw(x, value, ("train_" if train else "val_") + key, every_n=max(1, int(every_n)))

    def training_step(self, batch: Sequence[Tensor]) -> Tensor:
        """The loss of a batch (X, ..., y), which is plotted."""
        l = self.loss(self(*batch[:-1]), batch[-1])
        self.plot("loss", l, train=True)
        return l

    def validation_step(self, batch: Sequence[Tensor]) -> None:
        """Plot the loss of a batch (X, ..., y) that is not trained on."""
        l = self.loss(self(*batch[:-1]), batch[-1])
        self.plot("loss", l, train=False)

    def configure_optimizers(self) -> Any:
        """What changes the parameters: minibatch gradient descent with learning rate `self.lr` (4.3.1)."""
        name = type(self).__name__
        if not hasattr(self, "lr"):
            raise NotImplementedError(
                f"model: {name} has no learning rate self.lr; give its __init__ an argument lr and call "
                "self.save_hyperparameters() there, or define configure_optimizers(self)"
            )
        params = list(self.parameters())
        if not params:
            raise ValueError(
                f"model: {name} has no parameters to train; make its weights nn.Parameter, or define "
                "parameters(self), or configure_optimizers(self)"
            )
        return torch.optim.SGD(params, lr=self.lr)

    def apply_init(self, inputs: Sequence[Any], init: Callable[[nn.Module], Any] | None = None) -> None:
        """Let lazy layers see the `inputs` of forward, and so get their shapes; then apply `init` (6.4).

        inputs: a list of the arguments of forward, [X]. init: called with every layer of `self.net`, as
        `nn.Module.apply` does.
        """
        if isinstance(inputs, Tensor):
            raise TypeError(f"inputs: expected a list of the arguments of forward, [X], got {brief(inputs)}")
        with torch.no_grad():
            self.forward(*inputs)
        if init is not None:
            getattr(self, "net", self).apply(init)


@restorable
class SGD(HyperParameters):
    """Minibatch gradient descent from scratch: `param <- param - lr * grad` (3.4.3).

    params: tensors with gradients, those of the *mean* loss of the batch. The function `sgd` takes those of
    the sum, and divides them.
    """

    meant_for = "`configure_optimizers` of a Module; a function takes torch.optim.SGD(net.parameters(), lr)"
    params: Sequence[Tensor]
    lr: float

    def __init__(self, params: Iterable[Tensor], lr: float) -> None:
        check_numbers(lr=lr)
        params = list(params)
        self.save_hyperparameters()

    @torch.no_grad()
    def step(self, *_: Any) -> None:
        """Change every parameter by one step against its gradient."""
        for param in self.params:
            if param.grad is not None:
                param -= self.lr * param.grad

    def zero_grad(self) -> None:
        """Set the gradients to zero, since PyTorch adds to them."""
        for param in self.params:
            if param.grad is not None:
                param.grad.zero_()


@restorable
class LinearRegressionScratch(Module):
    """Linear regression from scratch, `X w + b`, with w ~ N(0, sigma^2) of shape (num_inputs, 1) (3.4)."""

    def __init__(self, num_inputs: int, lr: float, sigma: float = 0.01) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.w = nn.Parameter(torch.normal(0, sigma, (num_inputs, 1)))
        self.b = nn.Parameter(torch.zeros(1))

    def forward(self, X: Tensor) -> Tensor:
        return X @ self.w + self.b

    def loss(self, y_hat: Tensor, y: Tensor) -> Tensor:
        """The mean of `(y_hat - y)^2 / 2`."""
        return squared_loss(y_hat, y).mean()

    def configure_optimizers(self) -> Any:
        return SGD([self.w, self.b], self.lr)


@restorable
class LinearRegression(Module):
    """Linear regression by a layer of PyTorch, whose inputs are counted at the first batch (3.5).

    The weights start as those of every nn.Linear do: the page also asks for N(0, 0.01^2), but of a layer
    that has no weights yet, so that nothing comes of it.
    """

    net: nn.Linear

    def __init__(self, lr: float) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.LazyLinear(1)

    def forward(self, X: Tensor) -> Tensor:
        return self.net(X)

    def loss(self, y_hat: Tensor, y: Tensor) -> Tensor:
        """The mean of `(y_hat - y)^2`: twice the loss of `LinearRegressionScratch`."""
        labels = in_shape_of(y, y_hat)
        if labels is None:
            raise would_broadcast(y, y_hat)
        return F.mse_loss(y_hat, labels)

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), self.lr)

    def get_w_b(self) -> tuple[Tensor, Tensor]:
        """The weights, shape (1, d), and the bias, shape (1,)."""
        return self.net.weight.data, self.net.bias.data
