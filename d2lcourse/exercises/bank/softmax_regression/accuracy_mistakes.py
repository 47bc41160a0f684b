"""Wrong answers to accuracy, each under what its writer is to read."""

from d2lcourse.exercises.bank import mistake


@mistake("this is the share of correct predictions: return their number, so that batches can be added up")
def accuracy(y_hat, y):
    return float((y_hat.argmax(dim=1) == y).float().mean())


@mistake(
    "argmax goes over the examples (dim=0): the largest score of each row is meant, dim=1", needs="argmax"
)
def accuracy(y_hat, y):
    return float((y_hat.argmax(dim=0) == y).sum())


@mistake("the wrong predictions are counted: compare with ==")
def accuracy(y_hat, y):
    return float((y_hat.argmax(dim=1) != y).sum())


@mistake(
    "argmin takes the smallest score: the prediction is the class of the largest, argmax", needs="argmin"
)
def accuracy(y_hat, y):
    return float((y_hat.argmin(dim=1) == y).sum())


@mistake(
    "argmax without dim=1 gives one place in the whole batch: the largest score of each row is meant",
    needs="argmax",
)
def accuracy(y_hat, y):
    return float((y_hat.argmax() == y).sum())


@mistake(
    "the predictions are a column, (n, 1), beside labels of shape (n,): the comparison broadcasts to (n, "
    "n); leave keepdim out",
    needs="keepdim",
)
def accuracy(y_hat, y):
    return float((y_hat.argmax(dim=1, keepdim=True) == y).sum())


@mistake("this says for every example whether it is right: sum it")
def accuracy(y_hat, y):
    return y_hat.argmax(dim=1) == y


@mistake(
    "int() cuts off where mean * n has rounded below a whole number, as for 7 of 23: take the sum, not "
    "the mean",
    needs=r"\bint\(",
)
def accuracy(y_hat, y):
    return int((y_hat.argmax(dim=1) == y).float().mean() * len(y))


@mistake(
    "this compares the largest score with the label: its place is the prediction, argmax(dim=1)",
    needs=r"(?<!arg)max\(",
)
def accuracy(y_hat, y):
    return float((y_hat.max(dim=1).values == y).sum())


@mistake(
    "max(dim=1) gives the values and their places, two tensors: compare its .indices with y, or use "
    "argmax(dim=1)",
    needs=r"(?<!arg)max\(",
)
def accuracy(y_hat, y):
    return (y_hat.max(dim=1) == y).sum()


@mistake(
    "the scores themselves are compared with the labels: first the predicted classes, y_hat.argmax(dim=1)",
    lacks="argm|max|sort",
)
def accuracy(y_hat, y):
    return float((y_hat == y).sum())
