"""Cross-correlation, convolution and pooling by hand against PyTorch's; what a network of them learns."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import jaxtyping
import mutants
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mutants import Mutant
from torch import nn
from torch.nn import functional as F

import d2lcore as d2l
from chapters import cnn
from d2lcourse.reported import band

TIGHT: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-10}
SIZES = st.integers(1, 4)


def double(*shape: int) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, requires_grad=True)


def check_equal(mine: Callable, torchs: Callable, *args: torch.Tensor) -> None:
    """Outputs, and the gradients in all arguments, of a loss in which no element cancels another."""
    outputs, gradients = [], []
    for function in (mine, torchs):
        Y = function(*args)
        outputs.append(Y)
        gradients.append(
            torch.autograd.grad((Y * torch.linspace(1, 2, Y.numel()).reshape(Y.shape)).sum(), args)
        )
    torch.testing.assert_close(*outputs, **TIGHT)
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, **TIGHT)


# One image, one kernel


def torchs_corr2d(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    return F.conv2d(X[None, None], K[None, None])[0, 0]


@settings(max_examples=15, deadline=None)
@given(h=SIZES, w=SIZES, more=st.tuples(SIZES, SIZES))
def test_cross_correlation_equals_conv2d(h: int, w: int, more: tuple[int, int]) -> None:
    check_equal(cnn.corr2d, torchs_corr2d, double(h + more[0] - 1, w + more[1] - 1), double(h, w))


def test_cross_correlation_by_hand() -> None:
    X, K = torch.arange(9.0).reshape(3, 3), torch.tensor([[0.0, 1.0], [2.0, 3.0]])
    assert cnn.corr2d(X, K).tolist() == [[19.0, 25.0], [37.0, 43.0]]  # 1 + 2 * 3 + 3 * 4 = 19, ...


def test_convolution_turns_the_kernel_first() -> None:
    from scipy.signal import convolve2d

    X, K = torch.randn(6, 5).double(), torch.randn(3, 2).double()
    expected = torch.tensor(convolve2d(X, K, mode="valid"))
    torch.testing.assert_close(cnn.corr2d(X, K.flip(0, 1)), expected, **TIGHT)
    assert (cnn.corr2d(X, K) - expected).abs().max() > 0.1


def test_a_moved_image_has_moved_maps() -> None:
    X, K = torch.randn(7, 9), torch.randn(3, 3)
    assert torch.equal(cnn.corr2d(X[:, 2:], K), cnn.corr2d(X, K)[:, 2:])


def test_the_kernels_of_the_page_see_what_their_names_say() -> None:
    ramp = torch.arange(5.0).expand(5, 5)  # each column is brighter by 1 than the one before
    kernels = {name: torch.tensor(K) for name, K in cnn.KERNELS.items()}
    for name, X, seen in (
        ("brighter to the right", ramp, 8.0),
        ("brighter to the right", ramp.T, 0.0),
        ("brighter downwards", ramp.T, 8.0),
        ("brighter downwards", ramp, 0.0),
    ):
        assert cnn.corr2d(X, kernels[name]).unique().tolist() == [seen]
    torch.testing.assert_close(cnn.corr2d(ramp, kernels["blur"]), torch.tensor([[2.0]]))


@settings(max_examples=10, deadline=None)
@given(h=SIZES, w=SIZES, more=st.tuples(SIZES, SIZES))
def test_gradients_of_cross_correlation_are_autograds(h: int, w: int, more: tuple[int, int]) -> None:
    X, K = double(h + more[0] - 1, w + more[1] - 1), double(h, w)
    Y = torchs_corr2d(X, K)
    G = torch.randn_like(Y)
    expected = torch.autograd.grad(Y, (X, K), G)
    found = cnn.corr2d_gradients(X.detach(), K.detach(), G)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, **TIGHT)


# Layers


@settings(max_examples=40, deadline=None)
@given(n=st.integers(1, 40), k=st.integers(1, 9), padding=st.integers(0, 4), stride=st.integers(1, 5))
def test_output_size_counts_the_places(n: int, k: int, padding: int, stride: int) -> None:
    places = [i for i in range(0, n + 2 * padding, stride) if i + k <= n + 2 * padding]
    if places:
        assert cnn.output_size(n, k, padding, stride) == len(places)
    else:
        with pytest.raises(ValueError, match=f"X: {n} pixels.* are too few for a window of {k};"):
            cnn.output_size(n, k, padding, stride)


@settings(max_examples=25, deadline=None)
@given(
    batch=st.integers(1, 3), channels=st.tuples(SIZES, SIZES), kernel=st.tuples(SIZES, SIZES),
    more=st.tuples(SIZES, SIZES), padding=st.integers(0, 2), stride=st.integers(1, 3),
)  # fmt: skip
def test_convolution_equals_conv2d(
    batch: int, channels: tuple[int, int], kernel: tuple[int, int], more: tuple[int, int], padding: int,
    stride: int,
) -> None:  # fmt: skip
    (c, o), (h, w) = channels, kernel
    X, W, b = double(batch, c, h + more[0] - 1, w + more[1] - 1), double(o, c, h, w), double(o)
    mine = partial(cnn.conv2d, padding=padding, stride=stride)
    check_equal(mine, partial(F.conv2d, padding=padding, stride=stride), X, W, b)


@settings(max_examples=15, deadline=None)
@given(size=st.integers(1, 3), height=st.integers(3, 8), width=st.integers(3, 8))
def test_pooling_equals_max_pool2d(size: int, height: int, width: int) -> None:
    check_equal(partial(cnn.max_pool2d, size=size), partial(F.max_pool2d, kernel_size=size),
                double(2, 3, height, width))  # fmt: skip


def test_of_equal_numbers_the_first_gets_the_gradient_of_pooling() -> None:
    X = torch.zeros(1, 1, 4, 4, dtype=torch.float64, requires_grad=True)
    check_equal(partial(cnn.max_pool2d, size=2), partial(F.max_pool2d, kernel_size=2), X)


def test_windows_are_a_view() -> None:
    X = torch.randn(2, 3, 8, 8)
    assert cnn.windows(X, 3, 3, 2).untyped_storage().data_ptr() == X.untyped_storage().data_ptr()


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cnn.corr2d(torch.ones(2, 5), torch.ones(3, 3)), "X: 2 pixels are too few for a window of 3"),
        (lambda: cnn.corr2d(torch.ones(1, 5, 5), torch.ones(3, 3)),
         r"X, K: two matrices are expected, got shapes \(1, 5, 5\) and \(3, 3\)"),
        (lambda: cnn.conv2d(torch.ones(28, 28), torch.ones(1, 1, 3, 3), torch.ones(1)),
         r"X, W: expected \(n, c, height, width\) and \(o, c, h, w\), got shapes \(28, 28\) and"),
        (lambda: cnn.conv2d(torch.ones(4, 28, 28), torch.ones(1, 1, 3, 3), torch.ones(1)),
         r"X, W: .* got shapes \(4, 28, 28\) and \(1, 1, 3, 3\)"),
        (lambda: cnn.conv2d(torch.ones(4, 1, 28, 28), torch.ones(3, 3), torch.ones(1)),
         r"X, W: .* got shapes \(4, 1, 28, 28\) and \(3, 3\)"),
        # one channel would broadcast to three, without an error and with wrong numbers
        (lambda: cnn.conv2d(torch.ones(4, 1, 9, 9), torch.ones(8, 3, 3, 3), torch.ones(8)),
         r"X, W: .* got shapes \(4, 1, 9, 9\) and \(8, 3, 3, 3\)"),
        (lambda: cnn.conv2d(torch.ones(4, 1, 2, 9), torch.ones(8, 1, 5, 5), torch.ones(8), padding=1),
         "X: 4 pixels are too few for a window of 5"),
        (lambda: cnn.max_pool2d(torch.ones(4, 1, 1, 9), 2), "X: 1 pixels are too few for a window of 2"),
        (lambda: cnn.max_pool2d(torch.ones(9, 9), 2), r"X: expected \(n, channels, height, width\)"),
        (lambda: cnn.output_size(2, 7, padding=1), "X: 2 pixels and 1 zeros at both ends are too few"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(call: Callable, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_single_channel_is_not_repeated() -> None:
    jaxtyping.config.update("jaxtyping_disable", True)  # not by the fixture: the mutant below calls this too
    try:
        with pytest.raises(ValueError, match="X, W: expected"):
            cnn.conv2d(torch.ones(4, 1, 9, 9), torch.ones(8, 3, 3, 3), torch.ones(8))
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)


def test_a_matrix_is_no_input_of_a_layer_until_it_has_a_channel() -> None:
    layer, image = nn.Conv2d(1, 8, 5), torch.rand(28, 28)  # 000 1.2.2: matrices or tensors of order 3
    with pytest.raises(RuntimeError, match="Expected 3D"):
        layer(image)
    assert layer(image.unsqueeze(0)).shape == (8, 24, 24)


# The network

DIGITS: dict[str, Any] = {"data": "digits", "batch_size": 32, "device": "cpu"}


def both_nets() -> list[nn.Sequential]:
    """The network of our layers and that of PyTorch's, in float64 and with the same weights."""
    train_iter, _ = d2l.load_data("digits", 9)
    layers = [(cnn.Convolution, cnn.MaxPooling), (nn.Conv2d, nn.MaxPool2d)]
    mine, torchs = (cnn.conv_net(train_iter, *each).double() for each in layers)
    torchs.load_state_dict(mine.state_dict())
    return [mine, torchs]


