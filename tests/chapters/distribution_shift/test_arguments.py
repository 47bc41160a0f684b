"""Arguments of any kind become tensors of one kind, and bad ones are named."""

import math
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError
from mutants import Mutant

from chapters.distribution_shift import arguments

BETA = torch.tensor([0.5, 2.0, 0.0, 2.5], dtype=torch.float64)
C = torch.tensor([[0.9, 0.3, 0.0], [0.1, 0.5, 0.2], [0.0, 0.2, 0.8]], dtype=torch.float64)
EVEN = torch.full((3,), 1 / 3)


def refused(message: str, use: object, *given: object) -> None:
    with pytest.raises(ValueError, match=message):
        use(*given)


# Tensors


def test_arrays_that_torch_does_not_take_as_they_are() -> None:
    constant = np.broadcast_to(np.ones(1), 4)  # read-only
    assert arguments.as_tensor(np.arange(4.0)[::-1]).tolist() == [3.0, 2.0, 1.0, 0.0]
    assert arguments.as_tensor(constant).tolist() == [1.0] * 4
    assert arguments.as_tensor(BETA) is BETA


def test_double_without_a_gradient(device: torch.device) -> None:
    found = arguments.in_double(torch.ones(2, device=device, requires_grad=True))
    assert (found.dtype, found.device.type, found.requires_grad) == (torch.float64, device.type, False)


# Weights


@pytest.mark.parametrize("beta", [BETA.numpy(), BETA.unsqueeze(1), torch.tensor([1, 2, 0])])
def test_weights_of_any_kind_become_a_vector(beta: object) -> None:
    weights = arguments.as_weights(beta)
    assert weights.dim() == 1
    assert weights.is_floating_point()
    np.testing.assert_array_equal(weights.numpy(), np.asarray(beta).reshape(-1))


def test_weights_follow_another_tensor() -> None:
    assert arguments.as_weights(BETA, like=torch.ones(1)).dtype == torch.float32
    assert arguments.as_weights(BETA.float()).dtype == torch.float32


@pytest.mark.parametrize(
    ("beta", "message"),
    [
        ([1.0, math.nan], "weight 1 is nan"),
        ([1.0, math.inf], "weight 1 is inf"),
        ([-0.1, 1.0], "weight 0 is -0.1"),
        ([], "one weight an example"),
        ([[1.0, 2.0]], "one weight an example"),
        (1.0, "one weight an example"),
    ],
)
def test_bad_weights(beta: object, message: str) -> None:
    refused(f"^beta: .*{message}", arguments.as_weights, torch.tensor(beta))


# Samples


