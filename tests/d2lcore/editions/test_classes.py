"""What the classes of edition 1.0 compute, and give: predictions, accuracy, steps, batches, images."""

import math

import pytest
import torch
from matplotlib import pyplot as plt
from mutants import Mutant, kill
from torch import nn
from torch.nn import functional as F

import d2lcore as d2l
from d2lcore.data.batches import Batches
from d2lcore.editions import classifiers, convolution, modules, trainer
from d2lcore.editions.classifiers import Classifier, LeNet
from d2lcore.editions.data_modules import DataModule, FashionMNIST, SyntheticRegressionData
from d2lcore.editions.gpus import cpu, gpu, num_gpus
from d2lcore.editions.modules import SGD, LinearRegression, LinearRegressionScratch, Module
from d2lcore.editions.trainer import Trainer

W = torch.tensor([2, -3.4])


def test_cross_correlation_and_its_gradients_are_those_of_pytorch() -> None:
    X = torch.randn(6, 8, dtype=torch.float64, requires_grad=True)
    K = torch.randn(3, 2, dtype=torch.float64, requires_grad=True)
    Y = convolution.corr2d(X, K)
    theirs = F.conv2d(X[None, None], K[None, None])[0, 0]
    torch.testing.assert_close(Y, theirs, rtol=0, atol=1e-14)
    G = torch.randn_like(Y)
    for ours, reference in zip(
        torch.autograd.grad(Y, (X, K), G), torch.autograd.grad(theirs, (X, K), G), strict=True
    ):
        torch.testing.assert_close(ours, reference, rtol=0, atol=1e-13)


def test_cross_correlation_of_whole_numbers() -> None:
    X = torch.arange(9).reshape(3, 3)
    assert convolution.corr2d(X, torch.tensor([[0, 1], [2, 3]])).tolist() == [[19, 25], [37, 43]]
    assert convolution.corr2d(X, X).tolist() == [[204]]


def test_accuracy_is_a_share_or_a_number_for_each_example() -> None:
    model = Classifier()
    scores = torch.tensor([[[1.0, 2], [5, 3]], [[0, 1], [1, 0]]])  # two sequences of two predictions
    classes = torch.tensor([[1, 1], [1, 0]])
    assert model.accuracy(scores, classes, averaged=False).tolist() == [1, 0, 1, 1]
    assert float(model.accuracy(scores, classes)) == 0.75
    each = model.loss(scores, classes, averaged=False)
    assert each.tolist() == pytest.approx([math.log1p(math.exp(-d)) for d in (1, -2, 1, 1)])
    assert float(model.loss(scores, classes)) == pytest.approx(float(each.mean()))


def test_scratch_sgd_goes_one_step_down_and_forgets_gradients_when_told() -> None:
    w, unused = torch.ones(2, requires_grad=True), torch.ones(1, requires_grad=True)
    updater = SGD(iter([w, unused]), lr=0.5)
    (w * torch.tensor([1.0, 4.0])).sum().backward()
    updater.step()
    assert w.tolist() == [0.5, -1]
    assert w.grad is not None
    assert w.grad.tolist() == [1, 4]
    updater.zero_grad()
    assert w.grad.tolist() == [0, 0]
    assert unused.tolist() == [1]


@pytest.mark.parametrize("limit", [0.5, 100.0])
def test_gradients_are_clipped_together(limit: float) -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
    model(torch.randn(5, 3)).sum().backward()
    before = torch.cat([p.grad.flatten() for p in model.parameters()])
    Trainer(1).clip_gradients(limit, model)
    after = torch.cat([p.grad.flatten() for p in model.parameters()])
    assert 1 < float(before.norm()) < 100
    torch.testing.assert_close(after, before * min(1, limit / float(before.norm())))


def test_linear_models_learn_the_line_and_tell_it() -> None:
    data = SyntheticRegressionData(W, 4.2)
    scratch, concise = LinearRegressionScratch(2, lr=0.1), LinearRegression(lr=0.05)
    for model in (scratch, concise):
        Trainer(max_epochs=4).fit(model, data)
    w, b = concise.get_w_b()
    assert (w.shape, b.shape) == ((1, 2), (1,))
    for found, true in ((w[0], W), (b, 4.2), (scratch.w[:, 0], W), (scratch.b, 4.2)):
        assert (found - true).abs().max() < 0.02
    assert [name for name, _ in scratch.named_parameters()] == ["w", "b"]  # which `.to(device)` moves


