"""Every public helper with every argument wrong in fifteen ways: none hangs, none keeps silent, all name it.

The checks of annotations are off: what is wrong must be found by the code itself.
"""

import re
import signal
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from matplotlib import pyplot
from packed import GOOD, zip_of
from torch import nn

import d2lcore as d2l

WRONG: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "text": lambda: "text",
    "-1": lambda: -1,
    "0": lambda: 0,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "1.5": lambda: 1.5,
    "True": lambda: True,
    "[]": list,
    "object": object,
    "a class": lambda: nn.CrossEntropyLoss,
    "empty tensor": lambda: torch.empty(0),
    "4-d tensor": lambda: torch.ones(2, 3, 2, 2),
    "generator": lambda: (i for i in ()),
    "dict": dict,
}


class Hangs(BaseException):
    """No `Exception`: nothing between here and the call may take it for an error of the call."""


SECONDS = 5  # after which a call counts as hanging; the slowest takes some hundredths


def descend(x1: Any, x2: Any, s1: Any, s2: Any, f_grad: Any) -> Any:
    g1, g2 = f_grad(x1, x2)
    return x1 - 0.1 * g1, x2 - 0.1 * g2, s1, s2


def momentum(params: Any, states: Any, hyperparams: Any) -> None:
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v[:] = 0.9 * v + param.grad
            param -= hyperparams["lr"] * v
            param.grad.zero_()


