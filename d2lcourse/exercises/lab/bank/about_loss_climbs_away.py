"""About the broken training loss_climbs_away: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="loss_climbs_away",
    summary="Linear regression whose loss grows from epoch to epoch.",
    chapter="linear_regression",
    notes="003 5.4, 004 3.5.2",
    most=0.05,
    num_test=100,
    fault="The update goes along the gradient, uphill: param += instead of param -=.",
    rules=("wrong_sign",),
    foresee=(
        "the update points along the gradient and not against it",
        "the gradients are those of all batches together",
        "the features have very different sizes",
        "one of the targets is NaN",
    ),
    shows=0,
    hints=(
        "Take one step by hand: is the loss of the same batch lower after it?",
        "The gradient points to where the loss grows.",
        "param -= lr * param.grad / batch_size",
    ),
    repair=(("param +=", "param -="),),
    mistakes=(
        WrongRepair(
            "a smaller rate only climbs more slowly: look at the sign of the update",
            (("lr=0.03", "lr=0.001"),),
        ),
        WrongRepair(
            "param = param - ... makes a new tensor, and the net's own stays as it was: param -= ... "
            "changes it",
            (
                (
                    "param += lr * param.grad / batch_size\n            param.grad.zero_()",
                    "old, param = param, param - lr * param.grad / batch_size\n            old.grad.zero_()",
                ),
            ),
        ),
        WrongRepair(
            "the sign is right now, but the gradients are no longer set to zero and add up: keep "
            "grad.zero_()",
            (
                (
                    "param += lr * param.grad / batch_size\n            param.grad.zero_()",
                    "param -= lr * param.grad / batch_size",
                ),
            ),
        ),
    ),
    accepted=(
        (("param += lr", "param += -lr"),),
        (("param += lr * param.grad / batch_size", "param.sub_(lr * param.grad / batch_size)"),),
        (("lr=0.03", "lr=-0.03"),),
    ),
)
