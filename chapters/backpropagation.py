# %% [markdown]
# # Backpropagation (反向传播)
# The chain rule, followed from the objective back to the weights, gives every gradient in one pass.
#
# Notes: 004 3.7, 000 1.3.2. Run: `python -m chapters.backpropagation [graph|gradient_check|scratch|concise]`.
# On the embedded digits, after 20 epochs: test accuracy about 0.97.

# %%
from collections.abc import Callable, Sequence

from jaxtyping import Float, Integer
from torch import Tensor

from chapters.matrix_calculus import numerical_jacobian
from chapters.mlp import relu, relu_derivative, tanh, tanh_derivative
from chapters.softmax_regression import cross_entropy, cross_entropy_gradient, inputs_and_classes

Function = Callable[[Tensor], Tensor]  # of every element by itself

# %% [markdown]
# ## Values down, gradients up
# One hidden layer with the activation $\phi$, no biases, one example $x$ of class $y$. The objective is
# $J = L + s$, the cross-entropy plus the L2 penalty. Below, $\partial v$ is short for
# $\partial J / \partial v$, the gradient of $v$. $\odot$ multiplies entry by entry, and $\mathrm{onehot}(y)$
# is 1 at place $y$ and 0 elsewhere.
#
# | forward, read down | backward, read up |
# |---|---|
# | $z = W_1 x$ | $\partial W_1 = \partial z\, x^\top + \lambda W_1$ |
# | $h = \phi(z)$ | $\partial z = \partial h \odot \phi'(z)$ |
# | $o = W_2 h$ | $\partial W_2 = \partial o\, h^\top + \lambda W_2$; $\partial h = W_2^\top\, \partial o$ |
# | $L = -\log \mathrm{softmax}(o)_y$ | $\partial o = \mathrm{softmax}(o) - \mathrm{onehot}(y)$ |
# | $s = \frac\lambda2 (\Vert W_1 \Vert^2 + \Vert W_2 \Vert^2)$; $J = L + s$ | $\partial L = \partial s = 1$ |
#
# A weight acts on $J$ in two ways: through $L$, and directly through $s$, which adds $\lambda W$.
#
# The code takes a batch of $n$ examples, each a *row*. So its products are those of the table, transposed:
# $z = W_1 x$ becomes $Z = X W_1^\top$, and $\partial h = W_2^\top\, \partial o$ becomes
# $\partial H = \partial O\, W_2$. $L$ is a mean over the batch, which puts $1/n$ into $\partial O$.


# %%
def forward(
    X: Float[Tensor, "n d"], y: Integer[Tensor, " n"], W1: Float[Tensor, "h d"], W2: Float[Tensor, "q h"],
    lambd: float = 0.0, phi: Function = relu,
) -> dict[str, Tensor]:  # fmt: skip
    """Z, H, O and the scalars L, s, J, all kept for `backward`; y: classes (004 3.7.1)."""
    Z = X @ W1.T
    H = phi(Z)
    O = H @ W2.T
    L = cross_entropy(O, y).mean()
    s = lambd / 2 * ((W1**2).sum() + (W2**2).sum())
    return {"Z": Z, "H": H, "O": O, "L": L, "s": s, "J": L + s}


