"""Right answers to rmsprop_step, each by another way than the chapter's."""

import torch


def rmsprop_step(params, grads, squares, lr, rho, eps):
    for i in range(len(params)):
        squares[i][...] = squares[i] + (1 - rho) * (grads[i] * grads[i] - squares[i])
        params[i][...] = params[i] - lr / (squares[i] ** 0.5 + eps) * grads[i]


def rmsprop_step(params, grads, squares, lr, rho, eps):
    torch._foreach_mul_(squares, rho)
    torch._foreach_addcmul_(squares, grads, grads, 1 - rho)
    for param, grad, s in zip(params, grads, squares, strict=True):
        param.addcdiv_(grad, s.sqrt().add(eps), value=-lr)


def rmsprop_step(params, grads, squares, lr, rho, eps):
    optimizer = torch.optim.RMSprop(params, lr=lr, alpha=rho, eps=eps)
    for param, grad, s in zip(params, grads, squares, strict=True):
        param.grad = grad.clone()
        optimizer.state[param].update(step=torch.tensor(0.0), square_avg=s)
    optimizer.step()
