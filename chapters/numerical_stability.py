# %% [markdown]
# # Numerical stability (数值稳定性)
# A gradient passes through every layer and is multiplied in each: soon it is nothing, or far too much.
#
# Notes: 003 4.6, 004 3.8.1.
# Run: `python -m chapters.numerical_stability [depth|half_precision|clipping|residual]`.
# Through 30 layers of sigmoids, weights N(0, 1/100), width 100: a factor of 1e-19 is left of the gradient.

# %%
import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from chapters.backpropagation import Function, backward_layers, forward_layers

# %% [markdown]
# ## Gradients are long products
# A network of $L$ layers computes $h^{(t)} = f_t(h^{(t-1)})$ and ends with $o = h^{(L)}$. ($L$ is no loss
# here, and $\partial_W o$ holds the derivatives of each entry of $o$ by each weight in $W$.) Let
# $M^{(t)} = \partial h^{(t)} / \partial h^{(t-1)}$ be the matrix of derivatives of layer $t$. The chain rule:
#
# $$\partial_{W^{(l)}} o = M^{(L)} \cdots M^{(l+1)}\, \partial_{W^{(l)}} h^{(l)}$$
#
# This is a product of $L - l$ matrices and one last factor. (004 3.8.1 counts $L - 1$.) If the matrices make
# vectors shorter, the gradient **vanishes**: the lower layers stop learning. If they make vectors longer, it
# **explodes**: one step ruins the weights. Watch it: send inputs up through the layers. Then send a gradient
# down: `top`, which takes the place of $\partial h^{(L)}$. Measure both at each layer.


# %%
def signal_and_gradient(
    X: Float[Tensor, "n d"], Ws: Sequence[Tensor], phi: Function, phi_derivative: Function, top: Tensor
) -> tuple[list[float], list[float]]:
    """At h^(0), ..., h^(L): the standard deviation over the examples, and the gradient's root mean square."""
    Xs, Zs = forward_layers(X, Ws, [phi] * len(Ws))
    _, dXs = backward_layers(Xs, Zs, Ws, [phi_derivative] * len(Ws), top)
    signals = [H.var(dim=0).mean().sqrt().item() for H in Xs]
    return signals, [dH.square().mean().sqrt().item() for dH in dXs]


# %% [markdown]
# ## Four activations
# The derivative of the activation is a factor of each $M^{(t)}$. The sigmoid's is at most 1/4. The *scaled*
# sigmoid of 004 3.8.3, $4\,\mathrm{sigmoid}(x) - 2 = x - \frac{x^3}{12} + \dots$, is 0 at 0 and has slope 1
# there, as tanh has.

# %%
import d2lcore as d2l
from chapters.figures import numerical_stability as figures
from chapters.mlp import relu, relu_derivative, sigmoid, sigmoid_derivative, tanh, tanh_derivative
from chapters.softmax_regression import cross_entropy
from d2lcore.errors import unknown


