"""Exercises of the chapter model_selection: the loss over batches, and the rows of K folds."""

from collections.abc import Callable
from typing import Any

from d2lcore.exercises import Case, Exercise, Mistake


def _losses(y_hat: Any, y: Any) -> Any:
    """One loss an example: half the squared error."""
    return (y_hat - y) ** 2 / 2


def _evaluated(answer: Callable[..., Any], net: Any, data_iter: Any, loss: Any) -> dict[str, Any]:
    """The value, and how the net is treated meanwhile and afterwards."""
    import torch

    tracked = []
    net.register_forward_hook(lambda *_: tracked.append(torch.is_grad_enabled()))
    value = answer(net, data_iter, loss)
    if isinstance(value, torch.Tensor) and value.shape == ():
        value = value.item()  # so that a mistake is known with or without it
    return {
        "": value,
        "gradients are tracked while the net predicts": any(tracked),
        "the net is in training mode afterwards": net.training,
        "gradients are tracked afterwards": torch.is_grad_enabled(),
    }


def _evaluate_cases() -> list[Case]:
    import torch
    from torch import nn

    def case(
        about: str, sizes: tuple[int, ...], *, dtype: torch.dtype = torch.float32, p: float = 0.0
    ) -> Case:
        net = nn.Sequential(nn.Linear(2, 1), nn.Dropout(p)).to(dtype)
        X, y = torch.randn(sum(sizes), 2, dtype=dtype), 3 * torch.randn(sum(sizes), 1, dtype=dtype)
        batches = list(zip(X.split(list(sizes)), y.split(list(sizes)), strict=True))
        return Case(about, (net, batches, _losses), _evaluated)

    return [
        case("a linear net, and batches of 3, 3 and 1", (3, 3, 1)),
        case("batches of 4 and 2, in float64", (4, 2), dtype=torch.float64),
        case("a net that drops everything while it trains, batches of 2, 2 and 1", (2, 2, 1), p=1.0),
        case("one batch", (5,)),
    ]


_MEAN_OF_MEANS = (
    "the mean of the batches' means is taken, where a small last batch counts too much: divide the "
    "sum of all losses by all examples"
)

