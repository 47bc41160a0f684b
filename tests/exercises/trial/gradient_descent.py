"""Answers to gradient_descent, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Steps in place on a clone that is appended each time, so all points of the list are the last one.")
def gradient_descent(gradient, start: Tensor, lr: float, num_steps: int) -> Tensor:
    x = start.clone()
    points = [x]
    for _ in range(num_steps):
        x -= lr * gradient(x)
        points.append(x)
    return torch.stack(points)


@wrong("Leaves out the start, so only num_steps points are returned.")
def gradient_descent(gradient, start: Tensor, lr: float, num_steps: int) -> Tensor:
    path = torch.empty((num_steps,) + tuple(start.shape), dtype=start.dtype)
    x = start
    for t in range(num_steps):
        x = x - lr * gradient(x)
        path[t] = x
    return path


@wrong("Always uses the gradient at the start, since it is computed before the loop.")
def gradient_descent(gradient, start: Tensor, lr: float, num_steps: int) -> Tensor:
    g = gradient(start)
    return torch.stack([start - lr * step * g for step in range(num_steps + 1)], dim=0)


@wrong("Concatenates the points along their first axis and has no new axis for the steps.")
def gradient_descent(gradient, start: Tensor, lr: float, num_steps: int) -> Tensor:
    points = [start.clone()]
    while len(points) <= num_steps:
        points.append(points[-1] - lr * gradient(points[-1]))
    return torch.cat(points)


@wrong("The return is inside the loop, so it stops after the first step (and gives None for no steps).")
def gradient_descent(gradient, start: Tensor, lr: float, num_steps: int) -> Tensor:
    visited = [start.clone()]
    point = start.clone()
    for _ in range(num_steps):
        point = point - lr * gradient(point)
        visited.append(point)
        return torch.stack(visited)


@right("itertools.accumulate")
def gradient_descent(gradient, start: Tensor, lr: float, num_steps: int) -> Tensor:
    from itertools import accumulate

    def step(x, _):
        return x - lr * gradient(x)

    return torch.stack(list(accumulate(range(num_steps), step, initial=start)))


@right("a result made in advance, each row computed from the row above")
def gradient_descent(gradient, start: Tensor, lr: float, num_steps: int) -> Tensor:
    path = start.new_zeros((num_steps + 1, *start.shape))
    path[0] = start
    for t in range(1, num_steps + 1):
        previous = path[t - 1].clone()
        path[t] = torch.add(previous, gradient(previous), alpha=-lr)
    return path
