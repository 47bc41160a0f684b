"""About the broken training more_layers_no_better: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="more_layers_no_better",
    summary="Four layers that learn less than two.",
    chapter="building_models",
    notes="004 3.2.5",
    least=0.5,
    fault="A Python list hides the hidden layers: the optimizer gets the last layer only.",
    rules=("layers_in_list", "optimizer_misses_layer"),
    foresee=(
        "net.parameters() gives two tensors, where eight are used",
        "the hidden layers have equal weights",
        "the gradient of the hidden layers is zero",
        "half the labels are wrong",
    ),
    shows=0,
    hints=(
        "How many parameters has the net: len(list(net.parameters()))? How many should it have?",
        "A module finds its layers among its attributes, but not inside a list.",
        "self.hidden = nn.ModuleList(...)",
    ),
    repair=(
        (
            "[nn.Linear(n_in, n_out) for n_in, n_out in pairwise(sizes)]",
            "nn.ModuleList(nn.Linear(n_in, n_out) for n_in, n_out in pairwise(sizes))",
        ),
    ),
    mistakes=(
        WrongRepair(
            "wider hidden layers stay as they were drawn too: the optimizer does not have them",
            (("sizes = (64, 32, 32, 32)", "sizes = (64, 128, 128, 32)"),),
        ),
        WrongRepair(
            "a tuple is no better than a list: nn.ModuleList, or nn.Sequential, tells the module of "
            "its layers",
            (
                (
                    "[nn.Linear(n_in, n_out) for n_in, n_out in pairwise(sizes)]",
                    "tuple(nn.Linear(n_in, n_out) for n_in, n_out in pairwise(sizes))",
                ),
                ("lr=0.5", "lr=0.4"),
            ),
        ),
        WrongRepair(
            "the rate of the last layer is not to blame: the hidden layers are not trained at all",
            (("lr=0.5", "lr=2"),),
        ),
    ),
    accepted=(
        (
            ("            X = torch.relu(layer(X))", "            X = layer(X).relu()"),
            (
                "[nn.Linear(n_in, n_out) for n_in, n_out in pairwise(sizes)]",
                "nn.Sequential(*(nn.Linear(n_in, n_out) for n_in, n_out in pairwise(sizes)))",
            ),
        ),
        (
            (
                "        self.output = ",
                "        for i, layer in enumerate(self.hidden):\n"
                "            self.add_module(f'hidden{i}', layer)\n        self.output = ",
            ),
        ),
    ),
)
