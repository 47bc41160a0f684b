"""Wrong answers to rmsprop_step, each under what its writer is to read."""

from d2lcourse.exercises.bank import again, mistake


@mistake("the mean squares stay zero: `s = ...` makes a new tensor; write into the old one, s.copy_(...)")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for param, grad, s in zip(params, grads, squares, strict=True):
        s = rho * s + (1 - rho) * grad**2
        param -= lr * grad / (s.sqrt() + eps)


@mistake("the parameters stay as they were: `param = ...` makes a new tensor; write param -= ...")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for param, grad, s in zip(params, grads, squares, strict=True):
        s.copy_(rho * s + (1 - rho) * grad**2)
        param = param - lr * grad / (s.sqrt() + eps)


@mistake("nothing is forgotten, as in AdaGrad: the old s has the weight rho, the new square 1 - rho")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for param, grad, s in zip(params, grads, squares, strict=True):
        s += grad**2
        param -= lr * grad / (s.sqrt() + eps)


@mistake("the new square counts in full: its weight is 1 - rho, so that the two weights add up to 1")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for param, grad, s in zip(params, grads, squares, strict=True):
        s.copy_(rho * s + grad**2)
        param -= lr * grad / (s.sqrt() + eps)


@mistake("rho is on the wrong side: the old s has the weight rho, the new square 1 - rho")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for param, grad, s in zip(params, grads, squares, strict=True):
        s.copy_((1 - rho) * s + rho * grad**2)
        param -= lr * grad / (s.sqrt() + eps)


@mistake("the root is missing: divide by sqrt(s) + eps; s has the unit of a gradient squared")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for param, grad, s in zip(params, grads, squares, strict=True):
        s.copy_(rho * s + (1 - rho) * grad**2)
        param -= lr * grad / (s + eps)


@mistake("eps is under the root, where small gradients feel it far more: add it to sqrt(s)")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for param, grad, s in zip(params, grads, squares, strict=True):
        s.copy_(rho * s + (1 - rho) * grad**2)
        param -= lr * grad / (s + eps).sqrt()


@mistake("eps is missing: a weight whose gradients are all zero becomes NaN, 0 / 0")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for param, grad, s in zip(params, grads, squares, strict=True):
        s.copy_(rho * s + (1 - rho) * grad**2)
        param -= lr * grad / s.sqrt()


@mistake("the gradients are averaged as they are: square them, so that no sign cancels another")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for param, grad, s in zip(params, grads, squares, strict=True):
        s.copy_(rho * s + (1 - rho) * grad)
        param -= lr * grad / (s.abs().sqrt() + eps)


@mistake("the step uses s of the step before: change s first, then param")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for param, grad, s in zip(params, grads, squares, strict=True):
        param -= lr * grad / (s.sqrt() + eps)
        s.copy_(rho * s + (1 - rho) * grad**2)


@mistake("one mean serves the whole tensor: s has an entry for each value, without .mean() or .norm()")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for param, grad, s in zip(params, grads, squares, strict=True):
        s.copy_(rho * s + (1 - rho) * (grad**2).mean())
        param -= lr * grad / (s.sqrt() + eps)


@mistake("the step goes uphill: subtract it")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for param, grad, s in zip(params, grads, squares, strict=True):
        s.copy_(rho * s + (1 - rho) * grad**2)
        param += lr * grad / (s.sqrt() + eps)


@again
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for param, grad, s in zip(params, grads, squares, strict=True):
        s.copy_(rho * s + (1 - rho) * grad**2)
        param.addcdiv_(grad, s.sqrt() + eps, value=lr)
