"""About the broken training test_figure_jumps: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="test_figure_jumps",
    summary="An MLP with dropout whose test figure is low, and jumps.",
    chapter="dropout",
    notes="004 3.6.2",
    least=0.85,
    fault="evaluate leaves the net in training mode: dropout drops units of the very net that is judged.",
    rules=("evaluate_in_training_mode", "dropout_in_evaluation", "accuracy_wrong"),
    foresee=(
        "two evaluations of the same net give two figures",
        "the test images change",
        "the loss is that of another net",
        "the hidden layer is not trained",
    ),
    shows=0,
    hints=(
        "Call evaluate(net, test_iter) twice after the training.",
        "Dropout is for training only. What tells the net which it is?",
        "net.eval() at the beginning of evaluate.",
    ),
    repair=(("    with torch.no_grad():\n", "    net.eval()\n    with torch.no_grad():\n"),),
    mistakes=(
        WrongRepair(
            "no_grad() and eval() are two things: this mode still is train()",
            (
                ("    with torch.no_grad():\n", "    with torch.inference_mode():\n"),
                ("num_epochs=8", "num_epochs=9"),
            ),
        ),
        WrongRepair(
            "less dropout makes the figure less wrong, and the net that is judged is still not whole",
            (("nn.Dropout(0.7)", "nn.Dropout(0.6)"),),
        ),
        WrongRepair(
            "net.eval() before the training epoch switches dropout off where it belongs, and it is "
            "on in evaluate",
            (
                ("        net.train()\n", "        net.eval()\n"),
                ("    with torch.no_grad():\n", "    net.train()\n    with torch.no_grad():\n"),
            ),
        ),
    ),
    accepted=(
        (
            ("evaluate(net, test_iter)\n", "evaluate(net.eval(), test_iter)\n"),
            ("def evaluate(net, data_iter):\n", "def evaluate(net, data_iter):\n    net.train(False)\n"),
        ),
        (
            (
                "    with torch.no_grad():\n        correct = sum((net(X).argmax(dim=1) == "
                "y).sum().item() for X, y in data_iter)\n"
                "    return correct / len(data_iter.dataset)",
                "    return d2l.evaluate_accuracy(net, data_iter)",
            ),
        ),
    ),
)
