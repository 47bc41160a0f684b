# %% [markdown]
# # Softmax regression (Softmax 回归)
# Score each class by a linear model, and turn the scores into probabilities of the classes.
#
# Notes: 003 3, 000 1.1.3. Run: `python -m chapters.softmax_regression [scratch|concise]`.
# On Fashion-MNIST (small images of clothes, ten classes), after 10 epochs: test accuracy about 0.83.

# %%
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn

import d2lcore as d2l
from chapters.figures.softmax_regression import draw_confusion, draw_training

# %% [markdown]
# ## From scores to probabilities
# A linear model gives each class $i$ a score $o_i$, any number. Softmax turns the scores of an example into
# probabilities, which are positive and sum to 1. The sum goes over all classes $k$:
#
# $$\hat y_i = \frac{\exp(o_i)}{\sum_k \exp(o_k)}$$
#
# In float32 $e^{o}$ is too large from $o = 89$ on: it becomes inf, and inf / inf is no number. So first
# subtract the largest score from all of them. This divides numerator and denominator by the same number,
# and now no exponent is positive. In the code $O$ has a row for each of $n$ examples, a column for each of
# $q$ classes.


# %%
def softmax(O: Float[Tensor, "n q"]) -> Float[Tensor, "n q"]:
    """exp(O), each row divided by its sum: probabilities, for scores of any size (003 3.2)."""
    exps = torch.exp(O - O.amax(dim=1, keepdim=True))
    return exps / exps.sum(dim=1, keepdim=True)


# %% [markdown]
# ## Labels as vectors
# The number of a class is only a name: class 9 is not more than class 1. One-hot coding makes a vector of
# the label: $y_i = 1$ where $i$ is the class, else 0. `scatter_` writes a 1 into each row, in the column that
# `y` names.


# %%
def one_hot(y: Integer[Tensor, " n"], num_classes: int) -> Float[Tensor, "n q"]:
    """Row i has a 1 in column y[i], zeros elsewhere (003 3.1). A label without a column is an error."""
    return torch.zeros(len(y), num_classes, device=y.device).scatter_(1, y.unsqueeze(1), 1.0)


# %% [markdown]
# ## The loss
# The loss is the cross-entropy, $l = -\sum_i y_i \log \hat y_i$: the less probability the true class gets,
# the larger it is. A probability that has rounded to 0 has no logarithm, so compute the loss from the scores.
# By the formula of softmax $\log \hat y_i = o_i - \log \sum_k \exp(o_k)$, and the $y_i$ sum to 1:
#
# $$l = \log \sum_k \exp(o_k) - \sum_i y_i o_i$$
#
# The last sum is the score of the true class. `gather` picks it, one number a row. Here too the largest score
# can be subtracted from all: both terms fall by it, and $l$ stays. `detach`: autograd need not follow that.


# %%
def cross_entropy(O: Float[Tensor, "n q"], y: Integer[Tensor, " n"]) -> Float[Tensor, " n"]:
    """-log softmax(O) at the true class, of every example, from scores of any size (003 3.3)."""
    O = O - O.detach().amax(dim=1, keepdim=True)
    true_score = O.gather(1, y.unsqueeze(1)).squeeze(1)
    return O.exp().sum(dim=1).log() - true_score


# %% [markdown]
# Its derivative with respect to a score is what is predicted minus what is true:
# $\partial l / \partial o_i = \hat y_i - y_i$.


# %%
def cross_entropy_gradient(O: Float[Tensor, "n q"], y: Integer[Tensor, " n"]) -> Float[Tensor, "n q"]:
    """softmax(O) - one_hot(y): the gradient of each example's loss with respect to its scores (003 3.3)."""
    return softmax(O) - one_hot(y, O.shape[1]).to(O.dtype)


# %% [markdown]
# ## From scratch
# An image, flattened, is a row of X. $O = XW + b$ has a column for each class. Because they are
# `nn.Parameter`s of a module, $W$ and $b$ move with `net.to(device)`.


# %%
class SoftmaxRegression(nn.Module):
    """Linear scores of the classes: (n, ...) -> (n, num_outputs) (003 3.2)."""

    def __init__(self, num_inputs: int, num_outputs: int) -> None:
        super().__init__()
        self.W: Tensor = nn.Parameter(0.01 * torch.randn(num_inputs, num_outputs))
        self.b: Tensor = nn.Parameter(torch.zeros(num_outputs))

    def forward(self, X: Float[Tensor, "n ..."]) -> Float[Tensor, "n q"]:
        return X.flatten(start_dim=1) @ self.W + self.b


# %% [markdown]
# An epoch is one pass over the images. For each minibatch: predict, measure the loss, take the gradients of
# its mean, and step against them. `torch.autograd.grad` returns the gradients, so there is nothing to set to
# zero. The lists collect each example's loss, and whether it was predicted right. `d2l.train_epoch_ch3`, of
# the book's chapter 3, is the same loop for any net, loss and optimizer, with error messages.