def right_arguments() -> dict[str, tuple[Callable, dict[str, Any]]]:
    """Every helper with arguments that are right; a name with a dot is that of a method."""
    net, y = nn.Linear(2, 3), torch.tensor([0, 1, 2, 0])
    X, w = torch.randn(4, 2), torch.ones(2, 1, requires_grad=True)
    w.grad = torch.zeros_like(w)
    data = d2l.load_array((X, y), 2)
    updater, loss = torch.optim.SGD(net.parameters(), 0.1), nn.CrossEntropyLoss()
    column = d2l.load_array((X, torch.ones(4, 1)), 2)
    line = nn.Linear(2, 1)
    axes = pyplot.figure().subplots()
    scores = X @ torch.ones(2, 3)
    history = d2l.History()
    history.add(epoch=1, train_loss=0.5)
    named = {"xlabel": "x", "ylabel": "y", "legend": ["a"], "xlim": (0, 1), "ylim": (0, 1)}
    scales = {"xscale": "linear", "yscale": "linear"}
    options = {"generator": torch.Generator(), "drop_last": False}
    training = {"net": net, "train_iter": data, "loss": loss, "updater": updater}
    regression = {"net": line, "train_iter": column, "loss": nn.MSELoss(), "num_epochs": 1}
    regression |= {"updater": torch.optim.SGD(line.parameters(), 0.1), "test_iter": column}
    images = torch.rand(4, 1, 2, 2)
    airfoil = d2l.load_array((torch.randn(4, 5), torch.ones(4)), 2)
    pictures = d2l.load_array((images, y), 2)
    return {
        "Accumulator": (d2l.Accumulator, {"n": 2}),
        "Accumulator.add": (lambda add: d2l.Accumulator(1).add(add), {"add": 1.0}),
        "Animator": (
            d2l.Animator,
            {**named, **scales, "fmts": ["-"], "nrows": 1, "ncols": 1, "figsize": (3, 2)},
        ),
        "Animator.add": (lambda x, y: d2l.Animator().add(x, y), {"x": 1, "y": (0.5, 1.0)}),
        "ArrayDataset": (
            lambda tensors, **more: d2l.ArrayDataset(tensors, **more),
            {"tensors": X, "transform": lambda batch: batch, "classes": ["a"]},
        ),
        "Batches": (
            d2l.Batches,
            {"dataset": data.dataset, "batch_size": 2, "shuffle": True, **options},
        ),
        "History.plot": (history.plot, {"yscale": "log"}),
        "Result": (
            lambda history, **fields: d2l.Result(None, history, **fields),
            {"history": history, "figures": {"training": pyplot.figure()}, "metrics": {"loss": 0.5}},
        ),
        "Result.save": (lambda folder: d2l.Result(metrics={"loss": 0.5}).save(folder), {"folder": "runs"}),
        "accuracy": (d2l.accuracy, {"y_hat": scores, "y": y}),
        "check_counts": (d2l.check_counts, {"count": 2}),
        "check_exercise": (
            lambda name, answer: d2l.check_exercise(name, answer),
            {"name": "relu", "answer": torch.relu},
        ),
        "download": (d2l.download, {"name": "airfoil", "cache_dir": None}),
        "download_extract": (
            d2l.download_extract,
            {"name": "toys", "folder": "toys", "max_bytes": 9, "max_files": 9},
        ),
        "evaluate_accuracy": (d2l.evaluate_accuracy, {"net": net, "data_iter": data}),
        "evaluate_accuracy_gpu": (
            d2l.evaluate_accuracy_gpu,
            {"net": net, "data_iter": data, "device": "cpu"},
        ),
        "evaluate_loss": (d2l.evaluate_loss, {"net": net, "data_iter": data, "loss": loss}),
        "get_data_ch11": (d2l.get_data_ch11, {"batch_size": 10, "n": 20}),
        "get_device": (lambda device: d2l.get_device(device), {"device": "cpu"}),
        "get_fashion_mnist_labels": (d2l.get_fashion_mnist_labels, {"labels": [0, 9]}),
        "linreg": (d2l.linreg, {"X": X, "w": w, "b": 0.5}),
        "load_array": (
            d2l.load_array,
            {
                "data_arrays": (X, y), "batch_size": 2, "is_train": True, "dtype": torch.float64,
                "device": "cpu", **options,
            },
        ),
        "load_data": (
            lambda data, **more: d2l.load_data(data, **more),
            {"data": "digits", "batch_size": 9, "resize": 4, "device": "cpu", "root": None,
             "generator": torch.Generator()},
        ),
        "plot": (
            d2l.plot,
            {"X": [1, 2], "Y": [3, 4], **named, **scales, "fmts": ["-"], "figsize": (3, 2), "axes": None},
        ),
        "predict_ch3": (d2l.predict_ch3, {"net": nn.Flatten(), "test_iter": pictures, "n": 2}),
        "seed_everything": (d2l.seed_everything, {"seed": 3}),
        "set_axes": (d2l.set_axes, {"axes": axes, **named, **scales}),
        "set_figsize": (d2l.set_figsize, {"figsize": (3, 2)}),
        "sgd": (d2l.sgd, {"params": [w], "lr": 0.1, "batch_size": 2}),
        "show_trace_2d": (
            d2l.show_trace_2d,
            {"f": lambda x1, x2: x1**2 + x2**2, "results": [(-5.0, -2.0), (0.0, 0.0)], "axes": None},
        ),
        "show_images": (
            d2l.show_images,
            {"imgs": images, "num_rows": 2, "num_cols": 2, "titles": ["a"], "scale": 1.0},
        ),
        "squared_loss": (d2l.squared_loss, {"y_hat": scores, "y": scores}),
        "step": (
            lambda l, **more: d2l.step(net(X).sum() if l == "right" else l, **more),
            {"l": "right", "updater": updater, "batch_size": 4},
        ),
        "synthetic_data": (d2l.synthetic_data, {"w": w, "b": 1.0, "num_examples": 3, "noise": 0.1}),
        "train_2d": (
            d2l.train_2d,
            {"trainer": descend, "steps": 3, "f_grad": lambda x1, x2: (2 * x1, 2 * x2)},
        ),
        "train_ch11": (
            d2l.train_ch11,
            {"trainer_fn": momentum, "states": [torch.zeros(5, 1), torch.zeros(1)],
             "hyperparams": {"lr": 0.1}, "data_iter": airfoil, "feature_dim": 5, "num_epochs": 1},
        ),
        "train_concise_ch11": (
            d2l.train_concise_ch11,
            {"trainer_fn": torch.optim.SGD, "hyperparams": {"lr": 0.1}, "data_iter": airfoil,
             "num_epochs": 1},
        ),
        "train_ch3": (d2l.train_ch3, {**training, "test_iter": data, "num_epochs": 1}),
        "train_ch6": (
            d2l.train_ch6,
            {"net": net, "train_iter": data, "test_iter": data, "num_epochs": 1, "lr": 0.1, "device": "cpu"},
        ),
        "train_epoch_ch3": (d2l.train_epoch_ch3, training),
        "train_epochs": (
            d2l.train_epochs,
            {"num_epochs": 1, "run_epoch": lambda epoch: {"train_loss": 0.5}, "updater": None},
        ),
        "train_regression": (d2l.train_regression, {**regression, "penalty": lambda: torch.zeros(())}),
        "try_gpu": (d2l.try_gpu, {"i": 0}),
    }  # fmt: skip


