"""Exercises of the chapter distribution_shift: weights of examples and of classes, and what they are for."""

from collections.abc import Callable
from typing import Any

from d2lcore.exercises import Case, Exercise, Mistake, gradients


def _doubles(*values: Any) -> Any:
    import torch

    return torch.tensor(values, dtype=torch.float64)


def _weighted_loss_cases() -> list[Case]:
    import torch

    def five() -> Any:
        return torch.rand(5, dtype=torch.float64, requires_grad=True)

    losses, beta = _doubles(1.0, 4.0, 0.5), _doubles(2.0, 0.5, 3.0)
    column = torch.tensor([[1.0], [2.0], [6.0]])
    return [
        Case("three losses, not normalised", (losses, beta, False)),
        Case("three losses, normalised", (losses, beta, True)),
        Case("the losses are a column, (3, 1)", (column, torch.tensor([0.0, 2.0, 0.5]), False)),
        Case("the losses are a column, normalised", (column, torch.tensor([0.0, 2.0, 0.5]), True)),
        Case("five losses with gradients", (five(), 3 * torch.rand(5).double(), False), gradients("losses")),
        Case(
            "five losses with gradients, normalised",
            (five(), 3 * torch.rand(5).double(), True),
            gradients("losses"),
        ),
    ]


WEIGHTED_LOSS = Exercise(
    name="weighted_loss",
    notes="004 3.9.2",
    stub='''
    def weighted_loss(losses: Tensor, beta: Tensor, normalize: bool) -> Tensor:
        """The weighted empirical risk: sum_i beta_i l_i, over n or over sum_i beta_i.

        losses: one an example, shape (n,) or (n, 1). beta: weights, shape (n,), not all 0.
        normalize: divide by the sum of the weights in place of n.
        Returns one number, shape (), of the type of losses, through which gradients reach them.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Each loss times its own weight, and their sum. Only what it is divided by depends on normalize.",
        "losses = losses.reshape(-1), then (beta * losses).sum() / len(beta), or / beta.sum().",
        "(n, 1) times (n,) broadcasts to (n, n), every loss with every weight, and raises no error: flatten "
        "the losses first.",
    ),
    reference="chapters.distribution_shift.risk.weighted_loss",
    adapt=lambda function: lambda losses, beta, normalize: function(losses, beta, normalize=normalize),
    cases=_weighted_loss_cases,
    mistakes=(
        Mistake(
            "the weights are not applied: multiply each loss by its beta",
            """
            def weighted_loss(losses, beta, normalize):
                return losses.mean()
            """,
        ),
        Mistake(
            "the weights are averaged before they meet the losses: multiply each loss by its own beta",
            """
            def weighted_loss(losses, beta, normalize):
                l = beta.mean() * losses.mean()
                return l / beta.mean() if normalize else l
            """,
        ),
        Mistake(
            "a column of losses times a row of weights broadcasts to (n, n): losses.reshape(-1) first",
            """
            def weighted_loss(losses, beta, normalize):
                if normalize:
                    beta = beta / beta.mean()
                return (beta * losses).mean()
            """,
        ),
        Mistake(
            "a column of losses times a row of weights broadcasts to (n, n): losses.reshape(-1) first",
            """
            def weighted_loss(losses, beta, normalize):
                return (beta * losses).sum() / (beta.sum() if normalize else len(beta))
            """,
        ),
        Mistake(
            "the sum is not divided by n: without normalize, it is a mean over the examples",
            """
            def weighted_loss(losses, beta, normalize):
                l = beta @ losses.reshape(-1)
                return l / beta.sum() if normalize else l
            """,
        ),
        Mistake(
            "it is normalised whether asked for or not: without normalize, divide by n",
            """
            def weighted_loss(losses, beta, normalize):
                return beta @ losses.reshape(-1) / beta.sum()
            """,
        ),
        Mistake(
            "normalize is not used: with it, divide by the sum of the weights in place of n",
            """
            def weighted_loss(losses, beta, normalize):
                return beta @ losses.reshape(-1) / len(beta)
            """,
        ),
        Mistake(
            "the two divisors are exchanged: the sum of the weights belongs to normalize=True",
            """
            def weighted_loss(losses, beta, normalize):
                return beta @ losses.reshape(-1) / (len(beta) if normalize else beta.sum())
            """,
        ),
        Mistake(
            "normalised, it is divided by n as well: weights that sum to 1 make a mean by themselves",
            """
            def weighted_loss(losses, beta, normalize):
                if normalize:
                    beta = beta / beta.sum()
                return (beta * losses.reshape(-1)).mean()
            """,
        ),
        Mistake(
            "the losses are divided by their weights: an example that the target has more often counts more",
            """
            def weighted_loss(losses, beta, normalize):
                return (losses.reshape(-1) / beta).sum() / (beta.sum() if normalize else len(beta))
            """,
        ),
        Mistake(
            "the result is cut off from the losses (.detach() or .data): nothing could be trained by it",
            """
            def weighted_loss(losses, beta, normalize):
                l = beta @ losses.detach().reshape(-1)
                return l / (beta.sum() if normalize else len(beta))
            """,
        ),
        Mistake(
            "each example's weighted loss is returned: make one number of them",
            """
            def weighted_loss(losses, beta, normalize):
                l = beta * losses.reshape(-1)
                return l / beta.sum() if normalize else l
            """,
        ),
    ),
    accepted=(
        """
        def weighted_loss(losses, beta, normalize):
            losses = losses.squeeze(1) if losses.dim() == 2 else losses
            weights = beta / beta.sum() if normalize else beta / len(beta)
            return torch.dot(weights, losses)
        """,
        """
        def weighted_loss(losses, weights, normalize):
            total = 0
            for l, beta in zip(losses, weights):
                total = total + beta * l
            return (total / (sum(weights) if normalize else len(weights))).reshape(())
        """,
        """
        def weighted_loss(losses, beta, normalize):
            if normalize:
                beta = beta / beta.mean()
            return (beta.view_as(losses) * losses).mean()
        """,
    ),
)


def _number(answer: Callable[..., Any], beta: Any) -> Any:
    """The value; a tensor of shape () as the number it is, so that a mistake is known in either form."""
    import torch

    value = answer(beta)
    return value.item() if isinstance(value, torch.Tensor) and value.shape == () else value


def _sample_size_cases() -> list[Case]:
    return [
        Case("four equal weights", (_doubles(0.5, 0.5, 0.5, 0.5),), _number),
        Case("three weights", (_doubles(1.0, 2.0, 3.0),), _number),
        Case("one weight dwarfs the others", (_doubles(100.0, 0.0, 0.01, 0.0),), _number),
        Case("weights of sum 1", (_doubles(0.1, 0.2, 0.3, 0.4),), _number),
        Case("weights of 1e200", (_doubles(1e200, 1e200, 0.0),), _number),
        Case("weights of 1e-200", (_doubles(1e-200, 3e-200, 0.0),), _number),
    ]


EFFECTIVE_SAMPLE_SIZE = Exercise(
    name="effective_sample_size",
    notes="004 3.9.2",
    stub='''
    def effective_sample_size(beta: Tensor) -> float:
        """How many equally weighted examples these are worth: (sum beta)^2 / sum beta^2.

        beta: weights of any size, at least 0 and not all 0, shape (n,), float64.
        Returns a number from 1, where one weight has it all, to n, where all are equal.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Two sums: the weights first added and then squared, and first squared and then added.",
        "beta.sum() ** 2 / (beta**2).sum()",
        "The square of 1e200 is infinite, and infinite / infinite is nan. A factor in all weights does not "
        "change the result: divide them by the largest before squaring.",
    ),
    reference="chapters.distribution_shift.risk.effective_sample_size",
    adapt=lambda function: lambda beta: float(function(beta)),
    cases=_sample_size_cases,
    mistakes=(
        Mistake(
            "the squares overflow: divide the weights by the largest first, which does not change the result",
            """
            def effective_sample_size(beta):
                return beta.sum() ** 2 / (beta**2).sum()
            """,
        ),
        Mistake(
            "small weights stay as they are, and their squares round to 0: divide by the largest, however "
            "small it is",
            """
            def effective_sample_size(beta):
                beta = beta / beta.max().clamp(min=1)
                return beta.sum() ** 2 / (beta**2).sum()
            """,
        ),
        Mistake(
            "the fraction is upside down: the square of the sum is above",
            """
            def effective_sample_size(beta):
                beta = beta / beta.max()
                return (beta**2).sum() / beta.sum() ** 2
            """,
        ),
        Mistake(
            "the sum above is not squared",
            """
            def effective_sample_size(beta):
                return beta.sum() / (beta**2).sum()
            """,
        ),
        Mistake(
            "the sum above is not squared",
            """
            def effective_sample_size(beta):
                beta = beta / beta.max()
                return beta.sum() / (beta**2).sum()
            """,
        ),
        Mistake(
            "the weights below are not squared: the sum of beta^2 is meant",
            """
            def effective_sample_size(beta):
                return beta.sum() ** 2 / beta.sum()
            """,
        ),
        Mistake(
            "the weights below are not squared: the sum of beta^2 is meant",
            """
            def effective_sample_size(beta):
                beta = beta / beta.max()
                return beta.sum() ** 2 / beta.sum()
            """,
        ),
        Mistake(
            "above and below are the same: above, add first and square then; below, square first",
            """
            def effective_sample_size(beta):
                beta = beta / beta.max()
                return (beta**2).sum() / (beta**2).sum()
            """,
        ),
        Mistake(
            "1 / sum beta^2 holds for weights of sum 1: divide them by their sum first",
            """
            def effective_sample_size(beta):
                return 1 / (beta**2).sum()
            """,
        ),
        Mistake(
            "this is the share of n: means in place of sums leave a factor 1/n",
            """
            def effective_sample_size(beta):
                beta = beta / beta.max()
                return beta.mean() ** 2 / (beta**2).mean()
            """,
        ),
        Mistake(
            "the square of the sum is divided by n: divide by the sum of the squares",
            """
            def effective_sample_size(beta):
                return beta.sum() ** 2 / len(beta)
            """,
        ),
        Mistake(
            "the root is taken: (sum beta)^2 / sum beta^2, as it stands",
            """
            def effective_sample_size(beta):
                beta = beta / beta.max()
                return beta.sum() / (beta**2).sum().sqrt()
            """,
        ),
        Mistake(
            "the examples with a weight are counted: an example of small weight is worth less than one",
            """
            def effective_sample_size(beta):
                return float((beta > 0).sum())
            """,
        ),
        Mistake(
            "the examples are counted, whatever their weights",
            """
            def effective_sample_size(beta):
                return len(beta)
            """,
        ),
    ),
    accepted=(
        """
        def effective_sample_size(beta):
            shares = beta / beta.sum()
            return 1 / float((shares**2).sum())
        """,
        """
        def effective_sample_size(weights):
            largest = max(weights.tolist())
            scaled = [weight / largest for weight in weights.tolist()]
            return sum(scaled) ** 2 / sum(one * one for one in scaled)
        """,
        """
        def effective_sample_size(beta):
            beta = beta / beta.mean()
            return len(beta) / (beta**2).mean()
        """,
    ),
)


def _counted(X_source: Any, X_target: Any) -> Any:
    """A classifier that has counted how often each x occurs in the two samples."""

    def log_odds(X: Any) -> Any:
        there, here = ((X == sample.T).sum(dim=1).to(X) for sample in (X_target, X_source))
        return there.log() - here.log()

    return log_odds


def _sure(X_source: Any, X_target: Any) -> Any:
    """A classifier whose log-odds are 40 x, whatever the samples."""
    return lambda X: 40 * X[:, 0]


def _ratio_cases() -> list[Case]:
    def column(*values: float) -> Any:
        return _doubles(*values).reshape(-1, 1)

    counts = "fit counts each x in the two samples"
    return [
        Case(f"two samples of four coins; {counts}", (column(0, 0, 0, 1), column(0, 1, 1, 1), _counted)),
        Case(
            f"four coins in the source, eight in the target; {counts}",
            (column(0, 0, 0, 1), column(0, 0, 1, 1, 1, 1, 1, 1), _counted),
        ),
        Case(
            f"the target has x = 2, the source does not; {counts}",
            (column(0, 1, 0, 1, 0, 0), column(0, 1, 2), _counted),
        ),
        Case("log-odds of 40 x, for whatever samples", (column(-1, 0.5, 1), column(1, 1, 1, 1, 1, 1), _sure)),
    ]


def _ratio(h: str = "fit(X_source, X_target)", beta: str = "torch.exp(h(X_source)) * (n / m)") -> str:
    """A `density_ratio_weights` of these lines; by default they are right."""
    return f"""
    def density_ratio_weights(X_source, X_target, fit):
        n, m = len(X_source), len(X_target)
        h = {h}
        beta = {beta}
        return beta
    """


DENSITY_RATIO_WEIGHTS = Exercise(
    name="density_ratio_weights",
    notes="004 3.9.2",
    stub='''
    def density_ratio_weights(X_source: Tensor, X_target: Tensor, fit) -> Tensor:
        """beta = p(x) / q(x) of each source example, by a classifier.

        Of the n source and m target examples together, the share m p(x) / (m p(x) + n q(x)) of those
        with inputs x is target. A classifier that tells the samples apart estimates that share.

        X_source: drawn from q, shape (n, d). X_target: drawn from p, shape (m, d).
        fit: fit(X_source, X_target) trains such a classifier and returns a function h; h(X), shape
        (rows of X,), is the log-odds log P(target | x) / P(source | x) of each row of X.
        Returns the weights of the source examples, shape (n,).
        """
        raise NotImplementedError
    ''',
    hints=(
        "The odds P(target | x) / P(source | x) are m p(x) / (n q(x)). What turns them into p(x) / q(x)?",
        "h = fit(X_source, X_target), then torch.exp(h(X_source)) * n / m.",
        "004 3.9.2 leaves n / m out, which is right for samples of one size. And a log-odds of 40 rounds the "
        "probability to 1: never compute P / (1 - P), exp(h) are the odds.",
    ),
    reference="chapters.distribution_shift.covariate.density_ratio_weights",
    adapt=lambda function: lambda X_source, X_target, fit: function(X_source, X_target, fit=fit),
    cases=_ratio_cases,
    mistakes=(
        Mistake(
            "exp(h) holds for samples of one size: multiply by n / m, source examples over target examples",
            _ratio(beta="torch.exp(h(X_source))"),
        ),
        Mistake(
            "the factor of the sample sizes is upside down: a larger target raises the odds, so divide by m",
            _ratio(beta="torch.exp(h(X_source)) * (m / n)"),
        ),
        Mistake(
            "beta is upside down, q / p: an example that is likelier in the *target* weighs more, exp(h)",
            _ratio(beta="torch.exp(-h(X_source)) * (n / m)"),
        ),
        Mistake(
            "beta is upside down, q / p: an example that is likelier in the *target* weighs more, exp(h)",
            _ratio(beta="torch.exp(-h(X_source)) * (m / n)"),
        ),
        Mistake(
            "the samples are given to fit in the wrong order: fit(X_source, X_target)",
            _ratio(h="fit(X_target, X_source)"),
        ),
        Mistake(
            "the target's examples are weighed: training takes place on the source, so h(X_source)",
            _ratio(beta="torch.exp(h(X_target)) * (n / m)"),
        ),
        Mistake(
            "P / (1 - P) divides by 0 where P rounds to 1: exp(h) is the same, and does not",
            _ratio(beta="h(X_source).sigmoid() / (1 - h(X_source).sigmoid()) * (n / m)"),
        ),
        Mistake(
            "this is the probability of the target: a weight is made of the odds, exp(h)",
            _ratio(beta="torch.sigmoid(h(X_source)) * (n / m)"),
        ),
        Mistake(
            "this is the probability of the target: a weight is made of the odds, exp(h)",
            _ratio(beta="torch.sigmoid(h(X_source))"),
        ),
        Mistake(
            "this is the logarithm of the weights: take the exponential",
            _ratio(beta="h(X_source) + torch.tensor(n / m).log()"),
        ),
        Mistake(
            "this is the logarithm of the weights: take the exponential",
            _ratio(beta="h(X_source)"),
        ),
        Mistake(
            "the logarithms and the sizes are mixed: exp(h) times n / m, or exp(h + log(n / m))",
            _ratio(beta="torch.exp(h(X_source) + n / m)"),
        ),
        Mistake(
            "the weights are divided by their mean, which hides that it is not 1 where the source misses "
            "some of the target",
            _ratio(beta="torch.softmax(h(X_source), dim=0) * n"),
        ),
        Mistake(
            "the weights are divided by their sum: p / q is about 1 on average, not 1 / n",
            _ratio(beta="torch.softmax(h(X_source), dim=0)"),
        ),
    ),
    accepted=(
        """
        def density_ratio_weights(source, target, classifier):
            log_odds = classifier(source, target)(source)
            log_factor = torch.tensor(len(source) / len(target), dtype=torch.float64).log()
            return (log_odds + log_factor).exp()
        """,
        """
        def density_ratio_weights(X_source, X_target, fit):
            h, weights = fit(X_source, X_target), []
            for i in range(len(X_source)):
                weights.append(h(X_source[i : i + 1])[0].exp() / len(X_target) * len(X_source))
            return torch.stack(weights)
        """,
        """
        def density_ratio_weights(X_source, X_target, fit):
            h = fit(X_source, X_target)(X_source)
            return len(X_source) * torch.sigmoid(h) / (len(X_target) * torch.sigmoid(-h))
        """,
    ),
)


def _confusion_cases() -> list[Case]:
    import torch

    y, y_hat = [0, 0, 0, 0, 0, 1, 1, 2], [0, 0, 0, 1, 2, 1, 0, 2]
    return [
        Case("four examples of class 0, two of class 1", _labels([0, 0, 0, 0, 1, 1], [0, 0, 1, 1, 1, 1], 2)),
        Case("three classes, one far more frequent", _labels(y, y_hat, 3)),
        Case("class 2 is never predicted", _labels([2, 0, 1, 1], [0, 0, 1, 0], 3)),
        Case("sixty examples", (torch.arange(60) % 7 % 4, torch.arange(60) % 5 % 4, 4)),
    ]


def _labels(y: list[int], y_hat: list[int], num_classes: int) -> tuple[Any, ...]:
    import torch

    return torch.tensor(y), torch.tensor(y_hat), num_classes


def _confusion(counts: str = "counts[i, j] += 1", last: str = "counts / counts.sum(dim=0)") -> str:
    """A `confusion_matrix` of these lines; by default they are right."""
    return f"""
    def confusion_matrix(y, y_hat, num_classes):
        counts = torch.zeros(num_classes, num_classes, dtype=torch.float64)
        for j, i in zip(y.tolist(), y_hat.tolist()):
            {counts}
        return {last}
    """


_BY_PREDICTED = (
    "each column is divided by how often its class is predicted, not is true: .sum(dim=0) of C[y_hat, y], or "
    "dim=1 of C[y, y_hat]"
)

CONFUSION_MATRIX = Exercise(
    name="confusion_matrix",
    notes="004 3.9.2",
    stub='''
    def confusion_matrix(y: Tensor, y_hat: Tensor, num_classes: int) -> Tensor:
        """C[i, j]: the share of true class j that is predicted as class i.

        A column is a true class, a row a predicted one.

        y: true classes, whole numbers in 0..num_classes-1, each of which occurs, shape (n,).
        y_hat: predicted classes, shape (n,).
        Returns float64, shape (num_classes, num_classes); every column sums to 1.
        """
        raise NotImplementedError
    ''',
    hints=(
        "First count: how many examples of true class j are predicted as i? Then make shares of the counts.",
        "Add 1 to counts[y_hat, y] for each example, row first. Then counts / counts.sum(dim=0): a column is "
        "divided by how many examples its true class has.",
        "counts[y_hat, y] += 1 with tensors adds 1 only once to a place that occurs several times: use a "
        "loop, index_put_ with accumulate=True, or one_hot(y_hat).T @ one_hot(y). And dim=0 sums over the "
        "rows.",
    ),
    reference="chapters.distribution_shift.confusion.confusion_matrix",
    cases=_confusion_cases,
    mistakes=(
        Mistake(
            "C is transposed: a column is a true class, a row a predicted one, so count in [y_hat, y]",
            _confusion(last="(counts / counts.sum(dim=0)).T"),
        ),
        Mistake(
            "the rows are normalised: each *column* sums to 1, so divide by how many examples its true class "
            "has",
            _confusion(last="counts / counts.sum(dim=1, keepdim=True)"),
        ),
        Mistake(
            "the rows are normalised: each *column* sums to 1, so divide by how many examples its true class "
            "has",
            _confusion(last="counts / counts.sum(dim=1, keepdim=True).clamp(min=1)"),
        ),
        Mistake(
            "y and y_hat have changed places: the columns are predictions here, and should be true classes",
            _confusion("counts[j, i] += 1"),
        ),
        Mistake(
            "y and y_hat have changed places: the columns are predictions here, and should be true classes",
            _confusion("counts[j, i] += 1", "counts / counts.sum(dim=0).clamp(min=1)"),
        ),
        Mistake(
            _BY_PREDICTED,
            _confusion(last="counts / counts.sum(dim=1)"),
        ),
        Mistake(
            _BY_PREDICTED,
            _confusion("counts[j, i] += 1", "counts.T / counts.sum(dim=0)"),
        ),
        Mistake(
            "these are counts: divide each column by its sum",
            _confusion(last="counts"),
        ),
        Mistake(
            "the counts are divided by the number of all examples: divide each column by that of its class",
            _confusion(last="counts / len(y)"),
        ),
        Mistake(
            "every class is taken to be equally frequent: divide each column by how often its class occurs",
            _confusion(last="counts * num_classes / len(y)"),
        ),
        Mistake(
            "C[y_hat, y] += 1 adds only 1 where a pair occurs several times: use a loop, or "
            "index_put_(..., accumulate=True)",
            """
            def confusion_matrix(y, y_hat, num_classes):
                counts = torch.zeros(num_classes, num_classes, dtype=torch.float64)
                counts[y_hat, y] += 1
                return counts / torch.bincount(y)
            """,
        ),
        Mistake(
            "C[y_hat, y] += 1 adds only 1 where a pair occurs several times: use a loop, or "
            "index_put_(..., accumulate=True)",
            """
            def confusion_matrix(y, y_hat, num_classes):
                counts = torch.zeros(num_classes, num_classes, dtype=torch.float64)
                counts[y_hat, y] += 1
                return counts / counts.sum(dim=0)
            """,
        ),
        Mistake(
            "a class that is never predicted has no row: make num_classes rows, whatever occurs in y_hat",
            """
            def confusion_matrix(y, y_hat, num_classes):
                rows = torch.nn.functional.one_hot(y_hat).double()
                columns = torch.nn.functional.one_hot(y, num_classes).double()
                return rows.T @ columns / columns.sum(dim=0)
            """,
        ),
        Mistake(
            "torch.zeros is float32, which is too little for the inverse of C: dtype=torch.float64",
            """
            def confusion_matrix(y, y_hat, num_classes):
                counts = torch.zeros(num_classes, num_classes)
                for j, i in zip(y, y_hat):
                    counts[i, j] += 1
                return counts / counts.sum(dim=0)
            """,
        ),
    ),
    accepted=(
        """
        def confusion_matrix(y, y_hat, num_classes):
            C = torch.zeros(num_classes, num_classes, dtype=torch.float64)
            C.index_put_((y_hat, y), torch.ones(len(y)).double(), accumulate=True)
            return C / C.sum(dim=0)
        """,
        """
        def confusion_matrix(labels, predictions, k):
            columns = []
            for j in range(k):
                of_class = predictions[labels == j]
                columns.append(torch.stack([(of_class == i).double().mean() for i in range(k)]))
            return torch.stack(columns, dim=1)
        """,
        """
        def confusion_matrix(y, y_hat, num_classes):
            pairs = torch.bincount(num_classes * y + y_hat, minlength=num_classes**2)
            counts = pairs.reshape(num_classes, num_classes).double()
            return (counts / counts.sum(dim=1, keepdim=True)).T
        """,
        """
        def confusion_matrix(y, y_hat, num_classes):
            true, predicted = (torch.eye(num_classes, dtype=torch.float64)[labels] for labels in (y, y_hat))
            return predicted.T @ true @ torch.diag(1 / true.sum(dim=0))
        """,
    ),
)


def _distribution_cases() -> list[Case]:
    two = _doubles([0.8, 0.3], [0.2, 0.7])
    three = _doubles([0.7, 0.2, 0.1], [0.2, 0.6, 0.3], [0.1, 0.2, 0.6])
    four = _doubles([0.6, 0.1, 0.1, 0.0], [0.2, 0.5, 0.2, 0.1], [0.1, 0.3, 0.6, 0.3], [0.1, 0.1, 0.1, 0.6])
    return [
        Case("two classes", (two, two @ _doubles(0.4, 0.6))),
        Case("three classes", (three, three @ _doubles(0.1, 0.6, 0.3))),
        Case("C^-1 mu = (0.9, -0.3, 0.4): no distribution", (three, three @ _doubles(0.9, -0.3, 0.4))),
        Case("C^-1 mu = (1.2, -0.2)", (two, two @ _doubles(1.2, -0.2))),
        Case("C^-1 mu = (-0.1, -0.4, 1.05, 0.45)", (four, four @ _doubles(-0.1, -0.4, 1.05, 0.45))),
    ]


_BY_SUBSETS = """
    import itertools

    def estimate_label_distribution(C, mu):
        k = len(mu)
        best, p = None, None
        for r in range(1, k + 1):
            for kept in itertools.combinations(range(k), r):
                A = C[:, kept]
                ones = torch.ones(r, 1, dtype=C.dtype)
                top = torch.cat([A.T @ A, ones], dim=1)
                bottom = torch.cat([ones.T, torch.zeros(1, 1, dtype=C.dtype)], dim=1)
                right = torch.cat([A.T @ mu, ones[0]])
                some = torch.linalg.solve(torch.cat([top, bottom]), right)[:r]
                error = (A @ some - mu).norm()
                if (some > -1e-12).all() and (best is None or error < best):
                    best, p = error, torch.zeros_like(mu)
                    p[list(kept)] = some
        return p.clamp(min=0)
    """


ESTIMATE_LABEL_DISTRIBUTION = Exercise(
    name="estimate_label_distribution",
    notes="004 3.9.2",
    stub='''
    def estimate_label_distribution(C: Tensor, mu: Tensor) -> Tensor:
        """The label distribution p of the target, from C p = mu; never negative, sum 1.

        C^-1 mu has the sum 1, but mu comes from a sample, and an entry may be negative. The answer is
        the *distribution* that explains mu best: of all p with p_j >= 0 and sum 1, that with the least
        ||C p - mu||.

        C: shares predicted as i (row) of the true class j (column), shape (k, k), not singular, k at most 10.
        mu: shares predicted as i on the target, shape (k,). Both float64.
        Returns float64, shape (k,), right to 1e-4.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Solve C p = mu first: if no entry is negative, this is the answer. If one is, no entry can be "
        "mended by itself: with one class held at 0, the others have to be found anew, with sum 1.",
        "p = torch.linalg.solve(C, mu). If that is no distribution, walk downhill from torch.full_like(mu, "
        "1/k) and come back to the distributions after every step: p = project(p - 0.5 * C.T @ (C @ p - "
        "mu)), 500 times. project(v) subtracts one number from all entries and cuts off at 0, so that the "
        "sum is 1: with the r largest entries, of sum s, the number is (s - 1) / r, for the largest r whose "
        "r-th entry is above it.",
        "Cutting negative entries off, taking absolute values, and dividing by the sum afterwards do give a "
        "distribution, but not the one nearest to mu. And C as it is, not C.T: a column is a true class.",
    ),
    reference="chapters.distribution_shift.confusion.estimate_label_distribution",
    tolerance=1e-4,  # where an answer walks downhill it stops short of the minimum
    limit=20.0,  # thousands of steps, with the number of `project` found by bisection
    cases=_distribution_cases,
    mistakes=(
        Mistake(
            "this is C^-1 mu, in which an entry may be negative: find the best p among those with p >= 0",
            """
            def estimate_label_distribution(C, mu):
                return torch.linalg.solve(C, mu)
            """,
        ),
        Mistake(
            "C is transposed: its columns are the true classes, so that mu = C p as it stands",
            """
            def estimate_label_distribution(C, mu):
                return torch.linalg.solve(C.T, mu)
            """,
        ),
        Mistake(
            "C is transposed: its columns are the true classes, so that mu = C p as it stands",
            _BY_SUBSETS.replace("C[:, kept]", "C.T[:, kept]"),
        ),
        Mistake(
            "an absolute value invents members of a class that has none: find the best p with p >= 0 instead",
            """
            def estimate_label_distribution(C, mu):
                p = torch.linalg.solve(C, mu).abs()
                return p / p.sum()
            """,
        ),
        Mistake(
            "an absolute value invents members of a class that has none: find the best p with p >= 0 instead",
            """
            def estimate_label_distribution(C, mu):
                return torch.linalg.solve(C, mu).abs()
            """,
        ),
        Mistake(
            "cut off at 0, the entries sum to more than 1: find the best p among those with sum 1",
            """
            def estimate_label_distribution(C, mu):
                return torch.linalg.solve(C, mu).clamp(min=0)
            """,
        ),
        Mistake(
            "cut off at 0 and divided by the sum is a distribution, but not the one with the least "
            "||C p - mu||",
            """
            def estimate_label_distribution(C, mu):
                p = torch.linalg.solve(C, mu).clamp(min=0)
                return p / p.sum()
            """,
        ),
        Mistake(
            "the smallest entry is moved to 0 and the rest with it: that changes the ratio of all others",
            """
            def estimate_label_distribution(C, mu):
                p = torch.linalg.solve(C, mu)
                p = p - p.min().clamp(max=0)
                return p / p.sum()
            """,
        ),
        Mistake(
            "C^-1 mu is projected: that finds the distribution nearest to it, not the one with C p nearest "
            "to mu",
            """
            def estimate_label_distribution(C, mu):
                p = torch.linalg.solve(C, mu)
                low, high = p.min() - 1, p.max()
                for _ in range(100):
                    middle = (low + high) / 2
                    if (p - middle).clamp(min=0).sum() > 1:
                        low = middle
                    else:
                        high = middle
                return (p - high).clamp(min=0)
            """,
        ),
        Mistake(
            "p >= 0 is kept, but the sum of 1 is lost: hold both at once",
            _BY_SUBSETS.replace(
                "torch.linalg.solve(torch.cat([top, bottom]), right)[:r]",
                "torch.linalg.lstsq(A, mu[:, None]).solution[:, 0]",
            ),
        ),
        Mistake(
            "solving again for the classes that are left loses the sum of 1: hold it *while* solving, a "
            "division afterwards is too late",
            """
            def estimate_label_distribution(C, mu):
                p = torch.linalg.solve(C, mu)
                while (p < 0).any():
                    kept = p > 0
                    p = torch.zeros_like(mu)
                    p[kept] = torch.linalg.lstsq(C[:, kept], mu[:, None]).solution[:, 0]
                return p / p.sum()
            """,
        ),
        Mistake(
            "softmax changes what was a distribution already: 0.4 and 0.6 are to stay",
            """
            def estimate_label_distribution(C, mu):
                return torch.linalg.solve(C, mu).softmax(dim=0)
            """,
        ),
        Mistake(
            "these are the shares that are *predicted*: the classifier confuses classes, so undo C",
            """
            def estimate_label_distribution(C, mu):
                return mu.clone()
            """,
        ),
        Mistake(
            "C is applied once more: mu = C p already, so solve for p",
            """
            def estimate_label_distribution(C, mu):
                return C @ mu
            """,
        ),
        Mistake(
            "C.T is not the inverse of C: solve C p = mu",
            """
            def estimate_label_distribution(C, mu):
                return C.T @ mu
            """,
        ),
    ),
    accepted=(
        _BY_SUBSETS,
        """
        def project(v):
            for count in range(len(v), 0, -1):
                kept = v.topk(count).values
                cut = (kept.sum() - 1) / count
                if kept[-1] > cut:
                    return (v - cut).clamp(min=0)

        def estimate_label_distribution(C, mu):
            p = torch.full_like(mu, 1 / len(mu))
            for _ in range(500):
                p = project(p - 0.5 * C.T @ (C @ p - mu))
            return p
        """,
        """
        def estimate_label_distribution(C, mu):
            p = torch.linalg.solve(C, mu)
            if (p >= 0).all():
                return p
            p = torch.full_like(mu, 1 / len(mu))
            for _ in range(50):
                for i in range(len(p)):
                    for j in range(i):  # move what is best from class j to class i
                        way = C[:, i] - C[:, j]
                        moved = (way @ (mu - C @ p) / (way @ way)).clamp(-p[i], p[j])
                        p[i] += moved
                        p[j] -= moved
            return p
        """,
    ),
)


