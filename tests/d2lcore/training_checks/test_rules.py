"""Each rule by itself: a training with its mistake is found, the same without it is not; wrong rules die."""

import warnings
from functools import partial
from types import ModuleType
from typing import Any

import mutants
import pytest
import small_trainings as m
import torch
from mutants import Mutant
from rule_cases import CASES, Build
from torch import nn

from d2lcore.training_checks import (
    data_rules,
    evaluation_rules,
    graph_rules,
    loop_rules,
    loss_facts,
    mode_rules,
    number_rules,
    optimizer_rules,
    output_rules,
    relation_rules,
    split_rules,
    start_rules,
    update_rules,
)


def found(module: ModuleType, rule: str, build: Build) -> list[str]:
    """The levels of what the rule says of a set-up, read from the module, where a mutant may stand."""
    with warnings.catch_warnings(), m.measured(build()) as measurements:
        warnings.simplefilter("ignore")  # as a checkup does
        return [one.level for one in getattr(module, rule)(measurements)]


def check(i: int) -> None:
    module, rule, broken, healthy = CASES[i]
    assert {"wrong", "suspect"} & set(found(module, rule, broken))
    assert not {"wrong", "suspect"} & set(found(module, rule, healthy or m.classifier))


def cases() -> list:
    """Every case; a rule's second and later ones are slow."""
    rules = [case[1] for case in CASES]
    return [
        pytest.param(i, id=f"{i}-{rule}", marks=[pytest.mark.slow] if rule in rules[:i] else [])
        for i, rule in enumerate(rules)
    ]


@pytest.mark.parametrize("i", cases())
def test_a_rule_finds_its_mistake_and_not_the_training_without_it(i: int) -> None:
    check(i)


def number(rule: str, which: int = 0) -> int:
    return [i for i, case in enumerate(CASES) if case[1] == rule][which]


@pytest.mark.parametrize(
    ("loss", "columns", "kind"),
    [
        (nn.CrossEntropyLoss(), 3, "softmax"),
        (lambda z, y: -z.log_softmax(1)[range(len(y)), y], 3, "softmax"),
        (nn.NLLLoss(), 3, "log probabilities"),
        (lambda p, y: -torch.log(p[range(len(y)), y]), 3, "probabilities"),
        (nn.BCEWithLogitsLoss(), 1, "logistic"),
        (nn.BCELoss(), 1, "probabilities"),
        (nn.MSELoss(), 1, "by value"),
        (nn.HuberLoss(), 1, "by value"),
        (lambda y_hat, y: (y_hat - y) ** 2 / 2, 1, "by value"),
    ],
)
def test_kind_of_a_loss_is_found_by_trying_it(loss: Any, columns: int, kind: str) -> None:
    generator = torch.Generator().manual_seed(0)
    y = torch.randint(0, 3, (30,), generator=generator)
    if columns == 1:
        y = (y == 0).float().reshape(-1, 1) if kind in ("logistic", "probabilities") else torch.randn(30, 1)
    facts = loss_facts.loss_facts(loss, torch.zeros(30, columns), y)
    assert facts == loss_facts.LossFacts(kind)


def _mutant(module: ModuleType, function: str, old: str, new: str, rule: str, which: int = 0) -> Any:
    return module, Mutant(function, old, new, partial(check, number(rule, which)))


