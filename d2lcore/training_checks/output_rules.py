"""Outputs and loss: whether the one is what the other expects."""

import torch
from torch import Tensor

from .finding import Finding
from .measurements import Measurements
from .vectors import cosine, differences


def _bounded(m: Measurements) -> bool:
    return m.reach["low"] >= -1e-4 and m.reach["high"] <= 1 + 1e-4


def _columns(m: Measurements) -> int:
    shape = m.first.y_hat.shape
    return shape[1] if len(shape) > 1 else 1


def probabilities_under_logits(m: Measurements) -> list[Finding]:
    """Outputs between 0 and 1, and a loss that computes softmax or sigmoid itself."""
    if m.loss.kind not in ("softmax", "logistic") or not _bounded(m):
        return []
    sums = _columns(m) > 1 and m.reach["off_one"] < 1e-3
    within = "softmax" if m.loss.kind == "softmax" else "the sigmoid"
    if sums:
        return [
            Finding(
                "softmax_before_loss", "wrong",
                "every row of outputs adds up to 1, whatever the weights, and the loss computes softmax "
                "itself",
                "Softmax is applied twice. Numbers between 0 and 1 are all alike to the second softmax, so "
                "the "
                "loss cannot come near 0 and the gradients are small.",
                "Leave the softmax out of the net: the loss takes the scores (logits). Use softmax only to "
                "show "
                "probabilities.",
                notes="003 3.2",
            )
        ]  # fmt: skip
    return [
        Finding(
            "sigmoid_before_loss", "wrong",
            "the outputs stay between 0 and 1, whatever the weights, and the loss computes "
            f"{within} itself",
            f"A sigmoid comes before a loss of logits. {within.capitalize()} of a number between 0 and 1 is "
            "never "
            "near 0 or 1, so the loss cannot come near 0.",
            "Leave the sigmoid out of the net, or use nn.BCELoss, which takes probabilities.",
            notes="000 1.1.2",
        )
    ]  # fmt: skip


def limited_logits(m: Measurements) -> list[Finding]:
    """Logits that cannot be negative, or not large."""
    if m.loss.kind not in ("softmax", "logistic") or _bounded(m) or m.reach["spread"] == 0:
        return []
    if m.reach["low"] >= 0:
        return [_relu(m, "scores (logits)")]
    if m.reach["high"] <= 1 + 1e-4 and m.reach["low"] >= -1 - 1e-4:
        return [
            Finding(
                "output_out_of_range", "suspect",
                f"the outputs stay between {m.reach['low']:.2g} and {m.reach['high']:.2g}, whatever the "
                "weights, "
                "and the loss takes scores (logits) of any size",
                "With scores from -1 to 1 the net can never be sure, and the loss cannot come near 0. On "
                "purpose "
                "only where scores are to be limited.",
                "Leave the activation out of the last layer.",
                notes="003 3.2",
            )
        ]  # fmt: skip
    return []


def _relu(m: Measurements, what: str) -> Finding:
    return Finding(
        "relu_on_output", "wrong",
        f"no output is below 0, whatever the weights ({float((m.first.y_hat <= 0).float().mean()):.0%} of "
        "them are "
        "0 now), and the loss needs " + what + " of both signs",
        "A ReLU follows the last layer. Where it gives 0, its gradient is 0 too, and that output cannot be "
        "mended.",
        "Leave the activation out of the last layer.",
        notes="003 4.1",
    )  # fmt: skip


def target_out_of_range(m: Measurements) -> list[Finding]:
    """Targets that the outputs cannot reach."""
    y = m.setting.train.y.float()
    if m.loss.kind != "by value" or not bool(y.isfinite().all()) or m.reach["spread"] == 0:
        return []
    low, high = m.reach["low"], m.reach["high"]
    slack = 1e-3 * max(1.0, abs(low) if low > -1e3 else 0.0)
    outside = float(
        ((y < low - slack) | ((y > high + slack) if high <= 1.001 else torch.zeros_like(y).bool()))
        .float()
        .mean()
    )
    if (low < -1.001 and high > 1.001) or outside < 0.02 or low < -1.001:
        return []
    if low >= 0 and high > 1.001:
        return [_relu(m, "outputs")] if float((y < 0).float().mean()) > 0.02 else []
    return [
        Finding(
            "output_out_of_range", "wrong",
            f"the outputs stay between {low:.2g} and {high:.2g}, whatever the weights, but {outside:.0%} of "
            "the "
            f"targets are outside ({float(y.min()):.3g} to {float(y.max()):.3g})",
            "An activation after the last layer (sigmoid, tanh) keeps the outputs where the targets are not.",
            "Leave the activation out of the last layer of a regression, or bring the targets into its "
            "range.",
            notes="003 4.2",
        )
    ]  # fmt: skip


def single_output_softmax(m: Measurements) -> list[Finding]:
    """One output, and softmax of one number is 1."""
    constant = m.loss.kind == "constant" or (m.reach["spread"] == 0 and abs(m.reach["high"] - 1) < 1e-6)
    if _columns(m) != 1 or not constant:
        return []
    return [
        Finding(
            "single_output_softmax", "wrong",
            f"the net has one output, and the loss is {m.first.value:.3g} whatever it gives",
            "Softmax of a single number is always 1: the loss does not depend on the net, and nothing is "
            "learned.",
            "For two classes and one output use nn.BCEWithLogitsLoss; for CrossEntropyLoss give one output "
            "a class "
            "and labels of shape (n,).",
            notes="000 1.1.2",
        )
    ]  # fmt: skip