def _class_weights_cases() -> list[Case]:
    return [
        Case("two classes", (_doubles(0.2, 0.8), _doubles(0.5, 0.5))),
        Case("three classes", (_doubles(0.5, 0.3, 0.2), _doubles(0.1, 0.3, 0.6))),
        Case("the target lacks class 1", (_doubles(0.4, 0.0, 0.6), _doubles(0.5, 0.25, 0.25))),
        Case("nobody has class 1", (_doubles(0.5, 0.0, 0.5), _doubles(0.75, 0.0, 0.25))),
    ]


LABEL_SHIFT_WEIGHTS = Exercise(
    name="label_shift_weights",
    notes="004 3.9.2",
    stub='''
    def label_shift_weights(p: Tensor, q: Tensor) -> Tensor:
        """The weight of each class: beta_j = p_j / q_j, and 0 where both are 0.

        p: label distribution of the target, shape (k,). q: that of the source, positive wherever p is.
        Both float64.
        Returns float64, shape (k,).
        """
        raise NotImplementedError
    ''',
    hints=(
        "A class that is twice as frequent in the target as in the source counts twice.",
        "p / q, element by element.",
        "0 / 0 is nan, and one nan in the weights makes every weighted mean nan: torch.where(q > 0, p / q, "
        "0).",
    ),
    reference="chapters.distribution_shift.label.label_shift_weights",
    cases=_class_weights_cases,
    mistakes=(
        Mistake(
            "the weights are upside down: p, the target, over q, the source",
            """
            def label_shift_weights(p, q):
                return torch.where(p > 0, q / p, 0)
            """,
        ),
        Mistake(
            "the weights are upside down: p, the target, over q, the source",
            """
            def label_shift_weights(p, q):
                return q / p
            """,
        ),
        Mistake(
            "0 / 0 is nan for a class that nobody has: set its weight to 0",
            """
            def label_shift_weights(p, q):
                return p / q
            """,
        ),
        Mistake(
            "the weights are divided by their sum: their mean *over the source*, sum_j q_j beta_j, is 1 "
            "already",
            """
            def label_shift_weights(p, q):
                beta = torch.where(q > 0, p / q, 0)
                return beta / beta.sum()
            """,
        ),
        Mistake(
            "the weights are divided by their mean over classes: their mean over the source, "
            "sum_j q_j beta_j, is 1 already",
            """
            def label_shift_weights(p, q):
                beta = torch.where(q > 0, p / q, 0)
                return beta / beta.mean()
            """,
        ),
        Mistake(
            "this is the difference: divide p by q",
            """
            def label_shift_weights(p, q):
                return p - q
            """,
        ),
        Mistake(
            "p alone is the weight only if all classes are equally frequent in the source: divide by q",
            """
            def label_shift_weights(p, q):
                return p.clone()
            """,
        ),
        Mistake(
            "p alone is the weight only if all classes are equally frequent in the source: divide by q",
            """
            def label_shift_weights(p, q):
                return p * len(p)
            """,
        ),
        Mistake(
            "1 / q makes all classes equally frequent: multiply by p, what the target has",
            """
            def label_shift_weights(p, q):
                return torch.where(q > 0, 1 / q, 0)
            """,
        ),
        Mistake(
            "weights are cut off at 1: a class that is more frequent in the target counts more than once",
            """
            def label_shift_weights(p, q):
                return torch.where(q > 0, p / q, 0).clamp(max=1)
            """,
        ),
        Mistake(
            "the logarithm of the weights is returned: it is p / q itself that multiplies a loss",
            """
            def label_shift_weights(p, q):
                return torch.where(q > 0, p / q, 0).log()
            """,
        ),
    ),
    accepted=(
        """
        def label_shift_weights(p, q):
            return (p / q).nan_to_num(0.0)
        """,
        """
        def label_shift_weights(target, source):
            beta = torch.zeros_like(target)
            for j in range(len(target)):
                if source[j] > 0:
                    beta[j] = target[j] / source[j]
            return beta
        """,
        """
        def label_shift_weights(p, q):
            beta, seen = torch.zeros_like(p), q > 0
            beta[seen] = p[seen] * q[seen].reciprocal()
            return beta
        """,
    ),
)


