"""About the broken training pictures_in_pieces: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="pictures_in_pieces",
    summary="A classifier that learns nothing from good images.",
    chapter="tensors",
    notes="002 张量变形, 003 2.1",
    least=0.85,
    fault="reshape does not turn a table: it cuts the columns into pieces, so no row is an image any more.",
    rules=("inputs_scrambled", "labels_unrelated", "test_prepared_differently"),
    foresee=(
        "the rows of the training table are no pictures: draw one",
        "the pixels are in 0..255",
        "the first layer is dead",
        "the labels are sorted",
    ),
    shows=0,
    hints=(
        "Draw the first row of the first batch: X[0].reshape(8, 8).",
        "reshape reads the numbers in the order of memory. What order is that in a table with a "
        "column an image?",
        "table.T turns it.",
    ),
    repair=(("table.reshape(-1, 64)", "table.T"),),
    mistakes=(
        WrongRepair(
            "another optimizer finds no order either in rows that are no images: table.T turns the table",
            (("torch.optim.SGD(net.parameters(), lr=0.3)", "torch.optim.Adam(net.parameters())"),),
        ),
        WrongRepair(
            "the test images are cut up too now: nothing is left to recognise in either",
            (
                (
                    "(X_test.flatten(start_dim=1), y_test)",
                    "(X_test.flatten(start_dim=1).T.reshape(-1, 64), y_test)",
                ),
            ),
        ),
        WrongRepair(
            "more units find no order in what has none: look at the rows",
            (
                (
                    "nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)",
                    "nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10)",
                ),
            ),
        ),
    ),
    accepted=(
        (("table.reshape(-1, 64)", "table.permute(1, 0)"),),
        (("(table.reshape(-1, 64), y_train)", "(X_train, y_train)"),),
    ),
)
