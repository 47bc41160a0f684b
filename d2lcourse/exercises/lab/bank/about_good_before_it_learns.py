"""About the broken training good_before_it_learns: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="good_before_it_learns",
    summary="A classifier whose test figure is too good to be true.",
    chapter="softmax_regression",
    notes="003 3, 004 3.2.5",
    least=0.9,
    fault="The accuracy counts entries of one-hot rows, nine of ten of them zero: guessing gets 0.9.",
    rules=("accuracy_wrong",),
    foresee=(
        "the test images are among the training images",
        "the figure is near 0.9 before the first step",
        "the loss is computed from probabilities",
        "the labels of the test set are numbered otherwise",
    ),
    shows=1,
    hints=(
        "What does evaluate(net, test_iter) say before any training? What would guessing give?",
        "How many numbers does predicted have for each image?",
        "One decision an image: net(X).argmax(dim=1) == y.",
    ),
    repair=(
        (
            "            predicted = net(X).softmax(dim=1) > 0.5\n",
            "            predicted = net(X).argmax(dim=1)\n",
        ),
        (
            "(predicted == nn.functional.one_hot(y, 10)).float().mean().item()",
            "(predicted == y).float().mean().item()",
        ),
    ),
    mistakes=(
        WrongRepair(
            "argmax over dim=0 finds the image that fits a class best, not the class of an image: dim=1",
            (
                ("net(X).softmax(dim=1) > 0.5", "net(X).argmax(dim=0)"),
                ("(predicted == nn.functional.one_hot(y, 10))", "(predicted == y[:10])"),
            ),
        ),
        WrongRepair(
            "of another threshold it still counts nine zeros of ten as right: one decision an image "
            "is needed",
            (("> 0.5", "> 0.1"),),
        ),
        WrongRepair(
            "now an image counts once for the class it should have, and once for every class it "
            "should not: ask "
            "for the largest score",
            (
                (
                    "(predicted == nn.functional.one_hot(y, 10)).float()",
                    "(2 * (predicted == nn.functional.one_hot(y, 10)).float() - 1)",
                ),
            ),
        ),
    ),
    accepted=(
        (
            ("predicted = net(X).softmax(dim=1) > 0.5", "predicted = net(X).max(dim=1).indices"),
            ("(predicted == nn.functional.one_hot(y, 10))", "(predicted == y)"),
        ),
        (
            ("            predicted = net(X).softmax(dim=1) > 0.5\n", ""),
            (
                "hits.append((predicted == nn.functional.one_hot(y, 10)).float().mean().item())",
                "hits.append(d2l.accuracy(net(X), y) / len(y))",
            ),
        ),
    ),
)
