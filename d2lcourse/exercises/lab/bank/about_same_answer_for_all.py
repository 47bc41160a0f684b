"""About the broken training same_answer_for_all: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="same_answer_for_all",
    summary="Linear regression that stops at the mean of the targets.",
    chapter="linear_regression",
    notes="004 3.5.2",
    most=0.05,
    num_test=100,
    fault="Predictions (n, 1) and targets (n,) broadcast to (n, n): each is compared with all targets.",
    rules=("broadcast",),
    foresee=(
        "the gradient of the weights is cut off",
        "the learning rate is too high",
        "net(X) - y has n rows and n columns",
        "the targets are far larger than the features",
    ),
    shows=2,
    hints=(
        "What is the shape of net(X), and what is that of y?",
        "A column beside a row becomes a table: every prediction minus every target.",
        "y.reshape(-1, 1), or net(X).squeeze(1).",
    ),
    repair=(("loss(net(X), y)", "loss(net(X), y.reshape(-1, 1))"),),
    mistakes=(
        WrongRepair(
            "another loss broadcasts just the same: look at the shapes of net(X) and y",
            (("nn.MSELoss()", "nn.L1Loss()"),),
        ),
        WrongRepair(
            "with every rate it comes to the mean of the targets, the best answer to a table of all "
            "differences",
            (("lr=0.03", "lr=0.1"),),
        ),
        WrongRepair(
            "the sum over the table makes longer steps, and the table is still there: look at the shapes",
            (("nn.MSELoss()", 'nn.MSELoss(reduction="sum")'), ("lr=0.03", "lr=0.0001")),
        ),
    ),
    accepted=(
        (("loss(net(X), y)", "loss(net(X).squeeze(1), y)"),),
        (("loss(net(X), y)", "loss(net(X), y[:, None])"),),
        (("loss(net(X), y)", "loss(net(X).flatten(), y)"),),
    ),
)
