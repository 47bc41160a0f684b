"""Density ratios by classification: against scikit-learn, against counting, and at the edges."""

import math
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant

from chapters.distribution_shift.covariate import density_ratio
from chapters.distribution_shift.risk import effective_sample_size

double = partial(torch.tensor, dtype=torch.float64)


def samples(n: int = 300, m: int = 700, d: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    """Overlapping samples of unequal size, in units far from standard."""
    scale = 10.0 ** torch.arange(d, dtype=torch.float64)
    X_source, X_target = (torch.randn(k, d, dtype=torch.float64) for k in (n, m))
    return scale * X_source + 7, scale * (1.3 * X_target + 0.6) + 7


def coins(n: int, heads: int, m: int, heads_target: int) -> tuple[torch.Tensor, torch.Tensor]:
    """One feature, 0 or 1, of n source and m target examples; the ones come first."""
    sizes = ((n, heads), (m, heads_target))
    return tuple((torch.arange(k) < ones).double().unsqueeze(1) for k, ones in sizes)


# The samples


@pytest.mark.parametrize(
    ("X_source", "X_target", "message"),
    [
        (torch.ones(3, 2), torch.ones(0, 2), r"^X_target: shape \(0, 2\) holds no examples"),
        (torch.ones(0), torch.ones(3), r"^X_source: shape \(0,\) holds no examples"),
        (torch.ones(3, 0), torch.ones(3, 0), "^X_source: .* holds no examples"),
        (torch.ones(()), torch.ones(3), "^X_source: .* holds no examples"),
        (
            torch.ones(3, 2),
            torch.ones(3, 4),
            "^X_source, X_target: 2 features in the source, 4 in the target",
        ),
        (torch.ones(3), torch.tensor([1.0, math.nan]), "^X_target: 1 values are NaN or infinite"),
        (np.array([np.inf, -np.inf]), np.ones(2), "^X_source: 2 values are NaN or infinite"),
    ],
)
@pytest.mark.parametrize(
    "use", ["as_samples", "density_ratio_weights", "fit_logistic", "fit_sklearn", "fit_net"]
)
def test_bad_samples(use: str, X_source: object, X_target: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        getattr(density_ratio, use)(X_source, X_target)


# Logistic regression


def standardized(lambd: float = 1e-3) -> tuple[torch.Tensor, torch.Tensor, float]:
    X = torch.randn(50, 3, dtype=torch.float64)
    return X, torch.where(X[:, 0] + torch.randn(50) > 0, 1.0, -1.0).double(), lambd


@pytest.mark.parametrize("lambd", [1e-8, 1e-3, 10.0])
def test_newton_finds_where_the_gradient_is_zero(lambd: float) -> None:
    X, z, lambd = standardized(lambd)
    w, b = (param.requires_grad_() for param in density_ratio.fit_plane(X, z, lambd))
    objective = torch.log1p(torch.exp(-z * (X @ w + b))).mean() + lambd / 2 * (w**2).sum()
    for grad in torch.autograd.grad(objective, (w, b)):
        assert grad.abs().max() < 1e-8  # quadratic convergence from a descent of at most 1e-15


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_newton_survives_separable_samples_with_heavy_tails(dtype: torch.dtype) -> None:
    for seed in range(12):
        torch.manual_seed(seed)
        X = density_ratio.standardizer(torch.randn(20, 2).double() ** 3)(torch.randn(20, 2).double() ** 3).to(
            dtype
        )
        z = torch.where(X[:, 0] > X[:, 0].median(), 1, -1).to(dtype)
        w, b = density_ratio.fit_plane(X, z, 1e-8)
        h = (X @ w + b).double()
        slope = X.double().T @ (-z * torch.sigmoid(-z * h)) / 20 + 1e-8 * w
        assert slope.abs().max() < (1e-4 if dtype == torch.float32 else 1e-9)
        assert ((h > 0) == (z > 0)).all()


@pytest.mark.parametrize("lambd", [0.0, -1.0, math.inf, math.nan])
def test_newton_needs_a_penalty(lambd: float) -> None:
    with pytest.raises(ValueError, match=r"^lambd: "):
        density_ratio.fit_plane(*standardized(lambd))


def test_polynomial_equals_scikit_learn() -> None:
    from sklearn.preprocessing import PolynomialFeatures

    X = torch.randn(5, 3, dtype=torch.float64)
    for degree in (1, 2, 3):
        expected = PolynomialFeatures(degree, include_bias=False).fit_transform(X.numpy())
        np.testing.assert_allclose(density_ratio.polynomial(X, degree).numpy(), expected, rtol=1e-12)
    with pytest.raises(ValueError, match=r"^degree: "):
        density_ratio.polynomial(X, 0)


@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("lambd", [None, 1e-2])
def test_scratch_equals_scikit_learn(degree: int, lambd: float | None) -> None:
    X_source, X_target = samples()
    new, _ = samples(9, 9)
    mine, oracle = (
        fit(X_source, X_target, degree=degree, lambd=lambd)
        for fit in (density_ratio.fit_logistic, density_ratio.fit_sklearn)
    )
    for X in (X_source, new):
        torch.testing.assert_close(mine(X), oracle(X), rtol=1e-6, atol=1e-6)
        assert mine(X).std() > 0.1


def test_weights_equal_the_odds_of_scikit_learn_s_probabilities() -> None:
    from sklearn.linear_model import LogisticRegression

    X_source, X_target = samples()
    rows = density_ratio.standardizer(torch.cat([X_source, X_target]))(
        torch.cat([X_source, X_target])
    ).numpy()
    z = np.repeat([-1, 1], [300, 700])
    oracle = LogisticRegression(tol=1e-10).fit(rows, z)  # as it comes: C = 1
    p = oracle.predict_proba(rows[:300])[:, 1]  # none is near 0 or 1 here
    beta = density_ratio.density_ratio_weights(X_source, X_target)
    np.testing.assert_allclose(beta.numpy(), p / (1 - p) * 300 / 700, rtol=1e-6)


def test_units_do_not_matter() -> None:
    X_source, X_target = samples()
    one = density_ratio.density_ratio_weights(X_source, X_target)
    other = density_ratio.density_ratio_weights(1000 * X_source - 5, 1000 * X_target - 5)
    torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-8)


# The weights


@pytest.mark.parametrize("fit", ["fit_logistic", "fit_sklearn", "fit_net"])
@pytest.mark.parametrize("m", [100, 400, 25])
def test_the_ratio_of_two_coins_needs_the_factor_of_the_sizes(fit: str, m: int) -> None:
    X_source, X_target = coins(100, 20, m, 3 * m // 5)
    knobs = {"weight_decay": 0.0, "num_steps": 300} if fit == "fit_net" else {"lambd": 2e-9}
    beta = density_ratio.density_ratio_weights(
        X_source, X_target, fit=partial(getattr(density_ratio, fit), **knobs)
    )
    # counting: 0.6 / 0.2 = 3 for heads, 0.4 / 0.8 = 0.5 for tails; exp(h) alone is m/100 times that
    expected = torch.where(X_source[:, 0] == 1, 3.0, 0.5).double()
    torch.testing.assert_close(beta, expected, rtol=1e-3 if fit == "fit_net" else 1e-5, atol=0)
    assert float(beta.mean()) == pytest.approx(1, rel=1e-3)


def test_the_log_ratio_is_of_the_target_over_the_source_at_new_examples() -> None:
    X_source, X_target = coins(100, 20, 400, 240)
    h = density_ratio.log_ratio(X_source, X_target, partial(density_ratio.fit_logistic, lambd=2e-9))
    torch.testing.assert_close(h(double([[1.0], [0.0]])), double([3.0, 0.5]).log(), rtol=1e-5, atol=0)


def surely(h: float) -> object:
    """A classifier whose log-odds are h for every example."""
    return lambda X_source, X_target: lambda X: torch.full_like(X[:, 0], h)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_saturated_classifier_gives_finite_weights(dtype: torch.dtype) -> None:
    X = torch.ones(2, 1, dtype=dtype)
    assert torch.sigmoid(torch.tensor(50.0, dtype=dtype)) == 1  # p / (1 - p) would be infinite
    beta = density_ratio.density_ratio_weights(X, torch.ones(1, 1), fit=surely(50.0))
    torch.testing.assert_close(beta, torch.full((2,), 2 * math.exp(50), dtype=dtype), rtol=1e-4, atol=0)


def test_a_weight_that_overflows_is_refused_or_clipped() -> None:
    X = torch.ones(3, 1)
    with pytest.raises(ValueError, match="a log-ratio of 100 makes a weight infinite"):
        density_ratio.density_ratio_weights(X, X, fit=surely(100.0))
    beta = density_ratio.density_ratio_weights(X, X, fit=surely(100.0), largest=20.0)
    assert beta.tolist() == [20.0] * 3
    with pytest.raises(ValueError, match="weight 0 is nan"):
        density_ratio.density_ratio_weights(X, X, fit=surely(math.nan), largest=20.0)


def test_clipping_bounds_from_above_only() -> None:
    beta = double([0.0, 0.5, 3.0, math.inf])
    assert density_ratio.clip_weights(beta, 2.0).tolist() == [0.0, 0.5, 2.0, 2.0]
    assert density_ratio.clip_weights(np.array([1, 5]), 4).tolist() == [1.0, 4.0]
    for largest in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match=r"^largest: a bound on weights must be above 0"):
            density_ratio.clip_weights(beta, largest)
    for wrong in (-1.0, math.nan):
        with pytest.raises(ValueError, match=r"^beta: .* weight 0 is"):
            density_ratio.clip_weights(double([wrong, 1.0]), 2.0)
    X_source, X_target = samples()
    whole, clipped = (
        density_ratio.density_ratio_weights(X_source, X_target, largest=c) for c in (math.inf, 1.5)
    )
    assert whole.max() > 1.5
    assert torch.equal(clipped, whole.clamp(max=1.5))


@pytest.mark.parametrize(("n", "m", "num_folds"), [(10, 13, 5), (7, 20, 2), (4, 4, 4)])
def test_cross_fitting_never_weighs_what_it_was_trained_on(n: int, m: int, num_folds: int) -> None:
    X_source, X_target = torch.arange(float(n)), torch.arange(100.0, 100 + m)
    seen, sizes = [], {}

    def fit(source: torch.Tensor, target: torch.Tensor) -> object:
        assert set(source[:, 0].tolist()) <= set(range(n))
        assert torch.equal(target[:, 0], X_target)

        def h(X: torch.Tensor) -> torch.Tensor:
            assert not set(X[:, 0].tolist()) & set(source[:, 0].tolist())
            assert len(source) + len(X) == n
            seen.extend(X[:, 0].tolist())
            sizes.update(dict.fromkeys(X[:, 0].tolist(), len(source) / len(target)))
            return X[:, 0] / n

        return h

    beta = density_ratio.density_ratio_weights(X_source, X_target, fit=fit, num_folds=num_folds)
    assert sorted(seen) == X_source.tolist()
    assert seen != X_source.tolist()  # the folds are drawn, not cut: data may be sorted
    expected = [math.exp(x / n) * sizes[x] for x in X_source.tolist()]
    torch.testing.assert_close(beta, torch.tensor(expected))


def test_one_fold_draws_no_random_number() -> None:
    X_source, X_target = samples()
    before = torch.get_rng_state()
    density_ratio.density_ratio_weights(X_source, X_target)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("num_folds", [0, 6])
def test_bad_number_of_folds(num_folds: int) -> None:
    with pytest.raises(ValueError, match=r"^num_folds: "):
        density_ratio.density_ratio_weights(torch.ones(5, 2), torch.ones(3, 2), num_folds=num_folds)


def test_weights_are_where_and_what_the_source_is(device: torch.device) -> None:
    X_source, X_target = samples(60, 90)
    expected = density_ratio.density_ratio_weights(X_source, X_target)
    for fit in (density_ratio.fit_logistic, density_ratio.fit_sklearn):
        beta = density_ratio.density_ratio_weights(X_source.to(device), X_target.to(device), fit=fit)
        assert beta.device.type == device.type
        torch.testing.assert_close(beta.cpu(), expected, rtol=1e-6, atol=1e-6)
    single = density_ratio.density_ratio_weights(X_source.float().to(device), X_target.float().to(device))
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double().cpu(), expected, rtol=1e-3, atol=1e-3)
    folded = density_ratio.density_ratio_weights(
        X_source.float().to(device), X_target.numpy(), fit=density_ratio.fit_net, num_folds=2
    )
    assert folded.shape == (60,)
    assert folded.device.type == device.type
    np.testing.assert_allclose(
        density_ratio.density_ratio_weights(X_source.numpy(), X_target.numpy()).numpy(),
        expected.numpy(),
        rtol=1e-12,
    )
    images = density_ratio.density_ratio_weights(X_source.reshape(60, 1, 1, 2), X_target)
    torch.testing.assert_close(images, expected)


