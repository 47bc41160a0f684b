# %% [markdown]
# # The mean of the parts (分块的平均)
# The gradient of a batch is the mean of the gradients of its parts, weighted by their sizes.
#
# Book 12.5; the notes stay on one device. Run: `python -m chapters.data_parallel parts`, 1 s on one core.
# 100 digits, cut in 1 and 99: the plain mean errs by 7.3 times the gradient, the weighted one by 2e-7 of it.

# %%
from collections.abc import Sequence

import torch
from jaxtyping import Float, Integer
from torch import Tensor

import d2lcore as d2l
from chapters.figures.data_parallel import draw_bias
from chapters.first_network import forward
from chapters.mlp import MLP
from chapters.softmax_regression import cross_entropy

# %% [markdown]
# ## Parts of unequal size
# The loss of a batch is the mean over its $n$ examples, and so is its gradient. Cut the batch into parts of
# $n_1, n_2, \dots$ examples, and let $g_r$ be the mean gradient of part $r$. Its size makes a sum of it
# again, and the sums make the mean of all:
#
# $$g = \frac{1}{n} \sum_r n_r\, g_r \qquad n = \sum_r n_r$$


# %%
def mean_of_parts(means: Sequence[Float[Tensor, "..."]], sizes: Sequence[int]) -> Float[Tensor, "..."]:
    """The mean gradient of a batch, from those of its parts and their sizes; a part may be empty."""
    sums = [n * g for g, n in zip(means, sizes, strict=True) if n > 0]  # the mean of no examples is NaN
    return torch.stack(sums).sum(dim=0) / sum(sizes)


# %% [markdown]
# With parts of one size this is the plain mean, $(g_1 + g_2)/2$. With others the plain mean is wrong: of 99
# examples and 1, the one counts as much as the 99 together. Batches of 256 can be cut evenly, but the last
# batch of an epoch is what is left over, and may have any size. The figure cuts 100 images of digits in two
# at each place. The plain mean is right in the middle only, the weighted one everywhere, but for rounding.


# %%
def parts(*, num_examples: int = 100, num_hiddens: int = 64, seed: int = 0) -> d2l.Result:
    """Cut a batch in two at every place, and put its gradient together again.

    num_examples: digits in the batch, at least 2
    """
    train_iter, _ = d2l.load_data("digits", num_examples)
    d2l.seed_everything(seed)
    net, (X, y) = MLP(64, num_hiddens, 10), next(iter(train_iter))

    def gradient(rows: slice) -> Tensor:
        grads = torch.autograd.grad(cross_entropy(net(X[rows]), y[rows]).mean(), list(net.parameters()))
        return torch.cat([grad.flatten() for grad in grads])

    whole = gradient(slice(None))
    errors: dict[str, list[float]] = {"plain mean": [], "weighted mean": []}
    for cut in range(1, len(y)):
        means, sizes = [gradient(slice(cut)), gradient(slice(cut, None))], [cut, len(y) - cut]
        for name, g in zip(errors, (sum(means) / 2, mean_of_parts(means, sizes)), strict=True):
            errors[name].append(float((g - whole).norm() / whole.norm()))
    metrics = {f"error of the {name}, cut after 1": each[0] for name, each in errors.items()}
    metrics["largest error of the weighted mean"] = max(errors["weighted mean"])
    return d2l.Result(figures={"parts": draw_bias(errors)}, metrics=metrics)


# %% [markdown]
# ## Several devices, one process
# There is a way not to think of sizes: each part gives the *sum* of its gradients, and its number of
# examples. Add up both, and divide once. A part without examples adds zeros. One tensor holds all that is to
# be summed, the loss too: to send one takes less time than to send many.


# %%
def sums(
    params: Sequence[Tensor], X: Float[Tensor, "n ..."], y: Integer[Tensor, " n"]
) -> Float[Tensor, " m"]:
    """The gradients of the summed loss of n examples, in one row, then that loss and n."""
    l = cross_entropy(forward(params, X.flatten(start_dim=1))[1], y).sum()
    grads = torch.autograd.grad(l, params)
    return torch.cat([*(grad.flatten() for grad in grads), torch.stack([l.detach(), l.new_tensor(len(y))])])


def follow(params: Sequence[Tensor], summed: Float[Tensor, " m"], lr: float) -> Float[Tensor, "2"]:
    """A step of SGD, from the `sums` of a whole batch; gives the last two of these."""
    *grads, numbers = summed.split([*(param.numel() for param in params), 2])
    with torch.no_grad():
        for param, grad in zip(params, grads, strict=True):
            param -= lr * grad.view_as(param) / numbers[1]
    return numbers


# %% [markdown]
# The book keeps a copy of the parameters on each device. `split_batch` sends a part of the batch to each,
# `allreduce` gives every device the sum over all, and so all take the same step.


# %%
def split_batch(X: Tensor, y: Tensor, devices: Sequence[torch.device]) -> tuple[list[Tensor], list[Tensor]]:
    """The parts of X and those of y, one on each device, of sizes that differ by at most 1 (book 12.5)."""
    X_parts, y_parts = (
        [part.to(device) for part, device in zip(whole.tensor_split(len(devices)), devices, strict=True)]
        for whole in (X, y)
    )
    return X_parts, y_parts


def allreduce(data: Sequence[Tensor]) -> None:
    """Each tensor becomes the sum of all, in place, on whatever devices they are (book 12.5)."""
    for one in data[1:]:
        data[0].add_(one.to(data[0].device))
    for one in data[1:]:
        one.copy_(data[0])


def train_batch(
    X: Tensor,
    y: Tensor,
    device_params: Sequence[Sequence[Tensor]],
    devices: Sequence[torch.device],
    lr: float,
) -> None:
    """One step of SGD on the batch. device_params: for each device its W1, b1, W2, b2 (book 12.5)."""
    parts = zip(device_params, *split_batch(X, y, devices), strict=True)
    data = [sums(*part) for part in parts]
    allreduce(data)
    for params, summed in zip(device_params, data, strict=True):
        follow(params, summed, lr)


# %%
if __name__ == "__main__":
    d2l.run_chapter("data_parallel", parts)
