"""What the page of distribution_shift shows: the chapter's numbers, and which shift is seen by whom."""

import functools
from pathlib import Path

import pytest
import torch

pytest.importorskip("bokeh", reason="the extra `play` is not installed")

import d2lcore as d2l
from chapters.distribution_shift import diagnose, effective_sample_size, label, weighted_loss
from chapters.distribution_shift.covariate import density_ratio_weights, fit_logistic
from chapters.distribution_shift.covariate.regression import SINC
from chapters.distribution_shift.label import images
from d2lcourse.play.distribution_shift import PLAYER, SOURCE_RATIO, N, _digits
from d2lcourse.play.run import Mine, advanced, begin, seen


def drawn(kind: str, steps: int = 0, **knobs: float) -> tuple[dict, dict]:
    """A state and its view."""
    chosen = {**PLAYER.defaults, "kind": kind, **knobs}
    state = advanced(PLAYER, begin(PLAYER, chosen), chosen, steps)
    return state, seen(PLAYER, state, chosen)


def test_covariate_the_numbers_are_the_chapters() -> None:
    state, view = drawn("covariate", move=0.8)
    X, y, X_target = state["X"], state["y"], state["X_target"]
    beta = density_ratio_weights(X, X_target, fit=functools.partial(fit_logistic, degree=2))
    w, b = SINC._replace(target=SINC.source).best()  # the line that is best where the source is
    losses = ((y - d2l.linreg(X, w, b)) ** 2)[:, 0]
    moved = SINC._replace(target=(1.8, 0.5))
    assert view["numbers"] == pytest.approx({
        "effective sample size": float(effective_sample_size(beta)),
        "mean weight": float(beta.mean()),
        "mean over the source": float(losses.mean()),
        "weighted mean": float(weighted_loss(losses, beta)),
        "truth on the target": float(moved.error(w, b)),
        "p-value, classifier": view["numbers"]["p-value, classifier"],  # of random halves
        "p-value, MMD": 0.01,  # no deal of 99 is as far apart
    })  # fmt: skip
    assert view["weights"] == (moved.log_ratio(X).exp().tolist(), beta.tolist())
    assert view["numbers"]["p-value, classifier"] < 1e-6


def test_label_the_numbers_are_the_chapters() -> None:
    state, view = drawn("label", ratio=1.3)
    net, y = _digits()[0], state["y"]
    soft, soft_target = (images.predict(net, state[X]).double().softmax(dim=1) for X in ("X", "X_target"))
    C, mu = label.confusion_matrix(y, soft, 10), label.mean_prediction(soft_target, 10)
    p, q = label.estimate_label_distribution(C, mu), torch.bincount(y, minlength=10) / N
    beta = label.label_shift_weights(p, q.double())[y]
    errors = (soft.argmax(dim=1) != y).double()
    expected = {
        "effective sample size": float(effective_sample_size(beta)),
        "mean over the source": float(errors.mean()),
        "weighted mean": float(weighted_loss(errors, beta)),
        "truth on the target": float((soft_target.argmax(dim=1) != state["y_target"]).double().mean()),
    }
    assert {name: view["numbers"][name] for name in expected} == pytest.approx(expected)
    torch.testing.assert_close(torch.tensor(view["weights"][1]), beta.float())
    diagnosis = diagnose(beta, C=C, mu=mu, num_examples=N)
    assert view["sentences"][: len(diagnosis.sentences)] == diagnosis.sentences
    assert len(view["sentences"]) == len(diagnosis.sentences) + 2  # the two about the samples


def means(kind: str, **knobs: float) -> dict[str, float]:
    """Of the numbers over twelve draws."""
    views = [drawn(kind, steps, **knobs)[1]["numbers"] for steps in range(12)]
    return {name: sum(view[name] for view in views) / len(views) for name in views[0]}


def test_weights_follow_the_truth_in_label_shift_and_do_not_see_a_new_rule() -> None:
    moved, renamed, same = means("label", ratio=1.4), means("concept", cycle=4), means("concept", cycle=0)
    # One draw varies by 0.05 and a mean of twelve by 0.015; the estimates are 0.11 apart.
    assert moved["weighted mean"] == pytest.approx(moved["truth on the target"], abs=0.06)
    assert moved["truth on the target"] - moved["mean over the source"] > 0.07
    assert renamed["truth on the target"] > 0.45
    told = {name for name in same if name != "truth on the target"}
    assert {name: renamed[name] for name in told} == {name: same[name] for name in told}  # exactly: no sign


def test_a_warning_of_the_diagnosis_is_among_the_concerns_where_the_target_is_far() -> None:
    assert drawn("covariate", move=0.0)[1]["concerns"] == ()
    assert any("hardly overlap" in one for one in drawn("covariate", move=2.0)[1]["concerns"])


def test_the_first_draw_of_digits_is_drawn_again_after_a_reset() -> None:
    _digits.cache_clear()  # as in a new process: the network is trained at the first look
    first, again = (drawn("label")[0] for _ in range(2))
    assert all(torch.equal(first[name], again[name]) for name in ("X", "y", "X_target", "y_target"))


def test_the_picture_of_a_kind_leaves_nothing_of_the_other() -> None:
    picture = PLAYER.pictures()[0]
    sources = [renderer.data_source for renderer in picture.figure.renderers]
    filled = {}
    for kind in ("covariate", "label", "covariate"):
        picture.show(drawn(kind)[1])
        filled[kind] = [any(map(len, source.data.values())) for source in sources]
    assert filled == {"covariate": [True] * 4 + [False], "label": [False] * 4 + [True]}


UPSIDE_DOWN = "import torch\ndef label_shift_weights(p, q):\n    return torch.where(p > 0, q / p, 0)\n"


def test_weights_of_the_readers_that_are_upside_down_leave_the_true_ones(tmp_path: Path) -> None:
    (tmp_path / "label_shift_weights.py").write_text(UPSIDE_DOWN, encoding="utf-8")
    knobs = {**PLAYER.defaults, "kind": "label"}
    _, ours = drawn("label")
    _, theirs, why = Mine(PLAYER, tmp_path).see(None, knobs, 0)
    assert why == ""
    assert theirs["weights"][0] == ours["weights"][0]
    true = images.geometric(10, knobs["ratio"]) / images.geometric(10, SOURCE_RATIO)
    assert max(ours["weights"][0]) == pytest.approx(float(true[9]))
    nines = [i for i, c in enumerate(ours["at"]) if c == 9]
    assert theirs["weights"][1][nines[0]] == pytest.approx(1 / ours["weights"][1][nines[0]])
