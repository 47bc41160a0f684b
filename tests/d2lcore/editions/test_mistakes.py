"""A reader's mistakes with the classes of edition 1.0: one error that names the argument and what to do."""

import re
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

import d2lcore as d2l
from d2lcore.editions.classifiers import Classifier, SoftmaxRegression
from d2lcore.editions.convolution import corr2d
from d2lcore.editions.data_modules import DataModule, SyntheticRegressionData
from d2lcore.editions.modules import SGD, LinearRegression, LinearRegressionScratch, Module
from d2lcore.editions.trainer import Trainer

pytestmark = pytest.mark.usefixtures("unchecked")
W = torch.tensor([2, -3.4])


def small(**options: int) -> SyntheticRegressionData:
    return SyntheticRegressionData(W, 4.2, **{"num_train": 8, "num_val": 8, "batch_size": 4, **options})


class NoLoss(Module):
    def __init__(self, lr: float = 0.1) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.LazyLinear(1)


class NoRate(LinearRegression):
    def __init__(self) -> None:
        Module.__init__(self)
        self.net = nn.LazyLinear(1)

    configure_optimizers = Module.configure_optimizers


class NoLayers(Classifier):
    lr = 0.1

    def parameters(self, recurse: bool = True) -> Iterator[nn.Parameter]:
        yield nn.Parameter(torch.zeros(1))


class NoParameters(NoLoss):
    def __init__(self) -> None:
        super().__init__()
        self.net = None


class NoOptimizer(LinearRegression):
    def configure_optimizers(self) -> None:
        torch.optim.SGD(self.parameters(), self.lr)


class NoReturn(LinearRegression):
    def training_step(self, batch: list[Tensor]) -> None:  # type: ignore[override]
        self.loss(self(*batch[:-1]), batch[-1])


class NoGradient(LinearRegression):
    def loss(self, y_hat: Tensor, y: Tensor) -> Tensor:
        return super().loss(y_hat, y).detach()


class NoMean(LinearRegression):
    def loss(self, y_hat: Tensor, y: Tensor) -> Tensor:
        return (y_hat - y) ** 2


class NoStart(LinearRegression):
    def __init__(self) -> None:
        nn.Module.__init__(self)


class Generator(SyntheticRegressionData):
    def get_dataloader(self, train: bool) -> Iterator:
        yield from super().get_dataloader(train)


class Nothing(DataModule):
    def get_dataloader(self, train: bool) -> None:
        pass  # the return is forgotten


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (NoLoss, r"^model: NoLoss has no loss; define loss\(self, y_hat, y\)"),
        (NoRate, r"^model: NoRate has no learning rate self.lr; give its __init__ an argument lr"),
        (NoLayers, r"^model: NoLayers has no layers; set self.net"),
        (NoParameters, r"^model: NoParameters has no parameters to train; make its weights nn.Parameter"),
        (lambda: NoOptimizer(0.1), r"^model: configure_optimizers of NoOptimizer gave None; return an optim"),
        (lambda: NoReturn(0.1), r"^model: training_step of NoReturn gave None; return the loss"),
        (lambda: NoGradient(0.1), r"^model: the loss of NoGradient has no gradient; compute it"),
        (
            lambda: NoMean(0.1),
            r"^model: loss of NoMean gave a Tensor of shape \(4, 1\); one number is",
        ),
        (NoStart, r"^model: NoStart has no board; call super\(\).__init__\(\) first"),
        (lambda: LinearRegression, r"^model: got the class LinearRegression itself; make one"),
        (lambda: nn.Linear(2, 1), r"^model: expected a Module, .* got a Linear; make it self.net"),
        (lambda: "net", r"^model: expected a Module, .* got 'net'; make a class derived from Module"),
    ],
)
def test_a_model_that_cannot_be_trained(model, message) -> None:
    with pytest.raises((TypeError, ValueError, NotImplementedError), match=message):
        Trainer(max_epochs=1).fit(model(), small())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (DataModule, r"^data: DataModule gives no batches; define get_dataloader\(self, train\)"),
        (lambda: Generator(W, 1), r"^data: train_dataloader\(\) of Generator gave a generator, .* used up"),
        (Nothing, r"^data: train_dataloader\(\) of Nothing gave None; return batches"),
        (lambda: SyntheticRegressionData, r"^data: got the class SyntheticRegressionData itself; make one"),
        (lambda: small().train_dataloader(), r"^data: expected a DataModule, .* got a Batches; return them"),
    ],
)
def test_data_that_cannot_be_trained_on(data, message) -> None:
    with pytest.raises((TypeError, NotImplementedError), match=message):
        Trainer(max_epochs=1).fit(LinearRegression(0.1), data())


