"""Wrong answers to accuracy, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake
from d2lcourse.exercises.grounds import return_in_loop


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


@again
def accuracy(y_hat, y):
    return int((y_hat.argmax(dim=1) == y).double().mean() * len(y))


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


@mistake(
    "1 is added to the predictions: classes are counted from 0, as argmax counts columns",
    needs=r"[+-] 1|add|sub",
)
def accuracy(y_hat, y):
    return float((y_hat.argmax(dim=1) + 1 == y).sum())


@again
def accuracy(y_hat, y):
    return float((y_hat.argmax(dim=1) == y - 1).sum())


@mistake(
    "this says whether *all* are right: count those that are, (...).sum() in place of .all()",
    needs=r"all\(|equal",
)
def accuracy(y_hat, y):
    return bool((y_hat.argmax(dim=1) == y).all())


@again
def accuracy(y_hat, y):
    return torch.equal(y_hat.argmax(dim=1), y)


@mistake(
    "this says whether *any* is right: count those that are, (...).sum() in place of .any()", needs=r"any\("
)
def accuracy(y_hat, y):
    return bool((y_hat.argmax(dim=1) == y).any())


@mistake("the predicted classes are summed where they are right: sum the comparison itself, which counts")
def accuracy(y_hat, y):
    predicted = y_hat.argmax(dim=1)
    return float(predicted[predicted == y].sum())


@mistake(
    "the percentage is returned: return the number of correct predictions, so that batches can be added up"
)
def accuracy(y_hat, y):
    return float(100 * (y_hat.argmax(dim=1) == y).float().mean())


@mistake(
    "a score above 1/2 is asked for: the prediction is the class of the largest score, however small it is"
)
def accuracy(y_hat, y):
    return float(((y_hat > 0.5).int().argmax(dim=1) == y).sum())


@mistake(
    "only the first example counts: `return` stands inside the loop, it belongs after it",
    needs=return_in_loop,
)
def accuracy(y_hat, y):
    right = 0
    for row, label in zip(y_hat, y, strict=True):
        right += float(row.argmax() == label)
        return right


@mistake("the last example is left out: range(len(y)) without - 1 takes them all", needs=r"- 1\)|:-1\]")
def accuracy(y_hat, y):
    right = 0
    for i in range(len(y) - 1):
        right += int(y_hat[i].argmax() == y[i])
    return right
