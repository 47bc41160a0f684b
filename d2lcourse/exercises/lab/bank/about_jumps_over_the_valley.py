"""About the broken training jumps_over_the_valley: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="jumps_over_the_valley",
    summary="A classifier that gets worse with the first steps.",
    chapter="optimization",
    notes="003 5.3, 004 3.5.2",
    least=0.85,
    fault="A learning rate of 20: each step jumps far over the valley, and the hidden units die.",
    rules=("learning_rate_high",),
    foresee=(
        "the updates are as large as the parameters themselves",
        "the gradients add up from batch to batch",
        "the hidden layer is not in the optimizer",
        "the labels are shuffled",
    ),
    shows=0,
    hints=(
        "What happens to the loss in the first five steps? Print it.",
        "Compare the size of an update with the size of the weights that it changes.",
        "Divide lr by 10 until the loss falls, then try a little more.",
    ),
    repair=(("lr=20", "lr=0.3"),),
    mistakes=(
        WrongRepair(
            "lr=5 still jumps over: divide by ten again, until the loss falls in the first steps",
            (("lr=20", "lr=5"),),
        ),
        WrongRepair(
            "a decay of the weights holds nothing at this rate: it multiplies them by 1 - 20 * 0.1 = "
            "-1 in each step",
            (("lr=20", "lr=20, weight_decay=0.1"),),
        ),
        WrongRepair(
            "lr=0.001 is too small for eight epochs: the loss falls, but hardly",
            (("lr=20", "lr=0.001"),),
        ),
    ),
    accepted=(
        (("lr=20", "lr=0.5"),),
        (("torch.optim.SGD(net.parameters(), lr=20)", "torch.optim.Adam(net.parameters(), lr=0.01)"),),
        (("lr=20", "lr=0.1, momentum=0.9"),),
    ),
)
