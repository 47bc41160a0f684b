"""Images of a source and a target: the shares drawn, the images behind them, and the network."""

import math
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from mutants import Mutant
from recording import recorded
from torch import nn

import d2lcore as d2l
from chapters.distribution_shift.label import images


def test_geometric_shares() -> None:
    shares = images.geometric(4, 0.5)
    torch.testing.assert_close(shares, torch.tensor([8.0, 4, 2, 1], dtype=torch.float64) / 15)
    assert torch.equal(images.geometric(3, 1.0), torch.full((3,), 1 / 3, dtype=torch.float64))


def test_tweak_one_shares() -> None:
    torch.testing.assert_close(
        images.tweak_one(4, 0.7), torch.tensor([0.1, 0.1, 0.1, 0.7], dtype=torch.float64)
    )
    assert images.tweak_one(3, 0.0, chosen=1).tolist() == [0.5, 0.0, 0.5]


@pytest.mark.parametrize("ratio", [0.0, -1.0, math.nan, math.inf])
def test_bad_ratio(ratio: float) -> None:
    with pytest.raises(ValueError, match="ratio: must be above 0"):
        images.geometric(3, ratio)


@pytest.mark.parametrize(("rho", "chosen"), [(1.1, 0), (-0.1, 0), (0.5, 4), (0.5, -1), (math.nan, 0)])
def test_bad_tweak(rho: float, chosen: int) -> None:
    with pytest.raises(ValueError, match="rho, chosen: need a share"):
        images.tweak_one(4, rho, chosen)


def test_drawn_examples_have_the_labels_asked_for(device: torch.device) -> None:
    y = torch.tensor([2, 0, 1, 0, 2, 2, 4], device=device)
    labels = torch.tensor([0, 0, 2, 4, 1] * 200)
    rows = images.draw(y, labels)
    assert rows.device == y.device
    assert torch.equal(y[rows].cpu(), labels)
    # Each of the three members of class 2 is missed by 200 draws with probability (2/3)^200 < 1e-35.
    assert set(rows.cpu()[labels == 2].tolist()) == {0, 4, 5}
    # Of 200 draws a third each: six standard deviations of sqrt(200 * 2/9) are 40; false alarm below 1e-8.
    assert abs(int((rows == 4).sum()) - 67) < 40