def _posteriors_cases() -> list[Case]:
    import torch

    rows = _doubles([0.5, 0.5], [0.8, 0.2], [0.1, 0.9])
    three = torch.randn(3, 3, dtype=torch.float64).softmax(dim=1)
    single = torch.tensor([[0.2, 0.3, 0.5]]), torch.tensor([0.25, 0.25, 0.5]), torch.tensor([0.5, 0.3, 0.2])
    return [
        Case("three examples, a balanced source", (rows, _doubles(0.2, 0.8), _doubles(0.5, 0.5))),
        Case("as many examples as classes", (three, _doubles(0.6, 0.3, 0.1), _doubles(0.2, 0.2, 0.6))),
        Case("a batch of one, float32", single),
        Case("nothing has shifted", (rows, _doubles(0.3, 0.7), _doubles(0.3, 0.7))),
    ]


def _posteriors(beta: str = "p / q", joint: str = "probs * beta", last: str = "") -> str:
    """A `correct_posteriors` of these lines; by default they are right."""
    return f"""
    def correct_posteriors(probs, p, q):
        beta = {beta}
        joint = {joint}
        return {last or "joint / joint.sum(dim=1, keepdim=True)"}
    """


CORRECT_POSTERIORS = Exercise(
    name="correct_posteriors",
    notes="004 3.9.2",
    stub='''
    def correct_posteriors(probs: Tensor, p: Tensor, q: Tensor) -> Tensor:
        """A classifier's probabilities, corrected for the target's label distribution.

        By Bayes' rule, p(y = j | x) is proportional to q(y = j | x) beta_j, with beta = p / q.

        probs: q(y | x) of each example, shape (n, k). p: label distribution of the target, shape (k,).
        q: label distribution of the source, shape (k,), with no 0. All of one type.
        Returns p(y | x), shape (n, k), of that type; every row sums to 1.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Each class has one factor, which is the same for all examples. What has to be true of each row "
        "after?",
        "joint = probs * (p / q), then joint / joint.sum(dim=1, keepdim=True).",
        "Without keepdim=True the sums are a row and divide the columns, which goes unnoticed where there "
        "are as many examples as classes.",
    ),
    reference="chapters.distribution_shift.label.correct_posteriors",
    cases=_posteriors_cases,
    mistakes=(
        Mistake(
            "the rows no longer sum to 1: divide each by its sum",
            _posteriors(last="joint"),
        ),
        Mistake(
            "beta is upside down: p, the target, over q, the source",
            _posteriors(beta="q / p"),
        ),
        Mistake(
            "q is forgotten: the classifier's probabilities contain it already, so divide by it",
            _posteriors(beta="p"),
        ),
        Mistake(
            "p is forgotten: dividing by q alone is right for a target with equally frequent classes",
            _posteriors(beta="1 / q"),
        ),
        Mistake(
            "the sums go over the examples, dim=0: each row has to sum to 1, so sum over the classes, dim=1",
            _posteriors(last="joint / joint.sum(dim=0)"),
        ),
        Mistake(
            "the sum goes over the whole batch: each row has to sum to 1 by itself, dim=1",
            _posteriors(last="joint / joint.sum()"),
        ),
        Mistake(
            "without keepdim=True the sums are a row, not a column: they do not fit the rows they belong to",
            _posteriors(last="joint / joint.sum(dim=1)"),
        ),
        Mistake(
            "the weights go along the examples: each class, that is each column, has its own",
            _posteriors(joint="probs * beta[:, None]"),
        ),
        Mistake(
            "the products are put through softmax: they are no scores, divide each row by its sum",
            _posteriors(last="joint.softmax(dim=1)"),
        ),
        Mistake(
            "beta is added: Bayes' rule multiplies",
            _posteriors(joint="probs + beta"),
        ),
        Mistake(
            "the weights are not applied: multiply the probabilities by beta before the rows are divided",
            _posteriors(joint="probs"),
        ),
        Mistake(
            "this is the class: return the probabilities of all of them",
            _posteriors(last="joint.argmax(dim=1)"),
        ),
    ),
    accepted=(
        """
        def correct_posteriors(probs, p, q):
            return (probs.log() + p.log() - q.log()).softmax(dim=1)
        """,
        """
        def correct_posteriors(probs, target, source):
            rows = []
            for row in probs:
                joint = row * target / source
                rows.append(joint / sum(joint))
            return torch.stack(rows)
        """,
        """
        def correct_posteriors(probs, p, q):
            joint = probs @ torch.diag(p / q)
            return torch.nn.functional.normalize(joint, p=1, dim=1)
        """,
    ),
)


EXERCISES = (
    WEIGHTED_LOSS,
    EFFECTIVE_SAMPLE_SIZE,
    DENSITY_RATIO_WEIGHTS,
    CONFUSION_MATRIX,
    ESTIMATE_LABEL_DISTRIBUTION,
    LABEL_SHIFT_WEIGHTS,
    CORRECT_POSTERIORS,
)