def scaled_sigmoid(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """4 sigmoid(x) - 2, in [-2, 2] (004 3.8.3)."""
    return 4 * sigmoid(X) - 2


def scaled_sigmoid_derivative(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """4 s (1 - s) with s = sigmoid(x), in [0, 1]."""
    return 4 * sigmoid_derivative(X)


class ScaledSigmoid(nn.Module):
    """The layer of `scaled_sigmoid`."""

    def forward(self, X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        return 4 * torch.sigmoid(X) - 2


# The function, its derivative and its layer.
ACTIVATIONS: dict[str, tuple[Function, Function, type[nn.Module]]] = {
    "sigmoid": (sigmoid, sigmoid_derivative, nn.Sigmoid),
    "scaled_sigmoid": (scaled_sigmoid, scaled_sigmoid_derivative, ScaledSigmoid),
    "tanh": (tanh, tanh_derivative, nn.Tanh),
    "ReLU": (relu, relu_derivative, nn.ReLU),
}


def activation_named(name: str) -> tuple[Function, Function, type[nn.Module]]:
    """An entry of ACTIVATIONS. Raises ValueError, with the nearest name, for one that is not there."""
    if name not in ACTIVATIONS:
        raise ValueError(unknown("activation", name, ACTIVATIONS))
    return ACTIVATIONS[name]


def random_layers(num_layers: int, num_hiddens: int, seed: int) -> tuple[Tensor, Tensor, list[Tensor]]:
    """64 inputs, as many gradients, and the weights of square layers, all N(0, 1), in float64."""
    d2l.seed_everything(seed)
    X, top = torch.randn(2, 64, num_hiddens, dtype=torch.float64)
    return X, top, list(torch.randn(num_layers, num_hiddens, num_hiddens, dtype=torch.float64))


def depth(*, num_layers: int = 30, num_hiddens: int = 100, seed: int = 0) -> d2l.Result:
    """Follow signal and gradient through many layers, for weights too small, of Xavier's size, and too large.

    num_layers: layers of the network
    """
    X, top, directions = random_layers(num_layers, num_hiddens, seed)
    stds = {"small": 0.01, "xavier": num_hiddens**-0.5, "large": 3 * num_hiddens**-0.5}
    curves = {
        size: {name: signal_and_gradient(X, [std * W for W in directions], *functions[:2], top)
               for name, functions in ACTIVATIONS.items()}
        for size, std in stds.items()
    }  # fmt: skip
    metrics = {
        f"{name}_{size}": gradients[0] / gradients[-1]
        for size, of_size in curves.items()
        for name, (_, gradients) in of_size.items()
    }
    return d2l.Result(figures={"depth": figures.draw_depth(curves, stds)}, metrics=metrics)


# %% [markdown]
# Weights of Xavier's size have the standard deviation $1 / \sqrt{\text{width}}$ here; `initialization`, the
# next chapter, explains it. They keep the gradient of tanh and of the scaled sigmoid. 003 4.6 wants gradients
# in [1e-6, 1e3]: a rule of thumb, no bound. Multiply the loss by a million and divide the learning rate by a
# million: each step stays the same. But if the gradient of one layer is a million times that of another, no
# learning rate suits both, and a number format may not hold both.
#
# ## In half precision
# float16 has 5 bits for the exponent. Its largest number is 65504. Its smallest *normal* number, one with all
# its digits, is $2^{-14} \approx$ 6.1e-5. The *subnormal* numbers below have fewer and fewer digits, down to
# the smallest, $2^{-24} \approx$ 6e-8. A gradient below half of that is rounded to 0, and no learning rate
# revives it. An activation above 65504 becomes infinite. Infinity minus infinity is NaN, "not a number".


# %%
def float16_range() -> dict[str, float]:
    """The smallest subnormal, the smallest normal and the largest float16."""
    info = torch.finfo(torch.float16)
    subnormal = info.smallest_normal * info.eps  # eps is one unit in the last place of 1
    return {"smallest_subnormal": subnormal, "smallest_normal": info.smallest_normal, "largest": info.max}


def half_precision(*, num_layers: int = 20, num_hiddens: int = 100, seed: int = 0) -> d2l.Result:
    """Let the gradient of sigmoids underflow and the values of ReLUs overflow in float16, beside float32."""
    d2l.seed_everything(seed)
    X, top = torch.randn(64, num_hiddens), torch.randn(64, num_hiddens) / 64
    Ws = [num_hiddens**-0.5 * torch.randn(num_hiddens, num_hiddens) for _ in range(num_layers)]
    gradients, values = {}, {}
    for name, dtype in (("float32", torch.float32), ("float16", torch.float16)):
        weak, strong = [W.to(dtype) for W in Ws], [(4 * W).to(dtype) for W in Ws]
        Xs, Zs = forward_layers(X.to(dtype), weak, [sigmoid] * num_layers)
        _, dXs = backward_layers(Xs, Zs, weak, [sigmoid_derivative] * num_layers, top.to(dtype))
        gradients[name] = [dH.abs().max().item() for dH in dXs]
        Hs, _ = forward_layers(X.to(dtype), strong, [relu] * num_layers)
        values[name] = [H.abs().max().item() for H in Hs]
    limits = float16_range()
    metrics = limits | {
        "layers_without_gradient": float(sum(size == 0 for size in gradients["float16"])),
        "layers_before_overflow": float(sum(math.isfinite(size) for size in values["float16"]) - 1),
    }
    figure = figures.draw_half_precision(gradients, values, limits)
    return d2l.Result(figures={"half_precision": figure}, metrics=metrics)


# %% [markdown]
# ## Against exploding: clip the gradient
# Let $g$ be the gradient of all parameters, as one long vector. Keep its direction, but limit its length to
# $\theta$:
#
# $$g \leftarrow \min\!\left(1, \frac{\theta}{\Vert g \Vert}\right) g$$
#
# At the learning rate $\eta$ no step is longer than $\eta\theta$. The concise version is
# `nn.utils.clip_grad_norm_`. Below, the weights are three times too large. Without clipping, the first steps
# switch all ReLUs off or make NaN, and the accuracy ends at 0.10. With $\theta = 1$ it reaches about 0.95.


# %%
@torch.no_grad()
def clip_gradients(params: Sequence[Tensor], theta: float) -> float:
    """Shorten the gradients of params, together, to norm theta. Returns their norm before (003 4.6)."""
    grads = [param.grad for param in params if param.grad is not None]
    norm = float(torch.cat([grad.flatten() for grad in grads]).norm())
    if norm > theta:
        for grad in grads:
            grad *= theta / norm
    return norm


def outputs(X: Float[Tensor, "n ..."], Ws: Sequence[Tensor], phi: Function) -> Float[Tensor, "n q"]:
    """The values of the last layer, which has no activation."""
    phis = [phi] * (len(Ws) - 1) + [lambda Z: Z]
    return forward_layers(X.flatten(start_dim=1), Ws, phis)[0][-1]


def losses_and_accuracy(
    Ws: Sequence[Tensor], X: Tensor, y: Tensor, lr: float, num_steps: int, theta: float
) -> tuple[list[float], float]:
    """The loss before each step of gradient descent, clipped to theta, and the accuracy in the end."""
    params = [W.clone().requires_grad_() for W in Ws]
    losses = []
    for _ in range(num_steps):
        l = cross_entropy(outputs(X, params, relu), y).mean()
        l.backward()
        clip_gradients(params, theta)
        d2l.sgd(params, lr, batch_size=1)  # the mean's gradient is not to be divided again
        losses.append(l.item())
    return losses, d2l.accuracy(outputs(X, params, relu), y) / len(y)


def clipping(*, theta: float = 1.0, lr: float = 0.1, num_steps: int = 200, seed: int = 0) -> d2l.Result:
    """Train on all digits from weights three times too large, with clipped gradients and without.

    theta: the longest gradient
    num_steps: steps of gradient descent
    """
    d2l.seed_everything(seed)
    X, y = next(iter(d2l.load_data("digits", 2000)[0]))  # all 1437 training images
    Ws = [3 * n_in**-0.5 * torch.randn(n_out, n_in) for n_in, n_out in pairwise([64] * 6 + [10])]
    runs = {
        name: losses_and_accuracy(Ws, X, y, lr, num_steps, limit)
        for name, limit in (("unclipped", math.inf), ("clipped", theta))
    }
    figure = figures.draw_losses({name: losses for name, (losses, _) in runs.items()})
    metrics = {f"accuracy, {name}": accuracy for name, (_, accuracy) in runs.items()}
    return d2l.Result(figures={"clipping": figure}, metrics=metrics)


# %% [markdown]
# ## Against vanishing: add instead of multiply
# A residual layer computes $h^{(t)} = h^{(t-1)} + f(h^{(t-1)})$, as in a ResNet. Its matrix is
# $M^{(t)} = I + \partial f / \partial h^{(t-1)}$. The identity $I$ passes the gradient on whole, however
# small the second term is. With weights of 0.01, and tanh, the gradient comes down 30 layers at 1.2 times
# its size; without the sum, at 1e-30 times. Weights of Xavier's size are now too large: it grows 14-fold.


# %%
def residual_gradients(X: Float[Tensor, "n d"], Ws: Sequence[Tensor], top: Tensor) -> list[Tensor]:
    """The gradients of h^(0), ..., h^(L) if h^(t) = h^(t-1) + tanh(W h^(t-1)) and that of h^(L) is `top`."""
    H, Zs, dHs = X, [], [top]
    for W in Ws:
        Zs.append(H @ W.T)
        H = H + tanh(Zs[-1])
    for Z, W in reversed([*zip(Zs, Ws, strict=True)]):
        dHs.insert(0, dHs[0] + (dHs[0] * tanh_derivative(Z)) @ W)
    return dHs


def residual(*, num_layers: int = 30, num_hiddens: int = 100, seed: int = 0) -> d2l.Result:
    """The gradient in layers of tanh, with the sum and without, for small weights and Xavier's."""
    X, top, directions = random_layers(num_layers, num_hiddens, seed)
    curves = {}
    for size, std in (("small", 0.01), ("xavier", num_hiddens**-0.5)):
        Ws = [std * W for W in directions]
        _, curves[f"plain, {size}"] = signal_and_gradient(X, Ws, tanh, tanh_derivative, top)
        gradients = residual_gradients(X, Ws, top)
        curves[f"residual, {size}"] = [dH.square().mean().sqrt().item() for dH in gradients]
    metrics = {name: gradients[0] / gradients[-1] for name, gradients in curves.items()}
    return d2l.Result(figures={"residual": figures.draw_gradients(curves)}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("numerical_stability", depth, half_precision, clipping, residual)
