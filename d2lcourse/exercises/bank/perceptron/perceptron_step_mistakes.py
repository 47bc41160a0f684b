"""Wrong answers to perceptron_step, each under what its writer is to read."""

from d2lcourse.exercises.bank import mistake


@mistake(
    "an example on the line, y (x w + b) = 0, is a mistake too: compare with <= 0, or w = 0 never learns"
)
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w + b) < 0)
    if mistake:
        w += lr * y * x.T
        b += lr * y[0]
    return mistake


@mistake("right examples change w and b as well: only a mistake may, so ask `if mistake:` first")
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w + b) <= 0)
    w += lr * y * x.T
    b += lr * y[0]
    return mistake


@mistake("the condition is turned round: a mistake is where y (x w + b) is *not* positive")
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w + b) > 0)
    if mistake:
        w += lr * y * x.T
        b += lr * y[0]
    return mistake


@mistake("the label is missing from the condition: the score's sign alone is no mistake, y times it is")
def perceptron_step(w, b, x, y, lr):
    mistake = bool(x @ w + b <= 0)
    if mistake:
        w += lr * y * x.T
        b += lr * y[0]
    return mistake


@mistake("the bias is missing from the condition: y (x w + b) <= 0")
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w) <= 0)
    if mistake:
        w += lr * y * x.T
        b += lr * y[0]
    return mistake


@mistake("the step goes away from the example's side: *add* lr y x to w, and lr y to b")
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w + b) <= 0)
    if mistake:
        w -= lr * y * x.T
        b -= lr * y[0]
    return mistake


@mistake("the label is missing from the step: a negative example must pull the other way, lr * y * x")
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w + b) <= 0)
    if mistake:
        w += lr * x.T
        b += lr
    return mistake


@mistake("the bias does not learn: b += lr * y, beside w")
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w + b) <= 0)
    if mistake:
        w += lr * y * x.T
    return mistake


@mistake("the learning rate is not used: lr * y * x, and lr * y")
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w + b) <= 0)
    if mistake:
        w += y * x.T
        b += y[0]
    return mistake


@mistake("the learning rate is missing in the step of b: lr * y")
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w + b) <= 0)
    if mistake:
        w += lr * y * x.T
        b += y[0]
    return mistake


@mistake(
    "`w = w + ...` makes a new tensor and leaves the caller's as it was: use `w += ...`, and so for b",
    needs=r"\bw = ",
)
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w + b) <= 0)
    if mistake:
        w = w + lr * y * x.T
        b = b + lr * y[0]
    return mistake


@mistake("x is a row, (1, d), and w a column, (d, 1): x.T fits it")
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w + b) <= 0)
    if mistake:
        w += lr * y * x
        b += lr * y[0]
    return mistake


@mistake("y is (1, 1), and b (1,), which in place cannot become a matrix: add lr * y[0]")
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w + b) <= 0)
    if mistake:
        w += lr * y * x.T
        b += lr * y
    return mistake


@mistake("the step is twice as long: y less the prediction is +2 or -2; add lr * y * x")
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y * (x @ w + b) <= 0)
    if mistake:
        w += 2 * lr * y * x.T
        b += 2 * lr * y[0]
    return mistake


@mistake("w and b are right, but nothing is returned: say whether it was a mistake, True or False")
def perceptron_step(w, b, x, y, lr):
    if y * (x @ w + b) <= 0:
        w += lr * y * x.T
        b += lr * y[0]


@mistake("w and b are right, but the wrong way round is returned: True for a mistake, False for none")
def perceptron_step(w, b, x, y, lr):
    right = bool(y * (x @ w + b) > 0)
    if not right:
        w += lr * y * x.T
        b += lr * y[0]
    return right


@mistake(
    "y (x w + b) is asked again after the step, when w and b have changed: keep the answer from before it"
)
def perceptron_step(w, b, x, y, lr):
    if y * (x @ w + b) <= 0:
        w += lr * y * x.T
        b += lr * y[0]
    return bool(y * (x @ w + b) <= 0)


@mistake(
    "a score of 0 is taken for the prediction -1, so a negative example on the line is no mistake: y (x w"
    " + b) <= 0"
)
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y != (1 if x @ w + b > 0 else -1))
    if mistake:
        w += lr * y * x.T
        b += lr * y[0]
    return mistake


@mistake(
    "a score of 0 is taken for the prediction +1, so a positive example on the line is no mistake: y (x w"
    " + b) <= 0"
)
def perceptron_step(w, b, x, y, lr):
    mistake = bool(y != (1 if x @ w + b >= 0 else -1))
    if mistake:
        w += lr * y * x.T
        b += lr * y[0]
    return mistake
