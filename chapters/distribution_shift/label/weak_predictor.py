# %% [markdown]
# # Label shift with a weak predictor (弱分类器)
# With a classifier that confuses the classes, small errors of mu are large errors of p. What helps?
#
# Notes: 004 3.9.2 part 3. Run: `python -m chapters.distribution_shift weak_predictor`.
# On MNIST: mean squared error of the weights 0.2 with the constraint, 7.6 without a correction (seed 0).

# %%
import math

import torch
from torch import Tensor, nn

import d2lcore as d2l
from chapters.distribution_shift.arguments import Array, as_distributions, as_system, in_double
from chapters.distribution_shift.label.confusion import (
    LabelEstimate,
    confusion_matrix,
    is_singular,
    mean_prediction,
    simplex_least_squares,
    solve_label_shift,
)
from chapters.distribution_shift.label.correction import weight_error
from chapters.distribution_shift.label.images import draw, image_pools, predict, train_classifier, tweak_one
from chapters.figures.distribution_shift import draw_errors

# %% [markdown]
# ## Regularisation (RLLS)
# A weak classifier confuses many classes, so the columns of $C$ are alike. The condition number of $C$ says
# how much the relative error of $\mu$ can grow in $p$. Where it is large, the system is *ill-conditioned*.
# RLLS, regularised learning under label shift (Azizzadenesheli et al., 2019), prefers weights near 1, that is
# "nothing has changed", unless the data speak against it:
#
# $$\min_p \lVert C p - \mu \rVert_2 + \alpha \lVert \beta - 1 \rVert_2 \quad\text{with}\quad
# p_j \ge 0,\ \textstyle\sum_j p_j = 1,\ \beta_j = p_j / q_j$$
#
# These norms are not squared. But $u \le \frac{u^2}{2v} + \frac{v}{2}$ for positive $u$ and $v$, with
# equality at $u = v$. So let $v_1$ and $v_2$ be the two norms at the present $p$. In place of the sum,
# minimise its bound
# $\frac{1}{2 v_1} \lVert C p - \mu \rVert^2 + \frac{\alpha}{2 v_2} \lVert \beta - 1 \rVert^2$. Multiplied by
# $2 v_1$, this is least squares, with the factor $\lambda = \alpha v_1 / v_2$ on the second square. Solve it,
# compute $\lambda$ again, and repeat. The bound touches the sum at the present $p$, so where the bound falls,
# the sum falls too.


# %%
def rlls(C: Array, mu: Array, q: Array, alpha: float) -> LabelEstimate:
    """The p of the simplex that minimises |C p - mu| + alpha |p/q - 1|, also for a singular C.

    C: confusion matrix (k, k), a column a true class. mu: mean prediction on the target, (k,). q: label
    distribution of the source, (k,). alpha: above 0; see `rlls_strength`.
    Raises ValueError as `solve_label_shift` does, for alpha <= 0, and for a class with q = 0.
    """
    if not alpha > 0:
        raise ValueError(f"alpha: must be above 0, got {alpha}")
    singular, device = is_singular(C), in_double(mu).device
    C, mu = as_system(C, mu)
    q = as_distributions(q, "q").cpu()
    if q.shape != mu.shape or not q.all():
        raise ValueError(f"q: need a positive share of each of {len(mu)} classes, got {q.tolist()}")
    raw = torch.full_like(mu, torch.nan) if singular else solve_label_shift(C, mu).raw
    p, lambd = q, alpha
    for _ in range(500):  # at most; it ends when p stays
        root = math.sqrt(max(lambd, 1e-14))  # not 0: of several p with C p = mu, the one nearest to q
        rows = torch.cat([C, root * torch.diag(1 / q)])  # below C p - mu, root times p / q - 1
        before, p = p, simplex_least_squares(rows, torch.cat([mu, torch.full_like(mu, root)]))
        residual, change = float((C @ p - mu).norm()), float((p / q - 1).norm())
        lambd = alpha * residual / max(change, 1e-12)
        if (p - before).abs().max() <= 1e-10:
            break
    condition = math.inf if singular else float(torch.linalg.cond(C))
    return LabelEstimate(p.to(device), raw.to(device), bool((raw < -1e-12).any()), condition, residual)


# %% [markdown]
# The more validation examples $n$, the smaller is the error of $C$, and the smaller should be $\alpha$. For
# $k$ classes the error is below $3\,(\frac{2 \ln(2k/\delta)}{3n} + \sqrt{2 \ln(2k/\delta)/n})$ with
# probability $1 - \delta$. This bound is much too careful; the authors' code multiplies it by 0.01.