def test_draw_repeats_with_its_generator_only() -> None:
    y = torch.arange(100) % 3
    one, two, other = (images.draw(y, y, generator=torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_draw_without_an_example() -> None:
    with pytest.raises(ValueError, match="y: it has no example of class 5 to draw"):
        images.draw(torch.tensor([0, 1]), torch.tensor([1, 5]))
    with pytest.raises(ValueError, match="y: it has no example of class 1 to draw"):
        images.draw(torch.tensor([0, 2]).numpy(), torch.tensor([1]))


def test_pools_are_separate_images() -> None:
    pools = images.image_pools("digits")
    assert [len(pool) for pool in pools] == [718, 718, 239, 239, 360, 360]
    train_iter, test_iter = d2l.load_data("digits", 10)
    assert torch.equal(pools.X, train_iter.dataset.batch(slice(0, 718))[0])
    assert torch.equal(pools.y_val, train_iter.dataset.batch(slice(1437 - 239, 1437))[1])
    assert torch.equal(pools.X_target, test_iter.dataset.batch(slice(None))[0])


def numbered_pools() -> images.Sets:
    """Images that say their pool and their label: X[i] = 10 * pool + y[i]."""
    y = torch.arange(30) % 3
    X = y.reshape(-1, 1, 1, 1).float()
    return images.Sets(X, y, X + 10, y.clone(), X + 20, y.clone())


def test_order_of_the_sets() -> None:
    assert images.Sets._fields == ("X", "y", "X_val", "y_val", "X_target", "y_target")


def test_sets_come_from_their_pools_with_their_shares() -> None:
    q, p = (
        torch.tensor([0.8, 0.2, 0.0], dtype=torch.float64),
        torch.tensor([0.0, 0.3, 0.7], dtype=torch.float64),
    )
    sets = images.shifted_sets(numbered_pools(), q, p, 5000, 3000)
    pairs = [(sets.X, sets.y), (sets.X_val, sets.y_val), (sets.X_target, sets.y_target)]
    assert [len(y) for _, y in pairs] == [5000, 3000, 3000]
    for i, ((X, y), shares) in enumerate(zip(pairs, (q, q, p), strict=True)):
        assert torch.equal(X.flatten(), y + 10.0 * i)  # the image goes with its label
        drawn = torch.bincount(y, minlength=3) / len(y)
        # Six standard deviations, at most 0.5 / sqrt(3000), of nine shares: false alarm below 1e-7.
        assert (drawn - shares).abs().max() < 6 * 0.5 / math.sqrt(3000)


def test_the_learning_rate_falls_and_momentum_is_half() -> None:
    """One weight, loss w: the step t changes v to v/2 + 1 and w by -lr/(1 + decay t) v."""
    X, y = torch.ones(4, 1), torch.zeros(4, dtype=torch.long)

    def loss(y_hat: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return y_hat[:, 0]  # its gradient by the output bias b2[0] is 1

    net, _ = images.train_classifier(X, y, 2, loss, lr=0.3, num_epochs=3, batch_size=4, decay=0.5)
    v, b = 0.0, 0.0
    for t in range(3):
        v = 0.5 * v + 1
        b -= 0.3 / (1 + 0.5 * t) * v
    assert net.b2[0].item() == pytest.approx(b, abs=1e-6)


def test_first_weights_are_xaviers() -> None:
    X, y = torch.zeros(2, 1, 28, 28), torch.tensor([0, 1])
    net, _ = images.train_classifier(X, y, 10, nn.CrossEntropyLoss(reduction="none"), lr=0.0, num_epochs=1)
    bound = math.sqrt(6 / (784 + 256))
    # The largest of 200,704 draws is within 0.1% of the bound but for a chance of 0.999^200704 < 1e-87,
    # that of 2,560 within 1% but for 0.99^2560 < 1e-11.
    assert 0.999 * bound < net.W1.abs().max() <= bound
    assert math.sqrt(6 / 266) * 0.99 < net.W2.abs().max() <= math.sqrt(6 / 266)
    assert not net.b1.any()


def test_digits_are_learned() -> None:
    pools = images.image_pools("digits")
    loss = nn.CrossEntropyLoss(reduction="none")
    net, history = images.train_classifier(pools.X, pools.y, 10, loss, lr=0.2, num_epochs=15, batch_size=32)
    logits = images.predict(net, pools.X_target)
    assert not logits.requires_grad
    assert torch.equal(logits, net(pools.X_target))
    assert d2l.accuracy(logits, pools.y_target) / 360 > 0.9  # untrained: 0.1
    assert len(history) == 15
    assert history[-1]["train_loss"] < 0.3 < history[0]["train_loss"]
    assert history.seconds > 0


def test_variant_draws_both_distributions(monkeypatch: pytest.MonkeyPatch) -> None:
    sets, shown = recorded(monkeypatch, images, "shifted_sets"), []
    monkeypatch.setattr(images, "draw_shifted_images", lambda samples: shown.append(samples) or plt.figure())
    result = images.shifted_images(data="digits", n=500, ratio=0.8)
    source, target = (np.bincount(y, minlength=10) for y in (sets[0].y, sets[0].y_target))
    ratios = target / source
    assert result.metrics == pytest.approx({"smallest_ratio": ratios.min(), "largest_ratio": ratios.max()})
    expected = 0.8 ** np.arange(10) / np.sum(0.8 ** np.arange(10))
    assert np.abs(source / 500 - expected).max() < 0.1  # 5 standard deviations of 0.02
    assert np.abs(target / 500 - expected[::-1]).max() < 0.1
    assert len(sets[0].y_val) == len(sets[0].y_target) == len(sets[0].y) == 500
    (samples,) = shown
    for name, X, counts in (("source", sets[0].X, source), ("target", sets[0].X_target, target)):
        assert torch.equal(samples[name][0], X[:30])
        assert samples[name][1].tolist() == pytest.approx(counts / 500)


def test_the_images_are_drawn() -> None:
    assert images.shifted_images(data="digits", n=100).figure is not None


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"data": "digit"}, "data: there is no 'digit'"),
        ({"ratio": 0.0}, "ratio: must be above 0"),
        ({"n": 0}, "n: must be at least 1|num_train: must be at least 1"),
    ],
)
def test_bad_knobs(knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        images.shifted_images(**{"data": "digits", **knobs})


drawn = partial(test_drawn_examples_have_the_labels_asked_for, torch.device("cpu"))
MUTANTS = [
    Mutant("geometric", "ratio ** torch.arange", "ratio ** -torch.arange", test_geometric_shares),
    Mutant("tweak_one", "shares[chosen] = rho", "shares[chosen] += rho", test_tweak_one_shares),
    Mutant("draw", "first[labels] + place.long()", "first[labels]", drawn),
    Mutant("draw", "counts.cumsum(dim=0) - counts", "counts.cumsum(dim=0)", drawn,
           dies_of=(IndexError, AssertionError)),
    Mutant("Sets", "    X_val: Tensor\n    y_val: Tensor\n", "    y_val: Tensor\n    X_val: Tensor\n",
           test_order_of_the_sets),
    Mutant("image_pools", "X[-sixth:], y[-sixth:]", "X[:sixth], y[:sixth]", test_pools_are_separate_images),
    Mutant("shifted_sets", "pools.y_target, p, n", "pools.y_target, q, n",
           test_sets_come_from_their_pools_with_their_shares),
    Mutant("shifted_sets", "return X[rows], y[rows]", "return X[rows], y[: len(rows)]",
           test_sets_come_from_their_pools_with_their_shares, dies_of=(RuntimeError, AssertionError)),
    Mutant("train_classifier", "1 / (1 + decay * step)", "1",
           test_the_learning_rate_falls_and_momentum_is_half),
    Mutant("train_classifier", "momentum=0.5", "momentum=0.9",
           test_the_learning_rate_falls_and_momentum_is_half),
    Mutant("train_classifier", "nn.init.xavier_uniform_(W)", "W", test_first_weights_are_xaviers),
    Mutant("predict", "net.eval()(X)", "net.eval()(X).softmax(dim=1)", test_digits_are_learned),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(images, MUTANTS)
