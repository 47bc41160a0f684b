"""One seed, one training: `Trainer.fit` beside the same training written down with torch's DataLoader."""

import math
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, TensorDataset

from d2lcore.editions.classifiers import Classifier, LeNet, SoftmaxRegression, init_cnn
from d2lcore.editions.data_modules import DataModule, FashionMNIST, SyntheticRegressionData
from d2lcore.editions.modules import LinearRegression, LinearRegressionScratch, Module
from d2lcore.editions.trainer import Trainer

W = torch.tensor([2, -3.4])
Losses = tuple[list[float], list[float]]


def watched(model: Module, data: DataModule, **options: float) -> Losses:
    """The losses of every batch trained on and validated on, in a training of two epochs."""
    seen: Losses = ([], [])
    loss = model.loss

    def recorded(y_hat: Tensor, y: Tensor) -> Tensor:
        l = loss(y_hat, y)
        seen[0 if model.training else 1].append(float(l.detach()))
        return l

    model.loss = recorded  # type: ignore[method-assign]
    Trainer(max_epochs=2, **options).fit(model, data)
    return seen


def by_hand(
    net: nn.Module,
    loss: Callable,
    lr: float,
    train: Dataset,
    val: Dataset,
    batch_size: int,
    clip: float = 0,
    scratch: bool = False,
) -> Losses:
    """The same training with torch alone; scratch: a step is that of the formula, which rounds otherwise."""
    trained, validated = [], []
    train_iter, val_iter = DataLoader(train, batch_size, shuffle=True), DataLoader(val, batch_size)
    optimizer = None
    for _ in range(2):
        net.train()
        for X, y in train_iter:
            l = loss(net(X), y)
            optimizer = optimizer or torch.optim.SGD(net.parameters(), lr)
            optimizer.zero_grad()
            l.backward()
            if clip:
                norm = torch.stack([(p.grad**2).sum() for p in net.parameters()]).sum().sqrt()
                for p in net.parameters():
                    p.grad *= torch.clamp(clip / norm, max=1)
            if scratch:
                with torch.no_grad():
                    for p in net.parameters():
                        p -= lr * p.grad
            else:
                optimizer.step()
            trained.append(float(l.detach()))
        net.eval()
        for X, y in val_iter:
            validated.append(float(loss(net(X), y).detach()))
    return trained, validated


def synthetic(n: int) -> Iterator[Dataset]:
    """The examples of SyntheticRegressionData, drawn as edition 1.0 draws them."""
    X = torch.randn(2 * n, 2)
    noise = torch.randn(2 * n, 1) * 0.01
    y = X @ W.reshape(-1, 1) + 4.2 + noise
    yield TensorDataset(X[:n], y[:n])
    yield TensorDataset(X[n:], y[n:])


class Line(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.normal(0, 0.01, (2, 1)))
        self.b = nn.Parameter(torch.zeros(1))

    def forward(self, X: Tensor) -> Tensor:
        return X @ self.w + self.b


def test_linear_regression_from_scratch() -> None:
    torch.manual_seed(1)
    model = LinearRegressionScratch(2, lr=0.03)
    ours = watched(model, SyntheticRegressionData(W, 4.2, num_train=70, num_val=70))
    torch.manual_seed(1)
    net = Line()
    theirs = by_hand(
        net, lambda y_hat, y: ((y_hat - y) ** 2 / 2).mean(), 0.03, *synthetic(70), 32, scratch=True
    )
    assert ours == theirs
    assert [len(losses) for losses in ours] == [6, 6]


@pytest.mark.parametrize("clip", [0, 1.0])
def test_linear_regression_by_a_lazy_layer_whose_first_weights_are_its_own(clip: float) -> None:
    torch.manual_seed(1)
    data = SyntheticRegressionData(W, 4.2, num_train=70, num_val=70, batch_size=16)
    ours = watched(LinearRegression(lr=0.03), data, gradient_clip_val=clip)
    torch.manual_seed(1)
    layer = nn.LazyLinear(1)
    layer.weight.data.normal_(0, 0.01)  # as the book does, to a layer without weights
    layer.bias.data.fill_(0)
    theirs = by_hand(layer, nn.MSELoss(), 0.03, *synthetic(70), 16, clip)
    assert ours == theirs


