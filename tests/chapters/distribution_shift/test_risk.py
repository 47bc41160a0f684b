"""Risk: the integral by hand against quadrature, weighted means, effective sample size."""

import math
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from recording import recorded

from chapters.distribution_shift import risk

BETA = torch.tensor([0.5, 2.0, 0.0, 2.5], dtype=torch.float64)
LOSSES = torch.tensor([1.0, 3.0, 7.0, 2.0], dtype=torch.float64)


def density(x: np.ndarray, target: bool) -> np.ndarray:
    return 4 * x**3 if target else np.ones_like(x)


@pytest.mark.parametrize("target", [False, True])
def test_true_risk_is_the_integral(target: bool) -> None:
    x, weights = np.polynomial.legendre.leggauss(20)  # exact for polynomials up to degree 39; here it is 7
    x, weights = (x + 1) / 2, weights / 2
    for w, b, noise in [(0.5, 0.0, 0.05), (1.0, -1 / 6, 0.0), (-2.0, 3.0, 1.0)]:
        integral = weights @ (density(x, target) * (x**2 - w * x - b) ** 2) / 2 + noise**2 / 2
        assert risk.true_risk(w, b, target=target, noise=noise) == pytest.approx(integral, rel=1e-12)


def test_true_risk_by_hand() -> None:
    assert risk.true_risk(0.5, 0.0, noise=0.0) == pytest.approx(1 / 60)
    assert risk.true_risk(0.5, 0.0, target=True, noise=0.0) == pytest.approx(1 / 21)


@pytest.mark.parametrize("target", [False, True])
def test_samples_have_their_distribution(target: bool) -> None:
    n = 40_000
    X, y = risk.sample(n, target=target, noise=0.1)
    assert X.shape == y.shape == (n, 1)
    u = (X**4 if target else X).flatten().double()  # uniform, if the distribution function is right
    residual = (y - X**2).flatten().double()
    # 6 standard errors each: false alarm below 1e-8
    for values, mean, sd in ((u, 0.5, 12**-0.5), (u**2, 1 / 3, (4 / 45) ** 0.5), (residual, 0.0, 0.1)):
        assert abs(float(values.mean()) - mean) < 6 * sd / math.sqrt(n)
    assert abs(float(residual.std()) - 0.1) < 6 * 0.1 / math.sqrt(2 * n)


def test_true_weights_are_the_ratio_of_the_densities() -> None:
    X = torch.linspace(0, 1, 11, dtype=torch.float64).unsqueeze(1)
    expected = density(X.numpy(), True) / density(X.numpy(), False)
    torch.testing.assert_close(risk.true_weights(X), torch.from_numpy(expected)[:, 0])


# Weights


def test_arrays_that_torch_does_not_take_as_they_are() -> None:
    backwards = np.arange(4.0)[::-1]
    constant = np.broadcast_to(np.ones(1), 4)  # read-only
    assert float(risk.weighted_loss(backwards, constant)) == 1.5


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
    beta = torch.tensor(beta)
    for use in (
        risk.effective_sample_size,
        lambda beta: risk.weighted_loss(torch.ones(len(beta) if beta.dim() else 1), beta),
    ):
        with pytest.raises(ValueError, match=f"^beta: .*{message}"):
            use(beta)


# The weighted mean


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("normalize", [False, True])
def test_weighted_loss_equals_a_loop(normalize: bool, dtype: torch.dtype, device: torch.device) -> None:
    total = sum(float(b) * float(l) for b, l in zip(BETA, LOSSES, strict=True))
    expected = total / (float(BETA.sum()) if normalize else 4)
    losses, beta = LOSSES.to(device, dtype), BETA.to(device, dtype)
    for shape in ((4,), (4, 1)):
        value = risk.weighted_loss(losses.reshape(shape), beta, normalize=normalize)
        assert value.dtype == dtype
        assert value.device.type == device.type
        assert float(value) == pytest.approx(expected, rel=1e-6 if dtype == torch.float32 else 1e-12)
    apart = torch.stack([losses, losses], dim=1)[:, 0]  # not contiguous
    assert float(risk.weighted_loss(apart, beta, normalize=normalize)) == pytest.approx(expected, rel=1e-6)


def test_weighted_loss_takes_arrays_integers_and_one_example() -> None:
    assert float(risk.weighted_loss(LOSSES.numpy(), BETA.numpy())) == pytest.approx(11.5 / 4)
    assert float(risk.weighted_loss(np.array([4, 2]), np.array([1, 3]))) == pytest.approx(5.0)
    assert float(risk.weighted_loss(torch.tensor([3.0]), torch.tensor([2.0]))) == 6.0


