"""Where functions and variants of the chapters have moved: the old place, and the new one."""

import importlib.abc
import importlib.machinery
import sys
from types import ModuleType
from typing import Any

SHIFT = "chapters.distribution_shift"

# Modules that are gone: what was in them is in these.
MODULES = {
    **{f"{SHIFT}.{name}": f"{SHIFT}.covariate.{name}" for name in ("known_ratio", "regression", "selection")},
    **{
        f"{SHIFT}.{name}": f"{SHIFT}.label.{name}"
        for name in ("calibration", "confusion", "images", "posteriors", "weak_predictor")
    },
    f"{SHIFT}.paper": "d2lcourse.experiments.label_shift_table",
    "chapters.reported": "d2lcourse.reported",
}
# Names that have left a module that is still there: (from, to) and the names.
NAMES = {
    (
        f"{SHIFT}.concept",
        f"{SHIFT}.concept_stream",
    ): "Batch make_stream oracle regret recovery_time concept",
    (f"{SHIFT}.covariate", f"{SHIFT}.arguments"): "flat as_samples",
    (
        f"{SHIFT}.covariate",
        f"{SHIFT}.covariate.density_ratio",
    ): "pooled polynomial log_ratio",
    (f"{SHIFT}.detection", f"{SHIFT}.power"): "Pool digits_pool with_labels sample_pair p_values power",
    (f"{SHIFT}.diagnosis", f"{SHIFT}.cases"): "Case estimate_case drawn_sets compare_cases",
    (f"{SHIFT}.diagnosis", f"{SHIFT}.failures"): "absent_class broken_assumption disjoint_supports "
    "risk_estimates huge_weights",
    (
        f"{SHIFT}.label",
        f"{SHIFT}.label.correction",
    ): "estimate_by_hand loss_by_hand weight_error correct_digits "
    "label_scratch estimate_concise correct_concise loss_concise label_concise",
    (
        "chapters.linear_regression",
        "chapters.least_squares",
    ): "least_squares centred conjugate_gradient ridge check_lambd lasso ill_conditioned solvers shrinkage",
    (
        "chapters.model_selection",
        "chapters.cross_validation",
    ): "k_fold cross_validate take check_folds load_table "
    "preparation fit_ridge train_and_test scratch concise",
    ("chapters.perceptron", "chapters.vc_dimension"): "separator labellings best_accuracy shatters "
    "radon_labelling shattering",
    ("chapters.weight_decay", "chapters.sparsity"): "l1_penalty path sparsity",
}
# Names that are others now.
RENAMED = {
    "chapters.backpropagation.numerical_gradient": "chapters.matrix_calculus.numerical_jacobian",
    f"{SHIFT}.risk.estimates": f"{SHIFT}.risk.running_means",
    f"{SHIFT}.weighting.data": f"{SHIFT}.weighting.weighted_batches",
    f"{SHIFT}.covariate.newton": "chapters.newton.newton",
    f"{SHIFT}.covariate.standardizer": "chapters.logistic_regression.standardizer",
    f"{SHIFT}.concept.learn": f"{SHIFT}.concept_stream.after_batch",
    f"{SHIFT}.concept.follow": f"{SHIFT}.concept_stream.errors_and_accs",
    f"{SHIFT}.diagnosis.fit_lines": f"{SHIFT}.failures.compare_lines",
    "chapters.logistic_regression.standardize": "chapters.logistic_regression.standardizer",
    "chapters.model_selection.split": "chapters.model_selection.train_valid_test_rows",
    "chapters.model_selection.decorrelation": "chapters.model_selection.decorrelator",
    "chapters.softmax_regression.sizes": "chapters.softmax_regression.inputs_and_classes",
    "chapters.softmax_regression.fit": "chapters.softmax_regression.train_and_draw",
    "chapters.weight_decay.minimum_l2": "chapters.least_squares.ridge",
    "chapters.weight_decay.minimum_l1": "chapters.least_squares.lasso",
}
MOVED = (
    MODULES
    | {f"{old}.{name}": f"{new}.{name}" for (old, new), names in NAMES.items() for name in names.split()}
    | RENAMED
)

# Variants of `d2lcore run CHAPTER VARIANT`, and what to type now.
VARIANTS = {
    ("distribution_shift", "paper_table"): "python -m d2lcourse.experiments.label_shift_table",
    ("backpropagation", "memory"): "d2lcore run training_memory",
    ("initialization", "depth"): "d2lcore run numerical_stability depth",
    ("initialization", "half_precision"): "d2lcore run numerical_stability half_precision",
    ("linear_regression", "solvers"): "d2lcore run least_squares solvers",
    ("linear_regression", "shrinkage"): "d2lcore run least_squares shrinkage",
    ("logistic_regression", "optimizers"): "d2lcore run newton optimizers",
    ("logistic_regression", "separable"): "d2lcore run newton separable",
    ("model_selection", "scratch"): "d2lcore run cross_validation scratch",
    ("model_selection", "concise"): "d2lcore run cross_validation concise",
    ("perceptron", "shattering"): "d2lcore run vc_dimension shattering",
    ("weight_decay", "path"): "d2lcore run sparsity path",
    ("weight_decay", "sparsity"): "d2lcore run sparsity sparsity",
}


def point_the_way() -> None:
    """From now on, the import of what has moved, by its old name, fails with its new one."""
    sys.meta_path.insert(0, _Signposts())


class _Signposts(importlib.abc.MetaPathFinder):
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name in MOVED:
            raise ModuleNotFoundError(f"{name} is now {MOVED[name]}", name=name)
        if any(old.rpartition(".")[0] == name for old in MOVED):
            spec = importlib.machinery.PathFinder.find_spec(name, path)
            if spec and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
                spec.loader = _Loader(spec.loader.name, spec.loader.path)
            return spec
        return None


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a module some of whose functions have moved: asked for one of them, it names the new place."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        own = vars(module).get("__getattr__")

        def missing(name: str) -> Any:
            if (old := f"{module.__name__}.{name}") in MOVED:
                raise ImportError(f"{old} is now {MOVED[old]}", name=old)
            if own:
                return own(name)
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

        vars(module)["__getattr__"] = missing
