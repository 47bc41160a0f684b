# %% [markdown]
# # Multilayer perceptron (多层感知机)
# A linear classifier divides the classes by straight lines. A hidden layer between inputs and scores bends
# them.
#
# Notes: 004 3.1-3.3, 003 4.1-4.2. Run: `python -m chapters.mlp [VARIANT]`.
# VARIANT is `scratch`, `concise`, `activations` or `approximation`.
# On Fashion-MNIST, after 10 epochs: training loss about 0.38.

# %%
import torch
from jaxtyping import Float
from torch import Tensor, nn

import d2lcore as d2l
from chapters.figures.mlp import draw_approximation
from chapters.logistic_regression import sigmoid
from chapters.softmax_regression import init_weights, inputs_and_classes, train_and_draw

# %% [markdown]
# ## The activation
# Two linear layers, one after the other, are one linear layer: $(X W_1) W_2 = X (W_1 W_2)$. So every number
# between them goes through a function that is not linear, the activation. The usual one is
# $\mathrm{ReLU}(x) = \max(x, 0)$.
#
# ReLU has no derivative at 0; we use 0 there, and so does `nn.ReLU`. From `torch.max`, as in 004 3.2.2,
# autograd would get 1/2: where both arguments are equal it gives each half. So the code has no maximum.