def test_the_loss_of_the_concise_model_is_twice_that_of_the_scratch_model() -> None:
    y_hat, y = torch.randn(4, 1), torch.randn(4, 1)
    twice = 2 * LinearRegressionScratch(2, 0.1).loss(y_hat, y)
    torch.testing.assert_close(LinearRegression(0.1).loss(y_hat, y), twice)


def test_training_and_validation_are_in_their_modes_and_the_model_stays_in_evaluation() -> None:
    class Seen(LinearRegression):
        def __init__(self) -> None:
            super().__init__(0.1)
            self.modes: list[tuple[bool, bool]] = []

        def forward(self, X):
            self.modes.append((self.training, torch.is_grad_enabled()))
            return super().forward(X)

    model = Seen()
    Trainer(2).fit(model, SyntheticRegressionData(W, 1, num_train=4, num_val=4, batch_size=4))
    assert model.modes == [(True, True), (False, False)] * 2
    assert not model.training


def test_counters_of_a_trainer_and_the_model_s_way_to_it() -> None:
    model, fitted = LinearRegression(0.01), Trainer(3)
    fitted.fit(model, SyntheticRegressionData(W, 1, num_train=10, num_val=6, batch_size=4))
    assert (fitted.num_train_batches, fitted.num_val_batches) == (3, 2)
    assert (fitted.epoch, fitted.train_batch_idx, fitted.val_batch_idx) == (2, 9, 6)
    assert model.trainer is fitted
    assert fitted.model is model
    assert fitted.gpus == []
    batch = (torch.ones(1), torch.zeros(1))
    assert fitted.prepare_batch(batch) is batch


def test_an_epoch_is_a_line_outside_a_notebook_unless_the_board_is_off(capsys: pytest.CaptureFixture) -> None:
    data = SyntheticRegressionData(W, 1, num_train=4, num_val=4, batch_size=4)
    Trainer(2).fit(LinearRegression(0.1), data)
    lines = capsys.readouterr().out.splitlines()
    assert [line[:20] for line in lines] == ["epoch  1  train_loss", "epoch  2  train_loss"]
    assert len(plt.get_fignums()) == 1  # that of the board, and no second one
    quiet = LinearRegression(0.1)
    quiet.board.display = False
    Trainer(2).fit(quiet, data)
    assert capsys.readouterr().out == ""
    assert len(quiet.board.data["train_loss"]) == 2
    assert len(plt.get_fignums()) == 1


def test_batches_of_a_data_module_are_those_of_load_array() -> None:
    class Own(DataModule):
        def __init__(self, batch_size: int) -> None:
            super().__init__()
            self.save_hyperparameters()

    data, X, y = Own(2), torch.arange(10.0).reshape(5, 2), torch.arange(5)
    assert (data.root, data.num_workers, data.batch_size) == ("../data", 4, 2)
    train = data.get_tensorloader([X, y], train=True)
    assert isinstance(train, Batches)
    assert len(train) == 3
    assert sorted(i for _, labels in train for i in labels.tolist()) == [0, 1, 2, 3, 4]
    val = data.get_tensorloader([X, y], False, slice(3, None))
    assert val is not None
    assert [batch[1].tolist() for batch in val] == [[3, 4]]
    picked = data.get_tensorloader((X, y), False, [0, 4])
    assert picked is not None
    assert [batch[1].tolist() for batch in picked] == [[0, 4]]


def test_layers_tell_their_shapes(capsys: pytest.CaptureFixture) -> None:
    LeNet().layer_summary((2, 1, 28, 28))
    lines = [line.split(" output shape:\t ") for line in capsys.readouterr().out.splitlines()]
    assert [line[0] for line in lines[:3]] == ["Conv2d", "Sigmoid", "AvgPool2d"]
    assert [line[1] for line in lines[::3]] == [
        f"torch.Size({shape})" for shape in ([2, 6, 28, 28], [2, 16, 10, 10], [2, 400], [2, 84])
    ]


def test_first_weights_of_a_cnn_leave_biases_and_lazy_layers_alone() -> None:
    lazy, linear = nn.LazyLinear(3), nn.Linear(300, 200)
    with torch.no_grad():
        linear.weight.fill_(9)
        linear.bias.fill_(9)
    nn.Sequential(lazy, linear).apply(classifiers.init_cnn)
    assert 0.99 * math.sqrt(6 / 500) < linear.weight.abs().max() <= math.sqrt(6 / 500)
    assert (linear.bias == 9).all()
    assert lazy.has_uninitialized_params()


