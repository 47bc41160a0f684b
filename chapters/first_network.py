# %% [markdown]
# # The first network (初识神经网络)
# A whole training on one page: in a few lines of PyTorch, and then of nothing but tensor operations.
#
# Notes: 002 (初识神经网络, 回顾第一个例子). Run: `python -m chapters.first_network [concise|scratch]`.
# On MNIST, 5 epochs, 2,345 updates: training accuracy about 0.989, test accuracy about 0.979.

# %%
from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn

import d2lcore as d2l
from chapters.figures.first_network import draw_layers
from chapters.initialization import xavier_uniform_
from chapters.mlp import relu
from chapters.softmax_regression import (
    cross_entropy,
    cross_entropy_gradient,
    draw_course,
    inputs_and_classes,
    train_and_draw,
)

# %% [markdown]
# ## A few lines
# An image of a digit is 28 x 28 pixels, 784 numbers from 0 to 1. A first layer makes 512 numbers of them, a
# second one ten scores, and the largest says which digit it is. Then three choices, as 002 lists them: a
# loss, cross-entropy; an optimizer, RMSProp; and what to watch, the accuracy. Show all 60,000 images, 128 at
# a time, five times over. That is 469 updates an epoch: 468 of 128 images, and one of the 96 that are left.


# %%
def concise(
    *,
    num_hiddens: int = 512,
    lr: float = 0.001,  # this, rho and eps as in Keras, which 002 uses
    rho: float = 0.9,
    eps: float = 1e-7,
    num_epochs: int = 5,
    batch_size: int = 128,
    data: str = "mnist",
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """The network of 002 in PyTorch.

    rho: weight of the squared gradients so far in RMSProp's mean; torch calls it alpha
    eps: added to the root of that mean
    """
    where = d2l.get_device(device)
    train_iter, test_iter = d2l.load_data(data, batch_size, device=where)
    num_inputs, num_outputs = inputs_and_classes(train_iter)
    d2l.check_counts(num_hiddens=num_hiddens)
    net = nn.Sequential(
        nn.Flatten(), nn.Linear(num_inputs, num_hiddens), nn.ReLU(), nn.Linear(num_hiddens, num_outputs)
    )
    d2l.seed_everything(seed)  # only now: the layers have drawn weights of their own
    net.apply(glorot_weights).to(where)
    updater = torch.optim.RMSprop(net.parameters(), lr, alpha=rho, eps=eps)
    result = train_and_draw(net, train_iter, test_iter, nn.CrossEntropyLoss(), num_epochs, updater)
    result.metrics |= {"updates": float(next(iter(updater.state.values()))["step"])}
    result.metrics |= {"train_acc at the end": d2l.evaluate_accuracy(net, train_iter)}
    return with_layers(result, train_iter, test_iter)


def glorot_weights(layer: nn.Module) -> None:
    """Keras's first weights for a linear layer: Xavier's, and no bias; for use with `net.apply`."""
    if isinstance(layer, nn.Linear):
        xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)


# %% [markdown]
# 002 reports 0.989 on the training images and 0.9785 on the test images. Ours are the same, 0.9887 and 0.9786
# (means of the seeds 0 to 4), with the numbers that Keras puts into RMSProp and into the first weights. They
# matter: PyTorch's RMSProp has $\eta = 0.01$, $\rho = 0.99$ and $\epsilon = 10^{-8}$ by default. With these
# the test accuracy is 0.953 to 0.974, hanging on the seed. Try `--lr 0.01 --rho 0.99 --eps 1e-8`.
#
# The 0.989 is a mean over the epoch: each batch was counted *before* its update. When all is done the net
# knows 0.992 of its training images (`train_acc at the end`). So it overfits more than the two numbers of 002
# say.
#
# ## Layers as filters
# 002 calls a layer a filter: what comes out suits the task better than what went in. Is that so? Take the
# mean of each digit, and give every test image the digit whose mean is nearest. Do so with the pixels, with
# the 512 numbers of the hidden layer, and with the ten scores.


# %%
def representations(net: nn.Sequential, X: Float[Tensor, "n ..."]) -> dict[str, Float[Tensor, "n _"]]:
    """The images as pixels, after the hidden layer, and as scores: a row for each."""
    with torch.no_grad():
        return {"pixels": X.flatten(start_dim=1), "hidden layer": net[:3](X), "scores": net(X)}


def nearest_mean(
    features: Float[Tensor, "n d"], y: Integer[Tensor, " n"], others: Float[Tensor, "m d"]
) -> Integer[Tensor, " m"]:
    """The class of y whose rows of `features` have the mean nearest to each row of others."""
    means = torch.stack([features[y == label].mean(dim=0) for label in range(int(y.max()) + 1)])
    return torch.cdist(others, means).argmin(dim=1)


def with_layers(result: d2l.Result, train_iter: d2l.Batches, test_iter: d2l.Batches) -> d2l.Result:
    """`result` with the accuracy of the nearest mean at each layer, and a figure of 2,000 test images."""
    X, y = train_iter.dataset.batch(slice(0, 10_000))
    test_X, test_y = test_iter.dataset.batch(slice(0, 10_000))
    seen, test_seen = representations(result.net, X), representations(result.net, test_X)
    shares = {
        name: float((nearest_mean(seen[name], y, test_seen[name]) == test_y).float().mean()) for name in seen
    }
    metrics = {f"nearest mean, {name}": share for name, share in shares.items()}
    figures = {"layers": draw_layers(test_seen, test_y, shares)}
    return replace(result, figures=result.figures | figures, metrics=result.metrics | metrics)


