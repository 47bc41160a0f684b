# %% [markdown]
# # Convolutional network (卷积神经网络)
# A small window of weights slides over the image: the same few weights everywhere, and neighbours count.
#
# Notes: 000 1.2.2. Run: `python -m chapters.cnn [kernels|scratch|concise|shifts]`.
# On MNIST, after 3 epochs: test accuracy about 0.988.

# %%
from itertools import product
from typing import Any, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

import d2lcore as d2l
from chapters.figures import cnn as figures
from chapters.softmax_regression import draw_course, inputs_and_classes

# %% [markdown]
# ## Cross-correlation
# A *kernel* $K$ is a small matrix of weights. Lay it on the image $X$ with its corner at row $i$ and column
# $j$, multiply each pixel by the weight on it, and add up. That gives one number of the output. Then move on:
#
# $$Y_{ij} = \sum_{a, b} K_{ab}\, X_{i + a,\, j + b}$$
#
# Mathematicians call this cross-correlation. Their convolution turns the kernel by 180 degrees first. To
# learned weights that makes no difference, so the layer is called convolution all the same.
#
# Along a side of $n$ pixels a kernel of $k$ has $n - k + 1$ places. With $p$ zeros added at both ends, and
# steps of $s$ pixels, it has $\lfloor (n + 2p - k) / s \rfloor + 1$.


# %%
def output_size(n: int, k: int, padding: int = 0, stride: int = 1) -> int:
    """How many places a window of k has along n pixels of X. ValueError if it has none."""
    if k > n + 2 * padding:
        more = f" and {padding} zeros at both ends" * (padding > 0)
        raise ValueError(f"X: {n} pixels{more} are too few for a window of {k}; enlarge or pad the image")
    return (n + 2 * padding - k) // stride + 1


def corr2d(X: Float[Tensor, "height width"], K: Float[Tensor, "h w"]) -> Float[Tensor, "rows columns"]:
    """The cross-correlation of one image with one kernel."""
    if X.dim() != 2 or K.dim() != 2:
        raise ValueError(f"X, K: two matrices are expected, got shapes {tuple(X.shape)} and {tuple(K.shape)}")
    h, w = K.shape
    Y = X.new_zeros(output_size(X.shape[0], h), output_size(X.shape[1], w))
    for i, j in product(range(Y.shape[0]), range(Y.shape[1])):
        Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
    return Y


# %% [markdown]
# What does a kernel see? One with $-1$ on its left and $1$ on its right gives zero where both sides are
# equally bright. It gives much where it gets brighter to the right. So it looks for edges, everywhere.

