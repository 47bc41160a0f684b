"""Wrong answers to perceptron_step, each under what its writer is to read."""

from d2lcourse.exercises.bank import again, mistake


@mistake("an example on the line is a mistake for every w, not only for w = 0: compare with <= 0")
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w + b) < 0) or bool((w == 0).all())
    if mistake:
        w += lr * y * x.T
        b += lr * y[0]
    return mistake


@mistake(
    "w and b are right, but the answer is a tensor such as [[True]]: return one True or False, bool(...)"
)
def perceptron_step(w, b, x, y, lr):
    mistake = y * (x @ w + b) <= 0
    if mistake:
        w += lr * y * x.T
        b += lr * y[0]
    return mistake


@again
def perceptron_step(w, b, x, y, lr):
    mistake = (y * (x @ w + b) <= 0)[0]
    if mistake:
        w += lr * y * x.T
        b += lr * y[0]
    return mistake
