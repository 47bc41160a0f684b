"""Every variant of every chapter: the defaults that its numbers are for, and that its seed decides them."""

import importlib
import inspect
import random
import re
from collections.abc import Callable

import numpy as np
import pytest
import torch

import d2lcore as d2l
from chapters import READING_ORDER
from d2lcore.figures import is_lazy

# By chapter and variant: what a run without options runs with, as `--help` prints it. The numbers in the
# pages and in docs/results.md are for these; who changes one looks at them again.
TRAINING = "lr=0.1 num_epochs=10 batch_size=256 data=fashion_mnist device=auto seed=0"
DIGITS_MLP = "num_hiddens=64 lambd=0.001 lr=0.5 num_epochs=20 batch_size=32 data=digits device=auto seed=0"
DEEP = (
    "num_layers=5 num_hiddens=64 activation=tanh lr=0.1 num_epochs=15 batch_size=32 data=digits device=auto"
)
DROPOUT = "p=(0.2, 0.5) num_hiddens=(256, 256) lr=0.5 num_epochs=10 batch_size=256 data=fashion_mnist"
LABEL = (
    "data=mnist ratio=0.75 num_train=10000 n=2000 lr=0.01 num_epochs=10 num_resamples=200 device=auto seed=0"
)
EM = "data=mnist ratio=0.75 num_train=10000 n=2000 num_draws=5 lr=0.01 num_epochs=10 device=auto seed=0"
WEIGHTED = "lr=0.3 num_epochs=10 batch_size=20 num_examples=2000 normalize=False device=auto seed=0"
DECAY = "lambd=3.0 lr=0.003 num_epochs=100 batch_size=5 device=auto seed=0"
LINE = "lr=0.03 num_epochs=3 batch_size=10 num_examples=1000 noise=0.01 device=auto seed=0"
TUMOURS = "lr=0.3 num_epochs=20 batch_size=32 lambd=0.002 device=auto seed=0"
RULE = "num_epochs=15 num_examples=100 margin=0.02 flipped=0 device=auto seed=0"
FOLDS = "data=diabetes num_train=100 k=5 num_lambdas=13 seed=0"
FAILED = "num_train=5000 n=1000 num_epochs=5 seed=0"
ENGINE = "num_hiddens=32 lr=0.5 num_epochs=10 batch_size=32 seed=0"
AIRFOIL = "num_epochs=2 batch_size=10 seed=0"
BLOCKS = "num_hiddens=(64, 32) lr=0.1 num_epochs=20 batch_size=32 data=digits device=auto seed=0"
ON_MNIST = "lr=0.1 batch_size=64 data=mnist device=auto seed=0"
FIRST = "num_hiddens=512 lr=0.001 rho=0.9 eps=1e-07 num_epochs=5 batch_size=128 data=mnist device=auto seed=0"
SHARED = (
    "num_processes=2 num_hiddens=256 lr=0.1 num_epochs=2 batch_size=256 data=fashion_mnist device=auto seed=0"
)
DEFAULTS = {
    "tensors.memory": "",
    "tensors.broadcasting": "",
    "tensors.loops": "size=16",
    "tensors.real_data": "",
    "preprocessing.tiny": "folder=",
    "preprocessing.houses": "num_train=1000",
    "preprocessing.leak": "num_train=100 num_splits=20 seed=0",
    "linear_algebra.norms": "dimensions=(1, 3, 10, 32, 100, 316, 1000) seed=0",
    "linear_algebra.special": "",
    "linear_algebra.power": "num_steps=30 seed=0",
    "matrix_calculus.linearization": "x=(1.0, 0.5)",
    "matrix_calculus.steepest": "x=(0.5, 1.0)",
    "matrix_calculus.tables": "num_entries=4 seed=0",
    "autograd.graph": "",
    "autograd.examples": "",
    "autograd_in_use.scratch": ENGINE,
    "autograd_in_use.concise": ENGINE,
    "autograd_in_use.control_flow": "a=-0.7",
    "autograd_in_use.modes": "num_outputs=32 width=64 num_layers=4",
    "probability.sampling": "num_draws=10000 num_runs=100 seed=0",
    "probability.medical_test": "prior=0.0015",
    "probability.independence": "prior=0.1",
    "probability.moments": "largest_shift=1000000000.0",
    "linear_regression.scratch": LINE,
    "linear_regression.concise": LINE,
    "least_squares.solvers": "num_examples=200 num_features=20 seed=0",
    "least_squares.shrinkage": "num_lambdas=20",
    "logistic_regression.scratch": TUMOURS,
    "logistic_regression.concise": TUMOURS,
    "logistic_regression.cross_entropy": "",
    "newton.optimizers": "lr=0.3 num_epochs=200 batch_size=32 lambd=0.02 seed=0",
    "newton.separable": "lambdas=(0.0, 0.002, 0.02) num_steps=64",
    "softmax_regression.scratch": TRAINING,
    "softmax_regression.concise": TRAINING,
    "perceptron.scratch": RULE,
    "perceptron.concise": RULE,
    "perceptron.margins": "num_examples=100 num_runs=20 seed=0",
    "perceptron.xor": "num_hiddens=8 num_epochs=500 lr=0.5 seed=0",
    "vc_dimension.shattering": "num_sets=5 seed=0",
    "mlp.scratch": f"num_hiddens=256 {TRAINING}",
    "mlp.concise": f"num_hiddens=256 {TRAINING}",
    "mlp.activations": "",
    "mlp.approximation": "widths=(4, 8, 16, 32, 64) lr=0.1 num_steps=2000 seed=0",
    "model_selection.validation": "num_train=60 seed=0",
    "model_selection.polynomials": "num_train=60 lr=0.05 num_epochs=200 batch_size=10 device=auto seed=0",
    "model_selection.leakage": "num_examples=100 num_features=1000 num_kept=10 seed=0",
    "cross_validation.scratch": FOLDS,
    "cross_validation.concise": FOLDS,
    "weight_decay.scratch": DECAY,
    "weight_decay.concise": DECAY,
    "weight_decay.with_and_without": DECAY,
    "weight_decay.constraint": "num_lambdas=13 seed=0",
    "sparsity.sparsity": "num_examples=30 noise=0.2 num_lambdas=10 seed=0",
    "sparsity.path": "noise=0.1 num_lambdas=19 seed=0",
    "dropout.noise": "num_examples=100000 seed=0",
    "dropout.scratch": f"{DROPOUT} device=auto seed=0",
    "dropout.concise": f"{DROPOUT} device=auto seed=0",
    "backpropagation.graph": "lambd=0.1",
    "backpropagation.gradient_check": "num_hiddens=5 seed=0",
    "backpropagation.scratch": DIGITS_MLP,
    "backpropagation.concise": DIGITS_MLP,
    "training_memory.memory": "depth=16 num_hiddens=256 batch_size=256",
    "numerical_stability.depth": "num_layers=30 num_hiddens=100 seed=0",
    "numerical_stability.half_precision": "num_layers=20 num_hiddens=100 seed=0",
    "numerical_stability.clipping": "theta=1.0 lr=0.1 num_steps=200 seed=0",
    "numerical_stability.residual": "num_layers=30 num_hiddens=100 seed=0",
    "initialization.variances": "widths=(64, 256, 512, 256, 64, 16) num_draws=50 seed=0",
    "initialization.scratch": f"{DEEP} seed=0",
    "initialization.concise": f"{DEEP} seed=0",
    "initialization.symmetry": "num_hiddens=32 p=0.5 lr=0.5 num_steps=200 seed=0",
    "checkup.failures": "num_hiddens=64 lr=0.3 num_epochs=8 seed=0",
    "checkup.scratch": "num_hiddens=64 lr=0.3 num_steps=1000 seed=0",
    "checkup.concise": "fault=all seed=0",
    "distribution_shift.risk": "w=0.5 b=0.0 num_examples=10000 num_runs=200 seed=0",
    "distribution_shift.weighted_scratch": WEIGHTED,
    "distribution_shift.weighted_concise": WEIGHTED,
    "distribution_shift.known_truth": "sizes=(200, 1000, 5000) target_factor=4 num_runs=200 seed=0",
    "distribution_shift.classifiers": "n=500 num_features=10 num_runs=5 seed=0",
    "distribution_shift.straight_line": "n=100 num_runs=200 largest=2.0 seed=0",
    "distribution_shift.sinc": "n=150 num_runs=200 largest=10.0 seed=0",
    "distribution_shift.biased_selection": "size=5000 num_components=10 num_draws=8 num_steps=30 "
                                           "data=fashion_mnist device=auto seed=0",
    "distribution_shift.shifted_images": "data=mnist ratio=0.75 n=2000 seed=0",
    "distribution_shift.label_scratch": LABEL,
    "distribution_shift.label_concise": LABEL,
    "distribution_shift.weak_predictor": "data=mnist num_labels=50 n=200 rho=0.9 num_epochs=60 num_models=5 "
                                         "num_draws=40 seed=0",
    "distribution_shift.em_scratch": EM,
    "distribution_shift.em_concise": EM,
    "distribution_shift.power": "n=200 num_runs=30 num_null_runs=100 level=0.05 num_permutations=199 "
                                "num_train=300 num_epochs=10 seed=0",
    "distribution_shift.absent_class": f"data=mnist rho=0.3 {FAILED}",
    "distribution_shift.broken_assumption": f"data=mnist pixels=4 {FAILED}",
    "distribution_shift.disjoint_supports": "distances=(0, 0.5, 1, 1.5, 2, 2.5, 3, 4) n=200 num_runs=20 "
                                            "seed=0",
    "distribution_shift.huge_weights": "shifts=(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5) n=1000 num_runs=200 seed=0",
    "distribution_shift.new_labels": "label_counts=(20, 100, 500) num_draws=3 lr=0.2 num_epochs=2 "
                                     "num_test=10000 cycle=(2, 5, 7) data=mnist device=auto seed=0",
    "distribution_shift.concept": "num_batches=30 batch_size=50 change_every=10 within=10.0 lr=0.2 "
                                  "num_epochs=2 num_test=2000 cycle=(2, 5, 7) data=mnist device=auto seed=0",
    "optimization.rates": "lrs=(0.05, 0.2, 0.95, 1.05)",
    "optimization.minima": "num_starts=21",
    "optimization.saddle": "num_starts=1000 seed=0",
    "optimization.convexity": "num_pairs=10000 seed=0",
    "optimization.contours": "lrs=(0.05, 0.2, 0.45)",
    "minibatch_and_momentum.spread": "num_draws=2000 seed=0",
    "minibatch_and_momentum.batch_sizes": "seed=0",
    "minibatch_and_momentum.valley": "lr=0.3 momentum=0.7",
    "minibatch_and_momentum.scratch": AIRFOIL,
    "minibatch_and_momentum.concise": AIRFOIL,
    "adam.scratch": AIRFOIL,
    "adam.concise": AIRFOIL,
    "adam.valleys": "num_steps=600",
    "adam.first_steps": "",
    "adam.learning_rates": "num_seeds=5",
    "building_models.scratch": BLOCKS,
    "building_models.concise": BLOCKS,
    "building_models.initializers": "num_hiddens=256 seed=0",
    "building_models.tied": "seed=0",
    "building_models.layers": "num_hiddens=8 lr=0.05 num_epochs=20 batch_size=32 seed=0",
    "saving.files": "num_files=200 seed=0",
    "saving.resume": "stop=100 num_epochs=6 lr=0.003 batch_size=32 seed=0",
    "cnn.kernels": "",
    "cnn.scratch": "num_epochs=10 lr=0.1 batch_size=32 data=digits device=auto seed=0",
    "cnn.concise": f"num_epochs=3 {ON_MNIST}",
    "cnn.shifts": f"num_epochs=1 {ON_MNIST}",
    "first_network.concise": FIRST,
    "first_network.scratch": FIRST,
    "data_parallel.parts": "num_examples=100 num_hiddens=64 seed=0",
    "data_parallel.ring": "num_processes=4",
    "data_parallel.scratch": SHARED,
    "data_parallel.concise": SHARED,
    "data_parallel.costs": "batch_sizes=(16, 64, 256, 1024, 4096) num_steps=40 num_processes=2 device=auto",
}  # fmt: skip

