# %% [markdown]
# # Biased selection of images (选择偏差)
# Covariate shift on real images with a known ratio: what weights repair, and what they do not.
#
# Notes: 004 3.9.2, part 2. Run: `python -m chapters.distribution_shift biased_selection`, 6 s on one core.
# Fashion-MNIST, small model: without weights, the estimated target accuracy is 5.5 points too high.

# %%
import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

import d2lcore as d2l
from chapters.distribution_shift.arguments import check_repeats
from chapters.distribution_shift.covariate.density_ratio import density_ratio_weights
from chapters.distribution_shift.risk import effective_sample_size, weighted_loss
from chapters.figures.covariate_shift import draw_images, draw_selection
from chapters.logistic_regression import standardizer

# %% [markdown]
# ## A shift by construction
# Draw source and target from one pool of labelled images. The source takes every image with the same chance.
# The target takes an image $x$ with a chance proportional to $e^{z(x)}$, where $z$ is its mean brightness,
# standardised. The label has no say, so $p(y \mid x) = q(y \mid x)$. And the ratio is known: $\beta(x)$ is
# proportional to $e^{z(x)}$, with mean 1 over the pool.


# %%
def brightness_ratio(X: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
    """The true weights of the images of the pool, of mean 1."""
    brightness = X.mean(dim=1, keepdim=True)
    z = standardizer(brightness)(brightness)[:, 0]
    return z.exp() / z.exp().mean()


def train_validation_target(beta: Float[Tensor, " n"], size: int) -> tuple[Int[Tensor, " _"], ...]:
    """Indices of the source to train on and to validate on, `size` each, and of a target of twice that.

    The target is drawn, with replacement and in proportion to beta, from the images that are left.
    """
    order = torch.randperm(len(beta)).to(beta.device)
    train, validation, rest = order.split([size, size, len(beta) - 2 * size])
    return train, validation, rest[torch.multinomial(beta[rest], 2 * size, replacement=True)]


# %% [markdown]
# ## Two models
# Both are softmax regression. The flexible one sees all pixels. The small one sees ten principal components,
# the ten combinations of pixels along which the images differ most. Both are trained on the whole sample at
# once, by L-BFGS, so that no noise of minibatches hides what the weights do.


# %%
def fit_softmax(
    X: Float[Tensor, "n d"], y: Int[Tensor, " n"], beta: Float[Tensor, " n"], num_classes: int, num_steps: int
) -> nn.Linear:
    """Minimise the normalised weighted cross-entropy from zero weights, for `num_steps` steps of L-BFGS."""
    net = nn.Linear(X.shape[1], num_classes).to(X)
    nn.init.zeros_(net.weight)
    nn.init.zeros_(net.bias)
    updater = torch.optim.LBFGS(net.parameters(), max_iter=num_steps, line_search_fn="strong_wolfe")
    loss = nn.CrossEntropyLoss(reduction="none")

    def closure() -> Tensor:
        updater.zero_grad()
        l = weighted_loss(loss(net(X), y), beta, normalize=True)
        l.backward()
        return l

    updater.step(closure)
    return net


# %% [markdown]
# ## What weights repair
# Take the models that were trained without weights, and estimate their accuracy on the target from the
# source's validation images. Without weights the estimate is too high, by about 5.5 points for the small
# model and 4 for the flexible one. Weighted by the ratio it is right to within its noise, whether the ratio
# is known or fitted on ten components. But a log-ratio fitted on 784 pixels is half noise: its correlation
# with the true one is 0.7, so it explains $0.7^2$, a half, of its variance.
#
# Training with weights helps the small model, by 0.8 points. It cannot be right everywhere, and the weights
# tell it where to be right. The flexible model gains nothing: -0.2 points, with a standard error of 0.2. It
# needs no such advice, and the weights leave it a smaller effective sample.

# %%
ESTIMATES = ("plain", "true_ratio", "fitted_ratio")


def one_draw(
    models: dict[str, Tensor], y: Tensor, beta: Tensor, size: int, num_steps: int
) -> dict[str, Float[Tensor, " 5"]]:
    """For each model, in points: target accuracy, gain by weighted training, and the biases of ESTIMATES.

    models: the features of the pool that each model sees; the ratio is fitted on the first one's.
    """
    train, validation, target = train_validation_target(beta, size)
    features = next(iter(models.values()))
    fitted = density_ratio_weights(features[validation], features[target])
    num_classes = int(y.max()) + 1
    found = {}
    for name, X in models.items():
        nets = [
            fit_softmax(X[train], y[train], weights, num_classes, num_steps)
            for weights in (torch.ones_like(beta[train]), beta[train])
        ]
        with torch.no_grad():
            plain, weighted = (d2l.accuracy(net(X[target]), y[target]) / len(target) for net in nets)
            right = (nets[0](X[validation]).argmax(dim=1) == y[validation]).to(X.dtype)
        estimates = [
            float(weighted_loss(right, weights, normalize=True))
            for weights in (torch.ones_like(right), beta[validation], fitted)
        ]
        row = [plain, weighted - plain, *(estimate - plain for estimate in estimates)]
        found[name] = 100 * torch.tensor(row)
    return found


def pixel_correlation(X: Tensor, beta: Tensor, size: int) -> float:
    """The correlation of a log-ratio fitted on all pixels with the true one; with enough images, 1."""
    source, _, target = train_validation_target(beta, min(size, 2000))
    fitted = density_ratio_weights(X[source], X[target])
    return float(torch.corrcoef(torch.stack([fitted.log(), beta[source].log()]))[0, 1])


def biased_selection(
    *,
    size: int = 5000,
    num_components: int = 10,
    num_draws: int = 8,
    num_steps: int = 30,
    data: str = "fashion_mnist",
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """Two classifiers and two estimates of their accuracy, for a target of brighter images.

    size: source images to train on, and to validate on; at most a third of the pool
    num_components: principal components that the small model sees
    num_draws: independent draws of source and target, at least 2
    num_steps: steps of L-BFGS
    """
    d2l.check_counts(size=size, num_components=num_components, num_steps=num_steps)
    check_repeats(num_draws=num_draws)
    train_iter, _ = d2l.load_data(data, batch_size=256, device=d2l.get_device(device))
    X, y = train_iter.dataset.batch(slice(None))
    X, size = X.flatten(1), min(size, len(X) // 3)
    if num_components > X.shape[1]:
        raise ValueError(f"num_components: {num_components} of {X.shape[1]} pixels")
    d2l.seed_everything(seed)
    components = X @ torch.pca_lowrank(X, num_components, niter=4)[2]
    models = {
        f"{num_components} components": (components - components.mean(dim=0)) / components.std(dim=0),
        f"{X.shape[1]} pixels": X,
    }
    beta = brightness_ratio(X)
    draws = [one_draw(models, y, beta, size, num_steps) for _ in range(num_draws)]
    rows_by_model = {name: torch.stack([draw[name] for draw in draws]) for name in models}
    metrics = {"ess_share": float(effective_sample_size(beta)) / len(beta)}
    for name, rows in rows_by_model.items():
        mean, error = rows.mean(dim=0), rows.std(dim=0) / math.sqrt(num_draws)
        metrics |= {f"accuracy, {name}": float(mean[0]), f"gain, {name}": float(mean[1])}
        metrics |= {f"gain_se, {name}": float(error[1])}
        metrics |= {f"bias_{e}, {name}": float(b) for e, b in zip(ESTIMATES, mean[2:], strict=True)}
    metrics[f"correlation, {X.shape[1]} pixels"] = pixel_correlation(X, beta, size)
    images = X.reshape(len(X), *train_iter.dataset[0][0].shape[1:]).cpu()
    figures = {"selection": draw_selection(rows_by_model), "images": draw_images(images, beta.cpu())}
    return d2l.Result(figures=figures, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("distribution_shift", biased_selection)
