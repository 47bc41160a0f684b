"""Training mode and evaluation mode, and dropout."""

from typing import Any

import torch
from torch import nn

from ..metrics import evaluating
from .finding import Finding
from .measurements import Measurements, Rule
from .optimizer_rules import layer_made_in_forward
from .recording import recording

_DROPOUT = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)
_NORM = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)


def depends_on_mode(m: Measurements) -> list[str]:
    """The kinds of layers that act otherwise in evaluation mode; ["its forward"] if only that does."""
    net = m.setting.net
    if not isinstance(net, nn.Module):
        return []
    kinds = {type(one).__name__ for one in net.modules() if isinstance(one, _DROPOUT) and one.p > 0}
    kinds |= {type(one).__name__ for one in net.modules() if isinstance(one, _NORM)}
    if kinds or m.evaluation_differs:
        return sorted(kinds) or ["its forward"]
    return []


def _wrong_modes(net: nn.Module, modes: dict[nn.Module, bool], wanted: bool) -> list[str]:
    """The kinds of layers that ran in the other mode; of a net with its own `self.training`, its own."""
    kinds = [
        type(one).__name__
        for one, mode in modes.items()
        if mode is not wanted and (isinstance(one, _NORM) or (isinstance(one, _DROPOUT) and one.p > 0))
    ]
    own = not any(isinstance(one, (*_DROPOUT, *_NORM)) for one in net.modules())
    if own and modes.get(net, wanted) is not wanted:
        kinds.append(type(net).__name__)
    return sorted(set(kinds))


def eval_mode_in_training(m: Measurements) -> list[Finding]:
    """The reader's step runs the net in evaluation mode."""
    net = m.setting.net
    if not isinstance(net, nn.Module) or m.setting.step is None or not depends_on_mode(m):
        return []
    kinds = _wrong_modes(net, m.steps[-1].modes, True)
    if not kinds:
        return _left_in_evaluation(m, net)
    only_norm = all(kind.startswith(("BatchNorm", "SyncBatchNorm")) for kind in kinds)
    set_here = m.started_in_training
    why = " A trained body's BatchNorm may be kept so on purpose." if only_norm else ""
    return [
        Finding(
            "eval_mode_in_training", "wrong" if set_here and not only_norm else "suspect",
            f"in the training step {', '.join(kinds)} runs in evaluation mode (training=False)",
            "In evaluation mode dropout drops nothing and BatchNorm does not use the batch: the net is "
            "trained "
            "without them." + why,
            "Call net.train() before the batches of every epoch, and net.eval() only to evaluate.",
            notes="004 3.6",
        )
    ]  # fmt: skip


def _left_in_evaluation(m: Measurements, net: nn.Module) -> list[Finding]:
    """After the reader's evaluation the step trains in evaluation mode."""
    if m.setting.evaluate is None:
        return []
    with m.setting.untouched():
        m.setting.evaluate(net, m.evaluated)
        with recording(m.params, net) as step:
            m.setting.take_step(*m.setting.batch(0))
        kinds = _wrong_modes(net, step.modes, True)
    if not kinds:
        return []
    return [
        Finding(
            "eval_mode_in_training", "note",
            f"after evaluate(net, ...) the step trains {', '.join(kinds)} in evaluation mode",
            "evaluate calls net.eval(), and nothing sets the net back: from the second epoch on dropout is "
            "off in "
            "training. It is right if your loop calls net.train() at the start of every epoch.",
            "Call net.train() in the step, before net(X), or at the start of every epoch.",
            notes="004 3.6",
        )
    ]  # fmt: skip


def dropout_in_evaluation(m: Measurements) -> list[Finding]:
    """Two outputs of the same examples in evaluation mode differ."""
    if layer_made_in_forward(m):
        return []
    X, _ = m.setting.batch(0)
    with m.setting.untouched(), evaluating(m.setting.net):
        first, second = m.setting.net(X.clone()), m.setting.net(X.clone())
    if first.shape != second.shape or torch.equal(first.nan_to_num(), second.nan_to_num()):
        return []
    change = float((first.float() - second.float()).abs().max())
    if change <= 1e-5 * float(first.float().abs().max()):
        return []
    return [
        Finding(
            "dropout_in_evaluation", "wrong",
            f"in evaluation mode the net gives other outputs for the same examples (they differ by "
            f"{change:.3g})",
            "Something random stays on in evaluation, such as F.dropout, which does not know net.eval(), or "
            "a mask "
            "of one's own: the reported accuracy is that of a net with units missing.",
            "Write F.dropout(H, p, training=self.training), or use the layer nn.Dropout(p).",
            notes="004 3.6",
        )
    ]  # fmt: skip


def evaluate_in_training_mode(m: Measurements) -> list[Finding]:
    """The reader's own evaluation runs the net in training mode."""
    net = m.setting.net
    if m.setting.evaluate is None or not isinstance(net, nn.Module) or not depends_on_mode(m):
        return []
    modes: dict[nn.Module, bool] = {}
    with m.setting.untouched():
        net.train()
        handles: list[Any] = [
            one.register_forward_pre_hook(lambda module, _: modes.update({module: module.training}))
            for one in net.modules()
        ]
        try:
            m.setting.evaluate(net, m.evaluated)
        finally:
            for handle in handles:
                handle.remove()
    kinds = _wrong_modes(net, modes, False)
    if not kinds:
        return []
    return [
        Finding(
            "evaluate_in_training_mode", "wrong",
            f"during evaluate(net, ...) {', '.join(kinds)} runs in training mode",
            "evaluate does not call net.eval(): dropout drops units, and BatchNorm normalises by the batch "
            "it "
            "measures and learns from it. The reported number is not that of the trained net.",
            "Call net.eval() first in evaluate, and net.train() before the training goes on.",
            notes="004 3.6",
        )
    ]  # fmt: skip


def dropout_probability(m: Measurements) -> list[Finding]:
    """Nearly everything is dropped: p is the share that is dropped, not kept."""
    net = m.setting.net
    layers = (
        [one.p for one in net.modules() if isinstance(one, _DROPOUT)] if isinstance(net, nn.Module) else []
    )
    shares = [p for p in [*layers, *m.wide.masks] if p > 0.78]
    if not shares:
        return []
    p = max(shares)
    return [
        Finding(
            "dropout_probability", "suspect" if p < 1 else "wrong",
            f"dropout sets {p:.0%} of the values to 0",
            "p is the share that is dropped, not the share that is kept. With so few values left the net "
            "hardly "
            "learns. Some nets for ensembles do it on purpose.",
            f"If {p:.2g} was meant to be kept: nn.Dropout({1 - p:.2g}). Usual are 0.1 to 0.5.",
            notes="004 3.6",
        )
    ]  # fmt: skip


def dropout_on_output(m: Measurements) -> list[Finding]:
    if "Dropout" not in (m.first.last, m.wide.last):
        return []
    zero = float((m.wide.y_hat == 0).float().mean())
    return [
        Finding(
            "dropout_on_output", "wrong",
            f"in training {zero:.0%} of the outputs are set to 0 at random",
            "Dropout follows the last layer: it deletes predictions, not hidden units, and the loss "
            "compares the "
            "zeros with the targets.",
            "Put the dropout after the activation of a hidden layer, never after the last layer.",
            notes="004 3.6",
        )
    ]  # fmt: skip


RULES: list[Rule] = [
    eval_mode_in_training, dropout_in_evaluation, evaluate_in_training_mode, dropout_probability,
    dropout_on_output,
]  # fmt: skip
