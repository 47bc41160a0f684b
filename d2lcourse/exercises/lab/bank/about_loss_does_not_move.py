"""About the broken training loss_does_not_move: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="loss_does_not_move",
    summary="An MLP whose loss stays where it was.",
    chapter="mlp",
    notes="004 3.2.4",
    least=0.9,
    fault="zero_grad() stands between backward() and step(): each step follows a gradient of zero.",
    rules=("zero_grad_misplaced", "no_step"),
    foresee=(
        "every gradient is zero or None when the step is taken",
        "the loss is computed from the wrong labels",
        "the hidden units all have the same weights",
        "the gradients are NaN",
    ),
    shows=0,
    hints=(
        "Do the parameters change at all? Print net[1].weight.sum() before and after a step.",
        "The step takes what is in .grad. What is in it at that moment?",
        "The order is zero_grad(), backward(), step().",
    ),
    repair=(("    l.backward()\n    updater.zero_grad()\n", "    updater.zero_grad()\n    l.backward()\n"),),
    mistakes=(
        WrongRepair(
            "the learning rate is not to blame: any rate times a gradient of zero is no step",
            (("lr=0.3", "lr=3"),),
        ),
        WrongRepair(
            "without zero_grad() it moves, but every step follows the sum of all gradients so far: "
            "put it before backward()",
            (("    updater.zero_grad()\n", ""),),
        ),
        WrongRepair(
            "a momentum of zero gradients is zero too: the order is zero_grad(), backward(), step()",
            (("lr=0.3", "lr=0.3, momentum=0.9"),),
        ),
    ),
    accepted=(
        (("    updater.zero_grad()\n    updater.step()\n", "    updater.step()\n    updater.zero_grad()\n"),),
        (
            (
                "    l = loss(net(X), y)\n    l.backward()\n    updater.zero_grad()\n",
                "    net.zero_grad()\n    l = loss(net(X), y)\n    l.backward()\n",
            ),
        ),
    ),
)
