# %% [markdown]
# # Knowing when not to (何时不该校正)
# A correction always gives numbers, even where it must not be applied: what to look at first.
#
# Notes: 004 3.9.1 and 3.9.2. A module of functions; `failures` shows what they see, and what they miss.
# Of 100 weights, one a million and the others 1: effective sample size 1.

# %%
import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

import d2lcore as d2l
from chapters.distribution_shift.arguments import Array, as_samples, as_system, as_weights, listed
from chapters.distribution_shift.detection import mmd_test, two_sample_test
from chapters.distribution_shift.label.confusion import is_singular, solve_label_shift
from chapters.distribution_shift.risk import effective_sample_size

# %% [markdown]
# ## The weights
# Before a correction is used, and without labels of the target, much can be known. Start with the weights.
#
# - How many examples count? That is the effective sample size.
# - Does one example decide the result? Look at the largest weight.
# - Are the weights a ratio p/q at all? Over the source such a ratio has the mean 1.
#
# Each function of this page returns its numbers and a sentence for each, marked if it is a concern. Where a
# concern begins is a rule of thumb. Here it is an effective sample size below 30 or below a tenth of $n$; a
# weight above 5% of the sum and above ten mean weights; or a mean that is off by 0.2 and by three standard
# errors.

# %%
Finding = tuple[dict[str, float | None], list[tuple[str, bool]]]  # numbers; sentences, and whether a concern


def about_weights(beta: Float[Tensor, " n"]) -> Finding:
    """Do a few examples decide the result, and is the mean weight near 1?"""
    n, beta = len(beta), beta.double().cpu()
    ess, largest, mean = float(effective_sample_size(beta)), float(beta.max()), float(beta.mean())
    share, error = largest / (n * mean), float(beta.std(correction=0)) / math.sqrt(n)
    few, heavy, off = ess < max(30, n / 10), share > max(0.05, 10 / n), abs(mean - 1) > max(0.2, 3 * error)
    notes = [
        (
            f"The weights leave an effective sample of {ess:.3g} of {n} examples"
            + (", too few to rely on." if few else "."),
            few,
        ),
        (
            f"The largest weight is {largest:.3g}, {share:.1%} of their sum"
            + ("; one example decides much of the result." if heavy else "."),
            heavy,
        ),
        (
            f"Their mean is {mean:.3g}"
            + (
                ", where a ratio p/q has 1: much of the target lies where the source has no examples, or the "
                "ratio is wrong."
                if off
                else ", near the 1 that it has for a ratio p/q."
            ),
            off,
        ),
    ]
    return {"effective_sample_size": ess, "largest_weight": largest, "mean_weight": mean}, notes


# %% [markdown]
# ## The equation C p = mu
# The condition number of $C$ says how much errors of $\mu$ can grow in $p$; above 30 it is a concern. The
# residual $\lVert C \hat p - \mu \rVert$ of the best distribution $\hat p$ says whether any $p$ explains
# $\mu$.
#
# How large does chance make it? Let $C$ be from $n$ validation examples, and $\mu$ from $n$ of the target. A
# share $\mu_i$ of $n$ examples has the variance $\mu_i (1 - \mu_i) / n$. Summed over the classes, and taken
# twice, for $\mu$ and for $C \hat p$, this is $2 (1 - \lVert\mu\rVert^2) / n$. If the residual is more than
# three times the root of that, no $p$ explains $\mu$, and it is not label shift alone. But a residual of 0
# proves nothing: $k$ equations for $k$ unknowns can nearly always be solved.


# %%
def about_system(C: Array, mu: Array, num_examples: int | None) -> Finding:
    """Can errors of mu grow in p, and is there a p that explains mu?"""
    system, mean = as_system(C, mu)
    if is_singular(C):
        never = system.amax(dim=1) == 0
        why = f": class {listed(never)} is never predicted" if never.any() else ""
        return {"condition": math.inf}, [(f"C is singular{why}. More than one p fits mu.", True)]
    estimate = solve_label_shift(C, mu)
    bound = 0.1
    if num_examples is not None:
        bound = 3 * math.sqrt(2 * float(1 - mean @ mean) / num_examples)
    ill, misfit = estimate.condition > 30, estimate.residual > bound
    notes = [
        (
            f"C has the condition number {estimate.condition:.3g}"
            + (
                ": errors of mu can grow as much in p. Regularise, or train a better classifier."
                if ill
                else "."
            ),
            ill,
        ),
        (
            f"The best distribution p misses C p = mu by {estimate.residual:.2g}"
            + (
                ", more than chance explains: it is not label shift alone."
                if misfit
                else ". That is no evidence for label shift: so many unknowns fit almost any mu."
            ),
            misfit,
        ),
    ]
    return {"condition": estimate.condition, "residual": estimate.residual}, notes


# %% [markdown]
# ## The samples
# If a classifier tells source from target (nearly) without error, they have nothing in common that weights
# could use.
#
# With weights, test the correction itself. Keep each source example with the chance $\beta_i / \max \beta$.
# If $\beta$ is the ratio of the densities, the examples kept are a sample of the target. The MMD test of
# `detection` can say whether they are.


