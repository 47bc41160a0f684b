"""About the broken training learns_and_forgets: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="learns_and_forgets",
    summary="A classifier with a falling loss that knows few classes.",
    chapter="minibatch_and_momentum",
    notes="003 5.4",
    least=0.85,
    fault="The images come in the order of their labels: a batch knows one class, the next forgets it.",
    rules=("sorted_batches",),
    foresee=(
        "every batch holds one or two classes only",
        "the learning rate falls to zero",
        "the test images are scaled differently",
        "the last layer does not learn",
    ),
    shows=0,
    hints=(
        "Print the labels of some batches.",
        "SGD follows the gradient of a batch as if it were that of all data. When is that true?",
        "load_array shuffles unless is_train=False.",
    ),
    repair=(("y_train[order]), 64, is_train=False)", "y_train[order]), 64)"),),
    mistakes=(
        WrongRepair(
            "the other way round is an order too: the batches still hold one class each",
            (("y_train.argsort()", "y_train.argsort(descending=True)"),),
        ),
        WrongRepair(
            "a smaller rate forgets more slowly, and learns more slowly: shuffle the images",
            (("lr=0.3", "lr=0.03"),),
        ),
        WrongRepair(
            "only the images are shuffled now, and the labels no longer belong to them",
            (("X_train[order], y_train[order]", "X_train[torch.randperm(len(order))], y_train[order]"),),
        ),
    ),
    accepted=(
        (("y_train.argsort()", "torch.randperm(len(y_train))"),),
        (("X_train[order], y_train[order]), 64, is_train=False)", "X_train, y_train), 64)"),),
    ),
)
