"""About the broken training loss_stops_halfway: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="loss_stops_halfway",
    summary="A classifier whose loss falls a little and stops.",
    chapter="softmax_regression",
    notes="003 3.2, 003 5.3",
    least=0.9,
    fault="Softmax is applied twice: by the net's last layer, and by nn.CrossEntropyLoss.",
    rules=("softmax_before_loss",),
    foresee=(
        "the hidden units are all dead",
        "every row of the outputs sums to 1 before the loss is computed",
        "the optimizer misses the last layer",
        "the batches hold one class each",
    ),
    shows=1,
    hints=(
        "What does nn.CrossEntropyLoss expect: probabilities, or scores of any size?",
        "Print net(X).sum(dim=1).",
        "Leave nn.Softmax out: the loss applies log_softmax itself.",
    ),
    repair=((", nn.Softmax(dim=1))", ")"),),
    mistakes=(
        WrongRepair(
            "longer training helps little: the softmax of numbers in [0, 1] cannot come near the labels, "
            "so the loss stays above 1.46",
            (("num_epochs=8", "num_epochs=16"),),
        ),
        WrongRepair(
            "the sum over dim=0 is over the batch: examples now share one probability. No softmax "
            "belongs here",
            (("nn.Softmax(dim=1)", "nn.Softmax(dim=0)"),),
        ),
        WrongRepair(
            "a sigmoid squeezes the scores into [0, 1] just as softmax did: the loss wants them as they are",
            (("nn.Softmax(dim=1)", "nn.Sigmoid()"),),
        ),
    ),
    accepted=(
        (("nn.Softmax(dim=1)", "nn.LogSoftmax(dim=1)"), ("nn.CrossEntropyLoss()", "nn.NLLLoss()")),
        (
            (
                "loss = nn.CrossEntropyLoss()\n",
                "\n\ndef loss(P, y):\n    return nn.functional.nll_loss(P.clamp_min(1e-9).log(), y)\n\n\n",
            ),
        ),
    ),
)
