"""Wrong answers to evaluate_loss, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


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
    return (total / examples).item()


@again
def evaluate_loss(net, data_iter, loss):
    net.eval()
    total = examples = 0
    with torch.no_grad():
        for X, y in data_iter:
            total += loss(net(X), y)
            examples += len(y)
    net.train()
    return total.sum() / examples


@mistake("X.numel() counts the features too: an example is a row, so add up len(y), or len(X)")
def evaluate_loss(net, data_iter, loss):
    net.eval()
    total = examples = 0
    with torch.no_grad():
        for X, y in data_iter:
            total += loss(net(X), y).sum()
            examples += X.numel()
    net.train()
    return total / examples


@mistake("the loss is given the inputs: it compares predictions with y, so loss(net(X), y)")
def evaluate_loss(net, data_iter, loss):
    net.eval()
    total = examples = 0
    with torch.no_grad():
        for X, y in data_iter:
            total += loss(X, y).sum()
            examples += len(y)
    net.train()
    return total / examples


@mistake("the loss is given y first: it takes the predictions first and the labels second, loss(net(X), y)")
def evaluate_loss(net, data_iter, loss):
    net.eval()
    total = examples = 0
    with torch.no_grad():
        for X, y in data_iter:
            total += loss(y, net(X)).sum()
            examples += len(y)
    net.train()
    return total / examples


@mistake("the argument `loss` is not used: the squared error is one loss of many, so call loss(net(X), y)")
def evaluate_loss(net, data_iter, loss):
    net.eval()
    total = examples = 0
    with torch.no_grad():
        for X, y in data_iter:
            total += ((net(X) - y) ** 2 / 2).sum()
            examples += len(y)
    net.train()
    return total / examples


@again
def evaluate_loss(net, data_iter, loss):
    net.eval()
    total = examples = 0
    with torch.no_grad():
        for X, y in data_iter:
            total += ((net(X) - y) ** 2).sum()
            examples += len(y)
    net.train()
    return total / examples


@mistake("losses may be negative, and their signs count: leave out abs()", needs="abs")
def evaluate_loss(net, data_iter, loss):
    net.eval()
    total = examples = 0
    with torch.no_grad():
        for X, y in data_iter:
            total += loss(net(X), y).abs().sum()
            examples += len(y)
    net.train()
    return total / examples


@mistake("one batch is left out: range(len(data_iter)) without - 1 takes them all, and `for X, y in` too")
def evaluate_loss(net, data_iter, loss):
    net.eval()
    total = examples = 0
    with torch.no_grad():
        for X, y in data_iter[:-1]:
            total += loss(net(X), y).sum()
            examples += len(y)
    net.train()
    return total / max(examples, 1)


@mistake(
    "the net is switched to training, net.train(), before it predicts: net.eval() first", needs=r"train\(\)"
)
def evaluate_loss(net, data_iter, loss):
    net.train()
    total = examples = 0
    with torch.no_grad():
        for X, y in data_iter:
            total += loss(net(X), y).sum()
            examples += len(y)
    net.eval()
    return total / examples


@mistake("y.numel() counts labels: an example may have several, so add up len(y)", needs="numel")
def evaluate_loss(net, data_iter, loss):
    net.eval()
    total = examples = 0
    with torch.no_grad():
        for X, y in data_iter:
            total += loss(net(X), y).sum()
            examples += y.numel()
    net.train()
    return total / examples


@mistake(
    "only the net's own flag is set: its layers, such as dropout, stay as they are; net.eval(), net.train()",
    needs=r"\.training",
)
def evaluate_loss(net, data_iter, loss):
    net.eval()
    total = examples = 0
    with torch.no_grad():
        for X, y in data_iter:
            total += loss(net(X), y).sum()
            examples += len(y)
    net.training = True
    return total / examples
