"""About the broken training nothing_but_nan: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="nothing_but_nan",
    summary="Linear regression whose loss is NaN from the first epoch on.",
    chapter="preprocessing",
    notes="003 2.2",
    most=0.1,
    num_test=100,
    fault="One value of the data is missing, NaN: the first batch with it makes every weight NaN.",
    rules=("nan_in_data",),
    foresee=(
        "the loss takes the logarithm of zero",
        "one row of X has a NaN",
        "the learning rate is too high",
        "the targets are too large",
    ),
    shows=1,
    hints=(
        "Is the data itself whole? X.isnan().any()",
        "One NaN in a batch: NaN loss, NaN gradient, NaN weights, for good.",
        "Leave the row out, or put the column's mean in its place.",
    ),
    repair=(
        (
            "X[7, 1] = torch.nan  # nobody wrote this number down\n",
            "X[7, 1] = torch.nan  # nobody wrote this number down\nX = torch.where(X.isnan(), "
            "X.nanmean(dim=0), X)\n",
        ),
    ),
    mistakes=(
        WrongRepair("no rate is small enough: NaN times anything is NaN", (("lr=0.03", "lr=0.000001"),)),
        WrongRepair(
            "with zero for what is not finite in the loss, no gradient is left: repair the data",
            (("    return l.item()", "    return l.nan_to_num().item()"),),
        ),
        WrongRepair(
            "cutting off large targets changes nothing: the NaN is among the features",
            (
                (
                    "X[7, 1] = torch.nan  # nobody wrote this number down\n",
                    "X[7, 1] = torch.nan  # nobody wrote this number down\ny = y.clamp(-2, 2)\n",
                ),
            ),
        ),
    ),
    accepted=(
        (
            (
                "X[7, 1] = torch.nan  # nobody wrote this number down\n",
                "X[7, 1] = torch.nan  # nobody wrote this number down\nX = X.nan_to_num()\n",
            ),
        ),
        (("(X[:400], y[:400])", "(X[8:400], y[8:400])"),),
        (("X[7, 1] = torch.nan  # nobody wrote this number down\n", ""),),
    ),
)
