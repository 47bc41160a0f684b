"""`d2lcore.checkup`: a set-up is measured once, and every rule reads the measurements."""

import time
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from .. import guards
from ..errors import check_counts
from . import (
    data_rules,
    drawing,
    evaluation_rules,
    graph_rules,
    loop_rules,
    mode_rules,
    number_rules,
    optimizer_rules,
    output_rules,
    relation_rules,
    scale_rules,
    split_rules,
    start_rules,
    update_rules,
)
from .finding import Checkup, Finding
from .measurements import Measurements, Rule
from .saved_state import SavedState
from .setting import Data, Setting, gather

# A rule of a later stage is asked only while nothing is wrong in the earlier ones, of which its finding could
# be a consequence. The last rules explain why a training does not get far: their first answer is given.
STAGES: list[list[Rule]] = [
    [data_rules.second_pass, *data_rules.RULES],
    [graph_rules.graph_cut],
    [
        *loop_rules.RULES,
        *optimizer_rules.RULES,
        *output_rules.RULES,
        *graph_rules.RULES,
        *mode_rules.RULES,
    ],
    start_rules.RULES[:2],
]
EXPLAINING: list[Rule] = [
    *number_rules.FIRST_RULES, *update_rules.RULES, *scale_rules.RULES, *start_rules.RULES[2:],
    *number_rules.RULES[:3], *start_rules.LATE_RULES, *number_rules.RULES[3:],
]  # fmt: skip
# These say something about the data or the reported number, whatever else is wrong.
SEPARATE: list[Rule] = [*relation_rules.RULES, *split_rules.RULES, *evaluation_rules.RULES]
STEPS = 100  # of a short training
SECONDS = 10.0  # of computing, for all of them


def checkup(
    net: Callable[..., Tensor],
    train_iter: Iterable,
    loss: Callable[..., Tensor],
    updater: torch.optim.Optimizer | Callable[[int], Any],
    *,
    test_iter: Iterable | None = None,
    step: Callable[[Tensor, Tensor], Any] | None = None,
    evaluate: Callable[..., Any] | None = None,
    epochs: int = 1,
) -> Checkup:
    """Look for what is wrong with a training, by short experiments; everything is left as it was found.

    net, train_iter, loss, updater: as for `train_ch3`. test_iter: the batches of the evaluation.
    step: the body of your own loop, `step(X, y)`, which returns the loss of the batch; by default that of the
    book (book 3.6). evaluate: your own evaluation, `evaluate(net, data_iter)`, which returns a number.
    epochs: makes the short trainings so many times as long, 100 steps each; for nets that start slowly.
    Returns a `Checkup`: print it. Its findings are "wrong", "suspect" or a "note".
    Raises TypeError or ValueError, naming the argument, for what cannot be trained with.
    """
    _check(net, train_iter, loss, updater, test_iter, step, evaluate, epochs)
    begun = time.perf_counter()
    state = SavedState([net, loss, updater, step, evaluate, train_iter, test_iter])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those of the set-up would come a hundred times
            m, findings = _look_at(net, train_iter, loss, updater, test_iter, step, evaluate, epochs, state)
    finally:
        state.restore()
    return Checkup(findings, drawing.drawer(m) if m is not None else None, time.perf_counter() - begun)


def _check(
    net: Any, train_iter: Any, loss: Any, updater: Any, test_iter: Any, step: Any, evaluate: Any, epochs: Any
) -> None:
    check_counts(epochs=epochs)
    guards.check_training(net, train_iter, loss, updater)
    if test_iter is not None:
        guards.check_batches("test_iter", test_iter)
    if step is not None:
        guards.check_function("step", step, "a function of a batch, step(X, y)", "step = {}(...)")
    if evaluate is not None:
        guards.check_function(
            "evaluate", evaluate, "a function evaluate(net, data_iter)", "evaluate = {}(...)"
        )
    if isinstance(net, nn.Module) and any(map(nn.parameter.is_lazy, net.parameters())):
        raise ValueError(
            "net: a lazy layer of it has no weights yet; call net(X) once with a batch, before the optimizer"
        )
    if isinstance(net, nn.Module) and any(p.is_meta for p in net.parameters()):
        raise ValueError(
            "net: its parameters are on the device 'meta', which holds no numbers; net.to_empty(device='cpu')"
        )


def _look_at(
    net: Any, train_iter: Any, loss: Any, updater: Any, test_iter: Any, step: Any, evaluate: Any, epochs: int,
    state: SavedState,
) -> tuple[Measurements | None, list[Finding]]:  # fmt: skip
    given = {"train_iter": train_iter, "test_iter": test_iter}
    used_up = [data_rules.used_up(name, it) for name, it in given.items() if it is not None]
    if findings := [one for one in used_up if one is not None]:
        return None, findings
    setting = _gathered(net, train_iter, loss, updater, test_iter, step, evaluate, state)
    with tqdm(unit="experiment", delay=1, leave=False, disable=None) as progress:
        m = Measurements(setting, SECONDS * epochs, steps=STEPS * epochs, progress=progress)
        return m, _examine(m)


def _examine(m: Measurements) -> list[Finding]:
    found: list[Finding] = []
    for stage in STAGES:
        for rule in stage:
            found += rule(m)
        if any(one.level == "wrong" for one in found):
            break
    else:
        found += next((answer for rule in EXPLAINING if (answer := rule(m))), [])
    if not any(one.rule in ("nan_in_data", "constant_inputs", "iterator_exhausted") for one in found):
        for rule in SEPARATE:
            found += rule(m)
    return found


def _gathered(
    net: Any,
    train_iter: Any,
    loss: Any,
    updater: Any,
    test_iter: Any,
    step: Any,
    evaluate: Any,
    state: SavedState,
) -> Setting:
    train = gather("train_iter", train_iter)
    if not len(train):
        raise ValueError("train_iter: it gave no batches to train on")
    test = gather("test_iter", test_iter) if test_iter is not None else Data()
    state.restore(all_data=False)
    return Setting(net, loss, updater, train, test, step, evaluate, train_iter, test_iter, state)
