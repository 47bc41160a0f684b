# %% [markdown]
# # Four failures (校正失败的四种情形)
# Corrections where they must not be applied: they give numbers all the same.
#
# Notes: 004 3.9.1 and 3.9.2. Run: `python -m chapters.distribution_shift VARIANT`.
# VARIANT is `huge_weights`, `disjoint_supports`, `absent_class` or `broken_assumption`.
# With the true weights and a target shifted by 3, the estimated risk is too small in about 8 of 10 runs.

# %%
import math

import torch
from jaxtyping import Float
from torch import Tensor

import d2lcore as d2l
from chapters.distribution_shift.cases import compare_cases
from chapters.distribution_shift.covariate.density_ratio import density_ratio_weights
from chapters.distribution_shift.diagnosis import Diagnosis, diagnose
from chapters.distribution_shift.label.images import geometric, tweak_one
from chapters.distribution_shift.risk import effective_sample_size, weighted_loss
from chapters.distribution_shift.weighting import weighted_least_squares
from chapters.figures.distribution_shift import draw_huge_weights, draw_supports

# %% [markdown]
# ## Huge weights
# The source is $N(0, 1)$, the target $N(m, 1)$, and the loss is $x^2/2$. The ratio is known exactly:
# $\beta = e^{mx - m^2/2}$. The target's risk is $(1 + m^2)/2$, and this is the weighted mean's expectation.
#
# Still it fails. The effective sample size of $n$ examples is about $n e^{-m^2}$. For large $m$ the source
# hardly ever draws the examples that matter: mostly the estimate is far too small, and now and then it is
# enormous.
#
# With normalised weights the estimate is a mean, and no mean is larger than the largest loss. The *measured*
# effective sample size does not show how bad it is, because it knows only the weights that were drawn. A
# better warning is a mean weight well below 1.


# %%
def risk_estimates(m: float, n: int, num_runs: int) -> dict[str, Float[Tensor, " runs"]]:
    """For each run, four estimates of the target's risk, the effective sample size, and the mean weight."""
    X = torch.randn(num_runs, n, dtype=torch.float64)
    beta, losses = (m * X - m**2 / 2).exp(), X**2 / 2
    return {
        "no weights": losses.mean(dim=1),
        "weighted": torch.stack([weighted_loss(l, weights) for l, weights in zip(losses, beta, strict=True)]),
        "normalised": (beta * losses).sum(dim=1) / beta.sum(dim=1),
        "clipped at 10": (beta.clamp(max=10) * losses).mean(dim=1),
        "ess": torch.stack([effective_sample_size(weights) for weights in beta]),
        "mean_weight": beta.mean(dim=1),
    }


def huge_weights(
    *,
    shifts: tuple[float, ...] = (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5),
    n: int = 1000,
    num_runs: int = 200,
    seed: int = 0,
) -> d2l.Result:
    """Estimate the target's risk with the true weights while the target moves away.

    shifts: means m of the target
    n: source examples
    num_runs: draws for each
    """
    d2l.check_counts(n=n, num_runs=num_runs)
    d2l.seed_everything(seed)
    metrics: dict[str, float] = {}
    rows = []
    for m in shifts:
        runs, truth = risk_estimates(m, n, num_runs), (1 + m**2) / 2
        row = {
            f"rmse {name}": float(((runs[name] / truth - 1) ** 2).mean().sqrt()) for name in list(runs)[:4]
        }
        row["too_small"] = float((runs["weighted"] < truth).double().mean())
        row["ess_share"] = float(runs["ess"].median()) / n
        row["ess_share_theory"] = math.exp(-(m**2))
        row["mean_weight"] = float(runs["mean_weight"].median())
        rows.append(row)
        metrics |= {f"{name}, {m:g}": value for name, value in row.items()}
    return d2l.Result(figures={"weights": draw_huge_weights(shifts, rows)}, metrics=metrics)


# %% [markdown]
# ## Covariate shift without overlap
# $x$ is uniform on $[-1, 1]$ in the source and on $[d - 1, d + 1]$ in the target. $y = \sin 2x$ with noise,
# and the model is a line. From the distance $d = 2$ on the two have no point in common. There is no ratio,
# and the source does not show the function where it is needed.
#
# Weights come out all the same. From $d = 2$ on, the effective sample size even *grows* with the distance.
# The farther apart the two are, the flatter is the logit that tells them apart, and the more alike are the
# weights. It is the accuracy of the classifier that gives the warning.