def test_our_layers_equal_torchs_on_the_same_weights() -> None:
    nets, X, y = both_nets(), double(6, 1, 8, 8), torch.arange(6)
    for net in nets:
        F.cross_entropy(net(X), y).backward()
    torch.testing.assert_close(nets[0](X), nets[1](X), **TIGHT)
    for one, other in zip(*(net.parameters() for net in nets), strict=True):
        torch.testing.assert_close(one.grad, other.grad, **TIGHT)
        assert one.grad.abs().max() > 1e-4


def test_layers_of_another_stride_and_padding_equal_torchs() -> None:
    X = double(2, 3, 9, 9)
    for layer in (cnn.Convolution(3, 4, 3, padding=2, stride=2), cnn.MaxPooling(3)):
        layer.double()
        torchs = super(type(layer), layer).forward
        torch.testing.assert_close(layer(X), torchs(X), **TIGHT)


def test_the_counts_of_the_page() -> None:
    dataset = d2l.ArrayDataset(torch.zeros(1, 1, 28, 28), torch.zeros(1), classes=[*"0123456789"])

    def count(net: nn.Module) -> int:
        return sum(param.numel() for param in net.parameters())

    net = cnn.conv_net(d2l.Batches(dataset, 1), nn.Conv2d, nn.MaxPool2d)
    X = torch.zeros(1, 1, 28, 28)
    assert [tuple(net[:i](X).shape[1:]) for i in (1, 3, 6)] == [(16, 28, 28), (16, 14, 14), (32, 7, 7)]
    assert (count(net), count(net[0])) == (215_370, 416)
    assert (784 + 1) * net[:1](X).numel() == 9_847_040
    assert 785 * 256 + 257 * 10 == 203_530  # the dense net beside it


