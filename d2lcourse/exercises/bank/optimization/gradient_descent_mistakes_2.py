"""Wrong answers to gradient_descent, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import mistake


@mistake(
    "it stops where the gradient is small: go all of num_steps steps, as the number of points says",
    needs="if|where|break",
)
def gradient_descent(gradient, start, lr, num_steps):
    points = [start]
    for _ in range(num_steps):
        slope = gradient(points[-1])
        if slope.norm() < 1e-2:
            slope = torch.zeros_like(slope)
        points.append(points[-1] - lr * slope)
    return torch.stack(points)


@mistake("the learning rate shrinks from step to step: it is lr in all of them")
def gradient_descent(gradient, start, lr, num_steps):
    points = [start]
    for t in range(num_steps):
        points.append(points[-1] - lr / (t + 1) * gradient(points[-1]))
    return torch.stack(points)


@mistake(
    "the gradient is divided by its length: a step is lr times the gradient, as long as it is",
    needs="norm|sqrt",
)
def gradient_descent(gradient, start, lr, num_steps):
    points = [start]
    for _ in range(num_steps):
        slope = gradient(points[-1])
        points.append(points[-1] - lr * slope / slope.norm())
    return torch.stack(points)


@mistake("each step begins at the start again: go on from the last point")
def gradient_descent(gradient, start, lr, num_steps):
    points = [start]
    for _ in range(num_steps):
        points.append(start - lr * gradient(points[-1]))
    return torch.stack(points)
