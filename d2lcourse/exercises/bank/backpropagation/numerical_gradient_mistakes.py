"""Wrong answers to numerical_gradient, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("the difference is one-sided, and errs by about eps: go to W + step and to W - step")
def numerical_gradient(f, W, eps):
    slopes = torch.zeros_like(W)
    for i in range(W.numel()):
        step = torch.zeros_like(W)
        step.view(-1)[i] = eps
        slopes.view(-1)[i] = (f(W + step) - f(W)) / eps
    return slopes


@again
def numerical_gradient(f, W, eps):
    slopes = torch.zeros_like(W)
    for i in range(W.numel()):
        step = torch.zeros_like(W)
        step.view(-1)[i] = eps
        slopes.view(-1)[i] = (f(W) - f(W - step)) / eps
    return slopes


@mistake("the two points are 2 eps apart: divide by 2 * eps")
def numerical_gradient(f, W, eps):
    slopes = torch.zeros_like(W)
    for i in range(W.numel()):
        step = torch.zeros_like(W)
        step.view(-1)[i] = eps
        slopes.view(-1)[i] = (f(W + step) - f(W - step)) / eps
    return slopes


@mistake(
    "dividing by 2 * eps needs brackets: `/ 2 * eps` divides by 2 and multiplies by eps", needs=r"/ 2 \* eps"
)
def numerical_gradient(f, W, eps):
    slopes = torch.zeros_like(W)
    for i in range(W.numel()):
        step = torch.zeros_like(W)
        step.view(-1)[i] = eps
        slopes.view(-1)[i] = (f(W + step) - f(W - step)) / 2 * eps
    return slopes


@mistake("the difference is not divided by the distance of the points, 2 * eps")
def numerical_gradient(f, W, eps):
    slopes = torch.zeros_like(W)
    for i in range(W.numel()):
        step = torch.zeros_like(W)
        step.view(-1)[i] = eps
        slopes.view(-1)[i] = f(W + step) - f(W - step)
    return slopes


@mistake("the sign is wrong: f(W + step) less f(W - step)")
def numerical_gradient(f, W, eps):
    slopes = torch.zeros_like(W)
    for i in range(W.numel()):
        step = torch.zeros_like(W)
        step.view(-1)[i] = eps
        slopes.view(-1)[i] = (f(W - step) - f(W + step)) / (2 * eps)
    return slopes


@mistake("all elements are moved at once, which gives the sum of their slopes: move one at a time")
def numerical_gradient(f, W, eps):
    return (f(W + eps) - f(W - eps)) / (2 * eps)


@again
def numerical_gradient(f, W, eps):
    return torch.full_like(W, (f(W + eps) - f(W - eps)) / (2 * eps))


@mistake("one step is added to the next: start each element from a step of zeros, with W as it was")
def numerical_gradient(f, W, eps):
    slopes, step = torch.zeros_like(W), torch.zeros_like(W)
    for i in range(W.numel()):
        step.view(-1)[i] = eps
        slopes.view(-1)[i] = (f(W + step) - f(W - step)) / (2 * eps)
    return slopes


@mistake("an element is left where its second step took it: work in W.clone(), and set it back each time")
def numerical_gradient(f, W, eps):
    W, slopes = W.clone(), torch.zeros_like(W)
    for i in range(W.numel()):
        W.view(-1)[i] += eps
        up = f(W)
        W.view(-1)[i] -= 2 * eps
        slopes.view(-1)[i] = (up - f(W)) / (2 * eps)
    return slopes


@mistake("whole rows of a matrix are moved at once: move one element, .view(-1)[i] for any shape")
def numerical_gradient(f, W, eps):
    slopes = torch.zeros_like(W)
    for i in range(len(W)):
        step = torch.zeros_like(W)
        step[i] = eps
        slopes[i] = (f(W + step) - f(W - step)) / (2 * eps)
    return slopes


@mistake("`V = W` is no copy, so that both points move together: V = W.clone()")
def numerical_gradient(f, W, eps):
    slopes = torch.zeros_like(W)
    for i in range(W.numel()):
        up, down = W, W
        up.view(-1)[i] += eps
        down.view(-1)[i] -= eps
        slopes.view(-1)[i] = (f(up) - f(down)) / (2 * eps)
    return slopes


@mistake("the step is fixed inside the function: use the argument eps, whatever it is")
def numerical_gradient(f, W, eps):
    eps = 1e-2
    slopes = torch.zeros_like(W)
    for i in range(W.numel()):
        step = torch.zeros_like(W)
        step.view(-1)[i] = eps
        slopes.view(-1)[i] = (f(W + step) - f(W - step)) / (2 * eps)
    return slopes


@again
def numerical_gradient(f, W, eps):
    eps = 1e-3
    slopes = torch.zeros_like(W)
    for i in range(W.numel()):
        step = torch.zeros_like(W)
        step.view(-1)[i] = eps
        slopes.view(-1)[i] = (f(W + step) - f(W - step)) / (2 * eps)
    return slopes


@again
def numerical_gradient(f, W, eps):
    eps = 1e-4
    slopes = torch.zeros_like(W)
    for i in range(W.numel()):
        step = torch.zeros_like(W)
        step.view(-1)[i] = eps
        slopes.view(-1)[i] = (f(W + step) - f(W - step)) / (2 * eps)
    return slopes


@again
def numerical_gradient(f, W, eps):
    eps = 1e-6
    slopes = torch.zeros_like(W)
    for i in range(W.numel()):
        step = torch.zeros_like(W)
        step.view(-1)[i] = eps
        slopes.view(-1)[i] = (f(W + step) - f(W - step)) / (2 * eps)
    return slopes


@mistake("this is autograd's gradient, the very thing that differences are to check: call f at two points")
def numerical_gradient(f, W, eps):
    V = W.clone().requires_grad_()
    return torch.autograd.grad(f(V), V)[0]


@again
def numerical_gradient(f, W, eps):
    return torch.autograd.functional.jacobian(f, W)


@mistake("the slopes are in one row: give them the shape of W, .reshape(W.shape)")
def numerical_gradient(f, W, eps):
    steps = eps * torch.eye(W.numel(), dtype=W.dtype).reshape(-1, *W.shape)
    return torch.stack([(f(W + step) - f(W - step)) / (2 * eps) for step in steps])


@mistake("torch.tensor and torch.zeros make float32, which loses half the digits: pass dtype=W.dtype")
def numerical_gradient(f, W, eps):
    steps = eps * torch.eye(W.numel(), dtype=W.dtype).reshape(-1, *W.shape)
    slopes = [float(f(W + step) - f(W - step)) / (2 * eps) for step in steps]
    return torch.tensor(slopes).reshape(W.shape)
