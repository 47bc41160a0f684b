"""Answers to decay_step, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Changes w in place.")
def decay_step(w: Tensor, grad: Tensor, lr: float, lambd: float) -> Tensor:
    w *= 1 - lr * lambd
    w -= lr * grad
    return w


@wrong("Shrinks w by lambd alone, without the learning rate.")
def decay_step(w: Tensor, grad: Tensor, lr: float, lambd: float) -> Tensor:
    shrink = 1 - lambd
    return torch.add(torch.mul(w, shrink), grad, alpha=-lr)


@wrong("Takes the SGD step first and then shrinks the result, so the gradient is shrunk too.")
def decay_step(w: Tensor, grad: Tensor, lr: float, lambd: float) -> Tensor:
    stepped = w - lr * grad
    return stepped - lr * lambd * stepped


@wrong("Adds the penalty's value, a number, to the gradient and not its gradient.")
def decay_step(w: Tensor, grad: Tensor, lr: float, lambd: float) -> Tensor:
    total_grad = grad + lambd / 2 * torch.norm(w) ** 2
    return w - lr * total_grad


@wrong("Leaves out the parentheses, so it is 1 - lr lambd w - lr grad.")
def decay_step(w: Tensor, grad: Tensor, lr: float, lambd: float) -> Tensor:
    return 1 - lr * lambd * w - lr * grad


@right("as a step on the gradient of the penalised loss")
def decay_step(w: Tensor, grad: Tensor, lr: float, lambd: float) -> Tensor:
    return torch.sub(w, torch.add(grad, w, alpha=lambd), alpha=lr)


@right("lets torch.optim.SGD with weight_decay do it on a copy")
def decay_step(w: Tensor, grad: Tensor, lr: float, lambd: float) -> Tensor:
    p = w.detach().clone().requires_grad_(True)
    p.grad = grad.detach().clone()
    torch.optim.SGD([p], lr=lr, weight_decay=lambd).step()
    return p.detach()
