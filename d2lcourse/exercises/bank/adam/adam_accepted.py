"""Right answers to adam, each by another way than the chapter's."""

import torch


@torch.no_grad()
def adam(params, states, hyperparams):
    b1, b2, t = (hyperparams[name] for name in ("beta1", "beta2", "t"))
    hyperparams["t"] = t + 1
    for param, (v, s) in zip(params, states, strict=True):
        v.lerp_(param.grad, 1 - b1)
        s.mul_(b2).addcmul_(param.grad, param.grad, value=1 - b2)
        root = s.sqrt() / (1 - b2**t) ** 0.5 + 1e-6
        param.addcdiv_(v, root, value=-hyperparams["lr"] / (1 - b1**t))
        param.grad = None


def adam(params, states, hyperparams):
    lr, b1, b2, t = hyperparams["lr"], hyperparams["beta1"], hyperparams["beta2"], hyperparams["t"]
    for i, param in enumerate(params):
        v, s = states[i]
        v[:] = b1 * v + (1 - b1) * param.grad
        s[:] = b2 * s + (1 - b2) * param.grad.square()
        param.data.sub_(lr * (v / (1 - b1**t)) / (torch.sqrt(s / (1 - b2**t)) + 1e-6))
        param.grad.data.zero_()
    hyperparams["t"] += 1
