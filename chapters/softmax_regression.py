# %% [markdown]
# # Softmax regression (Softmax 回归)
# One linear score a class, turned into probabilities, and trained on the cross-entropy.
#
# Notes: 003 3, 000 1.1.3. Run: `python -m chapters.softmax_regression [scratch|concise]`.
# On Fashion-MNIST, 10 epochs: training loss 0.44-0.455, test accuracy 0.81-0.84; `--data mnist`: 0.91-0.925.

# %%
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn

import d2lcore as d2l

# %% [markdown]
# ## Labels as vectors
# A class has no size and no neighbours, so its number is no target for a regression. One-hot coding gives
# every class a direction of its own: $y_i = 1$ where $i$ is the class, else 0.


# %%
def one_hot(y: Integer[Tensor, " n"], num_classes: int) -> Float[Tensor, "n q"]:
    """Row i has a 1 in column y[i], zeros elsewhere (003 3.1).

    Raises ValueError for a label outside 0..num_classes-1.
    """
    d2l.check_counts(num_classes=num_classes)
    if len(y) and not 0 <= int(y.min()) <= int(y.max()) < num_classes:
        raise ValueError(
            f"y: labels from {int(y.min())} to {int(y.max())} do not fit {num_classes} classes, "
            f"numbered 0 to {num_classes - 1}"
        )
    return (y.unsqueeze(1) == torch.arange(num_classes, device=y.device)).float()


# %% [markdown]
# ## Scores as probabilities
# $$\hat y_i = \frac{\exp(o_i)}{\sum_k \exp(o_k)}$$
#
# is positive and sums to 1. $e^{o}$ overflows float32 from $o = 89$ on. Subtracting the same number from all
# scores of an example changes no ratio; with the largest, no exponent is positive and one of them is 0.


# %%
def softmax(O: Float[Tensor, "n q"]) -> Float[Tensor, "n q"]:
    """exp(O), each row divided by its sum: probabilities, for scores of any size (003 3.2)."""
    exps = torch.exp(O - O.amax(dim=1, keepdim=True))
    return exps / exps.sum(dim=1, keepdim=True)


# %% [markdown]
# ## The loss
# The cross-entropy $-\sum_i y_i \log \hat y_i$ of label and prediction is the surprise at the true class. Of
# a probability that has rounded to 0 it is infinite; from the scores it is always finite:
#
# $$l = \log \sum_k \exp(o_k) - \sum_i y_i o_i$$


# %%
def cross_entropy(O: Float[Tensor, "n q"], y: Integer[Tensor, " n"]) -> Float[Tensor, " n"]:
    """-log softmax(O) at the true class, of every example, from scores of any size (003 3.3).

    Raises ValueError as `one_hot` does.
    """
    O = O - O.detach().amax(dim=1, keepdim=True)
    score = torch.where(one_hot(y, O.shape[1]) == 1, O, 0).sum(dim=1)  # that of the true class
    return O.exp().sum(dim=1).log() - score


# %% [markdown]
# Its gradient in the scores is what is predicted less what is true:
#
# $$\frac{\partial l}{\partial o_i} = \mathrm{softmax}(o)_i - y_i$$


# %%
def cross_entropy_gradient(O: Float[Tensor, "n q"], y: Integer[Tensor, " n"]) -> Float[Tensor, "n q"]:
    """softmax(O) - one_hot(y): the gradient of every example's loss in its scores (003 3.3)."""
    return softmax(O) - one_hot(y, O.shape[1]).to(O.dtype)


# %% [markdown]
# ## From scratch
# An image is flattened to a row of X. $O = XW + b$ has a column a class; the loss above does the rest.


# %%
class SoftmaxRegression(nn.Module):
    """Linear scores of the classes: (n, ...) -> (n, num_outputs) (003 3.2)."""

    def __init__(self, num_inputs: int, num_outputs: int) -> None:
        super().__init__()
        d2l.check_counts(num_inputs=num_inputs, num_outputs=num_outputs)
        self.W = nn.Parameter(0.01 * torch.randn(num_inputs, num_outputs))
        self.b = nn.Parameter(torch.zeros(num_outputs))

    def forward(self, X: Float[Tensor, "n ..."]) -> Float[Tensor, "n q"]:
        return d2l.linreg(X.flatten(start_dim=1), self.W, self.b)


def sizes(train_iter: d2l.Batches) -> tuple[int, int]:
    """The number of inputs and of classes of an image data set."""
    image, _ = train_iter.dataset[0]
    return image.numel(), len(train_iter.dataset.classes or ())


# %% [markdown]
# After the training: eight test images with their predictions, the weights of each class as an image, and the
# **confusion matrix**: row $i$, column $j$ counts the examples of class $j$ that are taken for $i$.


# %%
def confusion_counts(
    y: Integer[Tensor, " n"], y_hat: Integer[Tensor, " n"], num_classes: int
) -> Integer[Tensor, "q q"]:
    """How many examples of class j (column) are predicted as class i (row)."""
    return (one_hot(y_hat, num_classes).T @ one_hot(y, num_classes)).round().long()


