"""About the broken training pressed_flat: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="pressed_flat",
    summary="An MLP under weight decay that gives every class the same score.",
    chapter="weight_decay",
    notes="004 3.5",
    least=0.85,
    fault="A weight decay of 1 pulls the weights to zero faster than the loss can pull them away.",
    rules=("weight_decay_high",),
    foresee=(
        "the gradient of the loss is zero",
        "the norm of the weights falls to nothing during training",
        "the outputs are probabilities",
        "the units start equal",
    ),
    shows=1,
    hints=(
        "Print the norm of net[1].weight after each epoch.",
        "Which two forces act on the weights in each step? Which is stronger here?",
        "weight_decay=0.001, or none.",
    ),
    repair=(("weight_decay=1", "weight_decay=0.001"),),
    mistakes=(
        WrongRepair(
            "a third of it still wins against the loss: three powers of ten less",
            (("weight_decay=1", "weight_decay=0.3"),),
        ),
        WrongRepair(
            "a higher rate makes both forces stronger, and the decay still wins", (("lr=0.3", "lr=0.9"),)
        ),
        WrongRepair(
            "more weights are pulled to zero just as these are: the decay is too strong, not the net "
            "too small",
            (
                (
                    "nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)",
                    "nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10)",
                ),
            ),
        ),
    ),
    accepted=(
        ((", weight_decay=1", ""),),
        (("weight_decay=1", "weight_decay=1e-4"),),
    ),
)