# %%
def rlls_strength(num_classes: int, n: int, *, scale: float = 0.01, delta: float = 0.05) -> float:
    """alpha for k classes and n validation examples: the bound on the error of C, times `scale`."""
    d2l.check_counts(num_classes=num_classes, n=n)
    log = math.log(2 * num_classes / delta)
    return scale * 3 * (2 * log / (3 * n) + math.sqrt(2 * log / n))


# %% [markdown]
# ## Six answers to one ill-conditioned system
# Train networks on 50 digits, and not for long: they are right half the time. Draw 200 validation examples,
# and 200 of a target in which class 3 has the share 0.9. Repeat this many times, and solve each system in six
# ways.
#
# No correction, $\beta = 1$, has a mean squared error of 7.6 to 8.1 (seeds 0-4). The first idea is to solve
# $C p = \mu$ (raw), the second to set negative weights to 0 (cut). In most draws both are better than no
# correction: look at the medians. In the mean they are far worse. Now and then $C$ is nearly singular, and a
# few such draws dominate the mean. Scale the cut weights so that $\sum_j q_j \beta_j = 1$, and the mean error
# falls to 1.5 to 3.
#
# The constraint, $p_j \ge 0$ and $\sum_j p_j = 1$ in the minimisation itself, helps more: 0.2 to 0.8. It
# needs no $\alpha$. RLLS pulls towards $\beta = 1$, which is far from the truth here: 0.6 to 2.6.


# %%
METHODS = ("no correction", "raw", "cut at 0", "cut and rescaled", "constrained", "RLLS")


def six_answers(C: Tensor, mu: Tensor, q: Tensor, alpha: float) -> tuple[list[Tensor], LabelEstimate]:
    """p by each of METHODS, and what is known about the constrained one."""
    estimate = solve_label_shift(C, mu)
    cut = estimate.raw.clamp(min=0)
    return [q, estimate.raw, cut, cut / cut.sum(), estimate.p, rlls(C, mu, q, alpha).p], estimate


def weak_predictor(
    *,
    data: str = "mnist",
    num_labels: int = 50,
    n: int = 200,
    rho: float = 0.9,
    num_epochs: int = 60,
    num_models: int = 5,
    num_draws: int = 40,
    seed: int = 0,
) -> d2l.Result:
    """Solve C p = mu for networks trained on a few labels, in six ways.

    num_labels: training examples of a network
    n: validation examples, and target examples
    rho: share of class 3 in the target
    num_epochs: passes over the training examples; more make a better network
    num_models: networks, each trained on other examples
    num_draws: draws of validation and target examples for each
    """
    d2l.check_counts(num_labels=num_labels, n=n, num_models=num_models, num_draws=num_draws)
    pools = image_pools(data)
    k = int(pools.y.max()) + 1
    alpha, p = rlls_strength(k, n), tweak_one(k, rho)
    errors, accs, estimates = [], [], []
    for model in range(num_models):
        d2l.seed_everything(seed + 1000 * model)
        rows = torch.randperm(len(pools.y))[:num_labels]
        net, _ = train_classifier(
            pools.X[rows], pools.y[rows], k, nn.CrossEntropyLoss(reduction="none"), num_epochs=num_epochs
        )
        soft, soft_target = (in_double(predict(net, X)).softmax(dim=1) for X in (pools.X_val, pools.X_target))
        accs.append(d2l.accuracy(soft_target, pools.y_target) / len(pools.y_target))
        for _ in range(num_draws):
            val = torch.randperm(len(pools.y_val))[:n]
            target = draw(pools.y_target, torch.multinomial(p, n, replacement=True))
            C, mu = confusion_matrix(pools.y_val[val], soft[val], k), mean_prediction(soft_target[target], k)
            q, truth = mean_prediction(pools.y_val[val], k), mean_prediction(pools.y_target[target], k)
            answers, estimate = six_answers(C, mu, q, alpha)
            errors.append([weight_error(answer, truth, q) for answer in answers])
            estimates.append(estimate)
    table = torch.tensor(errors)
    metrics = {"acc": sum(accs) / len(accs), "alpha": alpha}
    metrics["condition"] = float(torch.tensor([one.condition for one in estimates]).median())
    # The share of the draws in which the constraint changes the answer.
    metrics["constrained"] = sum(one.constrained for one in estimates) / len(estimates)
    for name, values in zip(METHODS, table.T, strict=True):
        key = name.replace(" ", "_")
        metrics |= {f"median_{key}": float(values.median()), f"mean_{key}": float(values.mean())}
    figure = draw_errors(dict(zip(METHODS, table.T, strict=True)), [one.condition for one in estimates])
    return d2l.Result(net, figures={"errors": figure}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("distribution_shift", weak_predictor)