def test_model_and_data_swapped() -> None:
    with pytest.raises(TypeError, match=r"^model, data: the two are swapped; write trainer.fit\(model"):
        Trainer(max_epochs=1).fit(small(), LinearRegression(0.1))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"max_epochs": 0}, "^max_epochs: must be at least 1, got 0"),
        ({"max_epochs": 2.5}, "^max_epochs: expected a whole number, got 2.5"),
        ({"max_epochs": 1, "num_gpus": -1}, "^num_gpus: expected a whole number, 0 or more, got -1"),
        ({"max_epochs": 1, "num_gpus": "1"}, "^num_gpus: expected .* got '1'"),
        ({"max_epochs": 1, "gradient_clip_val": -1}, "^gradient_clip_val: a norm cannot be negative, got -1"),
    ],
)
def test_arguments_of_a_trainer(wrong: dict, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        Trainer(**wrong)


def test_a_step_needs_a_trainer() -> None:
    X, y = next(iter(small().train_dataloader()))
    with pytest.raises(RuntimeError, match=r"^plot: this LinearRegression has no trainer; trainer.fit"):
        LinearRegression(0.1).training_step((X, y))


@pytest.mark.parametrize("make", [lambda: LinearRegression(0.1), lambda: LinearRegressionScratch(2, 0.1)])
def test_labels_that_would_broadcast(make) -> None:
    data = small()
    data.y = torch.cat([data.y, data.y], dim=1)
    with pytest.raises(ValueError, match=r"^y(_hat, y)?: "):
        Trainer(max_epochs=1).fit(make(), data)


def test_labels_in_one_row_are_those_of_one_column() -> None:
    data = small()
    torch.manual_seed(1)
    Trainer(max_epochs=1).fit(column := LinearRegression(0.1), data)
    data.y = data.y.flatten()
    torch.manual_seed(1)
    Trainer(max_epochs=1).fit(row := LinearRegression(0.1), data)
    assert torch.equal(row.get_w_b()[0], column.get_w_b()[0])


def test_nothing_to_train_on_and_nothing_to_validate_on() -> None:
    with pytest.raises(ValueError, match=r"^num_train: must be at least 1, got 0"):
        small(num_train=0)
    trainer = Trainer(max_epochs=2)
    trainer.fit(model := LinearRegression(0.1), small(num_val=0))
    assert list(model.board.data) == ["train_loss"]
    assert (trainer.num_val_batches, trainer.val_dataloader) == (0, None)


def test_inputs_of_apply_init_are_a_list() -> None:
    with pytest.raises(TypeError, match=r"^inputs: expected a list of the arguments of forward, \[X\]"):
        LinearRegression(0.1).apply_init(torch.zeros(4, 2))


def test_a_loss_that_is_not_finite_ends_the_training_and_says_why() -> None:
    data = small()
    data.X[6, 1] = torch.nan
    with pytest.raises(d2l.TrainingDiverged, match=r"X of batch \d has 1 NaN, in column 1") as diverged:
        Trainer(max_epochs=2).fit(LinearRegression(0.1), data)
    assert diverged.value.epoch == 1
    with pytest.raises(d2l.TrainingDiverged, match=r"the learning rate was 1e[+]20: try 0.1"):
        Trainer(max_epochs=9).fit(LinearRegression(1e20), small())


# A class of edition 1.0 given to a function of edition 2.0


def train(**changed: object) -> None:
    net = nn.Linear(2, 2)
    iters = d2l.load_array((torch.randn(8, 2), torch.zeros(8, dtype=torch.long)), 4)
    arguments = {
        "net": net,
        "train_iter": iters,
        "test_iter": iters,
        "loss": nn.CrossEntropyLoss(),
        "num_epochs": 1,
        "updater": torch.optim.SGD(net.parameters(), 0.1),
    }
    d2l.train_ch3(**{**arguments, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("net", lambda: LinearRegression, "net: got the class LinearRegression itself; make one"),
        ("net", lambda: Trainer(1), "net: expected a module .* got a Trainer; a Trainer is for `trainer.fit"),
        ("train_iter", DataModule, "train_iter: .* a DataModule; .* its batches, `data.train_dataloader"),
        ("test_iter", small, "test_iter: .* a SyntheticRegressionData; .* `data.train_dataloader"),
        ("updater", lambda: SGD([], 0.1), "updater: .* got a SGD; a SGD is for .* torch.optim.SGD"),
        ("loss", lambda: Trainer(1), "loss: expected a function .* got a Trainer; a Trainer is for"),
    ],
)
def test_a_class_of_edition_1_given_to_a_function_of_edition_2(name: str, make, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        train(**{name: make()})


def test_a_model_of_edition_1_is_a_net_for_the_functions_of_edition_2(capsys: pytest.CaptureFixture) -> None:
    model = SoftmaxRegression(2, lr=0.1)
    model.apply_init([torch.zeros(1, 2)])
    train(net=model, updater=model.configure_optimizers(), loss=nn.CrossEntropyLoss())
    assert re.match(r"epoch  1  train_loss \d\.\d+", capsys.readouterr().out)


@pytest.mark.parametrize("shapes", [((3, 3), (4, 1)), ((3, 3), (2,)), ((1, 3, 3), (2, 2))])
def test_a_kernel_that_does_not_fit(shapes: tuple) -> None:
    X, K = (torch.zeros(shape) for shape in shapes)
    with pytest.raises(ValueError, match=r"^X, K: an image .* and a kernel no larger are needed, got shapes"):
        corr2d(X, K)