# %%
def train_epoch(net: SoftmaxRegression, train_iter: d2l.Batches, lr: float) -> dict[str, float]:
    """One pass of SGD, on the mean cross-entropy; the mean loss and the accuracy along the way."""
    losses, right = [], []
    for X, y in train_iter:
        O = net(X)
        l = cross_entropy(O, y)
        grads = torch.autograd.grad(l.mean(), (net.W, net.b))
        with torch.no_grad():
            net.W -= lr * grads[0]
            net.b -= lr * grads[1]
        losses.append(l.detach())
        right.append((O.argmax(dim=1) == y).float())
    train_loss, train_acc = (float(torch.cat(each).mean()) for each in (losses, right))
    return {"train_loss": train_loss, "train_acc": train_acc}


def inputs_and_classes(train_iter: d2l.Batches) -> tuple[int, int]:
    """The number of inputs and of classes of an image data set."""
    image, _ = train_iter.dataset[0]
    return image.numel(), len(train_iter.dataset.classes or ())


def scratch(
    *, lr: float = 0.1, num_epochs: int = 10, batch_size: int = 256,
    data: str = "fashion_mnist", device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """Scores, loss and steps written out."""
    where = d2l.get_device(device)
    train_iter, test_iter = d2l.load_data(data, batch_size, device=where)
    d2l.seed_everything(seed)
    net = SoftmaxRegression(*inputs_and_classes(train_iter)).to(where)

    def run_epoch(epoch: int) -> dict[str, float]:
        return train_epoch(net, train_iter, lr) | {"test_acc": d2l.evaluate_accuracy(net, test_iter)}

    history = d2l.train_epochs(num_epochs, run_epoch)
    return d2l.Result(net, history, draw_course(net, history, test_iter) | draw_insight(net, test_iter))


# %% [markdown]
# ## What has it learned?
# The figures show how the training went, eight test images with their predictions, and the weights of
# each class as an image: bright pixels speak for the class, dark ones against it. The **confusion matrix**
# says which classes are mixed up: row $i$, column $j$ counts the images of class $j$ that were taken for $i$
# (blank: none). Of one image, one-hot column times one-hot row is a table with a single 1, at that place. The
# matrix product adds these tables.


# %%
def confusion_counts(y: Integer[Tensor, " n"], y_hat: Integer[Tensor, " n"], num_classes: int) -> Tensor:
    """How many examples of class j (column) are predicted as class i (row), shape (q, q)."""
    return (one_hot(y_hat, num_classes).T @ one_hot(y, num_classes)).round().long()


def draw_course(net: Callable, history: d2l.History, test_iter: d2l.Batches) -> dict[str, Any]:
    """Figures of the loss and the accuracies over the epochs, and of eight test images with predictions."""
    images = d2l.predict_ch3(net, test_iter, n=8)
    return {"training": draw_training(history), "predictions": images[0].figure}


def draw_insight(net: SoftmaxRegression, test_iter: d2l.Batches) -> dict[str, Any]:
    """Figures of the confusion matrix of the test images, and of the weights of each class as an image."""
    images, labels = (torch.cat(column) for column in zip(*test_iter, strict=True))
    classes = test_iter.dataset.classes or []
    with torch.no_grad():
        counts = confusion_counts(labels, net(images).argmax(dim=1), len(classes))
    weights = d2l.show_images(net.W.detach().T.reshape(-1, *images.shape[-2:]), 2, 5, titles=classes)
    return {"confusion": draw_confusion(counts.tolist(), classes), "weights": weights[0].figure}


# %% [markdown]
# ## Concise
# `nn.CrossEntropyLoss` takes scores, not probabilities: softmax is inside it. With `reduction="none"` it
# gives one loss for each example; `d2l.train_ch3`, the book's training loop, takes their mean. `nn.Linear`
# keeps its weight as (outputs, inputs), the transpose of our $W$. `init_weights` draws a $W$ and transposes
# it. So one seed starts both variants from the same weights.


# %%
def init_weights(layer: nn.Module) -> None:
    """N(0, 0.01²) weights and zero bias for a linear layer; for use with `net.apply`."""
    if isinstance(layer, nn.Linear):
        nn.init.zeros_(layer.bias)
        layer.weight = nn.Parameter(0.01 * torch.randn(layer.in_features, layer.out_features).T)


def concise(
    *, lr: float = 0.1, num_epochs: int = 10, batch_size: int = 256,
    data: str = "fashion_mnist", device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """The same model of `nn` layers, from the same first weights."""
    where = d2l.get_device(device)
    train_iter, test_iter = d2l.load_data(data, batch_size, device=where)
    net = nn.Sequential(nn.Flatten(), nn.Linear(*inputs_and_classes(train_iter)))
    d2l.seed_everything(seed)  # after the layer is made: making it draws random numbers
    net.apply(init_weights).to(where)
    loss = nn.CrossEntropyLoss(reduction="none")
    return train_and_draw(net, train_iter, test_iter, loss, num_epochs, torch.optim.SGD(net.parameters(), lr))


def train_and_draw(
    net: Callable, train_iter: d2l.Batches, test_iter: d2l.Batches, loss: Any, num_epochs: int, updater: Any
) -> d2l.Result:
    """`d2l.train_ch3`, whose arguments these are, and the figures of the training."""
    history = d2l.train_ch3(net, train_iter, test_iter, loss, num_epochs, updater)
    return d2l.Result(net, history, draw_course(net, history, test_iter))


# %%
if __name__ == "__main__":
    d2l.run_chapter("softmax_regression", scratch, concise)