# %%
def relu(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """max(x, 0) of every element of X, any shape (004 3.1.2)."""
    return torch.where(X <= 0, 0, X)


# %% [markdown]
# ## From scratch
# One flattened image is a row of X. $W_1$ has a row for each input and a column for each hidden unit, so $H$
# has a number for each image and unit. $W_2$ makes a score for each class of them:
#
# $$H = \mathrm{ReLU}(X W_1 + b_1) \qquad O = H W_2 + b_2$$
#
# The weights start as N(0, 0.01²). Here 0.01 is the standard deviation; the variance is 0.0001. From zeros
# all units would stay alike.


# %%
class MLP(nn.Module):
    """One hidden layer of ReLUs: (n, ...) -> (n, num_outputs) scores (004 3.2.1-3.2.3)."""

    def __init__(self, num_inputs: int, num_hiddens: int, num_outputs: int) -> None:
        super().__init__()
        self.W1 = nn.Parameter(0.01 * torch.randn(num_inputs, num_hiddens))
        self.b1 = nn.Parameter(torch.zeros(num_hiddens))
        self.W2 = nn.Parameter(0.01 * torch.randn(num_hiddens, num_outputs))
        self.b2 = nn.Parameter(torch.zeros(num_outputs))
        d2l.check_counts(num_hiddens=num_hiddens)  # without hidden units it would still train, but only b2

    def forward(self, X: Float[Tensor, "n ..."]) -> Float[Tensor, "n q"]:
        X = X.flatten(start_dim=1)  # (n, 1, 28, 28) -> (n, 784)
        H = relu(X @ self.W1 + self.b1)  # (n, num_hiddens)
        return H @ self.W2 + self.b2  # (n, num_outputs)


def scratch(
    *, num_hiddens: int = 256,  # between the 784 inputs and the 10 classes
    lr: float = 0.1,  # the notes' value; with 0.01 ten epochs reach a test accuracy of only 0.77
    num_epochs: int = 10, batch_size: int = 256, data: str = "fashion_mnist", device: str = "auto",
    seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """The network with its own parameters and ReLU."""
    where = d2l.get_device(device)
    train_iter, test_iter = d2l.load_data(data, batch_size, device=where)
    num_inputs, num_outputs = inputs_and_classes(train_iter)
    d2l.seed_everything(seed)
    net = MLP(num_inputs, num_hiddens, num_outputs).to(where)
    loss = nn.CrossEntropyLoss(reduction="none")
    return train_and_draw(net, train_iter, test_iter, loss, num_epochs, torch.optim.SGD(net.parameters(), lr))


# %% [markdown]
# ## Concise
# The same network from `nn` layers. `init_weights`, of softmax regression, draws the weights as above, so one
# seed starts both variants from the same weights. Their losses differ only by rounding, by less than 0.0001
# after ten epochs.


# %%
def concise(
    *, num_hiddens: int = 256, lr: float = 0.1, num_epochs: int = 10, batch_size: int = 256,
    data: str = "fashion_mnist", device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """The same network of `nn` layers, from the same first weights."""
    where = d2l.get_device(device)
    train_iter, test_iter = d2l.load_data(data, batch_size, device=where)
    num_inputs, num_outputs = inputs_and_classes(train_iter)
    d2l.check_counts(num_hiddens=num_hiddens)
    net = nn.Sequential(
        nn.Flatten(), nn.Linear(num_inputs, num_hiddens), nn.ReLU(), nn.Linear(num_hiddens, num_outputs)
    )
    d2l.seed_everything(seed)  # after the layers are made: making them draws random numbers
    net.apply(init_weights).to(where)
    loss = nn.CrossEntropyLoss(reduction="none")
    return train_and_draw(net, train_iter, test_iter, loss, num_epochs, torch.optim.SGD(net.parameters(), lr))


# %% [markdown]
# ## Other activations, and their derivatives
# Where $x < 0$, ReLU and its gradient are 0. $\mathrm{pReLU}(x) = \max(0, x) + \alpha \min(0, x)$ is
# $\alpha x$ there, so some gradient is left; $\alpha$ can be learned. `nn.PReLU` starts from 0.25.
#
# $s = \mathrm{sigmoid}(x) = 1 / (1 + e^{-x})$ has the derivative $s\,(1 - s)$, at most 1/4. Through many
# layers the gradient is a product of many such factors, and little is left of it.
# $\tanh(x) = (1 - e^{-2x}) / (1 + e^{-2x}) = 2\,\mathrm{sigmoid}(2x) - 1$ has the derivative
# $1 - \tanh^2(x)$.


# %%
def relu_derivative(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """1 where x > 0, else 0."""
    return (X > 0).to(X.dtype)


def prelu(X: Float[Tensor, "..."], alpha: float | Tensor = 0.25) -> Float[Tensor, "..."]:
    """x where x > 0, else alpha x (003 4.2.1)."""
    return torch.where(X > 0, X, alpha * X)


def prelu_derivative(X: Float[Tensor, "..."], alpha: float | Tensor = 0.25) -> Float[Tensor, "..."]:
    """1 where x > 0, else alpha."""
    return torch.where(X > 0, 1.0, alpha).to(X.dtype)


def sigmoid_derivative(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """s (1 - s) for s = sigmoid(x), in [0, 1/4]."""
    return sigmoid(X) * sigmoid(-X)  # 1 - s = sigmoid(-x), but 1 - s loses its digits where s is near 1


def tanh(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """2 sigmoid(2x) - 1, in [-1, 1] (003 4.2.3)."""
    return 2 * sigmoid(2 * X) - 1


def tanh_derivative(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """1 - tanh(x)^2, in [0, 1]."""
    return 1 - tanh(X) ** 2


ACTIVATIONS = {"ReLU": (relu, relu_derivative), "pReLU": (prelu, prelu_derivative),
               "sigmoid": (sigmoid, sigmoid_derivative), "tanh": (tanh, tanh_derivative)}  # fmt: skip


def activations() -> d2l.Result:
    """Draw the four activations and their derivatives."""
    x = torch.linspace(-6, 6, 601)
    functions, derivatives = zip(*ACTIVATIONS.values(), strict=True)
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    d2l.plot(x, [f(x) for f in functions], "x", "f(x)", legend=list(ACTIVATIONS), ylim=(-1.6, 3), axes=left)
    d2l.plot(x, [f(x) for f in derivatives], "x", "f'(x)", legend=list(ACTIVATIONS), axes=right)
    return d2l.Result(figures={"activations": figure})


# %% [markdown]
# ## Any curve
# On an interval, one hidden layer with enough units comes as close to any continuous curve $f$ as you like.
# Here are the weights. Choose points $x_0 < x_1 < \dots$ in it. Unit $i$ is $\mathrm{ReLU}(x - x_i)$: 0 up to
# $x_i$, then it rises with slope 1. Let $s_i$ be the slope of the straight line from $f(x_i)$ to the next
# point of $f$. The output is
# $$f(x_0) + \sum_i (s_i - s_{i-1})\, \mathrm{ReLU}(x - x_i) \qquad s_{-1} = 0$$
#
# Each unit changes the slope at its $x_i$ from $s_{i-1}$ to $s_i$. So the output joins the points of $f$ by
# straight lines. In the code, $W_1$ is 1, $b_1$ is $-x_i$, $W_2$ is $s_i - s_{i-1}$ and $b_2$ is $f(x_0)$.
#
# Try it on the sine from -3 to 3 (figure, left). The largest error on the curve (right) falls to a quarter
# when the units double. That these weights exist does not mean that training finds them: the trained networks
# come less close.


# %%
def joined_points(x: Float[Tensor, " k"], y: Float[Tensor, " k"]) -> MLP:
    """The network that joins the points (x, y) by straight lines; x must rise (004 3.1.1)."""
    slopes = y.diff() / x.diff()
    net = MLP(1, len(slopes), 1).to(x)
    with torch.no_grad():
        net.W1.fill_(1.0)
        net.b1.copy_(-x[:-1])
        net.W2.copy_(slopes.diff(prepend=slopes.new_zeros(1)).reshape(-1, 1))
        net.b2.copy_(y[:1])
    return net


def approximation(
    *, widths: tuple[int, ...] = (4, 8, 16, 32, 64), lr: float = 0.1, num_steps: int = 2000, seed: int = 0
) -> d2l.Result:
    """Come close to a sine by hand-set weights, and by trained ones.

    widths: numbers of hidden units to try
    num_steps: steps of gradient descent on the whole curve
    """
    X = torch.linspace(-3, 3, 601).reshape(-1, 1)
    y = torch.sin(X)
    curves: dict[str, list[Tensor]] = {"by hand": [], "trained": []}
    for num_hiddens in widths:
        x = torch.linspace(-3, 3, num_hiddens + 1)
        curves["by hand"].append(joined_points(x, torch.sin(x))(X).detach())
        d2l.seed_everything(seed)
        net = nn.Sequential(nn.Linear(1, num_hiddens), nn.ReLU(), nn.Linear(num_hiddens, 1))
        updater = torch.optim.SGD(net.parameters(), lr)
        for _ in range(num_steps):
            d2l.step(d2l.squared_loss(net(X), y).mean(), updater, len(y))
        curves["trained"].append(net(X).detach())
    errors = {name: [float((O - y).abs().max()) for O in each] for name, each in curves.items()}
    figure = draw_approximation(X, y, curves, widths, errors)
    metrics = {f"largest error {name}, {widths[-1]} units": each[-1] for name, each in errors.items()}
    return d2l.Result(figures={"approximation": figure}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("mlp", scratch, concise, activations, approximation)
