"""Wrong answers to gradient_descent, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("the steps go uphill: the gradient points up, subtract it")
def gradient_descent(gradient, start, lr, num_steps):
    path = [start]
    for _ in range(num_steps):
        path.append(path[-1] + lr * gradient(path[-1]))
    return torch.stack(path)


@mistake("the learning rate is missing: a step is lr times the gradient")
def gradient_descent(gradient, start, lr, num_steps):
    path = [start]
    for _ in range(num_steps):
        path.append(path[-1] - gradient(path[-1]))
    return torch.stack(path)


@mistake("the gradient is always that of the start: take it anew at the point where you are")
def gradient_descent(gradient, start, lr, num_steps):
    path, g = [start], gradient(start)
    for _ in range(num_steps):
        path.append(path[-1] - lr * g)
    return torch.stack(path)


@mistake("only the last point is returned: keep every point in a list, and return torch.stack of it")
def gradient_descent(gradient, start, lr, num_steps):
    x = start
    for _ in range(num_steps):
        x = x - lr * gradient(x)
    return x


@mistake("one point is missing: the start belongs to the path, and so does the point after the last step")
def gradient_descent(gradient, start, lr, num_steps):
    x, path = start, [start]
    for _ in range(num_steps - 1):
        x = x - lr * gradient(x)
        path.append(x)
    return torch.stack(path)


@mistake("the start is missing: put it in the list before the first step")
def gradient_descent(gradient, start, lr, num_steps):
    x, path = start, []
    for _ in range(num_steps):
        x = x - lr * gradient(x)
        path.append(x)
    return torch.stack(path)


@mistake(
    "`x -= ...` changes the one tensor that is the start and every entry of the list: write `x = x - ...`, "
    "which makes a new one",
    needs="-=|sub_",
)
def gradient_descent(gradient, start, lr, num_steps):
    x, path = start, [start]
    for _ in range(num_steps):
        x -= lr * gradient(x)
        path.append(x)
    return torch.stack(path)


@mistake(
    "every entry of the list is the same tensor, which `x -= ...` changes: append x.clone(), or x = x - ...",
    needs="-=|sub_",
)
def gradient_descent(gradient, start, lr, num_steps):
    x = start.clone()
    path = [x]
    for _ in range(num_steps):
        x -= lr * gradient(x)
        path.append(x)
    return torch.stack(path)


@mistake("a list is returned where a tensor is expected: torch.stack(path) makes one")
def gradient_descent(gradient, start, lr, num_steps):
    path = [start]
    for _ in range(num_steps):
        path.append(path[-1] - lr * gradient(path[-1]))
    return path


@mistake("one step too many: num_steps steps, and the start before them, are num_steps + 1 points")
def gradient_descent(gradient, start, lr, num_steps):
    path = [start]
    for _ in range(num_steps + 1):
        path.append(path[-1] - lr * gradient(path[-1]))
    return torch.stack(path)


@again
def gradient_descent(gradient, start, lr, num_steps):
    x, path = start, []
    for _ in range(num_steps + 2):
        path.append(x)
        x = x - lr * gradient(x)
    return torch.stack(path)
