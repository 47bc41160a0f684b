"""Wrong answers to evaluate_loss, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake
from d2lcourse.exercises.grounds import exit_in_loop


@mistake(
    "the mean of the batches' means is taken, where a small last batch counts too much: divide the sum of"
    " all losses by all examples"
)
def evaluate_loss(net, data_iter, loss):
    net.eval()
    with torch.no_grad():
        means = [loss(net(X), y).mean() for X, y in data_iter]
    net.train()
    return sum(means) / len(means)


@again
def evaluate_loss(net, data_iter, loss):
    total = 0
    for X, y in data_iter:
        total += loss(net(X), y).mean().item()
    return total / len(data_iter)


@mistake(
    "the sum is divided by the number of batches: divide by the number of examples, len(y) of each batch"
)
def evaluate_loss(net, data_iter, loss):
    net.eval()
    with torch.no_grad():
        total = sum(loss(net(X), y).sum() for X, y in data_iter)
    net.train()
    return total / len(data_iter)


@mistake("the means of the batches are summed, but divided by the number of examples: sum the losses, .sum()")
def evaluate_loss(net, data_iter, loss):
    net.eval()
    total = examples = 0
    with torch.no_grad():
        for X, y in data_iter:
            total += loss(net(X), y).mean()
            examples += len(y)
    net.train()
    return total / examples


@mistake("this is the sum of the losses: divide it by the number of examples")
def evaluate_loss(net, data_iter, loss):
    net.eval()
    with torch.no_grad():
        total = sum(loss(net(X), y).sum() for X, y in data_iter)
    net.train()
    return total


@mistake("every batch is taken to be as large as the first: the last may be smaller, so add up len(y)")
def evaluate_loss(net, data_iter, loss):
    net.eval()
    with torch.no_grad():
        total = sum(loss(net(X), y).sum() for X, y in data_iter)
    net.train()
    return total / (len(data_iter) * len(data_iter[0][1]))


@mistake("only the last batch counts: the sums start anew in each, set them to 0 before the loop and use +=")
def evaluate_loss(net, data_iter, loss):
    net.eval()
    with torch.no_grad():
        for X, y in data_iter:
            mean = loss(net(X), y).mean()
    net.train()
    return mean


@mistake(
    "only the first batch counts: `return` stands inside the loop, it belongs after it", needs=exit_in_loop
)
def evaluate_loss(net, data_iter, loss):
    net.eval()
    with torch.no_grad():
        for X, y in data_iter:
            mean = loss(net(X), y).mean()
            break
    net.train()
    return mean


@again
def evaluate_loss(net, data_iter, loss):
    net.eval()
    total = examples = 0
    with torch.no_grad():
        for X, y in data_iter:
            total += loss(net(X), y).sum()
            examples += len(y)
            return total / examples


@mistake(
    "the net still trains while it is evaluated, and drops activations: net.eval() first, net.train() "
    "afterwards"
)
def evaluate_loss(net, data_iter, loss):
    total = examples = 0
    with torch.no_grad():
        for X, y in data_iter:
            total += loss(net(X), y).sum()
            examples += len(y)
    return total / examples


@mistake("the net stays in evaluation mode, so that dropout is off from now on: net.train() at the end")
def evaluate_loss(net, data_iter, loss):
    net.eval()
    total = examples = 0
    with torch.no_grad():
        for X, y in data_iter:
            total += loss(net(X), y).sum()
            examples += len(y)
    return total / examples


@mistake("gradients are tracked for nothing, which takes memory: put the loop inside `with torch.no_grad():`")
def evaluate_loss(net, data_iter, loss):
    net.eval()
    total = examples = 0
    for X, y in data_iter:
        total += loss(net(X), y).sum().item()
        examples += len(y)
    net.train()
    return total / examples


@mistake(
    "neither net.eval() nor torch.no_grad(): the net trains on, and tracks gradients; put both around the"
    " loop"
)
def evaluate_loss(net, data_iter, loss):
    total = examples = 0
    for X, y in data_iter:
        total += loss(net(X), y).sum().item()
        examples += len(y)
    return total / examples


@mistake(
    "gradients are off from now on, also for training: use `with torch.no_grad():`, which ends by itself"
)
def evaluate_loss(net, data_iter, loss):
    net.eval()
    torch.set_grad_enabled(False)
    total = examples = 0
    for X, y in data_iter:
        total += loss(net(X), y).sum()
        examples += len(y)
    net.train()
    return total / examples


@mistake(
    "the losses are added to those of the batch before, example by example: .sum() makes one number of "
    "each batch"
)
def evaluate_loss(net, data_iter, loss):
    net.eval()
    total = examples = 0
    with torch.no_grad():
        for X, y in data_iter:
            total += loss(net(X), y)
            examples += len(y)
    net.train()
    return total / examples


@again
def evaluate_loss(net, data_iter, loss):
    net.eval()
    total = examples = 0
    with torch.no_grad():
        for X, y in data_iter:
            total += loss(net(X), y)
            examples += len(y)
    net.train()
    return float(total / examples)
