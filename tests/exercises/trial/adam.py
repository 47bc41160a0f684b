"""Answers to adam, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Never increases t.")
def adam(params: list[Tensor], states: list[tuple[Tensor, Tensor]], hyperparams: dict) -> None:
    lr, b1, b2, t = (hyperparams[k] for k in ("lr", "beta1", "beta2", "t"))
    for p, (v, s) in zip(params, states):
        with torch.no_grad():
            v[:] = b1 * v + (1 - b1) * p.grad
            s[:] = b2 * s + (1 - b2) * torch.square(p.grad)
            v_hat = v / (1 - b1 ** t)
            s_hat = s / (1 - b2 ** t)
            p[:] -= lr * v_hat / (torch.sqrt(s_hat) + 1e-6)
        p.grad.zero_()
    t += 1


@wrong("Increases t inside the loop, so every parameter after the first has another step number.")
def adam(params: list[Tensor], states: list[tuple[Tensor, Tensor]], hyperparams: dict) -> None:
    h = hyperparams
    with torch.no_grad():
        for i, p in enumerate(params):
            v, s = states[i]
            v.mul_(h["beta1"]).add_(p.grad, alpha=1 - h["beta1"])
            s.mul_(h["beta2"]).addcmul_(p.grad, p.grad, value=1 - h["beta2"])
            v_hat = v / (1 - h["beta1"] ** h["t"])
            s_hat = s / (1 - h["beta2"] ** h["t"])
            p -= h["lr"] * v_hat / (s_hat.sqrt() + 1e-6)
            p.grad.zero_()
            h["t"] += 1


@wrong("Divides the states themselves by the bias correction, in place, so the kept v and s are the corrected ones.")
def adam(params: list[Tensor], states: list[tuple[Tensor, Tensor]], hyperparams: dict) -> None:
    beta1, beta2 = hyperparams["beta1"], hyperparams["beta2"]
    for p, (v, s) in zip(params, states):
        g = p.grad.data
        v.mul_(beta1).add_((1 - beta1) * g)
        s.mul_(beta2).add_((1 - beta2) * g ** 2)
        v_hat = v.div_(1 - beta1 ** hyperparams["t"])
        s_hat = s.div_(1 - beta2 ** hyperparams["t"])
        p.data -= hyperparams["lr"] * v_hat / (s_hat.sqrt() + 1e-6)
        p.grad.zero_()
    hyperparams["t"] += 1


@wrong("Writes beta * t where beta to the power t is meant.")
def adam(params: list[Tensor], states: list[tuple[Tensor, Tensor]], hyperparams: dict) -> None:
    with torch.no_grad():
        def corrected(m, beta):
            return m / (1 - beta * hyperparams["t"])

        for param, (v, s) in zip(params, states):
            v += (1 - hyperparams["beta1"]) * (param.grad - v)
            s += (1 - hyperparams["beta2"]) * (param.grad ** 2 - s)
            denom = corrected(s, hyperparams["beta2"]).sqrt() + 1e-6
            param -= hyperparams["lr"] * corrected(v, hyperparams["beta1"]) / denom
            param.grad.zero_()
        hyperparams["t"] += 1


@wrong("Increases t before it is used, so the first step is corrected as if it were the second.")
def adam(params: list[Tensor], states: list[tuple[Tensor, Tensor]], hyperparams: dict) -> None:
    hyperparams["t"] += 1
    lr, beta1, beta2, t = [hyperparams[name] for name in ["lr", "beta1", "beta2", "t"]]
    for param, (v, s) in zip(params, states):
        with torch.no_grad():
            v.copy_(beta1 * v + (1 - beta1) * param.grad)
            s.copy_(beta2 * s + (1 - beta2) * param.grad ** 2)
            param -= lr * (v / (1 - beta1 ** t)) / (torch.sqrt(s / (1 - beta2 ** t)) + 1e-6)
            param.grad.zero_()


@right("lerp_ for the moving averages, everything under no_grad")
def adam(params: list[Tensor], states: list[tuple[Tensor, Tensor]], hyperparams: dict) -> None:
    with torch.no_grad():
        t = hyperparams["t"]
        b1, b2 = hyperparams["beta1"], hyperparams["beta2"]
        for w, (v, s) in zip(params, states):
            v.lerp_(w.grad, 1 - b1)
            s.lerp_(w.grad.square(), 1 - b2)
            denominator = (s / (1 - b2 ** t)).sqrt_().add_(1e-6)
            w.addcdiv_(v, denominator, value=-hyperparams["lr"] / (1 - b1 ** t))
            w.grad.zero_()
        hyperparams["t"] = t + 1


@right("the two corrections are folded into the step size and into the epsilon")
def adam(params: list[Tensor], states: list[tuple[Tensor, Tensor]], hyperparams: dict) -> None:
    c1 = 1 - hyperparams["beta1"] ** hyperparams["t"]
    root = (1 - hyperparams["beta2"] ** hyperparams["t"]) ** 0.5
    rate = hyperparams["lr"] * root / c1
    for param, pair in zip(params, states):
        grad = param.grad.detach().clone()
        pair[0].copy_(hyperparams["beta1"] * pair[0] + (1 - hyperparams["beta1"]) * grad)
        pair[1].copy_(hyperparams["beta2"] * pair[1] + (1 - hyperparams["beta2"]) * grad * grad)
        param.data.sub_(rate * pair[0] / (pair[1].sqrt() + 1e-6 * root))
        param.grad.zero_()
    hyperparams["t"] += 1