def test_scratch_and_concise_have_the_same_knobs() -> None:
    mine, torchs = (inspect.signature(variant).parameters for variant in (cnn.scratch, cnn.concise))
    assert list(mine) == list(torchs)
    assert [name for name in mine if mine[name].default != torchs[name].default] == [
        "num_epochs",
        "batch_size",
        "data",
    ]


@pytest.mark.slow
def test_one_seed_gives_both_the_same_losses() -> None:
    one, other = (variant(**DIGITS, num_epochs=1, seed=3) for variant in (cnn.scratch, cnn.concise))
    assert one.history["train_loss"] == pytest.approx(other.history["train_loss"], abs=1e-4)
    assert one.history["train_loss"] != cnn.concise(**DIGITS, num_epochs=1, seed=4).history["train_loss"]


@pytest.mark.slow
def test_features_are_drawn_as_the_net_computes_them() -> None:
    result = cnn.scratch(**DIGITS, num_epochs=1)
    assert list(result.figures) == ["features", "training", "predictions"]
    _, test_iter = d2l.load_data("digits", 1)
    image = next(iter(test_iter))[0]
    drawn = [axes.images[0].get_array() for axes in result.figures["features"].axes if axes.images]
    with torch.no_grad():
        expected = [image[0, 0], *result.net[0].weight[:, 0], *result.net[:2](image)[0]]
        expected += list(result.net[:5](image)[0])
    assert len(drawn) == len(expected) == 1 + 16 + 16 + 32
    for shown, one in zip(drawn, expected, strict=True):
        torch.testing.assert_close(torch.tensor(shown.data), one.detach())


@pytest.mark.slow
def test_digits_are_learned() -> None:
    result = cnn.concise(**DIGITS, num_epochs=12)
    assert result.metrics["test_acc"] > 0.93  # an untrained net has 0.10
    assert result.metrics == result.history[-1]


@pytest.mark.slow
def test_kernels_draw_the_photo_and_equal_conv2d() -> None:
    result = cnn.kernels()
    assert (
        result.metrics["largest difference from F.conv2d"] < 1e-13
    )  # sums of 25 products of numbers below 2
    names = [axes.get_title() for axes in result.figure.axes]
    assert names == ["the photo", *cnn.KERNELS]
    photo, *seen = (torch.tensor(axes.images[0].get_array().data) for axes in result.figure.axes)
    for K, shown in zip(cnn.KERNELS.values(), seen, strict=True):
        torch.testing.assert_close(shown, torchs_corr2d(photo, photo.new_tensor(K)), **TIGHT)


