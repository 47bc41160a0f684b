"""Answers to evaluate_loss, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Takes the mean of the batches' means, so the examples of a smaller last batch count more.")
def evaluate_loss(net: torch.nn.Module, data_iter: list, loss) -> float:
    net.eval()
    means = []
    with torch.no_grad():
        for X, y in data_iter:
            means.append(loss(net(X), y).mean().item())
    net.train()
    return sum(means) / len(means)


@wrong("Switches back to training mode inside the loop, so all batches but the first are computed with dropout.")
def evaluate_loss(net: torch.nn.Module, data_iter: list, loss) -> float:
    total, count = 0.0, 0
    net.eval()
    with torch.no_grad():
        for X, y in data_iter:
            l = loss(net(X), y)
            total += float(l.sum())
            count += l.shape[0]
            net.train()
    return total / count


@wrong("Switches gradients off for good with set_grad_enabled(False) and never on again.")
def evaluate_loss(net: torch.nn.Module, data_iter: list, loss) -> float:
    net.eval()
    torch.set_grad_enabled(False)
    losses = torch.cat([loss(net(X), y).reshape(-1) for X, y in data_iter])
    net.train()
    return losses.mean().item()


@wrong("Takes the size of the first batch times the number of batches for the number of examples.")
def evaluate_loss(net: torch.nn.Module, data_iter: list, loss) -> float:
    net.train(False)
    with torch.no_grad():
        total = sum(loss(net(X), y).sum().item() for X, y in data_iter)
    net.train(True)
    num_examples = len(data_iter) * len(data_iter[0][0])
    return total / num_examples


@wrong("Forgets net.train() at the end, so the net is left in evaluation mode.")
def evaluate_loss(net: torch.nn.Module, data_iter: list, loss) -> float:
    net.eval()
    metric = [0.0, 0]
    with torch.no_grad():
        for batch in data_iter:
            l = loss(net(batch[0]), batch[1])
            metric[0] += l.sum().item()
            metric[1] += l.numel()
    return metric[0] / metric[1]


@right("collects the losses of all batches and takes one mean, with try and finally")
def evaluate_loss(net: torch.nn.Module, data_iter: list, loss) -> float:
    net.eval()
    try:
        with torch.no_grad():
            pieces = [loss(net(X), y) for X, y in data_iter]
    finally:
        net.train()
    return torch.cat(pieces, dim=0).mean().item()


@right("a helper decorated with no_grad, means weighted with the batch sizes")
def evaluate_loss(net: torch.nn.Module, data_iter: list, loss) -> float:
    @torch.no_grad()
    def mean_and_size(X, y):
        return loss(net(X), y).mean().item(), X.shape[0]

    net.train(mode=False)
    results = [mean_and_size(*batch) for batch in data_iter]
    net.train(mode=True)
    n = sum(size for _, size in results)
    return sum(mean * size / n for mean, size in results)
