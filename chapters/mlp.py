# %% [markdown]
# # Multilayer perceptron (多层感知机)
# A hidden layer with a nonlinear activation lets a classifier bend its boundaries.
#
# Notes: 004 3.1-3.3, 003 4.1-4.2. Run: `python -m chapters.mlp [activations|scratch|concise]`.
# On Fashion-MNIST, 10 epochs: training loss 0.37-0.39, test accuracy 0.81-0.86, 5 s of training on two cores.

# %%
import torch
from jaxtyping import Float
from torch import Tensor, nn

import d2lcore as d2l
from chapters.logistic_regression import sigmoid
from chapters.softmax_regression import fit, init_weights, sizes

# %% [markdown]
# ## Activations and their derivatives
# Without an activation between them, two linear layers are one linear layer. It acts on every
# element by itself.
#
# $\mathrm{ReLU}(x) = \max(x, 0)$. At 0, where it has no derivative, 0 is used. Written with `torch.max`, as
# in 004 3.2.2, autograd would give 1/2 there: it shares the gradient of a tie.


# %%
def relu(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """max(x, 0) of every element of X, any shape (004 3.1.2)."""
    return torch.where(X <= 0, 0, X)


def relu_derivative(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """1 where x > 0, else 0."""
    return (X > 0).to(X.dtype)


# %% [markdown]
# $\mathrm{pReLU}(x) = \max(0, x) + \alpha \min(0, x)$ lets some signal through where $x < 0$; $\alpha$ can be
# learned.


# %%
def prelu(X: Float[Tensor, "..."], alpha: float | Tensor = 0.25) -> Float[Tensor, "..."]:
    """x where x > 0, else alpha x (003 4.2.1)."""
    return torch.where(X > 0, X, alpha * X)


def prelu_derivative(X: Float[Tensor, "..."], alpha: float | Tensor = 0.25) -> Float[Tensor, "..."]:
    """1 where x > 0, else alpha."""
    return torch.where(X > 0, 1.0, alpha).to(X.dtype)


# %% [markdown]
# The sigmoid comes from logistic regression. Its derivative is $s\,(1 - s)$, at most 1/4: a product of many
# such factors vanishes.


# %%
def sigmoid_derivative(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """s (1 - s), in [0, 1/4]."""
    return sigmoid(X) * sigmoid(-X)  # 1 - sigmoid(x) = sigmoid(-x), without its cancellation


# %% [markdown]
# $\tanh(x) = (1 - e^{-2x}) / (1 + e^{-2x}) = 2\,\mathrm{sigmoid}(2x) - 1$, with derivative $1 - \tanh^2(x)$.


# %%
def tanh(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """2 sigmoid(2x) - 1, in [-1, 1] (003 4.2.3)."""
    return 2 * sigmoid(2 * X) - 1


def tanh_derivative(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """1 - tanh(x)^2, in [0, 1]."""
    return 1 - tanh(X) ** 2


# %%
ACTIVATIONS = {
    "ReLU": (relu, relu_derivative),
    "pReLU": (prelu, prelu_derivative),
    "sigmoid": (sigmoid, sigmoid_derivative),
    "tanh": (tanh, tanh_derivative),
}


def activations() -> d2l.Result:
    """Draw the four activations and their derivatives."""
    x = torch.linspace(-6, 6, 601)
    functions, derivatives = zip(*ACTIVATIONS.values(), strict=True)
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    d2l.plot(x, [f(x) for f in functions], "x", "f(x)", legend=list(ACTIVATIONS), ylim=(-1.6, 3), axes=left)
    d2l.plot(x, [f(x) for f in derivatives], "x", "f'(x)", legend=list(ACTIVATIONS), axes=right)
    return d2l.Result(figures={"activations": figure})


# %% [markdown]
# ## From scratch
# $H = \mathrm{ReLU}(X W_1 + b_1)$, $O = H W_2 + b_2$, with $X$ one flattened image a row. Each layer is the
# linear model of 003 2, with a matrix for weights. They start as N(0, 0.01²): 0.01 is their standard
# deviation, the variance is 0.0001. As `nn.Parameter`s of a module, the four tensors are visible to an
# optimizer and move with `net.to(device)`.


# %%
class MLP(nn.Module):
    """One hidden layer of ReLUs: (n, ...) -> (n, num_outputs) scores (004 3.2.1-3.2.3)."""

    def __init__(self, num_inputs: int, num_hiddens: int, num_outputs: int) -> None:
        super().__init__()
        d2l.check_counts(num_inputs=num_inputs, num_hiddens=num_hiddens, num_outputs=num_outputs)
        self.W1 = nn.Parameter(0.01 * torch.randn(num_inputs, num_hiddens))
        self.b1 = nn.Parameter(torch.zeros(num_hiddens))
        self.W2 = nn.Parameter(0.01 * torch.randn(num_hiddens, num_outputs))
        self.b2 = nn.Parameter(torch.zeros(num_outputs))

    def forward(self, X: Float[Tensor, "n ..."]) -> Float[Tensor, "n q"]:
        X = X.flatten(start_dim=1)  # (n, 1, 28, 28) -> (n, 784)
        H = relu(d2l.linreg(X, self.W1, self.b1))  # (n, num_hiddens)
        return d2l.linreg(H, self.W2, self.b2)  # (n, num_outputs)


def scratch(
    *,
    num_hiddens: int = 256,  # between the 784 inputs and the 10 classes
    lr: float = 0.1,  # the notes' value; with 0.01 ten epochs reach a test accuracy of only 0.77
    num_epochs: int = 10,
    batch_size: int = 256,
    data: str = "fashion_mnist",
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """The network with its own parameters and ReLU.

    num_hiddens: units of the hidden layer
    lr: learning rate of SGD
    num_epochs: passes over the training data
    batch_size: examples in a minibatch
    data: fashion_mnist, mnist or digits
    device: auto, cpu, cuda, cuda:N or mps
    seed: of the weights and of the order of the examples
    """
    where = d2l.get_device(device)
    train_iter, test_iter = d2l.load_data(data, batch_size, device=where)
    num_inputs, num_outputs = sizes(train_iter)
    d2l.seed_everything(seed)
    net = MLP(num_inputs, num_hiddens, num_outputs).to(where)
    loss = nn.CrossEntropyLoss(reduction="none")
    return fit(net, train_iter, test_iter, loss, num_epochs, torch.optim.SGD(net.parameters(), lr=lr))


# %% [markdown]
# ## Concise
# The same network from `nn` layers. `nn.Linear` keeps its weight transposed, (outputs, inputs). Drawn as
# (inputs, outputs), one seed starts both variants from the same weights, and their losses agree.


# %%
def concise(
    *,
    num_hiddens: int = 256,
    lr: float = 0.1,
    num_epochs: int = 10,
    batch_size: int = 256,
    data: str = "fashion_mnist",
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """The same network of `nn` layers, from the same first weights."""
    d2l.check_counts(num_hiddens=num_hiddens)
    where = d2l.get_device(device)
    train_iter, test_iter = d2l.load_data(data, batch_size, device=where)
    num_inputs, num_outputs = sizes(train_iter)
    net = nn.Sequential(
        nn.Flatten(), nn.Linear(num_inputs, num_hiddens), nn.ReLU(), nn.Linear(num_hiddens, num_outputs)
    )
    d2l.seed_everything(seed)  # only now: the layers have drawn weights of their own
    net.apply(init_weights).to(where)
    loss = nn.CrossEntropyLoss(reduction="none")
    return fit(net, train_iter, test_iter, loss, num_epochs, torch.optim.SGD(net.parameters(), lr=lr))


# %%
if __name__ == "__main__":
    d2l.run_chapter("mlp", activations, scratch, concise)