EVALUATE_LOSS = Exercise(
    name="evaluate_loss",
    notes="004 3.5.2, 004 3.4.1",
    stub='''
    def evaluate_loss(net: torch.nn.Module, data_iter: list, loss) -> float:
        """The mean loss of an example, over all batches.

        net: a module in training mode, from X to predictions. Meanwhile it is to be in evaluation mode
        (without dropout), and no gradients are tracked; afterwards it is in training mode again, and they
        are tracked.
        data_iter: batches (X, y), the last of which may be smaller.
        loss: loss(net(X), y) has one loss an example, shape (n, 1).
        Returns the sum of all losses divided by the number of all examples.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Two sums over the batches, that of the losses and that of the examples. Divide once, at the end.",
        "In the loop: total += loss(net(X), y).sum() and examples += len(y). Around it: net.eval() and "
        "`with torch.no_grad():`, and net.train() afterwards.",
        "The mean of the batches' means is another number if the last batch is smaller: its examples would "
        "count for more.",
    ),
    reference="d2lcore.metrics.evaluate_loss",
    cases=_evaluate_cases,
    mistakes=(
        Mistake(
            _MEAN_OF_MEANS,
            """
            def evaluate_loss(net, data_iter, loss):
                net.eval()
                with torch.no_grad():
                    means = [loss(net(X), y).mean() for X, y in data_iter]
                net.train()
                return sum(means) / len(means)
            """,
        ),
        Mistake(
            _MEAN_OF_MEANS,
            """
            def evaluate_loss(net, data_iter, loss):
                total = 0
                for X, y in data_iter:
                    total += loss(net(X), y).mean().item()
                return total / len(data_iter)
            """,
        ),
        Mistake(
            "the sum is divided by the number of batches: divide by the number of examples, len(y) of each "
            "batch",
            """
            def evaluate_loss(net, data_iter, loss):
                net.eval()
                with torch.no_grad():
                    total = sum(loss(net(X), y).sum() for X, y in data_iter)
                net.train()
                return total / len(data_iter)
            """,
        ),
        Mistake(
            "the means of the batches are summed, but divided by the number of examples: sum the losses, "
            ".sum()",
            """
            def evaluate_loss(net, data_iter, loss):
                net.eval()
                total = examples = 0
                with torch.no_grad():
                    for X, y in data_iter:
                        total += loss(net(X), y).mean()
                        examples += len(y)
                net.train()
                return total / examples
            """,
        ),
        Mistake(
            "this is the sum of the losses: divide it by the number of examples",
            """
            def evaluate_loss(net, data_iter, loss):
                net.eval()
                with torch.no_grad():
                    total = sum(loss(net(X), y).sum() for X, y in data_iter)
                net.train()
                return total
            """,
        ),
        Mistake(
            "every batch is taken to be as large as the first: the last may be smaller, so add up len(y)",
            """
            def evaluate_loss(net, data_iter, loss):
                net.eval()
                with torch.no_grad():
                    total = sum(loss(net(X), y).sum() for X, y in data_iter)
                net.train()
                return total / (len(data_iter) * len(data_iter[0][1]))
            """,
        ),
        Mistake(
            "only the last batch counts: the sums start anew in each, set them to 0 before the loop and use "
            "+=",
            """
            def evaluate_loss(net, data_iter, loss):
                net.eval()
                with torch.no_grad():
                    for X, y in data_iter:
                        mean = loss(net(X), y).mean()
                net.train()
                return mean
            """,
        ),
        Mistake(
            "only the first batch counts: `return` stands inside the loop, it belongs after it",
            """
            def evaluate_loss(net, data_iter, loss):
                net.eval()
                with torch.no_grad():
                    for X, y in data_iter:
                        mean = loss(net(X), y).mean()
                        break
                net.train()
                return mean
            """,
        ),
        Mistake(
            "only the first batch counts: `return` stands inside the loop, it belongs after it",
            """
            def evaluate_loss(net, data_iter, loss):
                net.eval()
                total = examples = 0
                with torch.no_grad():
                    for X, y in data_iter:
                        total += loss(net(X), y).sum()
                        examples += len(y)
                        return total / examples
            """,
        ),
        Mistake(
            "the net still trains while it is evaluated, and drops activations: net.eval() first, "
            "net.train() afterwards",
            """
            def evaluate_loss(net, data_iter, loss):
                total = examples = 0
                with torch.no_grad():
                    for X, y in data_iter:
                        total += loss(net(X), y).sum()
                        examples += len(y)
                return total / examples
            """,
        ),
        Mistake(
            "the net stays in evaluation mode, so that dropout is off from now on: net.train() at the end",
            """
            def evaluate_loss(net, data_iter, loss):
                net.eval()
                total = examples = 0
                with torch.no_grad():
                    for X, y in data_iter:
                        total += loss(net(X), y).sum()
                        examples += len(y)
                return total / examples
            """,
        ),
        Mistake(
            "gradients are tracked for nothing, which takes memory: put the loop inside `with "
            "torch.no_grad():`",
            """
            def evaluate_loss(net, data_iter, loss):
                net.eval()
                total = examples = 0
                for X, y in data_iter:
                    total += loss(net(X), y).sum().item()
                    examples += len(y)
                net.train()
                return total / examples
            """,
        ),
        Mistake(
            "neither net.eval() nor torch.no_grad(): the net trains on, and tracks gradients; put both "
            "around the loop",
            """
            def evaluate_loss(net, data_iter, loss):
                total = examples = 0
                for X, y in data_iter:
                    total += loss(net(X), y).sum().item()
                    examples += len(y)
                return total / examples
            """,
        ),
        Mistake(
            "gradients are off from now on, also for training: use `with torch.no_grad():`, which ends by "
            "itself",
            """
            def evaluate_loss(net, data_iter, loss):
                net.eval()
                torch.set_grad_enabled(False)
                total = examples = 0
                for X, y in data_iter:
                    total += loss(net(X), y).sum()
                    examples += len(y)
                net.train()
                return total / examples
            """,
        ),
        *(
            Mistake(
                "the losses are added to those of the batch before, example by example: .sum() makes one "
                "number of each batch",
                f"""
                def evaluate_loss(net, data_iter, loss):
                    net.eval()
                    total = examples = 0
                    with torch.no_grad():
                        for X, y in data_iter:
                            total += loss(net(X), y)
                            examples += len(y)
                    net.train()
                    return {mean}
                """,
            )
            for mean in (
                "total / examples",
                "float(total / examples)",
                "(total / examples).item()",
                "total.sum() / examples",
            )
        ),
        Mistake(
            "X.numel() counts the features too: an example is a row, so add up len(y), or len(X)",
            """
            def evaluate_loss(net, data_iter, loss):
                net.eval()
                total = examples = 0
                with torch.no_grad():
                    for X, y in data_iter:
                        total += loss(net(X), y).sum()
                        examples += X.numel()
                net.train()
                return total / examples
            """,
        ),
        Mistake(
            "the loss is given the inputs: it compares predictions with y, so loss(net(X), y)",
            """
            def evaluate_loss(net, data_iter, loss):
                net.eval()
                total = examples = 0
                with torch.no_grad():
                    for X, y in data_iter:
                        total += loss(X, y).sum()
                        examples += len(y)
                net.train()
                return total / examples
            """,
        ),
    ),
    accepted=(
        """
        @torch.no_grad()
        def evaluate_loss(net, data_iter, loss):
            net.eval()
            total, examples = 0.0, 0
            for X, y in data_iter:
                total += loss(net(X), y).sum()
                examples += len(y)
            net.train()
            return float(total / examples)
        """,
        """
        def evaluate_loss(model, batches, loss):
            mode = model.training
            model.train(False)
            with torch.inference_mode():
                losses = torch.cat([loss(model(X), y) for X, y in batches])
            model.train(mode)
            return losses.mean()
        """,
        """
        def evaluate_loss(net, data_iter, loss):
            examples = sum(len(y) for _, y in data_iter)
            mean = 0
            net.eval()
            with torch.no_grad():
                for X, y in data_iter:
                    mean += loss(net(X), y).mean().item() * len(y) / examples
            net.train()
            return mean
        """,
    ),
)


def _fold_cases() -> list[Case]:
    return [
        Case("six rows, three folds", (6, 3)),
        Case("seven rows, three folds", (7, 3)),
        Case("eleven rows, four folds", (11, 4)),
        Case("as many folds as rows", (4, 4)),
    ]


_LEFT_OUT = (
    "the rows left over by num_examples // k are in no validation fold: the first num_examples % k folds get "
    "one more each"
)

K_FOLD = Exercise(
    name="k_fold",
    notes="004 3.4.2",
    stub='''
    def k_fold(num_examples: int, k: int) -> list[tuple[Tensor, Tensor]]:
        """For each of k folds, the rows that train and the rows that validate.

        The rows 0, 1, ..., num_examples - 1 are cut in this order into k folds. If they do not divide evenly,
        the first num_examples % k folds have one more.

        num_examples: how many rows. k: from 2 to num_examples.
        Returns k pairs of int64 tensors, (training rows, validation rows): in pair i, fold i validates, and
        all other rows train, in their order.
        """
        raise NotImplementedError
    ''',
    hints=(
        "First cut torch.arange(num_examples) into k parts, then let each validate once.",
        "parts = torch.arange(num_examples).tensor_split(k); the training rows of pair i are "
        "torch.cat([*parts[:i], *parts[i + 1:]]).",
        "num_examples // k rows a fold leave some over where it does not divide. torch.chunk rounds up and "
        "may give fewer than k parts; tensor_split gives k that differ by one at most.",
    ),
    reference="chapters.model_selection.k_fold",
    cases=_fold_cases,
    mistakes=(
        Mistake(
            _LEFT_OUT,
            """
            def k_fold(num_examples, k):
                size, folds = num_examples // k, []
                rows = torch.arange(num_examples)
                for i in range(k):
                    start, end = i * size, (i + 1) * size
                    folds.append((torch.cat([rows[:start], rows[end:]]), rows[start:end]))
                return folds
            """,
        ),
        Mistake(
            _LEFT_OUT,
            """
            def k_fold(num_examples, k):
                size = num_examples // k
                parts = [torch.arange(i * size, (i + 1) * size) for i in range(k)]
                return [(torch.cat([*parts[:i], *parts[i + 1 :]]), parts[i]) for i in range(k)]
            """,
        ),
        Mistake(
            "the last fold gets all rows that are left over: give the first num_examples % k folds one each",
            """
            def k_fold(num_examples, k):
                size, folds = num_examples // k, []
                rows = torch.arange(num_examples)
                for i in range(k):
                    start = i * size
                    end = num_examples if i == k - 1 else start + size
                    folds.append((torch.cat([rows[:start], rows[end:]]), rows[start:end]))
                return folds
            """,
        ),
        Mistake(
            "the folds are of the size rounded up, which leaves the last too small: torch.tensor_split, not "
            "chunk or split",
            """
            def k_fold(num_examples, k):
                parts = torch.arange(num_examples).chunk(k)
                return [(torch.cat([*parts[:i], *parts[i + 1 :]]), parts[i]) for i in range(k)]
            """,
        ),
        Mistake(
            "the validation rows train as well: a model must be validated on rows it has not seen, leave "
            "fold i out",
            """
            def k_fold(num_examples, k):
                rows = torch.arange(num_examples)
                return [(rows, part) for part in rows.tensor_split(k)]
            """,
        ),
        Mistake(
            "the two are exchanged: the training rows come first in each pair, then the validation rows",
            """
            def k_fold(num_examples, k):
                parts = torch.arange(num_examples).tensor_split(k)
                return [(parts[i], torch.cat([*parts[:i], *parts[i + 1 :]])) for i in range(k)]
            """,
        ),
        Mistake(
            "only one fold validates: each of the k folds is to do so once, in a pair of its own",
            """
            def k_fold(num_examples, k):
                parts = torch.arange(num_examples).tensor_split(k)
                return [(torch.cat(parts[1:]), parts[0])]
            """,
        ),
        Mistake(
            "the rows are counted from 1: they go from 0 to num_examples - 1",
            """
            def k_fold(num_examples, k):
                parts = torch.arange(1, num_examples + 1).tensor_split(k)
                return [(torch.cat([*parts[:i], *parts[i + 1 :]]), parts[i]) for i in range(k)]
            """,
        ),
        Mistake(
            "every k-th row is in the same fold: consecutive rows are wanted",
            """
            def k_fold(num_examples, k):
                rows = torch.arange(num_examples)
                return [(rows[rows % k != i], rows[i::k]) for i in range(k)]
            """,
        ),
        Mistake(
            "the rows are shuffled: here the folds are consecutive rows, in order",
            """
            def k_fold(num_examples, k):
                parts = torch.randperm(num_examples).tensor_split(k)
                return [(torch.cat([*parts[:i], *parts[i + 1 :]]), parts[i]) for i in range(k)]
            """,
        ),
        Mistake(
            "the folds are true and false for every row: the numbers of the rows are wanted, "
            "mask.nonzero().flatten()",
            """
            def k_fold(num_examples, k):
                folds = []
                for part in torch.arange(num_examples).tensor_split(k):
                    valid = torch.zeros(num_examples, dtype=torch.bool)
                    valid[part] = True
                    folds.append((~valid, valid))
                return folds
            """,
        ),
        Mistake(
            "the row numbers are floats, which pick no rows: they have to be whole numbers, int64",
            """
            def k_fold(num_examples, k):
                parts = torch.arange(float(num_examples)).tensor_split(k)
                return [(torch.cat([*parts[:i], *parts[i + 1 :]]), parts[i]) for i in range(k)]
            """,
        ),
    ),
    accepted=(
        """
        def k_fold(num_examples, k):
            folds, start = [], 0
            for i in range(k):
                end = start + num_examples // k + (i < num_examples % k)
                train = [*range(start), *range(end, num_examples)]
                folds.append([torch.tensor(train), torch.arange(start, end)])
                start = end
            return folds
        """,
        """
        def k_fold(n, k):
            rows = torch.arange(n)
            masks = [torch.isin(rows, part) for part in rows.tensor_split(k)]
            return [(rows[~mask], rows[mask]) for mask in masks]
        """,
        """
        import numpy as np

        def k_fold(num_examples, k):
            parts = [torch.from_numpy(part) for part in np.array_split(np.arange(num_examples), k)]
            return [(torch.cat(parts[:i] + parts[i + 1 :]), valid) for i, valid in enumerate(parts)]
        """,
    ),
)


EXERCISES = (EVALUATE_LOSS, K_FOLD)