@pytest.mark.parametrize("fit", ["fit_logistic", "fit_sklearn", "fit_net"])
def test_features_that_never_vary_say_nothing(fit: str) -> None:
    X_source, X_target = samples()
    fit = getattr(density_ratio, fit)
    same = density_ratio.density_ratio_weights(torch.full((9, 2), 0.1), torch.full((30, 2), 0.1), fit=fit)
    torch.testing.assert_close(
        same, torch.ones(9), rtol=0.2 if fit is density_ratio.fit_net else 1e-5, atol=0
    )
    constant = torch.full((1000, 1), 0.3, dtype=torch.float64)
    if fit is not density_ratio.fit_net:  # its first weights depend on the number of features
        with_constant = [torch.cat([X, constant[: len(X)]], dim=1) for X in (X_source, X_target)]
        torch.testing.assert_close(
            density_ratio.density_ratio_weights(*with_constant, fit=fit),
            density_ratio.density_ratio_weights(X_source, X_target, fit=fit),
            rtol=1e-6,
            atol=1e-6,
        )


def test_disjoint_samples_show_in_the_mean_of_the_weights_not_in_their_effective_size() -> None:
    beta = density_ratio.density_ratio_weights(torch.zeros(50, 1), torch.ones(80, 1))
    assert float(effective_sample_size(beta)) == pytest.approx(50)
    assert float(beta.mean()) < 0.05  # of overlapping samples it is about 1
    assert float(density_ratio.density_ratio_weights(*samples()).mean()) == pytest.approx(1, abs=0.1)