def not_log_probabilities(m: Measurements) -> list[Finding]:
    """NLLLoss picks -y_hat[label]: y_hat must be log-probabilities."""
    if m.loss.kind != "log probabilities" or m.loss.prefers_wrong or m.reach["logsumexp"] < 1e-2:
        return []
    sums = m.reach["off_one"] < 1e-3
    what = "probabilities (rows that add up to 1)" if sums else "raw scores"
    return [
        Finding(
            "not_log_probabilities", "wrong",
            f"the loss picks -y_hat[label] (NLLLoss), and the outputs are {what}: log(sum(exp(outputs))) is "
            "up to "
            f"{m.reach['logsumexp']:.2g} and not 0",
            "The loss takes log-probabilities. Of other numbers it has no lower bound, or none that means "
            "anything: raising every output lowers it.",
            "End the net with nn.LogSoftmax(dim=1), or give the scores to nn.CrossEntropyLoss, which is "
            "both.",
            notes="003 3.3",
        )
    ]  # fmt: skip


def loss_prefers_wrong(m: Measurements) -> list[Finding]:
    if not m.loss.prefers_wrong or _climbs(m):
        return []
    return [
        Finding(
            "wrong_sign", "wrong",
            f"the loss is smaller for wrong predictions than for right ones (it is {m.first.value:.3g} now)",
            "The loss lacks its minus sign: training makes the predictions wrong.",
            "Put the minus sign before the log-probability, as in -log p[label]; of differences take the "
            "square.",
            notes="003 3.3",
        )
    ]  # fmt: skip


def _climbs(m: Measurements) -> bool:
    step = m.steps[0]
    return cosine(differences(step.after, step.before), m.references[0]) > 0.3


def loss_arguments_swapped(m: Measurements) -> list[Finding]:
    if not m.loss.swapped:
        return []
    return [
        Finding(
            "loss_arguments_swapped", "wrong",
            "the loss function behaves as a loss only with its arguments the other way round: as it is, "
            "large "
            "wrong predictions cost less and less",
            "Predictions and labels are swapped in the call of the loss.",
            "Call loss(y_hat, y): the predictions first, then the labels.",
            notes="003 3.3",
        )
    ]  # fmt: skip


def broadcast(m: Measurements) -> list[Finding]:
    if not m.loss.broadcasts or not _as_given(m):
        return []
    y_hat, y = tuple(m.first.y_hat.shape), tuple(m.first.y.shape)
    return [
        Finding(
            "broadcast", "wrong",
            f"predictions of shape {y_hat} and labels of shape {y}: with the labels in another order the "
            "loss is "
            "the same",
            "The two shapes broadcast: every prediction is compared with every label, and the best "
            "prediction is "
            "the mean of all labels.",
            "Give both the same shape: y.reshape(y_hat.shape), or y_hat.squeeze(1).",
            notes="002 广播",
        )
    ]  # fmt: skip


def _as_given(m: Measurements) -> bool:
    """Whether the reader's step follows loss(net(X), y): it may give its loss other shapes."""
    computed = m.steps[0].computed
    return m.setting.step is None or not computed or cosine(computed, m.references[0]) > 0.99


def regression_on_class_numbers(m: Measurements) -> list[Finding]:
    """One output and a squared loss, for labels that look like numbers of classes."""
    y = m.setting.train.y
    if m.loss.kind != "by value" or _columns(m) != 1 or not _class_numbers(y):
        return []
    count = len(y.unique())
    return [
        Finding(
            "regression_on_class_numbers", "suspect",
            f"the targets are the whole numbers {int(y.min())} to {int(y.max())}, each about equally often, "
            "and one "
            "output is trained by a squared loss",
            "These look like numbers of classes. Their order means nothing, but for this loss class 3 lies "
            "between "
            "2 and 4. It is right for amounts, such as counts or marks.",
            f"Give the net {count} outputs, use nn.CrossEntropyLoss and labels y.long() of shape (n,).",
            notes="003 3.1",
        )
    ]  # fmt: skip


def _class_numbers(y: Tensor) -> bool:
    """Whole numbers from 0 or 1 up without a gap, at least three of them, none of them rare."""
    values = y.reshape(-1).float()
    if not len(values) or not bool((values == values.round()).all()):
        return False
    kinds, counts = values.unique(return_counts=True)
    low, high = int(kinds[0]), int(kinds[-1])
    dense = low in (0, 1) and high - low + 1 == len(kinds) and 3 <= len(kinds) <= 100
    return dense and len(values) >= 10 * len(kinds) and int(counts.min()) > 0.3 * len(values) / len(kinds)


RULES = [probabilities_under_logits, limited_logits, target_out_of_range, single_output_softmax,
         not_log_probabilities, loss_prefers_wrong, loss_arguments_swapped, broadcast,
         regression_on_class_numbers]  # fmt: skip
