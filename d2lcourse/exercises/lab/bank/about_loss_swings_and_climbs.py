"""About the broken training loss_swings_and_climbs: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="loss_swings_and_climbs",
    summary="An MLP whose loss swings, and climbs.",
    chapter="mlp",
    notes="004 3.2.4",
    least=0.9,
    fault="The gradients are never set to zero: each step follows the sum of all gradients so far.",
    rules=("no_zero_grad",),
    foresee=(
        "the parameters stay exactly as they are",
        "the gradients grow from step to step, far above that of one batch",
        "every row of the outputs sums to 1",
        "the gradient of the first layer is None",
    ),
    shows=1,
    hints=(
        "After a few steps, compare net[1].weight.grad with the gradient of the last batch alone.",
        "backward() adds to .grad. What takes the gradient of the batch before away?",
        "updater.zero_grad() belongs before l.backward(), in every step.",
    ),
    repair=(("    l.backward()\n", "    updater.zero_grad()\n    l.backward()\n"),),
    mistakes=(
        WrongRepair(
            "a smaller learning rate only delays it: the gradients still add up, see .grad after some steps",
            (("lr=0.3", "lr=0.15"),),
        ),
        WrongRepair(
            "zero_grad() stands between backward() and step(): the step then sees no gradient at all",
            (("    l.backward()\n", "    l.backward()\n    updater.zero_grad()\n"),),
        ),
        WrongRepair(
            "zero_grad() once an epoch leaves the gradients of all batches of an epoch in the sum: "
            "it belongs in step",
            (("        net.train()\n", "        net.train()\n        updater.zero_grad()\n"),),
        ),
    ),
    accepted=(
        (("    updater.step()\n", "    updater.step()\n    updater.zero_grad()\n"),),
        (("    l.backward()\n", "    net.zero_grad()\n    l.backward()\n"),),
        (
            (
                "    l.backward()\n",
                "    for param in net.parameters():\n        param.grad = None\n    l.backward()\n",
            ),
        ),
    ),
)