NOT_CALLED = {  # a path: of its own tests
    "install_as_d2l": "takes nothing", "uninstall_as_d2l": "takes nothing",
    "DATA_HUB": "a table", "DATA_URL": "a text", "plt": "matplotlib", "__version__": "a text",
    "DataUnavailable": "an exception", "TrainingDiverged": "an exception",
    "TrainingInterrupted": "an exception",
    "Timer": "takes nothing", "download_all": "takes nothing", "get_dataloader_workers": "takes nothing",
    "try_all_gpus": "takes nothing", "use_svg_display": "takes nothing",
    "load_data_fashion_mnist": "is load_data", "load_data_mnist": "is load_data",
    "run_chapter": "reads a command line",
    "play": "tests/d2lcourse/play", "checkup": "tests/d2lcore/training_checks",
}  # fmt: skip

# What is taken after all: of a helper ("" is each) and its argument, the ways, and why they are not wrong.
TEXT = ("None text", "no label, and a label")
LEGEND = ("None text []", "no legend, one name, no legend")
BY_DEFAULT = ("None", "is the default")
TAKEN: dict[tuple[str, str], tuple[str, str]] = {
    ("", "xlabel"): TEXT,
    ("", "ylabel"): TEXT,
    ("", "legend"): LEGEND,
    ("", "titles"): LEGEND,
    ("", "xlim"): BY_DEFAULT,
    ("", "ylim"): BY_DEFAULT,
    ("", "generator"): BY_DEFAULT,
    ("", "device"): BY_DEFAULT,
    ("", "dtype"): BY_DEFAULT,
    ("", "resize"): BY_DEFAULT,
    ("", "penalty"): BY_DEFAULT,
    ("", "root"): ("None text", "the usual folder, and another"),
    ("download", "cache_dir"): ("None text", "the usual folder, and another"),
    ("download_extract", "folder"): BY_DEFAULT,
    ("plot", "Y"): BY_DEFAULT,
    ("plot", "axes"): BY_DEFAULT,
    ("show_trace_2d", "axes"): BY_DEFAULT,
    ("train_regression", "test_iter"): BY_DEFAULT,
    ("train_epochs", "updater"): BY_DEFAULT,
    ("", "shuffle"): ("0 True", "a flag"),
    ("", "is_train"): ("0 True", "a flag"),
    ("", "drop_last"): ("0 True", "a flag"),
    ("Accumulator.add", "add"): ("-1 0 nan inf 1.5 True", "numbers; a mean loss that is NaN must stay NaN"),
    ("Animator.add", "x"): ("None -1 0 nan inf 1.5 True", "numbers; None and NaN leave a gap"),
    ("Animator.add", "y"): ("None -1 0 nan inf 1.5 True", "numbers; None and NaN leave a gap"),
    ("Result", "figures"): ("dict", "no figures"),
    ("Result", "metrics"): ("dict", "the last row of the history"),
    ("Result.save", "folder"): ("text", "a folder"),
    ("check_exercise", "answer"): ("text a_class", "told to be no file, and no answer"),
    ("ArrayDataset", "tensors"): ("4-d_tensor", "colour images"),
    ("ArrayDataset", "transform"): ("None a_class", "none; a class can be called with a batch"),
    ("ArrayDataset", "classes"): ("None []", "no names"),
    ("get_fashion_mnist_labels", "labels"): ("[] empty_tensor generator", "no labels have no names"),
    ("linreg", "X"): ("4-d_tensor", "examples in more than one dimension, as in nn.Linear"),
    ("linreg", "b"): ("-1 0 1.5", "numbers"),
    ("seed_everything", "seed"): ("0", "a seed"),
    ("sgd", "lr"): ("0 1.5", "learning rates"),
    ("show_images", "imgs"): ("[] empty_tensor 4-d_tensor generator", "no images, and colour images"),
    ("show_images", "scale"): ("1.5", "inches"),
    ("synthetic_data", "b"): ("-1 0 1.5", "numbers"),
    ("synthetic_data", "noise"): ("0 1.5", "standard deviations"),
    ("train_concise_ch11", "hyperparams"): ("dict", "those of the optimizer's class"),
    ("train_ch6", "lr"): ("0 1.5", "learning rates"),
    ("try_gpu", "i"): ("0", "the first"),
}