@pytest.mark.parametrize("normalize", [False, True])
def test_weights_that_count_are_repetitions(normalize: bool) -> None:
    counts = torch.tensor([2, 0, 1, 5])
    X = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    w = torch.randn(3, dtype=torch.float64, requires_grad=True)
    repeated = ((X.repeat_interleave(counts, dim=0) @ w) ** 2).sum() / (8 if normalize else 4)
    mine = risk.weighted_loss((X @ w) ** 2, counts, normalize=normalize)
    torch.testing.assert_close(mine, repeated)
    for one, other in zip(
        torch.autograd.grad(mine, (X, w)), torch.autograd.grad(repeated, (X, w)), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)


def test_equal_weights_change_nothing_and_a_factor_drops_out_when_normalised() -> None:
    assert float(risk.weighted_loss(LOSSES, torch.ones(4))) == pytest.approx(float(LOSSES.mean()))
    one, other = (risk.weighted_loss(LOSSES, c * BETA, normalize=True) for c in (1, 1e150))
    assert float(one) == pytest.approx(float(other), rel=1e-12)
    assert float(risk.weighted_loss(LOSSES, 3 * BETA)) == pytest.approx(
        3 * float(risk.weighted_loss(LOSSES, BETA))
    )


@pytest.mark.parametrize("losses", [torch.ones(4, 4), torch.ones(()), torch.ones(3), torch.ones(1, 4)])
def test_losses_that_do_not_fit_the_weights(losses: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"losses: 4 weights need one loss an example.*reduction='none'"):
        risk.weighted_loss(losses, BETA)


@pytest.mark.parametrize("normalize", ["abc", None, 2, [True]])
@pytest.mark.usefixtures("unchecked")
def test_a_flag_that_is_none(normalize: object) -> None:
    with pytest.raises(TypeError, match=r"^normalize: expected True or False, got"):
        risk.weighted_loss(LOSSES, BETA, normalize=normalize)


def test_weights_that_are_all_zero() -> None:
    zeros = torch.zeros(4)
    assert float(risk.weighted_loss(LOSSES, zeros)) == 0.0
    for use in (partial(risk.weighted_loss, LOSSES, normalize=True), risk.effective_sample_size):
        with pytest.raises(ValueError, match="beta: the weights are all 0"):
            use(zeros)


def test_the_true_ratio_makes_the_weighted_risk_unbiased() -> None:
    X, y = risk.sample(200 * 500)
    losses, beta = (y - X / 2) ** 2 / 2, risk.true_weights(X)
    runs = [
        [risk.weighted_loss(l, b), l.mean()] for l, b in zip(losses.split(500), beta.split(500), strict=True)
    ]
    weighted, plain = torch.tensor(runs).double().T
    target = risk.true_risk(0.5, 0.0, target=True)
    # 4 standard errors of 200 draws: false alarm 6e-5 were the seed not fixed
    assert abs(float(weighted.mean()) - target) < 4 * float(weighted.std()) / math.sqrt(200)
    assert abs(float(plain.mean()) - target) > 100 * float(plain.std()) / math.sqrt(200)


# Effective sample size


def test_effective_sample_size_at_its_ends_and_by_its_formula() -> None:
    assert float(risk.effective_sample_size(torch.full((7,), 0.3))) == pytest.approx(7)
    assert float(risk.effective_sample_size(np.array([0.0, 5.0, 0.0]))) == 1.0
    assert float(risk.effective_sample_size(BETA)) == pytest.approx(25 / 10.5)  # 5^2 / (0.25 + 4 + 6.25)


@pytest.mark.parametrize("factor", [1e-200, 1.0, 1e200])
def test_effective_sample_size_forgets_the_scale(factor: float) -> None:
    assert float(risk.effective_sample_size(factor * BETA)) == pytest.approx(25 / 10.5, rel=1e-12)


def test_effective_sample_size_of_integers_and_of_one(device: torch.device) -> None:
    size = risk.effective_sample_size(torch.tensor([1, 1, 2], device=device))
    assert size.device.type == device.type
    assert float(size) == pytest.approx(16 / 6)
    assert float(risk.effective_sample_size(torch.tensor([3e-30]))) == 1.0


# The experiment