MUTANTS = [
    _mutant(loop_rules, "no_step", "moves(m) or", "False or", "no_step", 1),
    _mutant(loop_rules, "no_step", 'any("step" in', 'any("stop" in', "no_step", 2),
    _mutant(loop_rules, "no_zero_grad", "rest < 0.05", "rest < 0", "no_zero_grad"),
    _mutant(loop_rules, "wrong_sign", "along < 0.3", "along < 2", "wrong_sign"),
    _mutant(loop_rules, "wrong_sign", "along < 0.3", "along > 0.3", "wrong_sign"),
    _mutant(update_rules, "update_size", "factor * n - 1", "factor - 1", "update_size"),
    _mutant(update_rules, "schedule_at_zero", " and max(rates[i:]) <= 0.01 * top", "", "schedule_at_zero", 1),
    _mutant(update_rules, "schedule_at_zero", "< 0.3 *", "< 0.01 *", "schedule_at_zero", 2),
    _mutant(optimizer_rules, "_used", "(grad != 0)", "(grad == 7)", "optimizer_misses"),
    _mutant(optimizer_rules, "layers_in_list", "not in m.known", "in m.known", "layers_in_list"),
    _mutant(optimizer_rules, "layer_made_in_forward", "not _same", "_same", "layer_made_in_forward"),
    _mutant(
        optimizer_rules, "frozen_layer", "frozen[-1] is layers[-1]", "frozen[-1] is layers[0]", "frozen_layer"
    ),
    _mutant(output_rules, "_bounded", "<= 1 + 1e-4", "<= 0", "probabilities_under_logits"),
    _mutant(output_rules, "limited_logits", '["low"] >= 0', '["low"] > 0', "limited_logits"),
    _mutant(output_rules, "not_log_probabilities", "< 1e-2", "< -1", "not_log_probabilities"),
    _mutant(output_rules, "_class_numbers", "low in (0, 1)", "low in (5, 6)", "regression_on_class_numbers"),
    _mutant(loss_facts, "_broadcasts", "_close(values[0], one)", "not _close(values[0], one)", "broadcast"),
    _mutant(
        loss_facts, "_kind_of_classes", "value(4 * right) > value(4 * wrong)", "False", "loss_prefers_wrong"
    ),
    _mutant(graph_rules, "examples_mixed", "change > 0.1 * spread", "change > 1e9", "examples_mixed"),
    _mutant(
        graph_rules, "missing_bias", "with_it > 0.5 * without", "with_it < 0.5 * without", "missing_bias"
    ),
    _mutant(start_rules, "dead_units", "share < 0.75", "share < 2", "dead_units"),
    _mutant(start_rules, "_alike", "<= tolerance", "> tolerance", "equal_start"),
    _mutant(mode_rules, "dropout_probability", "p > 0.78", "p > 0.4", "dropout_probability"),
    _mutant(
        mode_rules, "_wrong_modes", "mode is not wanted and", "mode is wanted and", "eval_mode_in_training"
    ),
    _mutant(data_rules, "constant_inputs", "same < 0.5", "same < 2", "constant_inputs"),
    _mutant(relation_rules, "sorted_batches", "equal < 0.85", "equal > 0.85", "sorted_batches"),
    _mutant(relation_rules, "labels_unrelated", "strength < 4", "strength < 1e9", "labels_unrelated"),
    _mutant(relation_rules, "labels_unrelated", "strength < 4", "strength < -1e9", "labels_unrelated"),
    _mutant(split_rules, "test_in_train", "share < 0.01", "share > 0.01", "test_in_train"),
    _mutant(split_rules, "label_in_features", "> 1 - 1e-5", "> 2", "label_in_features"),
    _mutant(
        split_rules, "labels_numbered_differently", "k != other", "k == other", "labels_numbered_differently"
    ),
    _mutant(number_rules, "learning_rate_low", "size > 3e-4", "size > 0", "learning_rate_low"),
    _mutant(number_rules, "momentum_high", "top < 0.97", "top > 0.97", "momentum_high"),
    _mutant(number_rules, "weight_decay_high", "decay < 1e-3", "decay > 1e-3", "weight_decay_high"),
    _mutant(evaluation_rules, "_is_one", "<= 2e-4", "<= 2", "accuracy_wrong"),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "mutant"), MUTANTS, ids=lambda one: str(one) if isinstance(one, Mutant) else ""
)
def test_a_wrong_rule_is_noticed(module: ModuleType, mutant: Mutant) -> None:
    mutants.kill(module, mutant)