def test_apply_init_reaches_every_layer_of_a_model_without_net() -> None:
    class Two(Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.LazyLinear(4, bias=False), nn.LazyLinear(1, bias=False)

        def forward(self, X):
            return self.second(self.first(X))

    model = Two()
    model.apply_init([torch.zeros(1, 3)], lambda l: isinstance(l, nn.Linear) and nn.init.ones_(l.weight))
    assert model(torch.ones(1, 3)).item() == 12


def test_devices_by_number() -> None:
    assert (str(cpu()), str(gpu()), str(gpu(1))) == ("cpu", "cuda:0", "cuda:1")
    assert num_gpus() == torch.cuda.device_count()


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_trainer_with_a_gpu_moves_model_and_batches() -> None:
    for model in (LinearRegressionScratch(2, lr=0.03), LinearRegression(lr=0.03)):
        fitted = Trainer(3, num_gpus=1, gradient_clip_val=10)
        fitted.fit(model, SyntheticRegressionData(W, 4.2))
        assert {p.device.type for p in model.parameters()} == {"cuda"}
        assert model.board.data["val_loss"][-1].y < 0.2 * model.board.data["val_loss"][0].y


@pytest.mark.slow
def test_fashion_mnist(fashion_mnist: str) -> None:
    data = FashionMNIST(resize=(32, 32))
    assert (len(data.train), len(data.val)) == (60_000, 10_000)
    image, label = data.train[0]
    assert (image.shape, image.dtype, int(label)) == ((1, 32, 32), torch.float32, 9)
    X, y = next(iter(data.train_dataloader()))
    assert (X.shape, y.shape, y.dtype) == ((64, 1, 32, 32), (64,), torch.int64)
    assert data.text_labels([0, 9]) == ["t-shirt", "ankle boot"]
    batch = next(iter(data.val_dataloader()))
    data.visualize(batch)
    titles = [axes.get_title() for axes in plt.gcf().axes]
    assert titles == d2l.get_fashion_mnist_labels(batch[1][:8])
    data.visualize(batch, 2, 3, labels=list("abcdef"))
    assert [axes.get_title() for axes in plt.gcf().axes] == list("abcdef")


# fmt: off
MUTANTS = {
    convolution: [
        Mutant("corr2d", "X.unfold(0, h, 1)", "X.flip(0, 1).unfold(0, h, 1)",
               test_cross_correlation_of_whole_numbers),
    ],
    classifiers: [
        Mutant("Classifier.accuracy", "right.mean() if averaged", "right.sum() if averaged",
               test_accuracy_is_a_share_or_a_number_for_each_example),
        Mutant("Classifier.loss", '"mean" if averaged else "none"', '"mean"',
               test_accuracy_is_a_share_or_a_number_for_each_example, (AssertionError, TypeError)),
        Mutant("init_cnn", "xavier_uniform_", "xavier_normal_",
               test_first_weights_of_a_cnn_leave_biases_and_lazy_layers_alone),
    ],
    modules: [
        Mutant("SGD.step", "param -=", "param +=",
               test_scratch_sgd_goes_one_step_down_and_forgets_gradients_when_told),
        Mutant("LinearRegressionScratch.loss", ".mean()", ".sum()",
               test_the_loss_of_the_concise_model_is_twice_that_of_the_scratch_model),
        Mutant("Module.apply_init", 'getattr(self, "net", self)', "self.first",
               test_apply_init_reaches_every_layer_of_a_model_without_net),
    ],
    trainer: [
        Mutant("Trainer.fit_epoch", "self.optim.zero_grad()", "pass",
               test_linear_models_learn_the_line_and_tell_it, (AssertionError, ArithmeticError)),
        Mutant("Trainer.fit_epoch", "self.model.eval()", "pass",
               test_training_and_validation_are_in_their_modes_and_the_model_stays_in_evaluation),
        Mutant("Trainer.fit_epoch", "self.model.train()", "pass",
               test_training_and_validation_are_in_their_modes_and_the_model_stays_in_evaluation),
        Mutant("Trainer.clip_gradients", "grad *= grad_clip_val / norm", "grad /= norm",
               lambda: test_gradients_are_clipped_together(0.5)),
        Mutant("Trainer.clip_gradients", "if norm > grad_clip_val", "if True",
               lambda: test_gradients_are_clipped_together(100.0)),
    ],
}
# fmt: on


@pytest.mark.parametrize(
    ("module", "mutant"), [(m, mutant) for m in MUTANTS for mutant in MUTANTS[m]], ids=str
)
def test_mutant_dies(module, mutant: Mutant) -> None:
    kill(module, mutant)