# %%
def about_samples(X_source: Tensor, X_target: Tensor, generator: torch.Generator | None) -> Finding:
    """Can a classifier tell the samples apart?"""
    accuracy, p_value = two_sample_test(X_source, X_target, generator=generator)
    apart = accuracy >= 0.95 and p_value <= 0.05
    if apart:
        verdict = "The two hardly overlap, and weights cannot carry one to the other."
    elif p_value <= 0.05:
        verdict = "There is a shift."
    else:
        verdict = "It sees no shift, which does not prove that there is none."
    text = f"A classifier tells target from source with accuracy {accuracy:.2f} (p-value {p_value:.2g}). "
    return {"accuracy": accuracy, "p_value": p_value}, [(text + verdict, apart)]


def about_weighted_samples(
    X_source: Tensor, X_target: Tensor, beta: Tensor, generator: torch.Generator | None
) -> Finding:
    """Keep each source example with the chance beta / max beta: does the MMD test see a difference?"""
    chances = beta.double().cpu() / beta.double().max().cpu()
    # At most 500: the memory of the test grows with the square of their number.
    rows = (torch.rand(len(beta), generator=generator, dtype=torch.float64) < chances).nonzero()[:500, 0]
    if len(rows) < 20 or len(X_target) < 20:
        return {"weighted_p_value": None}, [("Too few examples to test the weighted source.", False)]
    others = torch.randperm(len(X_target), generator=generator)[:500]
    p_value = mmd_test(X_source[rows], X_target[others], generator=generator).p_value
    differs = p_value <= 0.01
    text = f"Weighted, the source differs from the target with p-value {p_value:.2g}" + (
        ": the weights do not make it the target, so their assumption does not hold." if differs else "."
    )
    return {"weighted_p_value": p_value}, [(text, differs)]


# %% [markdown]
# ## All together
# `diagnose` makes the checks for which it is given what they need, and collects the sentences.


# %%
@dataclass(frozen=True)
class Diagnosis:
    """What `diagnose` found; None for what it was not given.

    sentences: one for each number. concerns: those of them that say not to trust the correction.
    effective_sample_size, largest_weight, mean_weight: of beta. condition: of C, infinite if C is singular.
    residual: |C p - mu| for the best distribution p; None if C is singular. accuracy, p_value: of the
    classifier two-sample test. weighted_p_value: of the MMD test between the target and the source examples
    kept by beta; None also if fewer than 20 are kept.
    """

    sentences: tuple[str, ...]
    concerns: tuple[str, ...]
    effective_sample_size: float | None = None
    largest_weight: float | None = None
    mean_weight: float | None = None
    condition: float | None = None
    residual: float | None = None
    accuracy: float | None = None
    p_value: float | None = None
    weighted_p_value: float | None = None


def diagnose(
    beta: Array | None = None,
    *,
    C: Array | None = None,
    mu: Array | None = None,
    num_examples: int | None = None,
    X_source: Array | None = None,
    X_target: Array | None = None,
    generator: torch.Generator | None = None,
) -> Diagnosis:
    """Look at a correction before it is used: at its weights, its equation, its samples, or several of them.

    beta: weights of the source examples, (n,). C, mu: confusion matrix (k, k) and mean prediction (k,).
    num_examples: how many validation or target examples C and mu are from, whichever is less; without it a
    residual above 0.1 is a concern. X_source, X_target: samples (n, ...), (m, ...). generator: of the tests.
    Raises ValueError if there is nothing to look at, C comes without mu or X_source without X_target, beta
    and X_source differ in length, and for weights, C, mu or samples that the chapter's functions refuse.
    """
    for one, other, names in ((C, mu, "C, mu"), (X_source, X_target, "X_source, X_target")):
        if (one is None) != (other is None):
            raise ValueError(f"{names}: give both or neither")
    findings: list[Finding] = []
    if num_examples is not None:
        d2l.check_counts(num_examples=num_examples)
    if beta is not None:
        beta = as_weights(beta)
        findings.append(about_weights(beta))
    if C is not None and mu is not None:
        findings.append(about_system(C, mu, num_examples))
    if X_source is not None and X_target is not None:
        X_source, X_target = as_samples(X_source, X_target)
        findings.append(about_samples(X_source, X_target, generator))
        if beta is not None:
            if len(beta) != len(X_source):
                raise ValueError(f"beta: {len(beta)} weights for {len(X_source)} examples in X_source")
            findings.append(about_weighted_samples(X_source, X_target, beta, generator))
    if not findings:
        raise ValueError("diagnose: nothing to look at; give beta, C and mu, or X_source and X_target")
    fields = {name: value for values, _ in findings for name, value in values.items()}
    notes = [note for _, some in findings for note in some]
    return Diagnosis(tuple(text for text, _ in notes), tuple(text for text, bad in notes if bad), **fields)
