"""The flat, lazy namespace `import d2lcore as d2l`."""

import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Callable

import jaxtyping
import pytest
import torch

import d2lcore as d2l

# The design's table of names for the parts that exist.
PROMISED = """
synthetic_data load_array load_data_fashion_mnist load_data_mnist get_fashion_mnist_labels
get_dataloader_workers DATA_HUB DATA_URL download download_extract download_all get_data_ch11
linreg squared_loss sgd accuracy Accumulator Timer evaluate_accuracy evaluate_accuracy_gpu evaluate_loss
train_epoch_ch3 train_ch3 predict_ch3 seed_everything use_svg_display set_figsize set_axes plot show_images
Animator plt try_gpu try_all_gpus train_ch6
""".split()  # noqa: SIM905 - words read better than 33 quoted ones


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", PROMISED)
def test_promised_name_is_public(name: str) -> None:
    assert name in dir(d2l)
    assert getattr(d2l, name) is not None


def test_every_public_name_of_the_stub_loads() -> None:
    assert len(dir(d2l)) > len(PROMISED)
    assert all(getattr(d2l, name) is not None for name in dir(d2l))


def test_no_module_hides_a_public_name() -> None:
    # Importing d2lcore.download would replace the function d2l.download by the module.
    modules = {module.name for module in pkgutil.iter_modules(d2l.__path__)}
    assert not modules & set(dir(d2l))


def test_import_loads_none_of_the_heavy_packages() -> None:
    heavy = {"torch", "torchvision", "matplotlib", "pandas", "sklearn", "IPython"}
    out = run_python("import sys, d2lcore; print(*sys.modules)")
    assert not heavy & set(out.split())


@pytest.mark.slow
def test_training_needs_neither_torchvision_nor_pandas_nor_sklearn_nor_matplotlib() -> None:
    code = """
import sys
for name in ("torchvision", "pandas", "sklearn", "matplotlib", "IPython"):
    sys.modules[name] = None   # importing it fails
import torch, d2lcore as d2l
X, y = d2l.synthetic_data(torch.tensor([2.0, -3.4]), 4.2, 64)
net, loss = torch.nn.Linear(2, 2), torch.nn.CrossEntropyLoss()
train_iter = d2l.load_array((X, (y[:, 0] > 4).long()), 16)
d2l.train_ch3(net, train_iter, train_iter, loss, 1, torch.optim.SGD(net.parameters(), 0.1))
"""
    assert run_python(code).startswith("epoch  1  train_loss")


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("trian_ch3", "did you mean train_ch3?"),
        ("load_data_fashion_minist", "did you mean load_data_fashion_mnist?"),
        ("semilogy", "plot(..., yscale='log')"),
        ("train_ch5", "no edition of the book exports it"),  # train_ch3 is another task
        ("qqqqq", "dir(d2lcore) lists the names"),
    ],
)
def test_unknown_name_gets_a_hint(wrong: str, hint: str) -> None:
    with pytest.raises(AttributeError) as error:
        getattr(d2l, wrong)
    assert hint in str(error.value)
    assert repr(wrong) in str(error.value)


@pytest.mark.slow
def test_star_import_gives_the_public_names() -> None:
    out = run_python("from d2lcore import *\nprint(train_ch3.__name__, plt.__name__)")
    assert out.split() == ["train_ch3", "matplotlib.pyplot"]


@pytest.mark.parametrize(
    "call",
    [
        lambda: d2l.Batches("no data set", 1),
        lambda: d2l.download(1),
        lambda: d2l.synthetic_data("w", 1, 1),
        lambda: d2l.linreg(1, 2, 3),
        lambda: d2l.accuracy(1, 2),
        lambda: d2l.seed_everything("seed"),
        lambda: d2l.Result(history="none"),
        lambda: d2l.get_device(1.5),
        lambda: importlib.import_module("chapters.mlp").relu(torch.ones(3, dtype=torch.int64)),
    ],
)
def test_annotations_are_checked_while_tests_run(call: Callable) -> None:
    with pytest.raises(jaxtyping.TypeCheckError):
        call()