@pytest.mark.slow
def test_shifted_accuracies_are_those_of_images_rolled_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    nets = []
    train = d2l.train_ch6
    monkeypatch.setattr(d2l, "train_ch6", lambda net, *args: (nets.append(net), train(net, *args))[1])
    result = cnn.shifts(**DIGITS, num_epochs=2)
    _, test_iter = d2l.load_data("digits", 10_000)
    ((X, y),) = test_iter
    expected = {}
    for name, net in zip(("convolutional", "dense"), nets, strict=True):
        for i in range(5):
            rolled = X.roll(i, dims=3)
            rolled[..., :i] = 0
            right = (net(rolled).argmax(dim=1) == y).double().mean()
            expected[f"{name}, moved by {i}"] = pytest.approx(right.item())
    assert result.metrics == expected
    curves = [list(line.get_ydata()) for line in result.figure.axes[0].lines]
    assert curves == [list(result.metrics.values())[:5], list(result.metrics.values())[5:]]
    assert [len(net) for net in nets] == [10, 4]


# On the real MNIST


@pytest.mark.slow
def test_moved_images_cost_a_dense_net_more(
    real_data: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_data = d2l.load_data

    def first_images(name: str, batch_size: int, **knobs: Any) -> list[d2l.Batches]:
        """10,000 of the training images and 2,000 of the others."""
        parts = []
        for batches, n in zip(load_data(name, batch_size, **knobs), (10_000, 2_000), strict=True):
            of = batches.dataset
            tensors = [tensor[:n] for tensor in of.tensors]
            some = d2l.ArrayDataset(*tensors, transform=of.transform, classes=of.classes)
            parts.append(d2l.Batches(some, batch_size, batches.shuffle))
        return parts

    monkeypatch.setattr(d2l, "load_data", first_images)
    metrics = cnn.shifts(data=real_data("mnist"), num_epochs=2, batch_size=32, device="cpu").metrics
    assert metrics["convolutional, moved by 0"] > 0.93
    for pixels in (2, 3, 4):
        row = [metrics[f"{name}, moved by {pixels}"] for name in ("convolutional", "dense")]
        assert row[0] > row[1] + 0.1  # on all of MNIST, after one epoch: 0.24 more


def test_the_band_of_mnist_is_the_one_promised() -> None:
    assert band("cnn", "test_acc")[0] == 0.985


# One example each of the property tests: mutants need no search.
places = partial(test_output_size_counts_the_places.hypothesis.inner_test, n=8, k=4, padding=1, stride=2)
equals_corr2d = partial(test_cross_correlation_equals_conv2d.hypothesis.inner_test, h=2, w=3, more=(3, 2))
has_gradients = partial(
    test_gradients_of_cross_correlation_are_autograds.hypothesis.inner_test, h=2, w=3, more=(3, 4)
)
equals_conv2d = partial(
    test_convolution_equals_conv2d.hypothesis.inner_test,
    batch=2, channels=(2, 3), kernel=(3, 3), more=(4, 3), padding=1, stride=2,
)  # fmt: skip
equals_max_pool2d = partial(test_pooling_equals_max_pool2d.hypothesis.inner_test, size=2, height=5, width=6)
MUTANTS = [
    Mutant("output_size", "2 * padding - k", "padding - k", places),
    Mutant("output_size", "// stride + 1", "// stride", places),
    Mutant("output_size", "k > n + 2 * padding", "k > n",
           partial(test_output_size_counts_the_places.hypothesis.inner_test, n=2, k=4, padding=1, stride=1),
           (ValueError,)),
    Mutant("corr2d", "* K)", "* K.flip(0, 1))", test_cross_correlation_by_hand),
    Mutant("corr2d", "j : j + w", "j : j + h", equals_corr2d, (RuntimeError,)),
    Mutant("corr2d_gradients", "K.flip(0, 1)", "K", has_gradients),
    Mutant("corr2d_gradients", "(w - 1, w - 1, h - 1, h - 1)", "(h - 1, h - 1, w - 1, w - 1)", has_gradients),
    Mutant("windows", "unfold(3, w, stride)", "unfold(3, w, 1)", equals_conv2d),
    Mutant("conv2d", "ocab->", "ocba->", equals_conv2d),
    Mutant("conv2d", " + b[:, None, None]", "", equals_conv2d, (RuntimeError,)),
    Mutant("conv2d", " or X.shape[1] != W.shape[1]", "", test_a_single_channel_is_not_repeated),
    Mutant("max_pool2d", ".max(dim=4).values", ".amax(dim=4)",
           test_of_equal_numbers_the_first_gets_the_gradient_of_pooling),
    Mutant("max_pool2d", "size, size, size", "size, size, 1", equals_max_pool2d),
    Mutant("Convolution", "int(self.padding[0])", "0",
           test_layers_of_another_stride_and_padding_equal_torchs),
    Mutant("MaxPooling", "cast(int, self.kernel_size)", "2",
           test_layers_of_another_stride_and_padding_equal_torchs),
    Mutant("conv_net", "conv(1, 16, kernel_size=5, padding=2), nn.ReLU()",
           "conv(1, 16, kernel_size=5, padding=1), nn.ReLU()", test_the_counts_of_the_page),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(cnn, MUTANTS)
