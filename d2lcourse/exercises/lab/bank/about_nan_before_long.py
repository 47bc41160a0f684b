"""About the broken training nan_before_long: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="nan_before_long",
    summary="Logistic regression whose loss becomes NaN.",
    chapter="logistic_regression",
    notes="003 3.1, 004 3.8",
    least=0.9,
    num_test=100,
    fault="For scores beyond about 17 the sigmoid is 1 in float32, so 1 - p is 0, and 0 * log(0) is NaN.",
    rules=("unstable_loss",),
    foresee=(
        "the features hold a NaN",
        "the logarithm of 0 is taken: p is exactly 1 for large scores",
        "the weights grow because the rate is too high",
        "y has another shape than the scores",
    ),
    shows=1,
    hints=(
        "Which batch is the first with a NaN, and what are its scores?",
        "What is torch.sigmoid(torch.tensor(20.0)) in float32, and 1 minus it?",
        "nn.functional.binary_cross_entropy_with_logits(o, y) computes the same from the scores.",
    ),
    repair=(
        (
            "    p = torch.sigmoid(o)\n    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()\n",
            "    return nn.functional.binary_cross_entropy_with_logits(o, y)\n",
        ),
    ),
    mistakes=(
        WrongRepair(
            "a smaller rate puts it off, but large scores come in the end: compute the loss from the scores",
            (("lr=0.3", "lr=0.1"),),
        ),
        WrongRepair(
            "nan_to_num hides the NaN of the loss, and its gradient is NaN all the same",
            (("torch.log(1 - p)).mean()", "torch.log(1 - p)).mean().nan_to_num()"),),
        ),
        WrongRepair(
            "(1 - p) without the logarithm is no cross-entropy: it pays to call everything class 1",
            (("(1 - y) * torch.log(1 - p)", "(1 - y) * (p - 1)"),),
        ),
    ),
    accepted=(
        (
            (
                "torch.log(p) + (1 - y) * torch.log(1 - p)",
                "nn.functional.logsigmoid(o) + (1 - y) * nn.functional.logsigmoid(-o)",
            ),
        ),
        (("    p = torch.sigmoid(o)\n", "    p = torch.sigmoid(o.clamp(-12, 12))\n"),),
        (
            (
                "    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()\n",
                "    return nn.functional.binary_cross_entropy(p, y)\n",
            ),
        ),
    ),
)
