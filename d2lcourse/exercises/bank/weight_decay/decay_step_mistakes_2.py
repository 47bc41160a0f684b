"""Wrong answers to decay_step, each under what its writer is to read."""

from d2lcourse.exercises.bank import mistake


@mistake("the decay has lambd squared: the gradient of (lambd / 2) ||w||^2 is lambd * w")
def decay_step(w, grad, lr, lambd):
    return (1 - lr * lambd**2) * w - lr * grad


@mistake("the gradient is weighted by lambd as well: only w is, lr * (grad + lambd * w)")
def decay_step(w, grad, lr, lambd):
    return w - lr * lambd * (grad + w)


@mistake("w is divided by 1 + lr * lambd: the step multiplies it by 1 - lr * lambd")
def decay_step(w, grad, lr, lambd):
    return w / (1 + lr * lambd) - lr * grad


@mistake("the decay is not taken from w, but w is set to it: (1 - lr * lambd) * w")
def decay_step(w, grad, lr, lambd):
    return lr * lambd * w - lr * grad


@mistake("the weight is in the place of its gradient: lr * (grad + lambd * w)")
def decay_step(w, grad, lr, lambd):
    return w - lr * (w + lambd * grad)


@mistake("the decay is by the gradient, not by w: lr * lambd * w")
def decay_step(w, grad, lr, lambd):
    return w - lr * (grad + lambd * grad)


@mistake("the mean of the gradient is taken: every weight follows its own")
def decay_step(w, grad, lr, lambd):
    return (1 - lr * lambd) * w - lr * grad.mean()
