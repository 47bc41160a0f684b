"""The training loop of edition 1.0 as an object: `Trainer(max_epochs=3).fit(model, data)` (3.2.4, 3.4.4)."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import brief, check_counts, check_numbers
from ..figures import in_notebook
from ..guards import data_fault
from ..history import History
from ..metrics import move
from ..training import TrainingDiverged, train_epochs
from .gpus import gpu
from .gpus import num_gpus as gpus_here
from .hyperparameters import HyperParameters, restorable


@restorable
class Trainer(HyperParameters):
    """Trains a `Module` on the batches of a `DataModule`.

    max_epochs: passes over the training data, at least 1. num_gpus: how many GPUs to use if there are as
    many; with more than one the first is used. gradient_clip_val: the largest norm of the gradient; 0 leaves
    it as it is.
    While it trains, `epoch` counts from 0, and `train_batch_idx` all batches so far. Afterwards `history` has
    a row an epoch, the last points of the curves. The model is left in evaluation mode if it was validated.
    """

    meant_for = "`trainer.fit(model, data)`, where model is a Module and data a DataModule"
    max_epochs: int
    num_gpus: int
    gradient_clip_val: float
    model: Any
    optim: Any
    train_dataloader: Any
    val_dataloader: Any
    history: History

    def __init__(self, max_epochs: int, num_gpus: int = 0, gradient_clip_val: float = 0) -> None:
        check_counts(max_epochs=max_epochs)
        check_numbers(num_gpus=num_gpus, gradient_clip_val=gradient_clip_val)
        if num_gpus != int(num_gpus) or num_gpus < 0:
            raise ValueError(f"num_gpus: expected a whole number, 0 or more, got {num_gpus}")
        if gradient_clip_val < 0:
            raise ValueError(f"gradient_clip_val: a norm cannot be negative, got {gradient_clip_val}")
        self.save_hyperparameters()
        self.gpus = [gpu(i) for i in range(min(num_gpus, gpus_here()))]

    def fit(self, model: Any, data: Any) -> None:
        """Train `model` on `data.train_dataloader()`, and validate it on `data.val_dataloader()`.

        In a notebook the curves of `model.board` grow; elsewhere their last points are printed, about twenty
        lines in all. Raises TypeError or ValueError, naming the argument, for what cannot be trained with,
        TrainingDiverged if the loss is not finite, and TrainingInterrupted at Ctrl-C.
        """
        _check_pair(model, data)
        self.prepare_data(data)
        self.prepare_model(model)
        self.optim = model.configure_optimizers()
        if not hasattr(self.optim, "step") or not hasattr(self.optim, "zero_grad"):
            raise TypeError(
                f"model: configure_optimizers of {type(model).__name__} gave {brief(self.optim)}; return an "
                "optimizer, such as torch.optim.SGD(self.parameters(), lr=self.lr)"
            )
        self.epoch = 0
        self.train_batch_idx = 0
        self.val_batch_idx = 0

        def run_epoch(epoch: int) -> dict[str, float]:
            self.epoch = epoch - 1
            self.fit_epoch()
            curves = getattr(model.board, "data", {})
            return {label: points[-1].y for label, points in curves.items() if points}

        lines = not in_notebook() and getattr(model.board, "display", True)
        self.history = train_epochs(self.max_epochs, run_epoch, curves=False, lines=lines)

    def prepare_data(self, data: Any) -> None:
        """Get the batches of `data`, and count them."""
        self.train_dataloader = _batches(data, "train_dataloader")
        self.val_dataloader = _batches(data, "val_dataloader")
        self.num_train_batches = len(self.train_dataloader)
        self.num_val_batches = 0 if self.val_dataloader is None else len(self.val_dataloader)
        if not self.num_train_batches:
            raise ValueError(f"data: train_dataloader() of {type(data).__name__} gave no batches to train on")

    def prepare_model(self, model: Any) -> None:
        """Make the model and its board know this training, and move it to the GPU, if one is used."""
        model.trainer = self
        model.board.xlim = [0, self.max_epochs]
        if self.gpus:
            model.to(self.gpus[0])
        self.model = model

    def prepare_batch(self, batch: Sequence[Tensor]) -> Sequence[Tensor]:
        """The batch where the model is."""
        return move(batch, self.gpus[0]) if self.gpus else batch

    def fit_epoch(self) -> None:
        """Train for one pass over the training batches, then validate on the others."""
        self.model.train()
        for batch in self.train_dataloader:
            batch = self.prepare_batch(batch)
            l = self.model.training_step(batch)
            self._check_loss(l, batch)
            self.optim.zero_grad()
            l.backward()
            if self.gradient_clip_val > 0:
                self.clip_gradients(self.gradient_clip_val, self.model)
            with torch.no_grad():  # a step written by hand changes the parameters in place
                self.optim.step()
            self.train_batch_idx += 1
        if self.val_dataloader is None:
            return
        self.model.eval()
        for batch in self.val_dataloader:
            with torch.no_grad():
                self.model.validation_step(self.prepare_batch(batch))
            self.val_batch_idx += 1

    def clip_gradients(self, grad_clip_val: float, model: Any) -> None:
        """Shorten the gradient of all parameters together to norm `grad_clip_val`, if it is longer."""
        grads = [param.grad for param in model.parameters() if param.grad is not None]
        norm = torch.sqrt(torch.as_tensor(sum((grad**2).sum() for grad in grads)))
        if norm > grad_clip_val:
            for grad in grads:
                grad *= grad_clip_val / norm

    def _check_loss(self, l: Any, batch: Sequence[Tensor]) -> None:
        name = type(self.model).__name__
        if not isinstance(l, Tensor) or l.numel() != 1:
            raise TypeError(
                f"model: training_step of {name} gave {brief(l)}; return the loss of the batch, one number, "
                "such as the mean over its examples"
            )
        if not l.requires_grad:
            raise ValueError(
                f"model: the loss of {name} has no gradient; compute it from its parameters, without "
                ".item(), .detach() or torch.no_grad()"
            )
        if math.isfinite(l.detach()):
            return
        number = self.train_batch_idx % self.num_train_batches + 1
        fault = data_fault(number, batch[0], batch[-1])
        lr = getattr(self.model, "lr", None)
        raise TrainingDiverged(self.epoch + 1, number, float(l.detach()), None, lr, fault)


def _check_pair(model: Any, data: Any) -> None:
    """Raise TypeError unless these are a model and data that can be trained with, in this order."""
    for name, value in {"model": model, "data": data}.items():
        if isinstance(value, type):
            raise TypeError(
                f"{name}: got the class {value.__name__} itself; make one, {name} = {value.__name__}(...)"
            )
    if hasattr(model, "train_dataloader") and hasattr(data, "training_step"):
        raise TypeError("model, data: the two are swapped; write trainer.fit(model, data)")
    if not hasattr(model, "training_step"):
        remedy = "make a class derived from Module, such as LinearRegression(lr=0.03)"
        if isinstance(model, nn.Module):
            remedy = "make it self.net of a class derived from Module or Classifier"
        raise TypeError(
            f"model: expected a Module, which has a loss and an optimizer, got {brief(model)}; {remedy}"
        )
    if not hasattr(model, "board"):
        raise TypeError(
            f"model: {type(model).__name__} has no board; call super().__init__() first in its __init__"
        )
    if not hasattr(data, "train_dataloader") or not hasattr(data, "val_dataloader"):
        raise TypeError(
            f"data: expected a DataModule, which gives training and validation batches, got {brief(data)}; "
            "return them from get_dataloader(self, train) of a class derived from DataModule"
        )


def _batches(data: Any, loader: str) -> Any:
    """What `data.train_dataloader()` or `data.val_dataloader()` gives; None is all right of the second."""
    batches = getattr(data, loader)()
    if batches is None and loader == "val_dataloader":
        return None
    of = f"data: {loader}() of {type(data).__name__} gave"
    if isinstance(batches, Iterator):
        raise TypeError(
            f"{of} a {type(batches).__name__}, which is used up after one epoch; return batches that can be "
            "counted and read again, such as self.get_tensorloader((X, y), train) makes"
        )
    if not hasattr(batches, "__len__") or not hasattr(batches, "__iter__"):
        raise TypeError(
            f"{of} {brief(batches)}; return batches (X, y), as self.get_tensorloader((X, y), train) does"
        )
    return batches
