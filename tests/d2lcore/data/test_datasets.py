"""The data sets: their shapes, their values, and what is said when one cannot be had."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import d2lcore as d2l
from d2lcore.data.files import DataUnavailable, data_folder


def rows(batches: d2l.Batches) -> tuple[torch.Tensor, torch.Tensor]:
    """All of X and y, in order."""
    X, y = zip(*d2l.Batches(batches.dataset, batches.batch_size), strict=True)
    return torch.cat(X), torch.cat(y)


# ---- Synthetic data


@pytest.mark.parametrize("shape", [(2,), (2, 1)])
def test_synthetic_shapes(shape: tuple[int, ...]) -> None:
    X, y = d2l.synthetic_data(torch.ones(shape), 4.2, 5)
    assert (X.shape, y.shape) == ((5, 2), (5, 1))


@pytest.mark.parametrize("b", [4.2, torch.tensor(4.2, dtype=torch.float64)])
def test_synthetic_data_without_noise_is_exact(b: Any) -> None:
    w = torch.tensor([2, -3.4], dtype=torch.float64)
    X, y = d2l.synthetic_data(w, b, 50, noise=0)
    assert torch.equal(y[:, 0], X @ w + b)


def test_synthetic_moments() -> None:
    # Twelve estimates of n samples, each within 6 standard errors: a false alarm rate of 12 x 2e-9.
    n, k, w = 100_000, 6, torch.tensor([2, -3.4], dtype=torch.float64)
    X, y = d2l.synthetic_data(w, 4.2, n, noise=0.5)
    noise = (y[:, 0] - X @ w - 4.2) / 0.5
    Z = torch.cat([X, noise[:, None]], dim=1)
    assert Z.mean(dim=0).abs().max() < k / math.sqrt(n)
    second = Z.T @ Z / n  # 1 on the diagonal, where its variance is 2/n; 0 beside it, where it is 1/n
    assert ((second - torch.eye(3)).abs() < k * (1 + torch.eye(3)).sqrt() / math.sqrt(n)).all()


def test_synthetic_noise_is_small_by_default() -> None:
    w, n = torch.tensor([1.0], dtype=torch.float64), 10_000
    X, y = d2l.synthetic_data(w, 0.0, n)
    # The standard error of the estimate is 0.01 / sqrt(2 n); 6 of them have a false alarm rate of 2e-9.
    assert abs((y[:, 0] - X @ w).std() - 0.01) < 6 * 0.01 / math.sqrt(2 * n)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_synthetic_data_has_the_type_and_device_of_w(device: torch.device, dtype: torch.dtype) -> None:
    X, y = d2l.synthetic_data(torch.ones(3, dtype=dtype, device=device), 0.5, 4)
    assert X.dtype == y.dtype == dtype
    assert X.device.type == y.device.type == device.type


def test_synthetic_data_on_the_meta_device() -> None:
    X, y = d2l.synthetic_data(torch.ones(3, device="meta"), 0.5, 4)
    assert X.is_meta
    assert y.is_meta
    assert y.shape == (4, 1)


def test_synthetic_data_of_whole_weights_is_float32() -> None:
    X, y = d2l.synthetic_data(torch.tensor([1, 2]), 0, 3)
    assert X.dtype == y.dtype == torch.float32


def test_synthetic_data_has_no_graph() -> None:
    w, b = torch.ones(2, requires_grad=True), torch.zeros((), requires_grad=True)
    _, y = d2l.synthetic_data(w, b, 3)
    assert not y.requires_grad


def test_synthetic_data_is_fixed_by_the_seed() -> None:
    first, again = [], []
    for drawn in (first, again):
        torch.manual_seed(7)
        drawn += d2l.synthetic_data(torch.ones(2), 0.0, 5)
    assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))


@pytest.mark.parametrize(
    ("w", "b", "num_examples", "noise", "message"),
    [
        (torch.ones(2), 0.0, 0, 0.1, "num_examples: must be at least 1, got 0"),
        (torch.ones(2), 0.0, -3, 0.1, "num_examples: must be at least 1, got -3"),
        (torch.ones(2), 0.0, 3, -0.1, "noise: .* got -0.1"),
        (torch.ones(2, 3), 0.0, 3, 0.1, r"w: expected shape \(d,\) or \(d, 1\), got \(2, 3\)"),
        (torch.ones(()), 0.0, 3, 0.1, r"w: expected shape .* got \(\)"),
        (torch.ones(2, 1), torch.ones(4), 3, 0.1, "b: "),
    ],
)
def test_synthetic_data_refuses(w: Any, b: Any, num_examples: int, noise: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        d2l.synthetic_data(w, b, num_examples, noise=noise)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("num_examples", [2.5, True, "3"])
def test_a_number_of_examples_is_a_whole_number(num_examples: Any) -> None:
    with pytest.raises(TypeError, match="num_examples: expected a whole number"):
        d2l.synthetic_data(torch.ones(2), 0.0, num_examples)


# ---- Labels


def test_fashion_mnist_labels() -> None:
    assert d2l.get_fashion_mnist_labels([0, 9, 5]) == ["t-shirt", "ankle boot", "sandal"]
    assert d2l.get_fashion_mnist_labels(torch.tensor([2, 2])) == ["pullover", "pullover"]
    assert d2l.get_fashion_mnist_labels([]) == []
    assert len(set(d2l.get_fashion_mnist_labels(range(10)))) == 10


@pytest.mark.parametrize("wrong", [-1, 10])
def test_fashion_mnist_has_ten_classes(wrong: int) -> None:
    with pytest.raises(ValueError, match=f"classes 0 to 9, got {wrong}"):
        d2l.get_fashion_mnist_labels([0, wrong])


# ---- Digits: real images without a download


def test_digits(folder: Any) -> None:
    train_iter, test_iter = d2l.load_data("digits", 64)
    for batches, n in ((train_iter, 1437), (test_iter, 360)):
        X, y = rows(batches)
        assert (X.shape, X.dtype) == ((n, 1, 8, 8), torch.float32)
        assert (y.shape, y.dtype) == ((n,), torch.int64)
        assert (X.min(), X.max()) == (0, 1)
        assert batches.dataset.classes == list("0123456789")
        assert batches.dataset.tensors[0].dtype == torch.uint8
    assert not folder.exists()


def test_digits_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    expected = load_digits()
    images = torch.from_numpy(expected.images)
    wanted = sorted((image.tolist(), label) for image, label in zip(images, expected.target, strict=True))
    X, y = (torch.cat(parts) for parts in zip(*map(rows, d2l.load_data("digits", 100)), strict=True))
    assert sorted((image[0].tolist(), int(label)) for image, label in zip(X * 16, y, strict=True)) == wanted


def test_digits_split_is_stratified_and_always_the_same() -> None:
    first = [rows(batches) for batches in d2l.load_data("digits", 100)]
    torch.manual_seed(1)
    np.random.seed(1)
    again = [rows(batches) for batches in d2l.load_data("digits", 50)]
    for (X, y), (X2, y2) in zip(first, again, strict=True):
        assert torch.equal(X, X2)
        assert torch.equal(y, y2)
    shares = [torch.bincount(y) / len(y) for _, y in first]
    assert (shares[0] - shares[1]).abs().max() < 1 / 360  # as near as whole images allow


def test_training_batches_are_shuffled_and_test_batches_are_not() -> None:
    train_iter, test_iter = d2l.load_data("digits", 360)
    one, other = next(iter(train_iter)), next(iter(train_iter))
    assert not torch.equal(one[1], other[1])
    for _ in range(2):
        assert torch.equal(next(iter(test_iter))[1], test_iter.dataset.tensors[1])


def test_generator_of_ones_own_decides_the_order() -> None:
    def first_labels() -> torch.Tensor:
        generator = torch.Generator().manual_seed(3)
        return next(iter(d2l.load_data("digits", 32, generator=generator)[0]))[1]

    assert torch.equal(first_labels(), first_labels())


def test_images_are_kept_on_the_device(device: torch.device) -> None:
    train_iter, _ = d2l.load_data("digits", 8, device=device)
    X, y = next(iter(train_iter))
    assert X.device.type == y.device.type == device.type


# ---- Resizing


@pytest.mark.parametrize(("resize", "size"), [(12, (12, 12)), (28, (28, 28)), (8, (8, 8)), ((5, 9), (5, 9))])
def test_resize_equals_torchvision(resize: Any, size: tuple[int, int]) -> None:
    from torchvision.transforms.v2.functional import resize as reference

    _, plain = d2l.load_data("digits", 20)
    _, resized = d2l.load_data("digits", 20, resize)
    X, y = next(iter(plain))
    X_resized, y_resized = next(iter(resized))
    assert X_resized.shape == (20, 1, *size)
    # Both call the same interpolation: 1e-6 leaves room for the rounding of values in [0, 1] in float32.
    torch.testing.assert_close(X_resized, reference(X, list(size), antialias=True), atol=1e-6, rtol=0)
    assert torch.equal(y, y_resized)
    assert resized.dataset.tensors[0].shape == (360, 8, 8)  # what is in memory stays small


@pytest.mark.parametrize("resize", [0, -1, (3, 0)])
def test_resize_refuses(resize: Any) -> None:
    with pytest.raises(ValueError, match="resize: expected a positive size"):
        d2l.load_data("digits", 8, resize)


# ---- Names


@pytest.mark.parametrize(
    ("wrong", "nearest"), [("fashion_minst", "fashion_mnist"), ("digit", "digits"), ("MNIST", "mnist")]
)
def test_unknown_data_set_gets_the_nearest(wrong: str, nearest: str) -> None:
    with pytest.raises(ValueError, match=f"data: there is no '{wrong}'; did you mean '{nearest}'"):
        d2l.load_data(wrong, 8)


def test_a_name_like_no_other_gets_them_all() -> None:
    with pytest.raises(ValueError, match="choose fashion_mnist, mnist, digits"):
        d2l.load_data("qqqqqq", 8)


@pytest.mark.parametrize("batch_size", [0, -1])
def test_bad_batch_size(batch_size: int) -> None:
    with pytest.raises(ValueError, match="batch_size: must be at least 1"):
        d2l.load_data("digits", batch_size)


# ---- MNIST, small copies of it


def test_mnist_from_download_to_batches(small_mnist: dict[str, np.ndarray], server: Any, folder: Any) -> None:
    for batches, part in zip(d2l.load_data_mnist(7), ("train", "t10k"), strict=True):
        X, y = rows(batches)
        images = torch.from_numpy(small_mnist[f"{part}-images-idx3-ubyte"])
        assert torch.equal(batches.dataset.tensors[0], images)
        assert torch.equal(X, images[:, None] / 255)
        assert torch.equal(y, torch.from_numpy(small_mnist[f"{part}-labels-idx1-ubyte"]).long())
        assert batches.dataset.classes == list("0123456789")
    assert len(server.requests) == 4
    d2l.load_data_mnist(7)
    assert len(server.requests) == 4
    assert (folder / "MNIST/raw/train-images-idx3-ubyte").is_file()


def test_mnist_whose_unpacked_images_were_damaged(small_mnist: dict[str, np.ndarray], folder: Any) -> None:
    expected = rows(d2l.load_data_mnist(7)[0])[0]
    damaged = folder / "MNIST/raw/train-images-idx3-ubyte"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    assert torch.equal(rows(d2l.load_data_mnist(7)[0])[0], expected)


def test_mnist_in_a_folder_of_ones_own(small_mnist: Any, folder: Any, tmp_path: Any) -> None:
    d2l.load_data_mnist(7, root=str(tmp_path / "root"))
    assert (tmp_path / "root/MNIST/raw/train-images-idx3-ubyte.gz").is_file()
    assert not folder.exists()


def test_a_data_set_that_cannot_be_had_names_another_and_the_mirror(small_mnist: Any, server: Any) -> None:
    server.files.clear()
    with pytest.raises(DataUnavailable) as error:
        d2l.load_data("mnist", 8)
    message = str(error.value)
    assert message.startswith("mnist: ")
    assert f"{server.url}/train-images-idx3-ubyte.gz (HTTP 404 Not Found)" in message
    assert "D2LCORE_MIRROR" in message
    assert "--data digits" in message
    assert "\n" not in message


# ---- Without torchvision or scikit-learn


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (None, "is not installed"),
        (RuntimeError("operator nms does not exist"), "operator nms does not exist"),
    ],
)
@pytest.mark.parametrize("load", [d2l.load_data_fashion_mnist, d2l.load_data_mnist])
def test_without_torchvision(
    folder: Any, without_module: Callable, load: Callable, error: Exception | None, state: str
) -> None:
    without_module("torchvision", error)
    with pytest.raises(ImportError, match="needs torchvision, which ") as raised:
        load(8)
    assert state in str(raised.value)
    assert "pip install --upgrade torchvision" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_needs_no_torchvision_works_without_it(without_module: Callable) -> None:
    without_module("torchvision", RuntimeError("broken"))
    train_iter, test_iter = d2l.load_data("digits", 256, resize=10)
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(100, 10))
    updater = torch.optim.SGD(net.parameters(), 0.1)
    history = d2l.train_ch3(net, train_iter, test_iter, torch.nn.CrossEntropyLoss(), 1, updater)
    assert len(history) == 1
    d2l.load_array(d2l.synthetic_data(torch.ones(2), 0.0, 4), 2)


def test_without_scikit_learn(without_module: Callable) -> None:
    without_module("sklearn")
    with pytest.raises(ImportError, match="digits needs scikit-learn, which is not installed"):
        d2l.load_data("digits", 8)


# ---- The airfoil data, a small copy of it

AIRFOIL = np.random.default_rng(0).normal(3, 2, (40, 6))


@pytest.fixture
def airfoil(folder: Any, add_to_hub: Callable) -> None:
    lines = ["\t".join(f"{value:.6f}" for value in row) for row in AIRFOIL]
    add_to_hub("airfoil", "airfoil_self_noise.dat", ("\n".join(lines) + "\n").encode())


@pytest.mark.usefixtures("airfoil")
def test_airfoil_is_standardised_before_its_first_rows_are_taken() -> None:
    batches, num_features = d2l.get_data_ch11(batch_size=4, n=30)
    assert num_features == 5
    X, y = next(iter(batches))
    assert (X.shape, y.shape, X.dtype, y.dtype) == ((4, 5), (4,), torch.float32, torch.float32)
    X, y = rows(batches)
    expected = (AIRFOIL - AIRFOIL.mean(axis=0)) / AIRFOIL.std(axis=0)
    # float32 carries 7 digits of numbers up to 10, and the standard deviation divides by about 2
    np.testing.assert_allclose(torch.column_stack([X, y]), expected[:30], atol=1e-5)


@pytest.mark.usefixtures("airfoil")
@pytest.mark.parametrize("n", [0, -1, 41])
def test_airfoil_has_so_many_rows(n: int) -> None:
    with pytest.raises(ValueError, match=f"has 40 rows, got {n}"):
        d2l.get_data_ch11(n=n)


# ---- The real data, where they are


@pytest.mark.parametrize(
    ("name", "load"), [("fashion_mnist", d2l.load_data_fashion_mnist), ("mnist", d2l.load_data_mnist)]
)
def test_real_images_equal_torchvision_with_totensor(
    real_data: Callable[[str], str], name: str, load: Callable
) -> None:
    from torchvision import datasets
    from torchvision.transforms import ToTensor

    real_data(name)
    loaded = load(1000)
    dataset = {"fashion_mnist": datasets.FashionMNIST, "mnist": datasets.MNIST}[name]
    for batches, train in zip(loaded, (True, False), strict=True):
        reference = dataset(data_folder(), train=train, transform=ToTensor())
        assert len(batches.dataset) == (60_000 if train else 10_000)
        for i, (X, y) in enumerate(d2l.Batches(batches.dataset, 1000)):
            part = slice(1000 * i, 1000 * (i + 1))
            assert torch.equal(X[:, 0], reference.data[part] / 255)
            assert torch.equal(y, reference.targets[part])
            image, label = reference[1000 * i]
            assert torch.equal(X[0], image)
            assert y[0] == label


def test_real_airfoil(real_data: Callable[[str], str]) -> None:
    real_data("airfoil")
    batches, num_features = d2l.get_data_ch11(n=1503)
    assert (num_features, len(batches), batches.batch_size) == (5, 151, 10)
    X, y = rows(batches)
    data = torch.column_stack([X, y]).double()
    assert data.shape == (1503, 6)
    # The sums are taken in float32 over values up to 20,000: 1e-4 is what its 7 digits leave of them.
    torch.testing.assert_close(data.mean(dim=0), torch.zeros(6).double(), atol=1e-4, rtol=0)
    torch.testing.assert_close(data.std(dim=0, correction=0), torch.ones(6).double(), atol=1e-4, rtol=0)
    assert len(d2l.get_data_ch11()[0].dataset) == 1500