# %%
KERNELS = {
    "brighter to the right": [[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "brighter downwards": [[-1.0, -2, -1], [0, 0, 0], [1, 2, 1]],
    "blur": [[1 / 25] * 5] * 5,
}


def kernels() -> d2l.Result:
    """A photo under three kernels."""
    from sklearn.datasets import load_sample_image

    photo = torch.tensor(load_sample_image("china.jpg")).double().mean(dim=2)[::3, ::3] / 255  # grey, smaller
    seen = {name: corr2d(photo, photo.new_tensor(K)) for name, K in KERNELS.items()}
    torchs = [F.conv2d(photo[None], photo.new_tensor(K)[None, None])[0] for K in KERNELS.values()]
    error = max(float((Y - other).abs().max()) for Y, other in zip(seen.values(), torchs, strict=True))
    metrics = {"largest difference from F.conv2d": error}
    return d2l.Result(figures={"kernels": figures.draw_kernels(photo, seen)}, metrics=metrics)


# %% [markdown]
# ## Its gradients
# Nobody invents the kernels: they are learned. Let $G$ be the gradient of the loss $l$ in $Y$. The one in
# $K$ correlates $X$ with $G$; the one in $X$ correlates $G$, zeros around it, with $K$ turned by 180 degrees.
#
# $$\frac{\partial l}{\partial K_{ab}} = \sum_{i, j} G_{ij}\, X_{i + a,\, j + b} \qquad
# \frac{\partial l}{\partial X_{ij}} = \sum_{a, b} K_{ab}\, G_{i - a,\, j - b}$$


# %%
def corr2d_gradients(X: Tensor, K: Tensor, G: Tensor) -> tuple[Tensor, Tensor]:
    """The gradients of the loss in X and in K, from its gradient G in corr2d(X, K)."""
    h, w = K.shape
    surrounded = F.pad(G, (w - 1, w - 1, h - 1, h - 1))
    return corr2d(surrounded, K.flip(0, 1)), corr2d(X, G)


# %% [markdown]
# ## Channels, and a batch
# A grey image has one channel, a colour photo three. The outputs of a layer are the channels of the next. So
# there is a kernel for each output channel $o$ and each input channel $c$, and the input channels add up:
#
# $$Y_{noij} = b_o + \sum_{c, a, b} W_{ocab}\, X_{n,\, c,\, i + a,\, j + b}$$
#
# `unfold` shows every window without copying a number. Then the formula is one line. A layer expects the four
# axes (n, channels, height, width). 000 1.2.2 also lets the input be a matrix: give it a channel first.


# %%
def windows(
    X: Float[Tensor, "n c height width"], h: int, w: int, stride: int
) -> Float[Tensor, "n c i j _ _"]:
    """Each h x w window of each image, its corner `stride` pixels on from the last one. A view."""
    if X.dim() != 4:
        raise ValueError(
            f"X: expected (n, channels, height, width), got {tuple(X.shape)}; try X.unsqueeze(1)"
        )
    output_size(X.shape[2], h), output_size(X.shape[3], w)  # do they fit?
    return X.unfold(2, h, stride).unfold(3, w, stride)


def conv2d(
    X: Float[Tensor, "n c height width"], W: Float[Tensor, "o c h w"], b: Float[Tensor, " o"],
    padding: int = 0, stride: int = 1,
) -> Float[Tensor, "n o i j"]:  # fmt: skip
    """A convolution layer: o kernels over the c channels of each image, zeros around it."""
    if X.dim() != 4 or W.dim() != 4 or X.shape[1] != W.shape[1]:  # einsum would repeat a single channel
        shapes = f"{tuple(X.shape)} and {tuple(W.shape)}"
        raise ValueError(f"X, W: expected (n, c, height, width) and (o, c, h, w), got shapes {shapes}")
    seen = windows(F.pad(X, (padding,) * 4), W.shape[2], W.shape[3], stride)
    return torch.einsum("ncijab,ocab->noij", seen, W) + b[:, None, None]


# %% [markdown]
# After a convolution the maps are often made smaller by pooling, which 000 1.2.2 only names. Max pooling
# keeps the largest number of each window of 2 x 2. It asks whether an edge is near, not exactly where.


# %%
def max_pool2d(X: Float[Tensor, "n c height width"], size: int) -> Float[Tensor, "n c i j"]:
    """The largest number of each size x size window, side by side."""
    return windows(X, size, size, size).flatten(start_dim=4).max(dim=4).values


# %% [markdown]
# ## From scratch
# Convolutions make features of the image, dense layers make scores of the features (000, figure 1.7). The
# side of the maps halves at each pooling: 28, 14, 7. The first layer has 416 weights, 16 kernels with biases.
# A dense layer with as many outputs would have 9.8 million. `nn.Conv2d` holds the weights, we compute.


# %%
class Convolution(nn.Conv2d):
    """The weights of `nn.Conv2d`, with our forward pass; as many zeros on all sides, no dilation."""

    def forward(self, X: Float[Tensor, "n c height width"]) -> Float[Tensor, "n o i j"]:
        return conv2d(X, self.weight, cast(Tensor, self.bias), int(self.padding[0]), self.stride[0])


class MaxPooling(nn.MaxPool2d):
    """`nn.MaxPool2d` with our forward pass."""

    def forward(self, X: Float[Tensor, "n c height width"]) -> Float[Tensor, "n c i j"]:
        return max_pool2d(X, cast(int, self.kernel_size))


def conv_net(train_iter: d2l.Batches, conv: type, pool: type) -> nn.Sequential:
    """Two convolutions, with ReLU and pooling, and two dense layers, for square grey images."""
    side = train_iter.dataset[0][0].shape[-1]
    num_outputs = inputs_and_classes(train_iter)[1]
    return nn.Sequential(
        conv(1, 16, kernel_size=5, padding=2), nn.ReLU(), pool(2),
        conv(16, 32, kernel_size=5, padding=2), nn.ReLU(), pool(2),
        nn.Flatten(), nn.Linear(32 * (side // 4) ** 2, 128), nn.ReLU(), nn.Linear(128, num_outputs),
    )  # fmt: skip


def draw_features(net: nn.Sequential, test_iter: d2l.Batches) -> dict[str, Any]:
    """A test image, the first layer's kernels, and the maps after the ReLU of both convolutions."""
    image = test_iter.dataset[0][0].unsqueeze(0)
    with torch.no_grad():
        maps = [net[:2](image)[0], net[:5](image)[0]]
    return {"features": figures.draw_features(image[0, 0], next(net.parameters()).detach(), maps)}


# %% [markdown]
# `d2l.train_ch6` draws Xavier's first weights, moves the net to the device, and trains by SGD, as
# `d2l.train_ch3` does. Our layers take three times as long as PyTorch's: train them on the small digits.


# %%
def scratch(
    *, num_epochs: int = 10, lr: float = 0.1, batch_size: int = 32,
    data: str = "digits", device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """The network with its own convolutions and pooling."""
    train_iter, test_iter = d2l.load_data(data, batch_size, device=d2l.get_device(device))
    d2l.seed_everything(seed)
    net = conv_net(train_iter, Convolution, MaxPooling)
    history = d2l.train_ch6(net, train_iter, test_iter, num_epochs, lr, device)
    return d2l.Result(net, history, draw_features(net, test_iter) | draw_course(net, history, test_iter))


# %% [markdown]
# ## Concise
# The same network of `nn` layers, and on MNIST. On the same data both variants differ by rounding only.


# %%
def concise(
    *, num_epochs: int = 3, lr: float = 0.1, batch_size: int = 64,
    data: str = "mnist", device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """The same network of `nn` layers, from the same first weights."""
    train_iter, test_iter = d2l.load_data(data, batch_size, device=d2l.get_device(device))
    d2l.seed_everything(seed)
    net = conv_net(train_iter, nn.Conv2d, nn.MaxPool2d)
    history = d2l.train_ch6(net, train_iter, test_iter, num_epochs, lr, device)
    return d2l.Result(net, history, draw_features(net, test_iter) | draw_course(net, history, test_iter))


# %% [markdown]
# ## What it is good for
# Move an image by two pixels, and the maps of a convolution move by two pixels. Nothing else changes, but at
# the border. A dense layer sees other numbers at every weight. So train both nets on 20,000 digits in the
# middle, with about as many weights (215,000 and 204,000), and move the *test* images to the right.


# %%
def shifts(
    *, num_epochs: int = 1, lr: float = 0.1, batch_size: int = 64,
    data: str = "mnist", device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """The accuracy of a convolutional and a dense net on test images moved by 0 to 4 pixels."""
    train_iter, test_iter = d2l.load_data(data, batch_size, device=d2l.get_device(device))
    num_inputs, num_outputs = inputs_and_classes(train_iter)
    few = d2l.load_array(train_iter.dataset.batch(slice(20_000)), batch_size)
    d2l.seed_everything(seed)
    dense = nn.Sequential(nn.Flatten(), nn.Linear(num_inputs, 256), nn.ReLU(), nn.Linear(256, num_outputs))
    nets = {"convolutional": conv_net(train_iter, nn.Conv2d, nn.MaxPool2d), "dense": dense}
    metrics = {}
    for name, net in nets.items():
        d2l.train_ch6(net, few, test_iter, num_epochs, lr, device)
        for i in range(5):
            moved = [(F.pad(X, (i, 0))[..., : X.shape[-1]], y) for X, y in test_iter]  # zeros from the left
            metrics[f"{name}, moved by {i}"] = d2l.evaluate_accuracy_gpu(net, moved)
    return d2l.Result(figures={"shifts": figures.draw_shifts(metrics)}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("cnn", kernels, scratch, concise, shifts)