@pytest.mark.parametrize("shape", [(6,), (6, 1), (6, 1, 2, 2)])
def test_flat_gives_one_row_an_example(shape: tuple) -> None:
    X = torch.arange(math.prod(shape), dtype=torch.float64).reshape(shape)
    rows = arguments.flat(X)
    assert rows.shape == (6, X.numel() // 6)
    assert torch.equal(rows.flatten(), X.flatten())


def test_samples_of_any_kind_become_matrices_of_one_type(device: torch.device) -> None:
    source, target = arguments.as_samples(torch.ones(3, 1, 2, device=device), np.zeros((4, 2)))
    assert (source.shape, target.shape) == ((3, 2), (4, 2))
    assert source.dtype == target.dtype == torch.float64
    assert source.device == target.device
    assert source.device.type == device.type
    pixels, _ = arguments.as_samples(torch.ones(3, 4, dtype=torch.uint8), torch.ones(2, 4))
    assert pixels.dtype == torch.float32


@pytest.mark.parametrize(
    ("X_source", "X_target", "message"),
    [
        (torch.ones(3, 2), torch.ones(0, 2), r"^X_target: shape \(0, 2\) holds no examples"),
        (torch.ones(3, 2), torch.ones(3, 4), "^X_source, X_target: 2 features in the source, 4 in the"),
        (torch.ones(3), torch.tensor([1.0, math.nan]), "^X_target: 1 values are NaN or infinite"),
    ],
)
def test_bad_samples(X_source: torch.Tensor, X_target: torch.Tensor, message: str) -> None:
    refused(message, arguments.as_samples, X_source, X_target)


# Classes and distributions


def test_classes_of_any_kind_become_integers() -> None:
    for y in (torch.tensor([[0.0], [2.0]]), np.array([0, 2]), torch.tensor([0, 2], dtype=torch.int32)):
        found = arguments.as_classes(y, 3)
        assert (found.tolist(), found.dtype) == ([0, 2], torch.int64)


@pytest.mark.parametrize("wrong", [3.0, -1.0, 1.5, math.nan])
def test_bad_classes(wrong: float) -> None:
    refused(
        f"^labels: a class .* 0..2, got {wrong}", arguments.as_classes, torch.tensor([wrong]), 3, "labels"
    )


def test_distributions_sum_to_1_to_the_last_digit() -> None:
    p = torch.randn(50, 4).softmax(dim=1)
    for given in (p, p.half(), p[0]):
        found = arguments.as_distributions(given, "p")
        assert (found.shape, found.dtype) == (given.shape, torch.float64)
        assert (found.sum(dim=-1) - 1).abs().max() < 1e-15


@pytest.mark.parametrize(
    ("p", "message"),
    [
        (torch.tensor([1.5, -0.5, 0.0]), "^p: .* it has the sum 1 and the smallest entry -0.5"),
        (torch.tensor([[1.0, 0.0], [2.0, 3.0]]), "^p: .* row 1 has the sum 5"),
        (torch.tensor([math.nan, 1.0]), "^p: .* it has the sum nan"),
    ],
)
def test_no_distributions(p: torch.Tensor, message: str) -> None:
    refused(message, arguments.as_distributions, p, "p")


def test_classes_and_probabilities_become_shares() -> None:
    assert arguments.as_shares(torch.tensor([2, 0]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert arguments.as_shares(torch.tensor([[0.25, 0.75]]), 2).tolist() == [[0.25, 0.75]]
    refused(r"^y_hat: expected classes \(n,\)", arguments.as_shares, torch.full((4, 2), 0.5), 3)
    refused(r"^y_hat: expected classes \(n,\)", arguments.as_shares, torch.ones(0, 3), 3)


def test_a_system_keeps_its_columns() -> None:
    found, mu = arguments.as_system(C.numpy(), EVEN)
    torch.testing.assert_close(found, C, rtol=0, atol=1e-15)
    assert mu.dtype == torch.float64
    refused("^C: .* column 0 has the sum 1.2", arguments.as_system, C.T, EVEN)
    refused(r"^C, mu: expected shapes \(k, k\) and \(k,\)", arguments.as_system, C, EVEN[:2])


def test_a_prior_that_lacks_a_class() -> None:
    with pytest.raises(ValueError, match="q: class 0, 2 has a prior of 0, so any weight would fit"):
        arguments.as_prior(torch.tensor([0.0, 1.0, 0.0]), 3)
    assert arguments.as_prior(torch.tensor([0.25, 0.75]), 2).tolist() == [0.25, 0.75]
    refused("^q: expected a prior of 3 classes", arguments.as_prior, torch.tensor([0.5, 0.5]), 3)


def test_places_are_listed() -> None:
    assert arguments.listed(torch.tensor([False, True, False, True])) == "1, 3"


# Numbers of runs


def test_a_standard_deviation_needs_two_runs() -> None:
    arguments.check_repeats(num_runs=2)
    with pytest.raises(ValueError, match="num_runs: a standard deviation needs at least 2, got 1"):
        arguments.check_repeats(num_runs=1)


bad = test_bad_weights
MUTANTS = [
    Mutant("as_tensor", "np.array(values)", "np.asarray(values)",
           test_arrays_that_torch_does_not_take_as_they_are, dies_of=(ValueError, UserWarning)),
    Mutant("in_double", "torch.float64", "torch.float32",
           partial(test_double_without_a_gradient, torch.device("cpu"))),
    Mutant("in_double", ".detach()", "", partial(test_double_without_a_gradient, torch.device("cpu"))),
    Mutant("flat", "X.reshape(len(X), -1)", "X.reshape(-1, len(X))",
           partial(test_flat_gives_one_row_an_example, (6, 1, 2, 2))),
    Mutant("as_weights", "beta >= 0", "beta > -1", partial(bad, [-0.1, 1.0], "weight 0 is -0.1")),
    Mutant("as_weights", "beta >= 0", "beta > 0", partial(test_weights_of_any_kind_become_a_vector, BETA),
           dies_of=(ValueError,)),
    Mutant("as_weights", "beta.isfinite() & ", "", partial(bad, [1.0, math.inf], "weight 1 is inf")),
    Mutant("as_samples", "source.shape[1] != target.shape[1]", "False",
           partial(test_bad_samples, torch.ones(3, 2), torch.ones(3, 4), "2 features")),
    Mutant("as_samples", "not X.isfinite().all()", "False",
           partial(test_bad_samples, torch.ones(3), torch.tensor([math.nan]), "NaN")),
    Mutant("as_classes", "y < num_classes", "y <= num_classes", partial(test_bad_classes, 3.0)),
    Mutant("as_distributions", "p >= -1e-9", "p >= -1",
           partial(test_no_distributions, torch.tensor([1.5, -0.5, 0.0]), "smallest entry -0.5")),
    Mutant("as_distributions", "<= slack", "<= 10",
           partial(test_no_distributions, torch.tensor([[1.0, 0.0], [2.0, 3.0]]), "row 1 has the sum 5")),
    Mutant("as_shares", "y_hat.shape[1] != num_classes", "False",
           test_classes_and_probabilities_become_shares, dies_of=(*mutants.RED, TypeCheckError)),
    Mutant("as_system", "\"column\").T.cpu()", "\"column\").cpu()", test_a_system_keeps_its_columns),
    Mutant("as_prior", "not q.all()", "False", test_a_prior_that_lacks_a_class),
    Mutant("listed", "chosen.nonzero()", "(~chosen).nonzero()", test_places_are_listed),
    Mutant("check_repeats", "value < 2", "value < 1", test_a_standard_deviation_needs_two_runs),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(arguments, MUTANTS)
