"""Wrong answers to sgd, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake
from d2lcourse.exercises.grounds import return_in_loop


@mistake("gradients accumulate: zero them after the step")
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size


@mistake("the step is not divided by batch_size: the gradients are those of a sum")
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad
            param.grad.zero_()


@mistake("the step goes uphill: subtract it")
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param += lr * param.grad / batch_size
            param.grad.zero_()


@mistake(
    "`param = param - ...` makes a new tensor, which has no gradient to zero, and leaves the caller's as "
    "it was: use `param -= ...`",
    needs=r"\b(\w+) = \1 - ",
)
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param = param - lr * param.grad / batch_size
            param.grad.zero_()


@mistake(
    "nothing has changed: `param = param - ...` makes a new tensor and leaves the caller's as it was; use"
    " `param -= ...`, and zero the gradient",
    needs=r"\b(\w+) = \1 - ",
)
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param = param - lr * param.grad / batch_size


@mistake(
    "`params[i] = ...` puts a new tensor in the list and leaves the caller's as it was: change that one, "
    "with `params[i] -= ...`",
    needs=r"\w\[\w+\] = ",
)
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for i, param in enumerate(params):
            params[i] = param - lr * param.grad / batch_size
            param.grad.zero_()


@again
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for i in range(len(params)):
            params[i] = params[i] - lr * params[i].grad / batch_size


@mistake(
    "a tensor that requires gradients cannot be changed in place while they are recorded: wrap the loop "
    "in `with torch.no_grad():`"
)
def sgd(params, lr, batch_size):
    for param in params:
        param -= lr * param.grad / batch_size
        param.grad.zero_()


@mistake(
    "the gradient is zeroed before it is used: no step is made",
    needs=r"(?s)(zero_|fill_|zeros|= None|\*= 0).*\blr\b",
)
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param.grad.zero_()
            param -= lr * param.grad / batch_size


@mistake("only the last gradient is zeroed: indent the line so that it is part of the loop")
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
        param.grad.zero_()


@mistake("only the gradient of params[0] is zeroed: every one must be, inside the loop, param.grad.zero_()")
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
        params[0].grad.zero_()


@mistake(
    "only the first parameter is changed: a `return` inside the loop ends it; leave it out",
    needs=return_in_loop,
)
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()
            return


@mistake("the step is multiplied by batch_size: divide by it, which makes a mean of the sum")
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad * batch_size
            param.grad.zero_()


@mistake(
    "the params no longer require gradients (.detach_() or .requires_grad_(False)): use `with "
    "torch.no_grad():` instead",
    needs="detach_|requires_grad",
)
def sgd(params, lr, batch_size):
    for param in params:
        grad = param.grad
        param.detach_()
        param -= lr * grad / batch_size
        grad.zero_()


@mistake(
    "gradients are switched off for the rest of the program: `with torch.no_grad():` ends with its block"
)
def sgd(params, lr, batch_size):
    torch.set_grad_enabled(False)
    for param in params:
        param -= lr * param.grad / batch_size
        param.grad.zero_()