def fit(
    net: nn.Module,
    train_iter: d2l.Batches,
    test_iter: d2l.Batches,
    loss: Callable[[Tensor, Tensor], Tensor],
    num_epochs: int,
    updater: torch.optim.Optimizer | Callable[[int], object],
) -> d2l.Result:
    """`d2l.train_ch3`, whose arguments these are, then the predictions of eight test images."""
    history = d2l.train_ch3(net, train_iter, test_iter, loss, num_epochs, updater)
    images = d2l.predict_ch3(net, test_iter, n=8)
    return d2l.Result(net, history, {"training": history.plot(), "predictions": images[0].figure})


def with_insight(
    trained: d2l.Result, W: Float[Tensor, "d q"], train_iter: d2l.Batches, test_iter: d2l.Batches
) -> d2l.Result:
    """The same result with the confusion matrix of the test images and the weights drawn."""
    with torch.no_grad():
        pairs = [(y, trained.net(X).argmax(dim=1)) for X, y in test_iter]
    y, y_hat = (torch.cat(column).cpu() for column in zip(*pairs, strict=True))
    classes = test_iter.dataset.classes or []
    figures = {
        "confusion": draw_confusion(confusion_counts(y, y_hat, len(classes)), classes),
        "weights": draw_weights(W, train_iter.dataset[0][0].shape[-2:], classes),
    }
    return d2l.Result(trained.net, trained.history, trained.figures | figures)


def draw_confusion(counts: Integer[Tensor, "q q"], classes: Sequence[str]) -> "d2l.plt.Figure":
    """The counts as numbers on shades, between the names of the classes."""
    figure, axes = d2l.plt.subplots(figsize=(6.5, 6), layout="constrained")
    axes.imshow(counts.numpy(), cmap="Blues")
    for i, row in enumerate(counts.tolist()):
        for j, count in enumerate(row):
            shade = "white" if count > int(counts.max()) / 2 else "black"
            axes.text(j, i, count or "", ha="center", va="center", fontsize="small", color=shade)
    axes.set(xlabel="true class", ylabel="predicted class")
    axes.set_xticks(range(len(classes)), classes, rotation=45, ha="right")
    axes.set_yticks(range(len(classes)), classes)
    return figure


def draw_weights(W: Float[Tensor, "d q"], size: Sequence[int], classes: Sequence[str]) -> "d2l.plt.Figure":
    """The weights of each class as an image: bright pixels speak for it, dark ones against it."""
    return d2l.show_images(W.detach().T.reshape(-1, *size), 2, 5, titles=classes)[0].figure


def scratch(
    *,
    lr: float = 0.1,
    num_epochs: int = 10,
    batch_size: int = 256,
    data: str = "fashion_mnist",
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """Scores, loss and steps written out.

    lr: learning rate of SGD
    num_epochs: passes over the training data
    batch_size: examples in a minibatch
    data: fashion_mnist, mnist or digits
    device: auto, cpu, cuda, cuda:N or mps
    seed: of the weights and of the order of the examples
    """
    where = d2l.get_device(device)
    train_iter, test_iter = d2l.load_data(data, batch_size, device=where)
    d2l.seed_everything(seed)
    net = SoftmaxRegression(*sizes(train_iter)).to(where)

    def updater(batch_size: int) -> None:
        d2l.sgd(net.parameters(), lr, batch_size)

    trained = fit(net, train_iter, test_iter, cross_entropy, num_epochs, updater)
    return with_insight(trained, net.W, train_iter, test_iter)


# %% [markdown]
# ## Concise
# `nn.CrossEntropyLoss` takes scores, not probabilities: softmax is inside it. `nn.Linear` keeps its weight
# transposed, (outputs, inputs). Drawn as (inputs, outputs), one seed starts both variants from the same
# weights.


# %%
def init_weights(layer: nn.Module) -> None:
    """N(0, 0.01²) weights and zero bias for a linear layer; for use with `net.apply`."""
    if isinstance(layer, nn.Linear):
        nn.init.zeros_(layer.bias)
        layer.weight = nn.Parameter(0.01 * torch.randn(layer.in_features, layer.out_features).T)


def concise(
    *,
    lr: float = 0.1,
    num_epochs: int = 10,
    batch_size: int = 256,
    data: str = "fashion_mnist",
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """The same model of `nn` layers, from the same first weights."""
    where = d2l.get_device(device)
    train_iter, test_iter = d2l.load_data(data, batch_size, device=where)
    linear = nn.Linear(*sizes(train_iter))
    net = nn.Sequential(nn.Flatten(), linear)
    d2l.seed_everything(seed)  # only now: the layer has drawn weights of its own
    net.apply(init_weights).to(where)
    loss = nn.CrossEntropyLoss(reduction="none")
    updater = torch.optim.SGD(net.parameters(), lr=lr)
    trained = fit(net, train_iter, test_iter, loss, num_epochs, updater)
    return with_insight(trained, linear.weight.T, train_iter, test_iter)


# %%
if __name__ == "__main__":
    d2l.run_chapter("softmax_regression", scratch, concise)
