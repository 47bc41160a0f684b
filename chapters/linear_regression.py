# %% [markdown]
# # Linear regression (线性回归)
# A weighted sum of the features plus a bias, found step by step from examples.
#
# Notes: 003 2, 000 1.1.1. Run: `python -m chapters.linear_regression [scratch|concise]`.
# From 1,000 examples of y = 2 x1 - 3.4 x2 + 4.2 + noise, after three epochs: w1 = 2 to within 0.01.

# %%
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

import d2lcore as d2l
from chapters.figures.linear_regression import draw_fit

# %% [markdown]
# ## The data
# Take a rule, $y = X w + b$. Each row of $X$ is an example, each column a feature; $w$ has one weight for
# each feature. Draw the features at random, and add some noise to what the rule says. Whoever sees only $X$
# and $y$ has to find $w$ and $b$ again.
#
# Two marks return on every page. A number such as 003 2.1 is a section of the notes: set 003, section 2.1.
# `Float[Tensor, "n d"]` is a tensor of floats with n rows and d columns.

# %%
TRUE_W, TRUE_B = torch.tensor([[2.0], [-3.4]]), 4.2


def synthetic_data(w: Tensor, b: float, num_examples: int, noise: float) -> tuple[Tensor, Tensor]:
    """Features X ~ N(0, 1), shape (n, d), and labels y = X w + b + N(0, noise²), shape (n, 1) (003 2)."""
    X = torch.normal(0.0, 1.0, (num_examples, len(w)))
    y = X @ w + b
    return X, y + torch.normal(0.0, noise, y.shape)


# %% [markdown]
# ## Model, loss, step
# The prediction is $\hat y = X w + b$. The loss of an example is half the squared error,
# $l = (\hat y - y)^2 / 2$. A batch $B$ is a small set of $|B|$ examples. The gradient $\nabla l$ points to
# where the loss grows fastest. A step goes the other way: it subtracts the mean gradient of the batch, times
# the learning rate $\eta$. The parameters change in place, outside what autograd records (`no_grad`):
#
# $$(w, b) \leftarrow (w, b) - \frac{\eta}{|B|} \sum_{i \in B} \nabla_{(w, b)}\, l^{(i)}(w, b)$$


# %%
def linreg(X: Float[Tensor, "n d"], w: Float[Tensor, "d 1"], b: Float[Tensor, "1"]) -> Float[Tensor, "n 1"]:
    """X w + b (003 2.1)."""
    return X @ w + b


def squared_loss(y_hat: Float[Tensor, "n 1"], y: Float[Tensor, "n 1"]) -> Float[Tensor, "n 1"]:
    """(y_hat - y)² / 2 of every example (003 2.2)."""
    return (y_hat - y) ** 2 / 2


def sgd(params: list[Any], lr: float, batch_size: int) -> None:
    """One step, from gradients of the batch's summed loss; then set these gradients to zero (003 2.3)."""
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


# %% [markdown]
# ## Training
# One epoch takes each example once, in random order, `batch_size` at a time. Each time: predict, sum the
# losses, let autograd find the gradients (`backward` writes them to `w.grad` and `b.grad`), step. PyTorch
# *adds* a new gradient to the old one, and so `sgd` sets it to zero.


# %%
def train(X: Tensor, y: Tensor, w: Tensor, b: Tensor, lr: float, num_epochs: int, batch_size: int) -> None:
    """Find w (d, 1) and b (1,), in place, by minibatch SGD (003 2.4)."""
    for _ in range(num_epochs):
        for batch in torch.randperm(len(X)).split(batch_size):
            l = squared_loss(linreg(X[batch], w, b), y[batch])
            l.sum().backward()
            sgd([w, b], lr, len(batch))


# %% [markdown]
# ## From scratch
# $w$ starts near zero and $b$ at zero. `d2l.train_epochs` calls `run_epoch` once an epoch and keeps what it
# returns, the mean loss of all examples. Near the end only the noise is left. The mean of its square is its
# variance, 0.01², so the loss is about 0.01² / 2 = 0.00005.


