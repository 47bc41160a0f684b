"""Trying an optimizer: on linear regression, and step by step in the plane (book 11)."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from . import guards, plotting
from .animator import Animator
from .errors import blaming, brief, check_counts, check_numbers, type_of
from .linear import linreg, squared_loss
from .metrics import Timer, evaluate_loss
from .training import check_loss

AIRFOIL_FEATURES = 5
POINT_EVERY = 200  # examples


def train_ch11(
    trainer_fn: Callable[[list[Tensor], Any, dict], Any],
    states: Any,
    hyperparams: dict[str, Any],
    data_iter: Iterable,
    feature_dim: int,
    num_epochs: int = 2,
) -> tuple[list[float], list[float]]:
    """Train linear regression with an optimizer written by hand, and draw its loss (003 5; book 11.5).

    trainer_fn: `trainer_fn([w, b], states, hyperparams)` makes one step, in place. The gradients are those of
    the batch's mean loss, half the squared error, and it must set them to zero. states: what it remembers
    from step to step, such as velocities, or None. hyperparams: a dict such as {"lr": 0.1}.
    data_iter: batches X (b, feature_dim) and y (b,), on the CPU in float32, with a length.
    w, shape (feature_dim, 1), starts from N(0, 0.01^2), and b, shape (1,), from zero.
    Returns the seconds of training so far and the mean loss of all examples: a number of each for every 200
    examples (for every batch, if that is larger) and for the end. Prints the last loss and the seconds that
    an epoch took; evaluation is not timed.
    Raises TrainingDiverged if the loss is not finite or has exploded, TypeError or ValueError for what cannot
    be trained with, and for a `trainer_fn` that fails or leaves gradients behind.
    """
    guards.check_function("trainer_fn", trainer_fn, "a function of (params, states, hyperparams)", "{}(...)")
    _check_hyperparams(hyperparams)
    check_counts(feature_dim=feature_dim, num_epochs=num_epochs)
    w = torch.normal(0.0, 0.01, (feature_dim, 1), requires_grad=True)
    b = torch.zeros(1, requires_grad=True)

    def net(X: Tensor) -> Tensor:
        if X.dim() != 2 or X.shape[1] != feature_dim:
            raise ValueError(f"feature_dim: is {feature_dim}, but X of data_iter has shape {tuple(X.shape)}")
        return linreg(X, w, b)

    def update() -> None:
        try:
            trainer_fn([w, b], states, hyperparams)
        except Exception as error:
            raise type_of(error)(
                f"trainer_fn: {type(error).__name__} ({error}) with states: {brief(states)} and "
                f"hyperparams: {hyperparams}"
            ) from error
        if any(param.grad is not None and bool(param.grad.any()) for param in (w, b)):
            raise ValueError(
                "trainer_fn: it leaves gradients behind, to which the next ones are added; after the step of "
                "each parameter call param.grad.zero_()"
            )

    return _train(net, update, data_iter, num_epochs, hyperparams)


def train_concise_ch11(
    trainer_fn: Callable[..., torch.optim.Optimizer],
    hyperparams: dict[str, Any],
    data_iter: Iterable,
    num_epochs: int = 4,
) -> tuple[list[float], list[float]]:
    """Train linear regression with an optimizer of torch, and draw its loss (003 5; book 11.5).

    trainer_fn: its class, such as `torch.optim.SGD`; hyperparams: what the class takes beside the parameters,
    such as {"lr": 0.05, "momentum": 0.9}. data_iter: batches X (b, 5) and y (b,), those of `get_data_ch11`.
    The weights of the net, one `nn.Linear`, start from N(0, 0.01^2).
    Returns and raises what `train_ch11` does; the book's returns nothing.
    """
    if not callable(trainer_fn):
        raise TypeError(f"trainer_fn: expected a class such as torch.optim.SGD, got {brief(trainer_fn)}")
    _check_hyperparams(hyperparams)
    check_counts(num_epochs=num_epochs)
    model = nn.Linear(AIRFOIL_FEATURES, 1)
    nn.init.normal_(model.weight, std=0.01)
    with blaming("trainer_fn, hyperparams", hyperparams):
        optimizer = trainer_fn(model.parameters(), **hyperparams)
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(f"trainer_fn: expected a class such as torch.optim.SGD, got {brief(trainer_fn)}")

    def net(X: Tensor) -> Tensor:
        if X.dim() != 2 or X.shape[1] != AIRFOIL_FEATURES:
            raise ValueError(
                f"data_iter: X of shape {tuple(X.shape)}; the net takes the {AIRFOIL_FEATURES} features of "
                "get_data_ch11"
            )
        return model(X)

    def update() -> None:
        optimizer.step()
        optimizer.zero_grad()

    return _train(net, update, data_iter, num_epochs, hyperparams)


def _check_hyperparams(hyperparams: Any) -> None:
    if not isinstance(hyperparams, Mapping):
        raise TypeError(f"hyperparams: expected a dict such as {{'lr': 0.1}}, got {brief(hyperparams)}")


def _train(
    net: Callable[[Tensor], Tensor],
    update: Callable[[], None],
    data_iter: Iterable,
    num_epochs: int,
    hyperparams: Mapping[str, Any],
) -> tuple[list[float], list[float]]:
    """Seconds and losses at every point of the curve; `update` uses up the gradients of a batch."""
    guards.check_batches("data_iter", data_iter, 2)  # it evaluates on data_iter too
    num_batches = _length(data_iter)
    animator = Animator("epoch", "loss", xlim=(0, num_epochs), ylim=(0.22, 0.35))
    seen, timer = 0, Timer()
    for epoch in range(num_epochs):
        for i, (X, y) in enumerate(guards.pairs("data_iter", data_iter), start=1):
            y_hat = net(X)
            with blaming("data_iter", y):
                l = squared_loss(y_hat, y).mean()
            l.backward()
            update()
            seen += len(X)
            last = epoch + 1 == num_epochs and i == num_batches
            if last or seen // POINT_EVERY > (seen - len(X)) // POINT_EVERY:
                timer.stop()
                l_all = evaluate_loss(net, data_iter, squared_loss)
                _check_descent(l_all, animator.Y, epoch + 1, hyperparams.get("lr"))
                animator.add(epoch + i / num_batches, l_all)
                timer.start()
    seconds, losses = timer.cumsum(), animator.Y[0]
    print(f"loss: {losses[-1]:.3f}, {seconds[-1] / num_epochs:.3f} sec/epoch")
    return seconds, losses


def _length(data_iter: Any) -> int:
    with blaming("data_iter", data_iter):
        if not (num_batches := len(data_iter)):
            raise ValueError("it has no batches to train on")
    return num_batches


def _check_descent(loss: float, curves: list[list[float]], epoch: int, lr: Any) -> None:
    known = isinstance(lr, (int, float)) and math.isfinite(lr)
    check_loss(loss, curves[0] if curves else [], epoch, lr if known else None, highest=1e6)


def train_2d(
    trainer: Callable[..., tuple[Any, Any, Any, Any]],
    steps: int = 20,
    f_grad: Callable[[Any, Any], tuple[Any, Any]] | None = None,
) -> list[tuple[float, float]]:
    """The points that an optimizer visits in the plane, from (-5, -2) on; prints the last (book 11.3).

    trainer: `trainer(x1, x2, s1, s2)`, or with `f_grad` as a fifth argument if it is given, makes one step
    and returns the new (x1, x2, s1, s2). s1, s2: what it remembers from step to step, at first 0.
    Raises TypeError or ValueError for a trainer that returns something else or does not stay finite.
    """
    guards.check_function("trainer", trainer, "a function of (x1, x2, s1, s2)", "{}(...)")
    check_counts(steps=steps)
    if f_grad is not None:
        guards.check_function("f_grad", f_grad, "a function of (x1, x2), or None", "{}(...)")
    more = () if f_grad is None else (f_grad,)
    x1, x2, s1, s2 = -5.0, -2.0, 0.0, 0.0
    results = [(x1, x2)]
    for i in range(1, steps + 1):
        with blaming(f"trainer{', f_grad' if more else ''} at step {i}", trainer):
            x1, x2, s1, s2 = trainer(x1, x2, s1, s2, *more)
            check_numbers(x1=x1, x2=x2)
        results.append((x1, x2))
    print(f"epoch {steps}, x1: {float(x1):f}, x2: {float(x2):f}")
    return results


def show_trace_2d(
    f: Callable[[Any, Any], Any], results: Sequence[tuple[float, float]], *, axes: Any = None
) -> None:
    """Draw the points that `train_2d` gives over the contours of `f` (book 11.3).

    f: a function of two tensors of one shape, value by value. axes: where to draw, by default a new figure.
    Raises TypeError or ValueError for points that are no finite pairs, or an f that gives another shape.
    """
    guards.check_function("f", f, "a function of (x1, x2)", "{}(...)")
    with blaming("results", results):
        points = torch.tensor([[float(x1), float(x2)] for x1, x2 in results])
        if not len(points) or not points.isfinite().all():
            raise ValueError(
                "one point (x1, x2) or more is needed, all finite; an optimizer that runs away needs a "
                "smaller learning rate"
            )
    low = torch.minimum(points.amin(dim=0), torch.tensor([-5.5, -3.0]))
    high = torch.maximum(points.amax(dim=0), torch.tensor([1.0, 1.0]))
    sides = [torch.linspace(float(a), float(z), 101) for a, z in zip(low, high, strict=True)]
    x1, x2 = torch.meshgrid(*sides, indexing="ij")
    with blaming("f", f):
        heights = torch.as_tensor(f(x1, x2)).detach()
        if heights.shape != x1.shape:
            raise ValueError(f"of two tensors of shape {tuple(x1.shape)} it gave {tuple(heights.shape)}")
    if axes is None:
        axes = plotting.plt.subplots(figsize=(3.5, 2.5))[1]
    plotting.plot(points[:, 0], points[:, 1], "x1", "x2", fmts=["C1o-"], axes=axes)
    axes.contour(x1, x2, heights, colors="C0")