def backward(
    X: Float[Tensor, "n d"], y: Integer[Tensor, " n"], W1: Float[Tensor, "h d"], W2: Float[Tensor, "q h"],
    kept: dict[str, Tensor], lambd: float = 0.0, phi_derivative: Function = relu_derivative,
) -> dict[str, Tensor]:  # fmt: skip
    """The gradients of J by name, in the order they are found; kept: from `forward` (004 3.7.2)."""
    dL = ds = kept["J"].new_ones(())  # the number 1: J = L + s
    dO = dL * cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"] + ds * lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + ds * lambd * W1
    return {"L": dL, "s": ds, "O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


# %% [markdown]
# A gradient has the shape of its variable. In 004 3.7.2, $\partial z$ has one more factor $W_2^\top$. That is
# wrong: $\partial h$ holds this factor already.
#
# ## The computational graph
# The same passes as a picture, of a small network and one example. Squares are variables, circles are
# operators. Values (black) flow along the arrows, from the input at the lower left to the objective at the
# upper right. Gradients (red) flow back. Nothing is sent back to $X$ and $y$, which are not trained.

# %%
import torch
from torch import nn

import d2lcore as d2l
from chapters.figures.backpropagation import draw_errors, draw_graph
from chapters.figures.softmax_regression import draw_training


def graph(*, lambd: float = 0.1) -> d2l.Result:
    """Draw the graph of a small network and one example, with its values and gradients.

    lambd: weight of the L2 penalty
    """
    X, y = torch.tensor([[1.0, 2.0]]), torch.tensor([1])
    W1, W2 = torch.tensor([[0.5, 0.5], [1.0, -1.0]]), torch.tensor([[1.0, -0.5], [-1.0, 2.0]])
    kept = forward(X, y, W1, W2, lambd)
    gradients = backward(X, y, W1, W2, kept, lambd)
    values = {"X": X, "y": y, "W1": W1, "W2": W2, **kept}
    figure = draw_graph(values, {**gradients, "J": torch.ones(())})
    return d2l.Result(figures={"graph": figure}, metrics={name: float(kept[name]) for name in "LsJ"})


# %% [markdown]
# ## Gradient check
# Is it right? Move one weight $w$ a little, both ways, and see how the objective, here called $f$, changes.
# It is the central difference of `chapters/matrix_calculus.py`:
#
# $$\frac{\partial f}{\partial w} \approx \frac{f(w + \varepsilon) - f(w - \varepsilon)}{2 \varepsilon}$$
#
# Each single weight takes two forward passes: a good test, but no way to train. How large should the step
# $\varepsilon$ be? The formula errs by about $\varepsilon^2$. Rounding adds about $\delta / \varepsilon$;
# $\delta$ is the relative rounding error: about 1e-16 in float64, 1e-7 in float32. The sum is smallest where
# the two are about equal, near $\varepsilon = \sqrt[3]{\delta}$, in float64 about 1e-5. In float32 even the
# best step leaves only four correct digits.


# %%
def relative_errors(X: Tensor, y: Tensor, W1: Tensor, W2: Tensor, steps: list[float]) -> list[float]:
    """For each step: the largest error of the numerical gradient of W1, over the largest entry by hand."""
    by_hand = backward(X, y, W1, W2, forward(X, y, W1, W2, 0.1, tanh), 0.1, tanh_derivative)["W1"]
    found = [numerical_jacobian(lambda W: forward(X, y, W, W2, 0.1, tanh)["J"], W1, eps) for eps in steps]
    return [float((gradient - by_hand).abs().max() / by_hand.abs().max()) for gradient in found]


def gradient_check(*, num_hiddens: int = 5, seed: int = 0) -> d2l.Result:
    """Compare the gradient of W1 by hand with central differences of many steps, in two precisions."""
    d2l.seed_everything(seed)
    shapes = (8, 4), (num_hiddens, 4), (3, num_hiddens)  # of X, W1 and W2
    (X, W1, W2), y = [torch.randn(shape, dtype=torch.float64) for shape in shapes], torch.randint(3, (8,))
    steps = [10 ** (k / 4) for k in range(-44, 1)]
    errors = {
        "float32": relative_errors(X.float(), y, W1.float(), W2.float(), steps),
        "float64": relative_errors(X, y, W1, W2, steps),
    }
    metrics = {f"{name}_error": min(errors[name]) for name in errors}
    return d2l.Result(figures={"gradient_check": draw_errors(steps, errors)}, metrics=metrics)


# %% [markdown]
# ## From scratch
# The passes take turns. The forward pass uses the latest weights and keeps its values, and from these the
# backward pass makes the next step. The weights are plain tensors: autograd has no part in it.


# %%
def scratch(
    *, num_hiddens: int = 64, lambd: float = 0.001, lr: float = 0.5, num_epochs: int = 20,
    batch_size: int = 32, data: str = "digits", device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """One hidden layer, trained with the gradients by hand.

    lambd: weight of the L2 penalty
    """
    d2l.check_counts(num_hiddens=num_hiddens)  # without hidden units it would run, and learn nothing
    where = d2l.get_device(device)
    train_iter, test_iter = d2l.load_data(data, batch_size, device=where)
    num_inputs, num_outputs = inputs_and_classes(train_iter)
    d2l.seed_everything(seed)
    W1 = (0.01 * torch.randn(num_hiddens, num_inputs)).to(where)
    W2 = (0.01 * torch.randn(num_outputs, num_hiddens)).to(where)

    def net(X: Tensor) -> Tensor:
        return relu(X.flatten(start_dim=1) @ W1.T) @ W2.T

    def run_epoch(epoch: int) -> dict[str, float]:
        metric = d2l.Accumulator(3)  # sum of the losses, correct predictions, examples
        for X, y in train_iter:
            X = X.flatten(start_dim=1)
            kept = forward(X, y, W1, W2, lambd)
            gradients = backward(X, y, W1, W2, kept, lambd)
            W1.sub_(lr * gradients["W1"])
            W2.sub_(lr * gradients["W2"])
            metric.add(kept["L"] * len(y), d2l.accuracy(kept["O"], y), len(y))
        means = {"train_loss": metric[0] / metric[2], "train_acc": metric[1] / metric[2]}
        return {**means, "test_acc": d2l.evaluate_accuracy(net, test_iter)}

    history = d2l.train_epochs(num_epochs, run_epoch)
    return d2l.Result(net, history, {"training": draw_training(history)}, weights={"W1": W1, "W2": W2})


# %% [markdown]
# ## Concise
# Autograd finds the same gradients. `weight_decay` adds $\lambda W$ to the gradient of each parameter, as $s$
# does. Both variants report $L$, without the penalty. On the digits their losses agree to 1e-5. For
# Fashion-MNIST add `--lr 0.1 --batch-size 256`: at the defaults, lr 0.5 and batches of 32, it does not train.


# %%
def concise(
    *, num_hiddens: int = 64, lambd: float = 0.001, lr: float = 0.5, num_epochs: int = 20,
    batch_size: int = 32, data: str = "digits", device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """The same network of `nn` layers, from the same first weights, with autograd."""
    d2l.check_counts(num_hiddens=num_hiddens)
    where = d2l.get_device(device)
    train_iter, test_iter = d2l.load_data(data, batch_size, device=where)
    num_inputs, num_outputs = inputs_and_classes(train_iter)
    net = nn.Sequential(
        nn.Flatten(),
        nn.Linear(num_inputs, num_hiddens, bias=False), nn.ReLU(),
        nn.Linear(num_hiddens, num_outputs, bias=False),
    )  # fmt: skip
    d2l.seed_everything(seed)  # only now: the layers have drawn weights of their own
    for W in net.parameters():
        nn.init.normal_(W, std=0.01)
    updater = torch.optim.SGD(net.to(where).parameters(), lr=lr, weight_decay=lambd)
    history = d2l.train_ch3(net, train_iter, test_iter, nn.CrossEntropyLoss(), num_epochs, updater)
    return d2l.Result(net, history, {"training": draw_training(history)})


# %% [markdown]
# ## Any number of layers
# There are $l$ layers, $x^{(0)}$ is the input, and $\sigma_i$ is the activation of layer $i$. The layer
# computes $z^{(i)} = W^{(i)} x^{(i-1)}$ and $x^{(i)} = \sigma_i(z^{(i)})$. Backward, from $i = l$ to 1, it
# receives $\partial x^{(i)}$ from the layer above. It computes
# $\partial z^{(i)} = \partial x^{(i)} \odot \sigma_i'(z^{(i)})$, and from this two gradients:
#
# - $\partial W^{(i)} = \partial z^{(i)}\, x^{(i-1)\top}$, to train with
# - $\partial x^{(i-1)} = W^{(i)\top}\, \partial z^{(i)}$, to go on with.


# %%
def forward_layers(
    X: Float[Tensor, "n d"], Ws: Sequence[Tensor], phis: Sequence[Function]
) -> tuple[list[Tensor], list[Tensor]]:
    """x^(0), ..., x^(l), an example a row, and z^(1), ..., z^(l); one activation a layer (000 1.3.2)."""
    Xs, Zs = [X], []
    for W, phi in zip(Ws, phis, strict=True):
        Zs.append(Xs[-1] @ W.T)
        Xs.append(phi(Zs[-1]))
    return Xs, Zs


def backward_layers(
    Xs: Sequence[Tensor], Zs: Sequence[Tensor], Ws: Sequence[Tensor], derivatives: Sequence[Function],
    gradient: Tensor,
) -> tuple[list[Tensor], list[Tensor]]:  # fmt: skip
    """The gradients of W^(1), ..., W^(l) and x^(0), ..., x^(l), from that of x^(l) (000 1.3.2)."""
    dWs: list[Tensor] = []
    dXs = [gradient]
    for X, Z, W, derivative in reversed([*zip(Xs[:-1], Zs, Ws, derivatives, strict=True)]):
        dZ = dXs[0] * derivative(Z)
        dWs.insert(0, dZ.T @ X)
        dXs.insert(0, dZ @ W)
    return dWs, dXs


# %%
if __name__ == "__main__":
    d2l.run_chapter("backpropagation", graph, gradient_check, scratch, concise)