# %%
def scratch(
    *,
    lr: float = 0.03,
    num_epochs: int = 3,
    batch_size: int = 10,
    num_examples: int = 1000,
    noise: float = 0.01,
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """w and b as two tensors, and the loop above.

    num_examples: examples drawn from the true rule
    noise: standard deviation of the noise in y
    """
    where = d2l.get_device(device)
    d2l.seed_everything(seed)
    X, y = (tensor.to(where) for tensor in synthetic_data(TRUE_W, TRUE_B, num_examples, noise))
    w = torch.normal(0, 0.01, (2, 1), device=where, requires_grad=True)
    b = torch.zeros(1, device=where, requires_grad=True)

    def run_epoch(epoch: int) -> dict[str, float]:
        train(X, y, w, b, lr, 1, batch_size)
        return {"train_loss": squared_loss(linreg(X, w, b), y).mean().item()}

    history = d2l.train_epochs(num_epochs, run_epoch)
    return compare_with_truth(lambda X: linreg(X, w, b), w, b, X, y, history)


def compare_with_truth(
    net: Callable[[Tensor], Tensor], w: Tensor, b: Tensor, X: Tensor, y: Tensor, history: d2l.History
) -> d2l.Result:
    """The parameters that were found, and how far the worst of them is from the truth."""
    w, b = w.detach().cpu().reshape(2, 1), b.detach().cpu()
    apart = torch.cat([w - TRUE_W, (b - TRUE_B).reshape(1, 1)]).abs().max()
    numbers = {"w1": w[0], "w2": w[1], "b": b, "largest_error": apart}
    metrics = {name: float(value) for name, value in numbers.items()} | history[-1]
    return d2l.Result(net, history, {"fit": draw_fit(X, y, w, b, history)}, metrics, {"w": w, "b": b})


# %% [markdown]
# ## With the helpers
# `d2l.synthetic_data`, `d2l.linreg`, `d2l.squared_loss` and `d2l.sgd` are the functions above, with errors
# that name a wrong argument. They guard against a trap that gives no error here. Labels of shape (n,) beside
# predictions of shape (n, 1) make an (n, n) matrix: each prediction minus *each* label. Its mean falls in
# training, but the model only learns to predict the mean label.
# `d2l.load_array` makes the batches, and `d2l.train_regression` is the loop for any model, loss and
# optimizer.
#
# ## Concise
# `nn.Linear` is the model, `torch.optim.SGD` the step. `sgd` divides the gradient of the summed loss by the
# batch size. The optimizer does not divide: give it the gradient of the *mean* loss for the same step.
# `nn.MSELoss` has no factor 1/2, so its gradients are twice as long as those of 003 2.2. Halve the loss.


# %%
def half_mse(y_hat: Float[Tensor, "n 1"], y: Float[Tensor, "n 1"]) -> Float[Tensor, "n 1"]:
    """(y_hat - y)² / 2 of every example, from the loss of torch."""
    return nn.functional.mse_loss(y_hat, y, reduction="none") / 2


def concise(
    *,
    lr: float = 0.03,
    num_epochs: int = 3,
    batch_size: int = 10,
    num_examples: int = 1000,
    noise: float = 0.01,
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """The same model of one `nn.Linear`."""
    where = d2l.get_device(device)
    d2l.seed_everything(seed)
    X, y = d2l.synthetic_data(TRUE_W.to(where), TRUE_B, num_examples, noise=noise)
    net = nn.Linear(2, 1).to(where)
    nn.init.normal_(net.weight, std=0.01)
    nn.init.zeros_(net.bias)
    updater = torch.optim.SGD(net.parameters(), lr=lr)
    history = d2l.train_regression(net, d2l.load_array((X, y), batch_size), half_mse, num_epochs, updater)
    return compare_with_truth(net, net.weight, net.bias, X, y, history)


# %%
if __name__ == "__main__":
    d2l.run_chapter("linear_regression", scratch, concise)