def test_estimates_equal_means_over_the_first_examples() -> None:
    n, plain, weighted, normalized, sd = risk.running_means(0.5, 0.1, 1000, 3)
    torch.manual_seed(0)
    X, y = risk.sample(3000)
    losses = (((0.5 * X + 0.1 - y) ** 2) / 2).reshape(3, 1000).double()
    beta = (4 * X**3).reshape(3, 1000).double()
    assert n[0] == 10
    assert n[-1] == 1000
    assert float(sd) == pytest.approx(float(losses.std()), rel=1e-6)
    for i, k in enumerate(n.tolist()):
        some, weights = losses[:, :k], beta[:, :k]
        for column, expected in (
            (plain, some.mean(dim=1)),
            (weighted, (weights * some).mean(dim=1)),
            (normalized, (weights * some).sum(dim=1) / weights.sum(dim=1)),
        ):
            torch.testing.assert_close(column[:, i], expected, rtol=1e-5, atol=1e-8)  # y_hat is float32


def test_a_run_reports_the_numbers_of_its_running_means(monkeypatch: pytest.MonkeyPatch) -> None:
    means = recorded(monkeypatch, risk, "running_means")
    metrics = risk.risk(num_examples=300, num_runs=40).metrics
    n, plain, weighted, normalized = (values.numpy() for values in means[0][:4])
    sd = float(means[0][4])
    source, target = (1 / 30 + 0.05**2) / 2, (2 / 21 + 0.05**2) / 2
    rmse = {
        "source": np.sqrt(np.mean((plain - source) ** 2, axis=0)),
        "weighted": np.sqrt(np.mean((weighted - target) ** 2, axis=0)),
        "normalized": np.sqrt(np.mean((normalized - target) ** 2, axis=0)),
        "unweighted": np.sqrt(np.mean((plain - target) ** 2, axis=0)),
    }
    assert metrics == pytest.approx(
        {
            "source_risk": source,
            "target_risk": target,
            "inside_band": np.mean(np.abs(plain - source) < 1.96 * sd / np.sqrt(n)),
            "rate": math.log(rmse["source"][-1] / rmse["source"][0]) / math.log(300 / 10),
            **{f"rmse_{name}": values[-1] for name, values in rmse.items()},
        },
        rel=1e-6,
    )


def test_the_estimates_converge_at_the_rate_of_the_root() -> None:
    result = risk.risk()
    metrics = result.metrics
    assert metrics["source_risk"] == pytest.approx((1 / 30 + 0.05**2) / 2)
    assert metrics["target_risk"] == pytest.approx((2 / 21 + 0.05**2) / 2)
    assert 0.93 <= metrics["inside_band"] <= 0.97  # 0.947-0.961 for seeds 0-4
    assert -0.56 <= metrics["rate"] <= -0.46  # -0.529 to -0.496
    assert metrics["rmse_weighted"] < 0.05 * metrics["rmse_unweighted"]
    assert metrics["rmse_normalized"] < metrics["rmse_weighted"]
    assert metrics["rmse_unweighted"] == pytest.approx(
        metrics["target_risk"] - metrics["source_risk"], rel=0.01
    )
    assert [len(figure.axes) for figure in result.figures.values()] == [2]


@pytest.mark.parametrize("knobs", [{"num_examples": 99}, {"num_runs": 0}, {"num_examples": -1}, {"seed": -1}])
def test_bad_knobs(knobs: dict) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(knobs))}: "):
        risk.risk(**knobs)


loop = partial(test_weighted_loss_equals_a_loop, dtype=torch.float64, device=torch.device("cpu"))
MUTANTS = [
    Mutant("true_risk", "2 * w * b * m1", "w * b * m1", partial(test_true_risk_is_the_integral, True)),
    Mutant("true_risk", "4 / (k + 4)", "1 / (k + 4)", test_true_risk_by_hand),
    Mutant("true_weights", "4 * ", "", test_true_weights_are_the_ratio_of_the_densities),
    Mutant("sample", "X**0.25", "X**4", partial(test_samples_have_their_distribution, True)),
    Mutant("weighted_loss", "beta @ losses / len(beta)", "losses.mean()", partial(loop, False)),
    Mutant("weighted_loss", "beta @ losses / len(beta)", "beta @ losses / beta.sum()", partial(loop, False)),
    Mutant("weighted_loss", "beta / beta.sum()", "beta / len(beta)", partial(loop, True)),
    Mutant("effective_sample_size", "(beta**2).sum()", "len(beta)",
           test_effective_sample_size_at_its_ends_and_by_its_formula),
    Mutant("effective_sample_size", "beta = beta / beta.max()", "beta = beta",
           partial(test_effective_sample_size_forgets_the_scale, 1e200)),
    Mutant("running_means", "weighted / total", "weighted / n",
           test_estimates_equal_means_over_the_first_examples),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(risk, MUTANTS)