def test_sorted_data_are_cross_fitted_as_well() -> None:
    X_source, X_target = coins(100, 20, 400, 240)  # all heads first: folds cut in order would lack them
    beta = density_ratio.density_ratio_weights(X_source, X_target, num_folds=5)
    expected = torch.where(X_source[:, 0] == 1, 3.0, 0.5).double()
    torch.testing.assert_close(beta, expected, rtol=0.3, atol=0)


# Networks


def test_a_network_finds_a_ratio_that_no_plane_does() -> None:
    X_source, X_target = (
        torch.randn(1500, 2),
        0.5 * torch.randn(1500, 2),
    )  # the log-ratio is log 4 - 1.5 ||x||^2
    truth = math.log(4) - 1.5 * (X_source**2).sum(dim=1)
    inside = truth > -4  # farther out there is no target example to learn from
    correlation = {}
    for name in ("fit_logistic", "fit_net"):
        beta = density_ratio.density_ratio_weights(X_source, X_target, fit=getattr(density_ratio, name))
        correlation[name] = float(torch.corrcoef(torch.stack([beta.log()[inside], truth[inside]]))[0, 1])
    assert correlation["fit_net"] > 0.95
    assert abs(correlation["fit_logistic"]) < 0.5


def test_a_network_is_the_seed_s_and_trains_where_gradients_are_off() -> None:
    X_source, X_target = samples(40, 60)
    runs = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        with torch.no_grad():
            runs.append(density_ratio.density_ratio_weights(X_source, X_target, fit=density_ratio.fit_net))
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])
    assert not runs[0].requires_grad