def taken(helper: str, argument: str) -> set[str]:
    """The wrong ways that this argument takes after all."""
    ways, _ = TAKEN.get((helper, argument)) or TAKEN.get(("", argument)) or ("", "")
    return {way for way in WRONG if way.replace(" ", "_") in ways.split()}


@pytest.fixture
def hub(folder: Path, add_to_hub: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is downloaded, small, on a server here; a folder named `text` lands in a temporary one."""
    monkeypatch.chdir(tmp_path)
    row = "\t".join("123456") + "\n" + "\t".join("654321") + "\n"
    add_to_hub("airfoil", "airfoil.dat", row.encode() * 10)
    add_to_hub("toys", "toys.zip", zip_of(GOOD))


@pytest.fixture
def stopwatch() -> Iterator[None]:
    """A call that takes longer than `SECONDS` is interrupted."""

    def stop(*_: object) -> None:
        raise Hangs(f"no answer in {SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def outcome(call: Callable, arguments: dict[str, Any], argument: str, way: str) -> str:
    """'kept silent', 'named it' or the error in full; a call that hangs raises `Hangs`."""
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        call(**{**arguments, argument: WRONG[way]()})
    except Exception as error:
        name = rf"(?<!\w){re.escape(argument)}(?!\w)"
        return "named it" if re.search(name, str(error)) else f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        pyplot.close("all")
    return "kept silent"


def test_every_public_name_is_tried_or_has_a_reason() -> None:
    tried = {helper.split(".")[0] for helper in right_arguments()}
    assert tried | set(NOT_CALLED) >= set(dir(d2l))
    assert not tried & set(NOT_CALLED)


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("helper", right_arguments())
def test_the_right_arguments_are_right(
    helper: str, capsys: pytest.CaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    call, arguments = right_arguments()[helper]
    call(**arguments)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer that interrupts")
@pytest.mark.usefixtures("unchecked", "stopwatch", "hub")
def test_wrong_arguments_neither_hang_nor_pass_in_silence_and_are_named(
    capsys: pytest.CaptureFixture,
    record_property: Callable[[str, object], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    silent, unnamed, named = [], [], 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for helper, (call, arguments) in right_arguments().items():
            for argument in arguments:
                for way in WRONG:
                    result = outcome(call, arguments, argument, way)
                    if result == "kept silent":
                        silent.append((helper, argument, way))
                    elif result == "named it":
                        named += 1
                    else:
                        unnamed.append(f"{helper}({argument}={way}): {result}")
    unlisted = [(*where, way) for *where, way in silent if way not in taken(*where)]
    raised = named + len(unnamed)
    record_property(
        "counts",
        f"wrong arguments: {raised + len(silent)} calls, none hangs; {raised} raise, of which {named} "
        f"({named / raised:.1%}) name the argument; {len(silent)} are taken, each listed with its reason",
    )
    assert not unlisted, "taken in silence"
    assert named >= 0.9 * raised, "\n".join(unnamed)