# %%
def compare_lines(d: float, n: int) -> tuple[dict[str, Float[Tensor, " 2"]], Tensor, Diagnosis, list[Tensor]]:
    """Slope and intercept of three lines, their squared errors on the target, the diagnosis, the data."""
    X, X_target = 2 * torch.rand(n, 1).double() - 1, 2 * torch.rand(n, 1).double() - 1 + d
    y, y_target = ((2 * x).sin() + 0.1 * torch.randn(n, 1) for x in (X, X_target))
    beta = density_ratio_weights(X, X_target)
    ones = torch.ones_like(beta)
    samples = {"no weights": (X, y, ones), "weighted": (X, y, beta), "target": (X_target, y_target, ones)}
    lines = {
        name: torch.cat([part.flatten() for part in weighted_least_squares(*sample)])
        for name, sample in samples.items()
    }
    errors = torch.stack([((X_target * w + b - y_target) ** 2).mean() for w, b in lines.values()])
    return lines, errors, diagnose(beta, X_source=X, X_target=X_target), [X, y, X_target, y_target]


def disjoint_supports(
    *,
    distances: tuple[float, ...] = (0, 0.5, 1, 1.5, 2, 2.5, 3, 4),
    n: int = 200,
    num_runs: int = 20,
    seed: int = 0,
) -> d2l.Result:
    """Fit a line with and without weights while source and target move apart; the numbers are medians.

    distances: between the middles of source and target; from 2 on they do not overlap
    n: examples of the source, and of the target
    num_runs: draws at each distance
    """
    d2l.check_counts(n=n, num_runs=num_runs)
    d2l.seed_everything(seed)
    metrics: dict[str, float] = {}
    rows = []
    for d in distances:
        runs = [compare_lines(d, n) for _ in range(num_runs)]
        errors = torch.stack([run[1] for run in runs]).median(dim=0).values
        diagnoses = [run[2] for run in runs]
        columns = {
            "ess": [one.effective_sample_size or math.nan for one in diagnoses],
            "accuracy": [one.accuracy or 0.0 for one in diagnoses],
            "concerns": [float(len(one.concerns)) for one in diagnoses],
        }
        medians = {name: float(torch.tensor(values).median()) for name, values in columns.items()}
        rows.append([*errors.tolist(), medians["ess"] / n, medians["accuracy"]])
        mse = {f"mse {name}": float(error) for name, error in zip(runs[0][0], errors, strict=True)}
        metrics |= {f"{name}, {d:g}": value for name, value in {**mse, **medians}.items()}
    lines, _, _, data = compare_lines(2.5, n)
    figure = draw_supports(distances, rows, lines, data)
    return d2l.Result(figures={"supports": figure}, metrics=metrics)


# %% [markdown]
# ## A class that the source does not have
# Train a network on digits without nines, and use it on a target with nines. $C$ is 9 by 9 and
# well-conditioned. Every nine is taken for another class, and the shares of the classes that look like it
# grow. No $\beta$ can help: the weight of a nine is $p/0$.
#
# Beside it stands a target where label shift holds. `cases` makes both, and estimates both alike. About the
# target with nines, `diagnose` raises one concern: weighted, the source is still not the target. Condition
# number and residual see nothing.


# %%
def absent_class(
    *,
    data: str = "mnist",
    rho: float = 0.3,
    num_train: int = 5000,
    n: int = 1000,
    num_epochs: int = 5,
    seed: int = 0,
) -> d2l.Result:
    """Correct for label shift although the target has a class that the source has not.

    rho: share of the absent class, the last one, in the target
    num_train: training examples
    n: validation examples, and target examples
    """
    return compare_cases(
        "absent class", lambda sets: sets, 9, tweak_one(10, rho, 9),
        data=data, num_train=num_train, n=n, num_epochs=num_epochs, seed=seed,
    )  # fmt: skip


# %% [markdown]
# ## Inputs of a class that have changed
# Now move the images of the target sideways: $p(x \mid y) \ne q(x \mid y)$. $C$ is about other images than
# $\mu$, and nothing in the equation says so. The bootstrap's interval is as narrow as ever, because it knows
# only the chance of sampling. `diagnose` raises the concern from above and one more: a classifier tells the
# images of source and target apart without error.


# %%
def broken_assumption(
    *,
    data: str = "mnist",
    pixels: int = 4,
    num_train: int = 5000,
    n: int = 1000,
    num_epochs: int = 5,
    seed: int = 0,
) -> d2l.Result:
    """Correct for label shift although it is the images that have changed.

    pixels: how far the target's images are moved to the right, in pixels
    num_train: training examples
    n: validation examples, and target examples
    """
    return compare_cases(
        "moved", lambda sets: sets._replace(X_target=sets.X_target.roll(pixels, dims=-1)),
        10, geometric(10, 0.8).flip(0),
        data=data, num_train=num_train, n=n, num_epochs=num_epochs, seed=seed,
    )  # fmt: skip


# %%
if __name__ == "__main__":
    d2l.run_chapter("distribution_shift", huge_weights, disjoint_supports, absent_class, broken_assumption)
