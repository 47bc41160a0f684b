"""About the broken training far_too_slow: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="far_too_slow",
    summary="Linear regression that needs a hundred epochs where eight should do.",
    chapter="linear_regression",
    notes="003 5.4, 004 3.5.2",
    most=0.05,
    num_test=100,
    fault="The gradient is divided by the batch size twice: by mean() in the loss, and in the update.",
    rules=("divided_twice", "learning_rate_low"),
    foresee=(
        "the targets are shuffled",
        "the update is a batch size smaller than lr times the mean gradient",
        "the update points along the gradient",
        "half of the parameters are frozen",
    ),
    shows=1,
    hints=(
        "The loss falls, so the direction is right. How long is one step, and how long should it be?",
        "Compare the update with lr times the gradient of the mean loss: what is the factor?",
        "Either l.sum() and / batch_size, or l.mean() and no division.",
    ),
    repair=(
        (
            "    l = loss(net(X), y).mean()\n    l.backward()\n",
            "    l = loss(net(X), y)\n    l.sum().backward()\n",
        ),
        ("return l.item()", "return l.mean().item()"),
    ),
    mistakes=(
        WrongRepair(
            "five times the rate is still four times too small: the gradient is divided by the batch "
            "size twice",
            (("lr=0.03", "lr=0.15"),),
        ),
        WrongRepair(
            "a step that is 20 times too small needs 20 times the epochs, not twice: remove one of "
            "the divisions",
            (("num_epochs=8", "num_epochs=16"),),
        ),
        WrongRepair(
            "of larger batches there are fewer steps, each divided by more: one division has to go",
            (("y[:400]), 20)", "y[:400]), 100)"),),
        ),
    ),
    accepted=(
        ((" / batch_size", ""),),
        (("updater(len(y))", "updater(1)"),),
    ),
)
