"""The player of distribution_shift: three kinds of shift, what weights make of them, and what warns."""

import functools
from typing import NamedTuple

import torch
from torch import Tensor, nn

import d2lcore as d2l
from chapters.distribution_shift import concept, detection, diagnosis, power, risk
from chapters.distribution_shift.covariate import density_ratio, regression
from chapters.distribution_shift.label import confusion, correction, images
from chapters.distribution_shift.weighting import weighted_least_squares

from .distribution_shift_pictures import pictures
from .player import Choice, Knobs, Player, Slider, State, View

KINDS = ("covariate", "label", "concept")
N = 150  # examples of the source
SOURCE_RATIO = 0.95  # each class of the source is so many times as frequent as the one before it
OURS = functools.partial(correction.label_shift_weights)  # for the truth, whatever the reader's may be
Pair = tuple[Tensor, Tensor]  # inputs and labels


def _setting(knobs: Knobs) -> regression.Setting:
    """The chapter's sinc curve; the target's inputs are so far to the right of the source's."""
    (mean, sd), setting = regression.SINC.source, regression.SINC
    return setting._replace(target=(mean + knobs["move"], sd))


@functools.cache
def _digits() -> tuple[nn.Module, Pair, Pair]:
    """The chapter's network, which sees some classes badly, and other images: source and target."""
    with torch.random.fork_rng(devices=[]):  # it seeds the generator
        net, X, y = power.digits_pool(300, 3, 0)
    third = len(y) // 3  # in random order
    return net, (X[:third], y[:third]), (X[third:], y[third:])


def _drawn(images_and_labels: Pair, ratio: float) -> Pair:
    """N of the images, none twice, each class `ratio` times as frequent as the one before it."""
    X, y = images_and_labels
    labels = torch.multinomial(images.geometric(10, ratio), N, replacement=True)
    rows = power.with_labels(y, labels)
    return X[rows], y[rows]


def first(knobs: Knobs) -> State:
    """A sample of the source and one of the target."""
    kind, rule, ratio = knobs["kind"], torch.arange(10), SOURCE_RATIO
    _, *pools = _digits()  # for every kind: it takes seconds once, which nobody is to wait for in the page
    if kind == "covariate":
        setting = _setting(knobs)
        source, target = setting.sample(N), setting.sample(N // 2, target=True)
    else:
        if kind == "label":
            ratio = knobs["ratio"]
        elif knobs["cycle"] > 1:
            rule = concept.rule_after(1, tuple(range(int(knobs["cycle"]))), 10)
        source, (X, y) = _drawn(pools[0], SOURCE_RATIO), _drawn(pools[1], ratio)
        target = X, rule[y]
    return dict(zip(("X", "y", "X_target", "y_target"), (*source, *target), strict=True))


class Seen(NamedTuple):
    """Weights of the source's examples, true and estimated; losses; the true loss; what else there is."""

    true: Tensor
    beta: Tensor
    losses: Tensor
    truth: float
    system: dict[str, Tensor]
    tests: dict[str, float]
    view: View


def _covariate(state: State, knobs: Knobs) -> Seen:
    """The loss is the squared error of the line that is best for the source."""
    setting, X, y = _setting(knobs), state["X"], state["y"]
    line = setting._replace(target=setting.source).best()
    fit = functools.partial(density_ratio.fit_logistic, degree=2)
    beta = density_ratio.density_ratio_weights(X, state["X_target"], fit=fit)
    x = torch.stack([X.min(), state["X_target"].max()]).unsqueeze(1)
    lines = [d2l.linreg(x, *one)[:, 0].tolist() for one in (line, weighted_least_squares(X, y, beta))]
    points = {name: (state[f"X{name}"][:, 0].tolist(), state[f"y{name}"][:, 0].tolist())
              for name in ("", "_target")}  # fmt: skip
    losses = ((y - d2l.linreg(X, *line)) ** 2)[:, 0]
    view = {"points": points, "lines": (x[:, 0].tolist(), lines), "at": X[:, 0].tolist()}
    return Seen(setting.log_ratio(X).exp(), beta, losses, float(setting.error(*line)), {}, {}, view)


def _digits_seen(state: State, knobs: Knobs) -> Seen:
    """The loss is 1 for an error of the network. It is the same if the rule has changed: nothing tells it."""
    ratio = knobs["ratio"] if knobs["kind"] == "label" else SOURCE_RATIO
    y, y_target = state["y"], state["y_target"]
    scores = (images.predict(_digits()[0], state[X]) for X in ("X", "X_target"))
    soft, soft_target = (O.double().softmax(dim=1) for O in scores)
    y_hat, y_hat_target = soft.argmax(dim=1), soft_target.argmax(dim=1)
    C, mu = confusion.confusion_matrix(y, soft, 10), confusion.mean_prediction(soft_target, 10)
    p, q = confusion.estimate_label_distribution(C, mu), confusion.mean_prediction(y, 10)
    true = OURS(images.geometric(10, ratio), images.geometric(10, SOURCE_RATIO))
    recalls = [correction.recall_by_class(*one).nan_to_num() for one in ((soft, y), (soft_target, y_target))]
    bars = [q, confusion.mean_prediction(y_target, 10)] if knobs["kind"] == "label" else recalls
    test = detection.label_shift_test(y_hat, y_hat_target, 10)
    return Seen(
        true[y], correction.label_shift_weights(p, q)[y], (y_hat != y).double(),
        float((y_hat_target != y_target).double().mean()), {"C": C, "mu": mu},
        {"p-value, label shift test": test.p_value},
        {"bars": [one.tolist() for one in bars], "at": y.tolist()},
    )  # fmt: skip


def look(state: State, knobs: Knobs) -> View:
    one = (_covariate if knobs["kind"] == "covariate" else _digits_seen)(state, knobs)
    X, X_target = state["X"], state["X_target"]
    C, mu = one.system.get("C"), one.system.get("mu")
    found = diagnosis.diagnose(one.beta, C=C, mu=mu, num_examples=N, X_source=X, X_target=X_target)
    mmd = detection.mmd_test(X, X_target, num_permutations=99)
    estimates = {
        "mean over the source": float(one.losses.mean()),
        "weighted mean": float(risk.weighted_loss(one.losses, one.beta, normalize=False)),
        "truth on the target": one.truth,
    }
    ess = float(risk.effective_sample_size(one.beta))
    return {
        **one.view, "kind": knobs["kind"], "weights": (one.true.tolist(), one.beta.tolist()),
        "estimates": list(estimates.values()), "sentences": found.sentences, "concerns": found.concerns,
        "numbers": {"effective sample size": ess, "mean weight": found.mean_weight, **estimates,
                    "p-value, classifier": found.p_value, "p-value, MMD": mmd.p_value, **one.tests},
    }  # fmt: skip


PLAYER = Player(
    chapter="distribution_shift",
    suggestion="Turn up each shift: weights follow the truth until a rule changes, and no test sees that.",
    knobs={
        "kind": Choice("kind of shift", KINDS, "covariate"),
        "move": Slider("covariate: the target moves by", 0.0, 2.0, 0.1, 0.5, new=True),
        "ratio": Slider("label: each class over the one before", 0.7, 1.4, 0.05, 1.2, new=True),
        "cycle": Slider("concept: classes that trade names", 0, 10, 1, 4, new=True),
    },
    first=first,
    advance=lambda state, knobs: first(knobs),  # new samples
    look=look,
    pictures=pictures,
    functions=(
        "effective_sample_size", "weighted_loss", "label_shift_weights", "confusion_matrix",
        "estimate_label_distribution",
    ),
)  # fmt: skip