class Dropped(Classifier):
    def __init__(self, num_outputs: int, lr: float) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(
            nn.Flatten(), nn.LazyLinear(16), nn.ReLU(), nn.Dropout(0.5), nn.LazyLinear(num_outputs)
        )


def images(n: int) -> TensorDataset:
    generator = torch.Generator().manual_seed(n)
    pixels = torch.randint(256, (n, 28, 28), dtype=torch.uint8, generator=generator)
    return TensorDataset(pixels, torch.randint(10, (n,), generator=generator))


class Floats(Dataset):
    """What torchvision's data set and ToTensor give: an image as float32 in [0, 1], and an int."""

    def __init__(self, of: TensorDataset) -> None:
        self.of = of

    def __len__(self) -> int:
        return len(self.of)

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        pixels, label = self.of[i]
        return pixels.unsqueeze(0).float() / 255, int(label)


@pytest.fixture
def small_fashion(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Fashion-MNIST of 70 and 40 images of noise."""
    from d2lcore.data import datasets

    splits = [images(70).tensors, images(40).tensors]
    monkeypatch.setattr(datasets, "_torchvision_images", lambda *_: (splits, 255, datasets._FASHION_LABELS))


@pytest.mark.parametrize("make", [SoftmaxRegression, Dropped])
def test_classifiers_on_images(make: type, small_fashion: None) -> None:
    """Dropout too: between the batches no other random number is drawn than by a DataLoader."""
    torch.manual_seed(1)
    ours = watched(make(10, lr=0.1), FashionMNIST(batch_size=32))
    torch.manual_seed(1)
    net = make(10, lr=0.1).net
    assert ours == by_hand(net, F.cross_entropy, 0.1, Floats(images(70)), Floats(images(40)), 32)
    assert [len(losses) for losses in ours] == [6, 4]


def test_lenet_gets_its_shapes_and_xavier_s_weights_from_a_batch(small_fashion: None) -> None:
    data = FashionMNIST(batch_size=32)
    model = LeNet(lr=0.5)
    model.apply_init([next(iter(data.get_dataloader(True)))[0]], init_cnn)
    net = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(), nn.Linear(84, 10),
    )  # fmt: skip
    net.load_state_dict(model.net.state_dict())
    for layer in (net[0], net[3], net[7]):
        fan_in, fan_out = layer.weight[0].numel(), layer.weight.numel() // layer.weight.shape[1]
        limit = math.sqrt(6 / (fan_in + fan_out))
        assert 0.9 * limit < float(layer.weight.detach().abs().max()) <= limit
    torch.manual_seed(2)
    ours = watched(model, data)
    torch.manual_seed(2)
    assert ours == by_hand(net, F.cross_entropy, 0.5, Floats(images(70)), Floats(images(40)), 32)


def test_the_curves_are_means_of_the_batches_losses() -> None:
    data = SyntheticRegressionData(W, 4.2, num_train=64, num_val=64, batch_size=8)
    model = LinearRegression(lr=0.03)
    trained, validated = watched(model, data)
    halves = [sum(trained[i : i + 4]) / 4 for i in range(0, 16, 4)]
    assert [point.y for point in model.board.data["train_loss"]] == pytest.approx(halves, rel=1e-12)
    assert [point.x for point in model.board.data["train_loss"]] == [1.5 / 8, 5.5 / 8, 9.5 / 8, 13.5 / 8]
    epochs = [sum(validated[:8]) / 8, sum(validated[8:]) / 8]
    assert [point.y for point in model.board.data["val_loss"]] == pytest.approx(epochs, rel=1e-12)
    assert [point.x for point in model.board.data["val_loss"]] == [1, 2]
    history = model.trainer.history
    assert history["val_loss"] == pytest.approx(epochs, rel=1e-12)
    assert history["train_loss"] == pytest.approx(halves[1::2], rel=1e-12)
