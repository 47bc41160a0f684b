"""Answers to sgd, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("The gradient is not divided by the batch size.")
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad
            param.grad.zero_()


@wrong("The gradients are not put to zero.")
def sgd(params: list[Tensor], lr: float, batch_size: int) -> None:
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size


@wrong("Without torch.no_grad() the change in place of a leaf raises an error.")
def sgd(params, lr, batch_size):
    for p in params:
        p -= lr * p.grad / batch_size
        p.grad.zero_()


@wrong("The gradient is zeroed after the loop, so only that of the last parameter is.")
def sgd(params, lr, batch_size):
    for p in params:
        p.data.sub_(p.grad, alpha=lr / batch_size)
    p.grad.zero_()


@wrong("lr // batch_size rounds the step down to 0.")
def sgd(params, lr, batch_size):
    step = lr // batch_size
    for p in params:
        p.data -= step * p.grad
        p.grad.fill_(0)


@wrong("The parameter itself is divided by the batch size as well.")
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p.copy_((p - lr * p.grad) / batch_size)
            p.grad.zero_()


@wrong("requires_grad is switched off for the step and never on again.")
def sgd(params, lr, batch_size):
    for p in params:
        p.requires_grad_(False)
        p -= lr * p.grad / batch_size
        p.grad.zero_()


@wrong("New tensors are put into the list, so the model's own parameters do not change.")
def sgd(params, lr, batch_size):
    for i in range(len(params)):
        p = params[i]
        new = (p - lr * p.grad / batch_size).detach().requires_grad_()
        p.grad.zero_()
        new.grad = torch.zeros_like(new)
        params[i] = new


@wrong("The gradients are zeroed before they are used.")
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p.grad.zero_()
            p.add_(p.grad, alpha=-lr / batch_size)


@right("Two loops under the no_grad decorator of an inner function.")
def sgd(params, lr, batch_size):
    @torch.no_grad()
    def update(tensor):
        tensor.add_(tensor.grad, alpha=-lr / batch_size)

    for tensor in params:
        update(tensor)
    for tensor in params:
        tensor.grad = torch.zeros_like(tensor.grad)


@right("Has torch.optim.SGD do it, after dividing the gradients.")
def sgd(params, lr, batch_size):
    params = list(params)
    for p in params:
        p.grad.div_(batch_size)
    optimizer = torch.optim.SGD(params, lr=lr)
    optimizer.step()
    optimizer.zero_grad(set_to_none=False)