# The smallest runs that still have a number which hangs on the seed.
IMAGES = {"data": "digits", "num_epochs": 1}
DRAWS = {"data": "digits", "num_train": 300, "n": 200, "num_epochs": 10}
LEARNED = {"lr": 0.2, "num_train": 800, "n": 400, "num_epochs": 15}  # each class is predicted once
QUICK = {
    "preprocessing.leak": {"num_splits": 1},
    "linear_algebra.power": {"num_steps": 3},
    "autograd_in_use": {"num_epochs": 1},
    "probability.sampling": {"num_draws": 100, "num_runs": 2},
    "linear_regression": {"num_epochs": 1, "num_examples": 20},
    "least_squares.solvers": {"num_examples": 20, "num_features": 3},
    "logistic_regression": {"num_epochs": 1},
    "newton.optimizers": {"num_epochs": 1},
    "softmax_regression": IMAGES,
    "perceptron": {"num_epochs": 1},
    "perceptron.margins": {"num_examples": 10, "num_runs": 2},
    "mlp": IMAGES,
    "mlp.approximation": {"widths": (4,), "num_steps": 3},
    "model_selection.polynomials": {"num_epochs": 1},
    "model_selection.leakage": {"num_features": 50},
    "cross_validation": {"k": 2, "num_lambdas": 2},
    "weight_decay": {"num_epochs": 1},
    "weight_decay.constraint": {"num_lambdas": 2},
    "sparsity": {"num_lambdas": 2},
    "vc_dimension": {"num_sets": 1},
    "dropout": IMAGES,
    "dropout.noise": {"num_examples": 1000},
    "backpropagation": {"num_epochs": 1},
    "backpropagation.gradient_check": {"num_hiddens": 1},
    "numerical_stability": {"num_layers": 2, "num_hiddens": 10},
    "numerical_stability.half_precision": {"num_layers": 12, "num_hiddens": 3},
    "numerical_stability.clipping": {"num_steps": 2},
    "initialization": {"num_layers": 1, "num_epochs": 1},
    "initialization.variances": {"widths": (4, 3), "num_draws": 2},
    "initialization.symmetry": {"num_steps": 2},
    "checkup.failures": {"num_epochs": 1},
    "checkup.scratch": {"num_steps": 2},
    "checkup.concise": {"fault": "no gradient"},
    "distribution_shift.risk": {"num_examples": 100, "num_runs": 2},
    "distribution_shift.weighted_scratch": {"num_epochs": 1, "num_examples": 50},
    "distribution_shift.weighted_concise": {"num_epochs": 1, "num_examples": 50},
    "distribution_shift.known_truth": {"sizes": (30,), "num_runs": 2},
    "distribution_shift.classifiers": {"n": 30, "num_features": 2, "num_runs": 1},
    "distribution_shift.straight_line": {"n": 30, "num_runs": 2},
    "distribution_shift.sinc": {"n": 30, "num_runs": 2},
    "distribution_shift.biased_selection": {"data": "digits", "size": 200, "num_draws": 2, "num_steps": 2},
    "distribution_shift.shifted_images": {"data": "digits", "n": 200},
    "distribution_shift.label_scratch": {**DRAWS, **LEARNED, "num_resamples": 2},
    "distribution_shift.label_concise": {**DRAWS, **LEARNED, "num_resamples": 2},
    "distribution_shift.weak_predictor": {"data": "digits", "num_models": 1, "num_draws": 2},
    "distribution_shift.em_scratch": {**DRAWS, "lr": 0.2, "num_draws": 1},
    "distribution_shift.em_concise": {**DRAWS, "lr": 0.2, "num_draws": 1},
    "distribution_shift.power": {"n": 20, "num_runs": 1, "num_null_runs": 1, "num_permutations": 9,
                                 "num_epochs": 1},
    "distribution_shift.absent_class": DRAWS,
    "distribution_shift.broken_assumption": DRAWS,
    "distribution_shift.disjoint_supports": {"distances": (0,), "n": 20, "num_runs": 1},
    "distribution_shift.huge_weights": {"shifts": (1,), "n": 20, "num_runs": 2},
    "distribution_shift.new_labels": {**IMAGES, "label_counts": (20,), "num_draws": 1, "num_test": 100},
    "distribution_shift.concept": {**IMAGES, "num_batches": 2, "change_every": 1, "num_test": 100},
    "optimization.saddle": {"num_starts": 10},
    "optimization.convexity": {"num_pairs": 100},
    "minibatch_and_momentum.spread": {"num_draws": 10},
    "minibatch_and_momentum": {"num_epochs": 1, "batch_size": 100},
    "adam": {"num_epochs": 1, "batch_size": 100},
    "building_models.scratch": {"num_epochs": 1},
    "building_models.concise": {"num_epochs": 1},
    "building_models.layers": {"num_epochs": 1},
    "saving.files": {"num_files": 20},
    "saving.resume": {"num_epochs": 3},
    "cnn": IMAGES,
    "first_network": IMAGES,
    "data_parallel": {**IMAGES, "num_processes": 1},
    "data_parallel.parts": {"num_examples": 10},
}  # fmt: skip
# As their pages prove: what can be shattered, whence descent leaves a saddle, how many parameters a net has.
SAME_FOR_EVERY_SEED = {
    "vc_dimension.shattering",
    "optimization.saddle",
    "building_models.tied",
    "checkup.concise",
}
NEEDED = {"preprocessing": "kaggle_house", "minibatch_and_momentum": "airfoil", "adam": "airfoil"}


