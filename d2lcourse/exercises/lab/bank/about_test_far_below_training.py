"""About the broken training test_far_below_training: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="test_far_below_training",
    summary="A classifier with a good training loss and a bad test accuracy.",
    chapter="preprocessing",
    notes="003 2.2, 004 3.9",
    least=0.93,
    fault="The training images are standardised, the test images are not: they look like nothing it has met.",
    rules=("test_prepared_differently",),
    foresee=(
        "the means and deviations of training and test images differ",
        "dropout is on during the evaluation",
        "the net has learned the training images by heart",
        "the test labels are numbered otherwise",
    ),
    shows=0,
    hints=(
        "The training loss is good. What is different about the test images?",
        "Compare X.mean() and X.std() of a training and a test batch.",
        "(X_test - mean) / std, with the mean and std of the training images.",
    ),
    repair=(("load_array((X_test,", "load_array(((X_test - mean) / std,"),),
    mistakes=(
        WrongRepair(
            "it is no matter of more training: the test images are prepared differently",
            (("num_epochs=8", "num_epochs=12"),),
        ),
        WrongRepair(
            "divided by the deviation, but the mean is not taken away: (X_test - mean) / std",
            (("load_array((X_test,", "load_array((X_test / std,"),),
        ),
        WrongRepair(
            "multiplied instead of divided by the deviation: (X_test - mean) / std",
            (("load_array((X_test,", "load_array(((X_test - mean) * std,"),),
        ),
    ),
    accepted=(
        (("(X_train - mean) / std", "X_train"),),
        (
            (
                "train_iter = ",
                "X_train, X_test = (X_train - mean) / std, (X_test - mean) / std\ntrain_iter = ",
            ),
            ("load_array(((X_train - mean) / std,", "load_array((X_train,"),
        ),
    ),
)
