"""About the broken training too_little_gets_through: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="too_little_gets_through",
    summary="An MLP with dropout that learns next to nothing.",
    chapter="dropout",
    notes="004 3.6.1",
    least=0.85,
    fault="nn.Dropout takes the share to drop, and is given the share to keep: 98 of 100 units are dropped.",
    rules=("dropout_probability",),
    foresee=(
        "nearly all hidden values are zero in training mode",
        "nearly all hidden values are zero in evaluation mode",
        "the gradients explode",
        "the labels are wrong",
    ),
    shows=0,
    hints=(
        "What share of net[:4](X) is zero in training mode?",
        "Read what the argument of nn.Dropout means.",
        "nn.Dropout(1 - keep)",
    ),
    repair=(("nn.Dropout(keep)", "nn.Dropout(1 - keep)"),),
    mistakes=(
        WrongRepair(
            "0.9 still drops nine of ten: the argument is the share to drop", (("keep = 0.98", "keep = 0.9"),)
        ),
        WrongRepair(
            "a wider layer has a few more units left: the argument of nn.Dropout is the share to drop",
            (
                (
                    "nn.Linear(64, 32), nn.ReLU(), nn.Dropout(keep), nn.Linear(32, 10)",
                    "nn.Linear(64, 128), nn.ReLU(), nn.Dropout(keep), nn.Linear(128, 10)",
                ),
            ),
        ),
        WrongRepair(
            "AlphaDropout drops the same share: it is the share that is wrong",
            (("nn.Dropout(keep)", "nn.AlphaDropout(keep)"),),
        ),
    ),
    accepted=(
        (("keep = 0.98", "keep = 0.02"),),
        (("nn.Dropout(keep), ", ""),),
        (("nn.Dropout(keep)", "nn.Dropout(0.1)"),),
    ),
)
