"""One module a chapter, each a script and a notebook too. A chapter imports only earlier ones."""

READING_ORDER = {
    "preliminaries": (
        "tensors",
        "preprocessing",
        "linear_algebra",
        "matrix_calculus",
        "autograd",
        "autograd_in_use",
        "probability",
    ),
    "linear networks": (
        "linear_regression",
        "least_squares",
        "logistic_regression",
        "newton",
        "softmax_regression",
    ),
    "multilayer perceptrons": (
        "perceptron",
        "vc_dimension",
        "mlp",
        "model_selection",
        "cross_validation",
        "weight_decay",
        "sparsity",
        "dropout",
        "backpropagation",
        "training_memory",
        "numerical_stability",
        "initialization",
        "checkup",
    ),
    "environment": ("distribution_shift",),
    "optimization": ("optimization", "minibatch_and_momentum", "adam"),
    "building models": ("building_models", "saving", "cnn", "first_network", "data_parallel"),
}

import d2lcore  # noqa: F401  # before a chapter imports torch: it sets how the threads wait

# The one arrow up from here: a function that has moved is answered with its new place.
from d2lcourse.moved import point_the_way

point_the_way()
