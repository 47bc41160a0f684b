"""The chapters' optimizers beside torch's: the largest difference, and that it would be seen."""

from unittest import mock

import pytest
import torch

from chapters import adam
from d2lcourse.experiments import optimizer_twins as experiment


def test_all_six_agree_and_the_largest_difference_is_told() -> None:
    metrics = dict(experiment.optimizer_twins(seed=1).metrics)
    largest = metrics.pop("largest difference")
    assert set(metrics) == {"sgd", "sgd_momentum", "nesterov", "adagrad", "rmsprop", "adam"}
    assert largest == max(metrics.values()) < 1e-12


def test_another_epsilon_is_seen() -> None:
    twins = experiment.twins()
    with mock.patch.object(adam, "EPS", 1e-3), mock.patch.object(experiment, "twins", return_value=twins):
        metrics = experiment.optimizer_twins(num_steps=5).metrics
    assert min(metrics[name] for name in ("adagrad", "rmsprop", "adam")) > 1e-6
    assert metrics["sgd"] < 1e-12


def test_curvatures_differ_and_a_batch_is_that_of_its_number() -> None:
    params = experiment.first_params()
    assert experiment.uneven(params, 3) == experiment.uneven(params, 3) != experiment.uneven(params, 4)
    hessian = torch.autograd.functional.hessian(
        lambda w: torch.stack([experiment.uneven([w, params[1]], t) for t in range(50)]).mean(), params[0]
    )
    curvatures = torch.linalg.eigvalsh(hessian.squeeze())
    assert curvatures[-1] > 300 * curvatures[0]


def test_no_steps_are_refused() -> None:
    with pytest.raises(ValueError, match="num_steps: must be at least 1"):
        experiment.optimizer_twins(num_steps=0)
