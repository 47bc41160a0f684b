"""Wrong answers to decay_step, each under what its writer is to read."""

from d2lcourse.exercises.bank import mistake


@mistake("the decay is not multiplied by lr: it is part of the gradient, so (1 - lr * lambd) * w")
def decay_step(w, grad, lr, lambd):
    return (1 - lambd) * w - lr * grad


@mistake("the gradient is not multiplied by lr: lr * grad")
def decay_step(w, grad, lr, lambd):
    return (1 - lr * lambd) * w - grad


@mistake("the weights do not decay: (1 - lr * lambd) * w")
def decay_step(w, grad, lr, lambd):
    return w - lr * grad


@mistake("the weights decay, but do not follow the gradient: subtract lr * grad as well")
def decay_step(w, grad, lr, lambd):
    return (1 - lr * lambd) * w


@mistake("the weights grow instead of shrinking: 1 *minus* lr * lambd")
def decay_step(w, grad, lr, lambd):
    return (1 + lr * lambd) * w - lr * grad


@mistake("the step goes uphill: subtract lr * grad")
def decay_step(w, grad, lr, lambd):
    return (1 - lr * lambd) * w + lr * grad


@mistake("w decays twice as fast: the penalty has a half, (lambd / 2) ||w||^2, so its gradient is lambd * w")
def decay_step(w, grad, lr, lambd):
    return w - lr * (grad + 2 * lambd * w)


@mistake("w decays half as fast: the gradient of (lambd / 2) ||w||^2 is lambd * w, the half is gone")
def decay_step(w, grad, lr, lambd):
    return w - lr * (grad + lambd / 2 * w)


@mistake("the step itself decays too: only the old w is multiplied by 1 - lr * lambd, not lr * grad")
def decay_step(w, grad, lr, lambd):
    return (1 - lr * lambd) * (w - lr * grad)


@mistake("the same amount is taken from every weight: multiply the decay by w, lr * lambd * w")
def decay_step(w, grad, lr, lambd):
    return w - lr * (grad + lambd)


@mistake("every weight shrinks by the same amount, as with an L1 penalty: lambd * w, not lambd * sign(w)")
def decay_step(w, grad, lr, lambd):
    return w - lr * (grad + lambd * w.sign())


@mistake("the value of the penalty is added to the gradient: its derivative belongs there, lambd * w")
def decay_step(w, grad, lr, lambd):
    return w - lr * (grad + lambd * (w**2).sum() / 2)


@mistake("w is changed in place: return a new tensor, as (1 - lr * lambd) * w - lr * grad is")
def decay_step(w, grad, lr, lambd):
    w -= lr * (grad + lambd * w)
    return w


@mistake("grad is changed in place, and belongs to the caller: grad + lambd * w is a new tensor")
def decay_step(w, grad, lr, lambd):
    grad += lambd * w
    return w - lr * grad


@mistake("the brackets are missing, so that all is taken from 1: (1 - lr * lambd) * w")
def decay_step(w, grad, lr, lambd):
    return 1 - lr * lambd * w - lr * grad


@mistake("the new weights are computed, but not returned")
def decay_step(w, grad, lr, lambd):
    w = (1 - lr * lambd) * w - lr * grad
