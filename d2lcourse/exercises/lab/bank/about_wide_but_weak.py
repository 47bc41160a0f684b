"""About the broken training wide_but_weak: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="wide_but_weak",
    summary="An MLP of 128 units that learns like one of a few.",
    chapter="initialization",
    notes="004 3.8.2",
    least=0.8,
    fault="All hidden units start equal, get equal gradients and stay equal: 128 of them are worth one.",
    rules=("equal_start",),
    foresee=(
        "the units are all dead",
        "the rows of the first layer's weight are equal, and so are their gradients",
        "the gradient explodes",
        "the net has no bias",
    ),
    shows=1,
    hints=(
        "Look at net[1].weight after an epoch.",
        "Two units with equal weights compute the same: how would their gradients differ?",
        "Draw the weights at random: nn.init.normal_(layer.weight, std=0.01).",
    ),
    repair=(("nn.init.constant_(layer.weight, 0.01)", "nn.init.normal_(layer.weight, std=0.01)"),),
    mistakes=(
        WrongRepair(
            "more units of the same weights are still worth one",
            (
                (
                    "nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10)",
                    "nn.Linear(64, 512), nn.ReLU(), nn.Linear(512, 10)",
                ),
            ),
        ),
        WrongRepair(
            "another constant is a constant: the units are as alike as before",
            (("constant_(layer.weight, 0.01)", "constant_(layer.weight, 0.1)"),),
        ),
        WrongRepair(
            "from zero weights no gradient passes the layers at all: only the last bias learns",
            (("constant_(layer.weight, 0.01)", "zeros_(layer.weight)"),),
        ),
    ),
    accepted=(
        (("    nn.init.constant_(layer.weight, 0.01)\n", ""),),
        (("nn.init.constant_(layer.weight, 0.01)", "nn.init.xavier_normal_(layer.weight)"),),
    ),
)