# %% [markdown]
# ## The same, of tensor operations
# What does each of those lines do? A dense layer is a product, a sum and an activation. Of a batch, each row
# of X is an image. 002 writes $\mathrm{dot}(W, input)$, which is right for one image as a column.
#
# $$H = \mathrm{ReLU}(X W_1 + b_1) \qquad O = H W_2 + b_2$$


# %%
def dense(X: Float[Tensor, "n d"], W: Float[Tensor, "d q"], b: Float[Tensor, " q"]) -> Float[Tensor, "n q"]:
    """X W + b: a dense layer without its activation."""
    return X @ W + b


def forward(params: Sequence[Tensor], X: Float[Tensor, "n d"]) -> tuple[Tensor, Tensor]:
    """The hidden units and the scores, (n, h) and (n, q)."""
    W1, b1, W2, b2 = params
    H = relu(dense(X, W1, b1))
    return H, dense(H, W2, b2)


# %% [markdown]
# The labels become one-hot rows $Y$, and softmax makes probabilities of the scores. The gradient of the mean
# cross-entropy in $O$ is then their difference, over $n$. From there the chain rule goes back. A product
# hands a gradient on by the other factor; ReLU lets it through where $H > 0$; a bias met every row.
#
# $$G = \tfrac{1}{n} (\mathrm{softmax}(O) - Y) \qquad \nabla W_2 = H^\top G \qquad
# D = G W_2^\top \odot [H > 0] \qquad \nabla W_1 = X^\top D$$


# %%
def gradients(
    params: Sequence[Tensor], X: Float[Tensor, "n d"], H: Float[Tensor, "n h"], G: Float[Tensor, "n q"]
) -> list[Tensor]:
    """The gradient of the loss in each parameter, from its gradient G in the scores."""
    W2 = params[2]
    D = G @ W2.T * (H > 0)
    return [X.T @ D, D.sum(dim=0), H.T @ G, G.sum(dim=0)]


# %% [markdown]
# RMSProp keeps a mean $s$ of the squares of each weight's gradient, in which old ones fade. Dividing by its
# root, weights with small gradients move as far as those with large ones:
#
# $$s \leftarrow \rho s + (1 - \rho) g^2 \qquad w \leftarrow w - \frac{\eta}{\sqrt{s} + \epsilon}\, g$$


# %%
def rmsprop_step(
    params: Sequence[Tensor], grads: Sequence[Tensor], squares: Sequence[Tensor],
    lr: float, rho: float, eps: float,
) -> None:  # fmt: skip
    """One step of RMSProp, in place, on the parameters and on the mean squares, which start as zeros."""
    for param, grad, s in zip(params, grads, squares, strict=True):
        s.mul_(rho).add_((1 - rho) * grad**2)
        param -= lr * grad / (s.sqrt() + eps)


# %% [markdown]
# That is all. An epoch is the four steps of 002: take a batch, predict, compare, update.


# %%
def scratch(
    *,
    num_hiddens: int = 512,
    lr: float = 0.001,
    rho: float = 0.9,
    eps: float = 1e-7,
    num_epochs: int = 5,
    batch_size: int = 128,
    data: str = "mnist",
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """The same network, its gradients and its optimizer, written out."""
    where = d2l.get_device(device)
    train_iter, test_iter = d2l.load_data(data, batch_size, device=where)
    num_inputs, num_outputs = inputs_and_classes(train_iter)
    d2l.check_counts(num_hiddens=num_hiddens)
    d2l.seed_everything(seed)
    W1, W2 = (
        xavier_uniform_(torch.empty(n_out, n_in)).T  # drawn as nn.Linear keeps it
        for n_in, n_out in ((num_inputs, num_hiddens), (num_hiddens, num_outputs))
    )
    params = [one.to(where) for one in (W1, torch.zeros(num_hiddens), W2, torch.zeros(num_outputs))]
    squares = [torch.zeros_like(param) for param in params]
    updates = 0

    def run_epoch(epoch: int) -> dict[str, float]:
        nonlocal updates
        losses, right = [], []
        for images, y in train_iter:
            X = images.flatten(start_dim=1)
            H, O = forward(params, X)
            grads = gradients(params, X, H, cross_entropy_gradient(O, y) / len(y))
            rmsprop_step(params, grads, squares, lr, rho, eps)
            losses.append(cross_entropy(O, y))
            right.append((O.argmax(dim=1) == y).float())
            updates += 1
        train_loss, train_acc = (float(torch.cat(each).mean()) for each in (losses, right))
        test_acc = d2l.evaluate_accuracy(net, test_iter)
        return {"train_loss": train_loss, "train_acc": train_acc, "test_acc": test_acc}

    def net(X: Tensor) -> Tensor:
        return forward(params, X.flatten(start_dim=1))[1]

    history = d2l.train_epochs(num_epochs, run_epoch)
    weights = dict(zip(("W1", "b1", "W2", "b2"), params, strict=True))
    result = d2l.Result(net, history, draw_course(net, history, test_iter), weights=weights)
    result.metrics |= {"updates": float(updates)}
    return result


# %%
if __name__ == "__main__":
    d2l.run_chapter("first_network", concise, scratch)
