"""About the broken training learns_with_half_its_layers: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="learns_with_half_its_layers",
    summary="An MLP that learns far less than its size allows.",
    chapter="backpropagation",
    notes="003 5.3, 004 3.7",
    least=0.8,
    fault="detach() cuts the hidden layer from the loss: its gradient is None and it stays as it was drawn.",
    rules=("graph_cut",),
    foresee=(
        "the hidden layer's gradient is None",
        "the hidden layer's gradient is enormous",
        "the optimizer does not hold the hidden layer",
        "the outputs are probabilities",
    ),
    shows=0,
    hints=(
        "Which layers change during training? Compare each weight with what it was.",
        "After backward(), print net.hidden.weight.grad.",
        "H itself must go on to the next layer, not H.detach().",
    ),
    repair=(("H.detach()", "H"),),
    mistakes=(
        WrongRepair(
            "a higher rate trains the last layer faster; the hidden layer has no gradient at any rate",
            (("lr=0.3", "lr=1"),),
        ),
        WrongRepair(
            "more epochs train the last layer only: the way to the hidden layer is still cut",
            (("num_epochs=8", "num_epochs=16"),),
        ),
        WrongRepair(
            "inside no_grad() nothing is recorded: that cuts the hidden layer off as well",
            (
                (
                    "        H = torch.relu(self.hidden(X.flatten(start_dim=1)))\n",
                    "        with torch.no_grad():\n            H = "
                    "torch.sigmoid(self.hidden(X.flatten(start_dim=1)))\n",
                ),
                ("H.detach()", "H"),
            ),
        ),
    ),
    accepted=(
        (("H.detach()", "H.clone()"),),
        (
            (
                "        return self.output(H.detach())",
                "        return H @ self.output.weight.T + self.output.bias",
            ),
        ),
    ),
)
