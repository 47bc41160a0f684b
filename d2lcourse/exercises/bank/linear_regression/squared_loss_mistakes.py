"""Wrong answers to squared_loss, each under what its writer is to read."""

from d2lcourse.exercises.bank import again, mistake


@mistake("the factor 1/2 is missing")
def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2


@mistake(
    "y of shape (n,) beside y_hat of shape (n, 1) broadcasts to (n, n): reshape y to y_hat's shape first"
)
def squared_loss(y_hat, y):
    return (y_hat - y) ** 2 / 2


@mistake("the mean of the batch is taken: return one loss an example")
def squared_loss(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).mean()


@mistake("the sum of the batch is taken: return one loss an example")
def squared_loss(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).sum()


@mistake("the error is not squared: negative and positive errors would cancel")
def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) / 2


@mistake("the absolute error is taken instead of the square")
def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)).abs() / 2


@mistake("the losses are of shape (n,): keep the column of y_hat, (n, 1)")
def squared_loss(y_hat, y):
    return (y_hat.flatten() - y.flatten()) ** 2 / 2


@mistake("the half is inside the square, which makes it a quarter: (...) ** 2 / 2")
def squared_loss(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) / 2) ** 2


@mistake(
    "the result is cut off from y_hat (.detach(), .data, .item() or torch.no_grad), so that nothing can "
    "be trained by it"
)
def squared_loss(y_hat, y):
    return (y_hat.detach() - y.reshape(y_hat.shape)) ** 2 / 2


@mistake("only y is squared, for ** binds before -: put the difference in parentheses, (y_hat - y) ** 2 / 2")
def squared_loss(y_hat, y):
    return y_hat - y.reshape(y_hat.shape) ** 2 / 2


@again
def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape) ** 2) / 2


@mistake("the squares are subtracted: subtract first, then square the difference")
def squared_loss(y_hat, y):
    return (y_hat**2 - y.reshape(y_hat.shape) ** 2) / 2


@mistake("y_hat takes the shape of y, and with it the losses: reshape y to y_hat's shape, not the reverse")
def squared_loss(y_hat, y):
    return (y_hat.reshape(y.shape) - y) ** 2 / 2


@mistake("`^` is exclusive or in Python, for whole numbers: a power is **, as in ** 2", needs=r" \^ ")
def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ^ 2 / 2


@mistake(
    "y.unsqueeze(1) adds a dimension also where y is a column already: y.reshape(y_hat.shape) never does",
    needs="unsqueeze|None",
)
def squared_loss(y_hat, y):
    return (y_hat - y.unsqueeze(1)) ** 2 / 2


@mistake("the error is doubled, not squared: a power is **, as in ** 2")
def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) * 2 / 2


@mistake("the losses are divided by the number of examples, which the step of SGD does later: only by 2 here")
def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / len(y)


@again
def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2 / len(y)
