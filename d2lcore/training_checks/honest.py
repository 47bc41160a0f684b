"""The figures that a reader's evaluation may report, computed again; m: the `Measurements`."""

from typing import Any

import torch
from torch import Tensor

from ..metrics import evaluating, move
from .setting import Data


def figures(m: Any) -> dict[str, float]:
    """By name, on what the reader evaluates, and the accuracy on the training data, of the net as it is."""
    data = m.setting.test or m.setting.train
    found = _figures(m, data)
    if m.setting.test and "accuracy" in (other := _figures(m, m.setting.train)):
        found["accuracy on the training data"] = other["accuracy"]
    return found


def _figures(m: Any, data: Data) -> dict[str, float]:
    hits: list[Tensor] = []
    errors: list[Tensor] = []
    batch_means, losses, n = [], 0.0, 0
    with evaluating(m.setting.net):
        for X, y in data.batches:
            X, y = move(X.clone(), m.setting.device), move(y.clone(), m.setting.device)
            out = m.setting.net(X)
            right = correct(m, out, y)
            if right is not None:
                hits.append(right)
                batch_means.append(float(right.float().mean()))
            elif out.numel() == y.numel():
                errors.append((out.reshape(-1) - y.reshape(-1)).float())
            try:
                losses += float(m.setting.mean_of(m.setting.loss(out, y), len(y))) * len(y)
            except Exception:  # labels that the loss cannot take
                losses = float("nan")
            n += len(y)
    found = {"loss": losses / n, "sum of losses": losses, "examples": float(n)}
    if hits:
        every = torch.cat(hits).float()
        found |= {"accuracy": float(every.mean()), "correct": float(every.sum())}
        found["mean of the batches' accuracies"] = sum(batch_means) / len(batch_means)
    elif errors:
        e = torch.cat(errors)
        found |= {"mse": float(e.square().mean()), "mae": float(e.abs().mean())}
        found["rmse"] = found["mse"] ** 0.5
    return found


def correct(m: Any, out: Tensor, y: Tensor) -> Tensor | None:
    """Which predictions are right, one an example; None where there are no classes."""
    if out.dim() == 2 and out.shape[1] > 1:
        truth = y.argmax(1) if y.dim() == 2 and y.shape[1] == out.shape[1] else y.reshape(-1)
        whole = not truth.is_floating_point() or bool((truth == truth.round()).all())
        classes = m.loss.kind in ("softmax", "log probabilities", "probabilities") or y.dtype == torch.long
        return out.argmax(1) == truth if classes and whole and len(truth) == len(out) else None
    truth = y.reshape(-1)
    if out.numel() != truth.numel() or not bool(((truth == 0) | (truth == 1)).all()):
        return None
    threshold = 0.0 if m.loss.kind == "logistic" else 0.5
    return (out.reshape(-1) > threshold) == (truth > 0.5)