def variants() -> dict[str, Callable[..., d2l.Result]]:
    """By chapter and name, in the order of reading; what a chapter's file gives to `d2l.run_chapter`."""
    found = {}
    for chapter in (name for names in READING_ORDER.values() for name in names):
        module = importlib.import_module(f"chapters.{chapter}")
        if hasattr(module, "__path__"):
            module = importlib.import_module(f"chapters.{chapter}.__main__")
        listed = re.search(rf'd2l\.run_chapter\("{chapter}", (.*?)\)', inspect.getsource(module), re.DOTALL)
        names = listed[1].split(",")
        each = module.VARIANTS if names == ["*VARIANTS"] else [getattr(module, one.strip()) for one in names]
        found |= {f"{chapter}.{variant.__name__}": variant for variant in each}
    return found


@pytest.mark.parametrize("name", variants())
def test_the_defaults_are_those_that_the_numbers_are_for(name: str) -> None:
    knobs = inspect.signature(variants()[name]).parameters.values()
    defaults = " ".join(f"{knob.name}={knob.default}" for knob in knobs)
    assert defaults == DEFAULTS.get(name, "nothing: the variant is not in DEFAULTS")


TAKES_SECONDS = {
    "sparsity.sparsity",
    "minibatch_and_momentum.batch_sizes",
}  # their own tests look at the seed
SEEDED = [name for name, variant in variants().items()
          if "seed" in inspect.signature(variant).parameters and name not in TAKES_SECONDS]  # fmt: skip


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:EM gives class", "ignore:EM moved p")
@pytest.mark.parametrize("name", SEEDED)
def test_the_seed_decides_every_number_and_nothing_else_does(
    name: str, real_data: Callable[[str], str]
) -> None:
    variant, chapter = variants()[name], name.split(".")[0]
    knobs = QUICK.get(name, QUICK.get(chapter, {}))
    if chapter in NEEDED:
        real_data(NEEDED[chapter])
    if "device" in inspect.signature(variant).parameters:
        knobs = {**knobs, "device": "cpu"}
    results = []
    for state, seed in ((7, 1), (8, 1), (7, 2)):
        for generator in (torch.manual_seed, np.random.seed, random.seed):
            generator(state)
        results.append(variant(**knobs, seed=seed).metrics)
    one, again, other = results
    assert one == pytest.approx(again, rel=0, abs=0, nan_ok=True)
    assert (one == other) == (name in SAME_FOR_EVERY_SEED)
    opened = map(d2l.plt.figure, d2l.plt.get_fignums())
    assert all(map(is_lazy, opened)), "a figure that no Result has let go, one more a run"