def test_the_knobs_of_the_network_matter() -> None:
    X_source, X_target = samples(60, 60)
    spread = {}
    for knobs in ({}, {"weight_decay": 1.0}, {"lr": 1e-9}, {"num_steps": 1}, {"num_hiddens": 1}):
        torch.manual_seed(0)
        h = density_ratio.fit_net(X_source, X_target, **knobs)(torch.cat([X_source, X_target]))
        spread[str(knobs)] = float(h.std())
    default, *others = spread.values()
    assert all(other != default for other in others)
    assert others[0] < default / 2  # weight decay flattens the log-ratio
    assert others[1] < default / 2  # so do steps that are too short


@pytest.mark.parametrize("knob", ["num_hiddens", "num_steps"])
def test_bad_knobs_of_the_network(knob: str) -> None:
    with pytest.raises(ValueError, match=f"^{knob}: must be at least 1, got 0"):
        density_ratio.fit_net(torch.ones(3, 1), torch.ones(3, 1), **{knob: 0})


def coin_of(fit: str) -> object:
    return partial(test_the_ratio_of_two_coins_needs_the_factor_of_the_sizes, fit, 400)


sizes_matter = coin_of("fit_logistic")
folds = partial(test_cross_fitting_never_weighs_what_it_was_trained_on, 10, 13, 5)
equals_sklearn = partial(test_scratch_equals_scikit_learn, 2, 1e-2)
MUTANTS = [
    Mutant("fit_plane", "(z + 1) / 2, lambd", "(1 - z) / 2, lambd",
           partial(test_newton_finds_where_the_gradient_is_zero, 1e-3)),
    Mutant("fit_plane", "(z + 1) / 2, lambd", "(z + 1) / 2, 2 * lambd",
           partial(test_newton_finds_where_the_gradient_is_zero, 1e-3)),
    Mutant("polynomial", "with_replacement=True", "with_replacement=False",
           test_polynomial_equals_scikit_learn),
    Mutant("pooled", "z[: len(X_source)] = -1", "z[len(X_source) :] = -1", sizes_matter),  # beta inverted
    Mutant("fit_logistic", "@ w + b", "@ w - b", sizes_matter),
    Mutant("clip_weights", ".clamp(max=largest)", ".abs().clamp(max=largest)",
           test_clipping_bounds_from_above_only),
    Mutant("log_ratio", " + math.log(len(X_source) / len(X_target))", "", sizes_matter),  # factor dropped
    Mutant("log_ratio", "len(X_source) / len(X_target)", "len(X_target) / len(X_source)", sizes_matter),
    Mutant("log_ratio", "h(X) +", "-h(X) +", sizes_matter),  # sign of the log-ratio
    Mutant("density_ratio_weights", "X_source[~unseen], X_target", "X_source, X_target", folds),
    Mutant("density_ratio_weights", "torch.randperm(len(X_source)).to(X_source.device) % num_folds",
           "torch.arange(len(X_source)) * num_folds // len(X_source)", folds),
    Mutant("density_ratio_weights", "clip_weights(log_beta.exp(), largest)", "log_beta.exp()",
           test_clipping_bounds_from_above_only),
    Mutant("density_ratio_weights", "log_beta.exp(), largest)",
           "1 / (1 / torch.sigmoid(log_beta) - 1), largest)",
           partial(test_a_saturated_classifier_gives_finite_weights, torch.float64), dies_of=(ValueError,)),
    Mutant("fit_sklearn", "len(X) * lambd", "2 * len(X) * lambd", equals_sklearn),
    Mutant("fit_sklearn", "StandardScaler(),", "", equals_sklearn),
    Mutant("fit_net", "scale(flat(X))", "flat(X)", coin_of("fit_net")),
    Mutant("fit_net", "weight_decay=weight_decay", "weight_decay=0.0", test_the_knobs_of_the_network_matter),
    Mutant("fit_net", "lr=lr", "lr=0.01", test_the_knobs_of_the_network_matter),
    Mutant("fit_net", "nn.ReLU(), ", "", test_a_network_finds_a_ratio_that_no_plane_does),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(density_ratio, MUTANTS)
