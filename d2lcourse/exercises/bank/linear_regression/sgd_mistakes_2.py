"""Wrong answers to sgd, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("the gradient is not used, but guessed as 2 * param: param.grad has it, whatever the loss is")
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= 2 * lr * param / batch_size
            param.grad.zero_()


@mistake("the parameter itself is subtracted: the step follows its gradient, param.grad")
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param / batch_size
            param.grad.zero_()


@mistake(
    "only the sign of the gradient is used: its size counts too, lr * param.grad / batch_size", needs="sign"
)
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad.sign() / batch_size
            param.grad.zero_()


@mistake(
    "the gradient is divided by its length: lr * param.grad / batch_size, as long as it is", needs="norm|sqrt"
)
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / param.grad.norm() / batch_size
            param.grad.zero_()


@mistake("the last parameter is left out: `for param in params` takes them all, and range(len(params)) too")
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params[:-1]:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


@mistake("the first parameter is left out: `for param in params` takes them all")
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params[1:]:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


@mistake("the learning rate is not used: lr * param.grad / batch_size")
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= param.grad / batch_size
            param.grad.zero_()


@mistake("the step is divided by lr: multiply by it, lr * param.grad / batch_size")
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= param.grad / lr / batch_size
            param.grad.zero_()


@mistake("the step is divided by the parameter's number of elements: batch_size is what to divide by")
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / len(param)
            param.grad.zero_()


@again
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / param.numel()
            param.grad.zero_()


@mistake(
    "the mean of the gradient is taken: every element has its own, lr * param.grad / batch_size", needs="mean"
)
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad.mean() / batch_size
            param.grad.zero_()


@mistake("the step is added to the gradient in place of the parameter: param -= lr * param.grad / batch_size")
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param.grad -= lr * param.grad / batch_size


@mistake("the parameter is set to the step: subtract it, param -= ... and not param.copy_(...)")
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param.copy_(-lr * param.grad / batch_size)
            param.grad.zero_()
