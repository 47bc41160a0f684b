"""About the broken training a_line_through_a_sine: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="a_line_through_a_sine",
    summary="An MLP that can draw nothing but a line.",
    chapter="mlp",
    notes="004 3.1.1, 003 4.1",
    most=0.02,
    num_test=300,
    fault="There is no activation between the linear layers: three of them are one straight line.",
    rules=("missing_activation",),
    foresee=(
        "the middle of two inputs gets the middle of their outputs, exactly",
        "the outputs are never negative",
        "the gradient of the first layer is zero",
        "the hidden units are all equal",
    ),
    shows=0,
    hints=(
        "Draw net(X) over X. Which curves can this net draw?",
        "A linear function of a linear function is linear.",
        "nn.ReLU() between the layers.",
    ),
    repair=(
        (
            "nn.Linear(1, 32), nn.Linear(32, 32), nn.Linear(32, 1)",
            "nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1)",
        ),
    ),
    mistakes=(
        WrongRepair(
            "more linear layers are still one straight line: a function that is not linear belongs "
            "between them",
            (("nn.Linear(32, 32), ", "nn.Linear(32, 32), nn.Linear(32, 32), "),),
        ),
        WrongRepair(
            "an activation on the output bends nothing in between, and ReLU takes the negative half "
            "of the sine",
            (("nn.Linear(32, 1))", "nn.Linear(32, 1), nn.ReLU())"),),
        ),
        WrongRepair(
            "dropout is no activation: in the mean it is linear too",
            (("nn.Linear(1, 32), ", "nn.Linear(1, 32), nn.Dropout(0.5), "),),
        ),
    ),
    accepted=(
        (
            (
                "nn.Linear(1, 32), nn.Linear(32, 32), ",
                "nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), ",
            ),
        ),
        (("nn.Linear(1, 32), nn.Linear(32, 32), ", "nn.Linear(1, 32), nn.ReLU(), "),),
    ),
)
