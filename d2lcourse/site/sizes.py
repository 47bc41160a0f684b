"""At what size each page is run: at most about ten seconds of a core, so that the site is built in minutes.

A page that is not here runs at its defaults, for which its numbers are expected. The smaller runs
still learn. Most take the digits, which are always there.
Two pages take longer: `softmax_regression` keeps its defaults, so that a training on Fashion-MNIST
stands beside what is expected; `data_parallel.training` starts processes, each of which loads torch.
"""

from collections.abc import Mapping
from typing import Any

DIGITS = {"data": "digits", "batch_size": 32, "num_epochs": 20}
DRAWN = {"data": "digits", "num_train": 800, "n": 400, "lr": 0.2, "num_epochs": 15, "device": "cpu"}

SIZES: Mapping[str, Mapping[str, Any]] = {
    "preprocessing": {"num_splits": 5},
    "least_squares": {"num_lambdas": 10},
    "perceptron": {"num_runs": 5},
    "vc_dimension": {"num_sets": 2},
    "mlp": {**DIGITS, "num_steps": 500},
    "model_selection": {"num_epochs": 50},
    "cross_validation": {"num_lambdas": 7},
    "sparsity": {"num_lambdas": 5},
    "dropout": DIGITS,
    "numerical_stability": {"num_steps": 100},
    "initialization": {"num_epochs": 5, "num_steps": 100},
    "distribution_shift.covariate.known_ratio": {"sizes": (50, 200), "n": 100, "num_runs": 4},
    "distribution_shift.covariate.regression": {"num_runs": 20},
    "distribution_shift.covariate.selection": {"data": "digits", "size": 500, "num_draws": 3},
    "distribution_shift.label.images": {"data": "digits"},
    "distribution_shift.label.correction": {**DRAWN, "num_resamples": 20},
    "distribution_shift.label.weak_predictor": {"data": "digits", "num_models": 2, "num_draws": 10},
    "distribution_shift.label.posteriors": {"data": "digits", "n": 200, "num_draws": 2},
    "distribution_shift.power": {"num_runs": 3, "num_null_runs": 5, "num_permutations": 19},
    "distribution_shift.failures": {
        "data": "digits", "num_train": 300, "n": 200, "num_epochs": 10, "num_runs": 5,
    },
    "distribution_shift.concept": {"data": "digits", "num_epochs": 10, "num_draws": 2},
    "distribution_shift.concept_stream": {"data": "digits", "num_epochs": 10, "batch_size": 20},
    "minibatch_and_momentum": {"num_epochs": 1, "batch_size": 100},
    "adam": {"num_epochs": 1, "num_seeds": 1},
    "building_models": {"num_epochs": 5},
    "saving": {"num_epochs": 4, "num_files": 50},
    "cnn": {**DIGITS, "num_epochs": 2},
    "first_network": {**DIGITS, "num_epochs": 5},
    "data_parallel.training": {**DIGITS, "num_epochs": 2},
    "data_parallel.costs": {"num_steps": 5},
}  # fmt: skip
