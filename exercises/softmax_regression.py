"""Exercises of the chapter softmax_regression: labels, probabilities, the loss and its gradient."""

from d2lcore.exercises import Case, Exercise, Mistake, gradients


def _one_hot_cases() -> list[Case]:
    import torch

    return [
        Case("two labels of three classes", (torch.tensor([2, 0]), 3)),
        Case("as many labels as classes", (torch.tensor([1, 2, 0]), 3)),
        Case("the last class is not among the labels", (torch.tensor([0, 1, 1]), 4)),
        Case("a batch of one", (torch.tensor([1]), 2)),
    ]


ONE_HOT = Exercise(
    name="one_hot",
    notes="003 3.1",
    stub='''
    def one_hot(y: Tensor, num_classes: int) -> Tensor:
        """Labels as vectors: row i has a 1 in column y[i], and zeros elsewhere.

        y: whole numbers in 0..num_classes-1, shape (n,).
        Returns float32, shape (n, num_classes).
        """
        raise NotImplementedError
    ''',
    hints=(
        "An (n, num_classes) tensor of zeros needs a single 1 in each row. Which column, in row i?",
        "Comparing y as a column, shape (n, 1), with torch.arange(num_classes), shape (num_classes,), "
        "broadcasts to (n, num_classes): true exactly where the column is the label.",
        "A comparison gives booleans, and torch.nn.functional.one_hot whole numbers: .float() makes them "
        "numbers to multiply. The number of columns is num_classes, also if the last class is not among the "
        "labels.",
    ),
    reference="chapters.softmax_regression.one_hot",
    cases=_one_hot_cases,
    mistakes=(
        Mistake(
            "the rows and columns are swapped: an example is a row, a class a column",
            """
            def one_hot(y, num_classes):
                return (torch.arange(num_classes).unsqueeze(1) == y).float()
            """,
        ),
        Mistake(
            "the number of columns is taken from the labels: the last class need not be among them",
            """
            def one_hot(y, num_classes):
                return torch.nn.functional.one_hot(y).float()
            """,
        ),
        Mistake(
            "classes are counted from 1: label 0 belongs in the first column",
            """
            def one_hot(y, num_classes):
                return (y.unsqueeze(1) == torch.arange(1, num_classes + 1)).float()
            """,
        ),
        Mistake(
            "the result is of whole numbers: add .float(), as it is to be multiplied with floats",
            """
            def one_hot(y, num_classes):
                return torch.nn.functional.one_hot(y, num_classes)
            """,
        ),
        Mistake(
            "the result is of booleans: add .float()",
            """
            def one_hot(y, num_classes):
                return y[:, None] == torch.arange(num_classes)
            """,
        ),
        Mistake(
            "Z[:, y] = 1 fills the columns of all labels in every row: set one place a row, "
            "Z[torch.arange(len(y)), y] = 1",
            """
            def one_hot(y, num_classes):
                Z = torch.zeros(len(y), num_classes)
                Z[:, y] = 1
                return Z
            """,
        ),
        Mistake(
            "eye[y - 1] is the row of the class before: classes are counted from 0, so "
            "torch.eye(num_classes)[y]",
            """
            def one_hot(y, num_classes):
                return torch.eye(num_classes)[y - 1]
            """,
        ),
        Mistake(
            "the result has as many rows as there are classes: it needs one an example, (len(y), "
            "num_classes)",
            """
            def one_hot(y, num_classes):
                Z = torch.zeros(num_classes, num_classes)
                Z[torch.arange(len(y)), y] = 1
                return Z
            """,
        ),
        Mistake(
            "this is the identity matrix, a row for each class: pick the row of each label, "
            "torch.eye(num_classes)[y]",
            """
            def one_hot(y, num_classes):
                return torch.eye(num_classes)
            """,
        ),
        Mistake(
            "Z[y] = 1 fills whole rows, those whose number is a label: set one place a row, "
            "Z[torch.arange(len(y)), y] = 1",
            """
            def one_hot(y, num_classes):
                Z = torch.zeros(len(y), num_classes)
                Z[y] = 1
                return Z
            """,
        ),
        Mistake(
            "the result has as many rows as there are classes: it needs one an example, (len(y), "
            "num_classes)",
            """
            def one_hot(y, num_classes):
                Z = torch.zeros(num_classes, num_classes)
                Z[y, y] = 1
                return Z
            """,
        ),
    ),
    accepted=(
        """
        def one_hot(labels, q):
            return torch.eye(q)[labels]
        """,
        """
        def one_hot(y, num_classes):
            rows = torch.zeros(len(y), num_classes)
            for i, label in enumerate(y.tolist()):
                rows[i, label] = 1
            return rows
        """,
        """
        def one_hot(y, num_classes):
            return torch.zeros(len(y), num_classes).scatter_(1, y.reshape(-1, 1), 1.0)
        """,
    ),
)


def _softmax_cases() -> list[Case]:
    import torch

    O = torch.randn(3, 4, dtype=torch.float64)
    return [
        Case("as many examples as classes", (torch.tensor([[0.0, 1.0], [-1.0, 2.0]]),)),
        Case("three examples, four classes, float64", (O,)),
        Case("a batch of one", (torch.tensor([[1.0, 2.0, 3.0]]),)),
        Case("scores of 1e4", (torch.tensor([[1e4, -1e4, 0.0], [0.0, 0.0, 1e4]], dtype=torch.float64),)),
        Case("one row of scores far below the other", (torch.tensor([[1e3, 999.0], [-1e3, -1e3]]),)),
    ]


SOFTMAX = Exercise(
    name="softmax",
    notes="003 3.2",
    stub='''
    def softmax(O: Tensor) -> Tensor:
        """Scores as probabilities: exp(o_i) / sum_k exp(o_k), in each row.

        O: scores of any size, shape (n, q).
        Returns shape (n, q), of the type of O; every row sums to 1.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Exponentials are positive. What must a row of them be divided by, so that it sums to 1?",
        "exps / exps.sum(dim=1, keepdim=True), with exps = torch.exp(O). keepdim=True leaves the sums a "
        "column, (n, 1), which is divided into the rows.",
        "exp(1e4) is infinite, and infinite / infinite is nan. Subtracting the same number from all scores "
        "of a row changes no ratio: with the largest of the row, no exponent is above 0.",
    ),
    reference="chapters.softmax_regression.softmax",
    cases=_softmax_cases,
    mistakes=(
        Mistake(
            "softmax overflows: subtract the row maximum first",
            """
            def softmax(O):
                exps = torch.exp(O)
                return exps / exps.sum(dim=1, keepdim=True)
            """,
        ),
        Mistake(
            "the sum goes over the examples, dim=0: each row has to sum to 1, so sum over the classes, dim=1",
            """
            def softmax(O):
                exps = torch.exp(O - O.max())
                return exps / exps.sum(dim=0, keepdim=True)
            """,
        ),
        Mistake(
            "the sum goes over the whole batch: each row has to sum to 1, so sum over the classes, dim=1",
            """
            def softmax(O):
                exps = torch.exp(O - O.max())
                return exps / exps.sum()
            """,
        ),
        Mistake(
            "the maximum of the whole batch is subtracted: rows of much smaller scores become 0 / 0; "
            "subtract that of each row",
            """
            def softmax(O):
                exps = torch.exp(O - O.max())
                return exps / exps.sum(dim=1, keepdim=True)
            """,
        ),
        Mistake(
            "the rows are not divided by their sums: exponentials alone are no probabilities",
            """
            def softmax(O):
                return torch.exp(O - O.amax(dim=1, keepdim=True))
            """,
        ),
        Mistake(
            "this is the logarithm of softmax: take the exponential",
            """
            def softmax(O):
                return O - O.logsumexp(dim=1, keepdim=True)
            """,
        ),
        Mistake(
            "without keepdim=True the sums are a row, not a column: they do not fit the rows they belong to",
            """
            def softmax(O):
                exps = torch.exp(O - O.amax(dim=1, keepdim=True))
                return exps / exps.sum(dim=1)
            """,
        ),
        Mistake(
            "without keepdim=True the sums are a row, not a column: they do not fit the rows they belong to",
            """
            def softmax(O):
                exps = torch.exp(O)
                return exps / exps.sum(dim=1)
            """,
        ),
        Mistake(
            "the sum goes over the examples, dim=0: each row has to sum to 1, so sum over the classes, dim=1",
            """
            def softmax(O):
                exps = torch.exp(O)
                return exps / exps.sum(dim=0)
            """,
        ),
        Mistake(
            "the sum goes over the whole batch: each row has to sum to 1, so sum over the classes, dim=1",
            """
            def softmax(O):
                exps = torch.exp(O)
                return exps / exps.sum()
            """,
        ),
        Mistake(
            "the scores are divided by their sum: take their exponentials first",
            """
            def softmax(O):
                return O / O.sum(dim=1, keepdim=True)
            """,
        ),
        Mistake(
            "the maximum is that of each column, over the examples: subtract that of each row, dim=1",
            """
            def softmax(O):
                exps = torch.exp(O - O.max(dim=0).values)
                return exps / exps.sum(dim=1, keepdim=True)
            """,
        ),
        Mistake(
            "without keepdim=True the maxima are a row, not a column: O.amax(dim=1, keepdim=True) fits the "
            "rows of O",
            """
            def softmax(O):
                exps = torch.exp(O - O.max(dim=1).values)
                return exps / exps.sum(dim=1, keepdim=True)
            """,
        ),
        Mistake(
            "without keepdim=True the maxima are a row, not a column: O.amax(dim=1, keepdim=True) fits the "
            "rows of O",
            """
            def softmax(O):
                exps = torch.exp(O - O.max(dim=1).values)
                return exps / exps.sum(dim=1)
            """,
        ),
        Mistake(
            "max(dim=1) gives the values and their places, two tensors: take .values, or use O.amax(dim=1, "
            "keepdim=True)",
            """
            def softmax(O):
                exps = torch.exp(O - O.max(dim=1, keepdim=True))
                return exps / exps.sum(dim=1, keepdim=True)
            """,
        ),
        Mistake(
            "the scores are clamped, so that large ones become equal: subtract the row maximum instead",
            """
            def softmax(O):
                exps = torch.exp(O.clamp(-50, 50))
                return exps / exps.sum(dim=1, keepdim=True)
            """,
        ),
    ),
    accepted=(
        """
        def softmax(scores):
            return torch.exp(scores - torch.logsumexp(scores, dim=-1, keepdim=True))
        """,
        """
        def softmax(O):
            rows = []
            for o in O:
                e = (o - max(o)).exp()
                rows.append(e / sum(e))
            return torch.stack(rows)
        """,
        """
        def softmax(O):
            exps = O.clone()
            exps -= exps.max(dim=1, keepdim=True).values
            exps.exp_()
            exps /= exps.sum(dim=1, keepdim=True)
            return exps
        """,
    ),
)


def _cross_entropy_cases() -> list[Case]:
    import torch

    def scores(*rows: list[float], dtype: torch.dtype = torch.float64) -> torch.Tensor:
        return torch.tensor(rows, dtype=dtype, requires_grad=True)

    O, y = torch.randn(3, 4, dtype=torch.float64, requires_grad=True), torch.tensor([3, 0, 2])
    huge = scores([1e4, -1e4, 0.0], [0.0, 0.0, 1e4])
    far = scores([89.0, 88.0], [-89.0, -89.0], dtype=torch.float32)
    return [
        Case("three examples, four classes", (O, y), gradients("O")),
        Case("a batch of one", (scores([1.0, 2.0], dtype=torch.float32), torch.tensor([0])), gradients("O")),
        Case("scores of 1e4", (huge, torch.tensor([1, 2])), gradients("O")),
        Case("one row of scores far below the other", (far, torch.tensor([0, 1])), gradients("O")),
    ]


CROSS_ENTROPY = Exercise(
    name="cross_entropy",
    notes="003 3.3",
    stub='''
    def cross_entropy(O: Tensor, y: Tensor) -> Tensor:
        """The loss of every example: -log softmax(O) at its true class.

        In the scores: log(sum_k exp(o_k)) - o_y.

        O: scores of any size, shape (n, q). y: classes, whole numbers in 0..q-1, shape (n,).
        Returns one loss an example, shape (n,), of the type of O, through which gradients reach O.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Two numbers an example: the logarithm of the sum of its exponentials, and the score of its true "
        "class.",
        "O[torch.arange(len(y)), y] picks the score of each example's class. The loss is never negative.",
        "exp(1e4) is infinite, and the logarithm of a probability that has rounded to 0 as well. Subtract "
        "the largest score of each row first (both numbers change by the same), or use torch.logsumexp.",
    ),
    reference="chapters.softmax_regression.cross_entropy",
    cases=_cross_entropy_cases,
    mistakes=(
        Mistake(
            "the exponentials overflow: subtract the row maximum from the scores first, or use "
            "torch.logsumexp",
            """
            def cross_entropy(O, y):
                return O.exp().sum(dim=1).log() - O[torch.arange(len(y)), y]
            """,
        ),
        Mistake(
            "the logarithm of a probability that has rounded to 0 is infinite: compute the loss from the "
            "scores, as log(sum exp) - score",
            """
            def cross_entropy(O, y):
                return -torch.log(torch.softmax(O, dim=1)[torch.arange(len(y)), y])
            """,
        ),
        Mistake(
            "the sign is wrong: the loss is *minus* the logarithm of the probability, and never negative",
            """
            def cross_entropy(O, y):
                return torch.log_softmax(O, dim=1)[torch.arange(len(y)), y]
            """,
        ),
        Mistake(
            "the mean of the batch is taken: return one loss an example, shape (n,)",
            """
            def cross_entropy(O, y):
                return torch.nn.functional.cross_entropy(O, y)
            """,
        ),
        Mistake(
            "the sum of the batch is taken: return one loss an example, shape (n,)",
            """
            def cross_entropy(O, y):
                return torch.nn.functional.cross_entropy(O, y, reduction="sum")
            """,
        ),
        Mistake(
            "O[:, y] gives every example the scores of all the labels, (n, n): pick one a row, "
            "O[torch.arange(len(y)), y]",
            """
            def cross_entropy(O, y):
                return torch.logsumexp(O, dim=1, keepdim=True) - O[:, y]
            """,
        ),
        Mistake(
            "softmax is applied twice: torch's cross_entropy takes scores, not probabilities",
            """
            def cross_entropy(O, y):
                P = torch.softmax(O, dim=1)
                return torch.nn.functional.cross_entropy(P, y, reduction="none")
            """,
        ),
        Mistake(
            "the result is cut off from the scores (.detach(), .data, .item() or torch.tensor), so that "
            "nothing could be trained by it",
            """
            def cross_entropy(O, y):
                return torch.nn.functional.cross_entropy(O.detach(), y, reduction="none")
            """,
        ),
        Mistake(
            "the maximum of the whole batch is subtracted: rows of much smaller scores become log 0; "
            "subtract that of each row",
            """
            def cross_entropy(O, y):
                O = O - O.max()
                return O.exp().sum(dim=1).log() - O[torch.arange(len(y)), y]
            """,
        ),
        Mistake(
            "the maximum of the whole batch is subtracted: rows of much smaller scores become log 0; "
            "subtract that of each row",
            """
            def cross_entropy(O, y):
                O = O - O.max().detach()
                return O.exp().sum(dim=1).log() - O[torch.arange(len(y)), y]
            """,
        ),
        Mistake(
            "the maximum of the whole batch is subtracted: rows of much smaller scores become log 0; "
            "subtract that of each row",
            """
            def cross_entropy(O, y):
                exps = torch.exp(O - O.max())
                P = exps / exps.sum(dim=1, keepdim=True)
                return -torch.log(P[torch.arange(len(y)), y])
            """,
        ),
        Mistake(
            "a small number in the logarithm makes the loss finite, but not right: compute log(sum exp) - "
            "score instead",
            """
            def cross_entropy(O, y):
                return -torch.log(torch.softmax(O, dim=1)[torch.arange(len(y)), y] + 1e-12)
            """,
        ),
        Mistake(
            "a small number in the logarithm makes the loss finite, but not right: compute log(sum exp) - "
            "score instead",
            """
            def cross_entropy(O, y):
                return -torch.log(torch.softmax(O, dim=1)[torch.arange(len(y)), y].clamp(min=1e-12))
            """,
        ),
        Mistake(
            "the logarithm is missing: this is minus the probability; nll_loss, too, takes log_softmax(O), "
            "not softmax(O)",
            """
            def cross_entropy(O, y):
                return -torch.softmax(O, dim=1)[torch.arange(len(y)), y]
            """,
        ),
        Mistake(
            "the loss is a column, (n, 1): return one number an example, shape (n,), with .squeeze(1)",
            """
            def cross_entropy(O, y):
                return torch.logsumexp(O, dim=1, keepdim=True) - O.gather(1, y.unsqueeze(1))
            """,
        ),
        Mistake(
            "the loss is a column, (n, 1): return one number an example, shape (n,), with .squeeze(1)",
            """
            def cross_entropy(O, y):
                return torch.nn.functional.cross_entropy(O, y, reduction="none").unsqueeze(1)
            """,
        ),
        Mistake(
            "exp overflows in a softmax of one's own: subtract the row maximum first, and compute log(sum "
            "exp) - score",
            """
            def cross_entropy(O, y):
                exps = O.exp()
                P = exps / exps.sum(dim=1, keepdim=True)
                return -torch.log(P[torch.arange(len(y)), y])
            """,
        ),
        Mistake(
            "softmax goes over the examples (dim=0): the scores of each row compete, dim=1",
            """
            def cross_entropy(O, y):
                return -torch.log_softmax(O, dim=0)[torch.arange(len(y)), y]
            """,
        ),
        Mistake(
            "a small number in the logarithm makes the loss finite, but not right: compute log(sum exp) - "
            "score instead",
            """
            def cross_entropy(O, y):
                return -torch.log(torch.softmax(O, dim=1)[torch.arange(len(y)), y] + 1e-8)
            """,
        ),
        Mistake(
            "a small number in the logarithm makes the loss finite, but not right: compute log(sum exp) - "
            "score instead",
            """
            def cross_entropy(O, y):
                return -torch.log(torch.softmax(O, dim=1)[torch.arange(len(y)), y] + 1e-9)
            """,
        ),
        Mistake(
            "a small number in the logarithm makes the loss finite, but not right: compute log(sum exp) - "
            "score instead",
            """
            def cross_entropy(O, y):
                return -torch.log(torch.softmax(O, dim=1)[torch.arange(len(y)), y] + 1e-10)
            """,
        ),
        Mistake(
            "0 times log 0 is nan, of every class that has rounded to 0: compute log(sum exp) - score "
            "instead",
            """
            def cross_entropy(O, y):
                Y = torch.nn.functional.one_hot(y, O.shape[1])
                return -(Y * torch.log(torch.softmax(O, dim=1))).sum(dim=1)
            """,
        ),
        Mistake(
            "0 times log 0 is nan, of every class that has rounded to 0: compute log(sum exp) - score "
            "instead",
            """
            def cross_entropy(O, y):
                Y = torch.nn.functional.one_hot(y, O.shape[1])
                exps = torch.exp(O - O.amax(dim=1, keepdim=True))
                return -(Y * torch.log(exps / exps.sum(dim=1, keepdim=True))).sum(dim=1)
            """,
        ),
        Mistake(
            "the row maxima are a column, (n, 1), beside sums of shape (n,), and broadcast to (n, n): add "
            ".squeeze(1)",
            """
            def cross_entropy(O, y):
                m = O.amax(dim=1, keepdim=True)
                return torch.exp(O - m).sum(dim=1).log() + m - O[torch.arange(len(y)), y]
            """,
        ),
        Mistake(
            "without keepdim=True the maxima are a row, not a column: O.amax(dim=1, keepdim=True) fits the "
            "rows of O",
            """
            def cross_entropy(O, y):
                m = O.max(dim=1).values
                return torch.exp(O - m).sum(dim=1).log() + m - O[torch.arange(len(y)), y]
            """,
        ),
        Mistake(
            "without keepdim=True the maxima are a row, not a column: O.amax(dim=1, keepdim=True) fits the "
            "rows of O",
            """
            def cross_entropy(O, y):
                O = O - O.max(dim=1).values
                return torch.exp(O).sum(dim=1).log() - O[torch.arange(len(y)), y]
            """,
        ),
        Mistake(
            "the largest score is subtracted, whatever the class: it has to be that of the true class, "
            "O[torch.arange(len(y)), y]",
            """
            def cross_entropy(O, y):
                return O.logsumexp(dim=1) - O.max(dim=1).values
            """,
        ),
        Mistake(
            "the score of the true class is missing: subtract O[torch.arange(len(y)), y]",
            """
            def cross_entropy(O, y):
                return O.logsumexp(dim=1)
            """,
        ),
        Mistake(
            "the maximum is that of each column, over the examples: subtract that of each row, dim=1",
            """
            def cross_entropy(O, y):
                O = O - O.max(dim=0).values
                return O.exp().sum(dim=1).log() - O[torch.arange(len(y)), y]
            """,
        ),
    ),
    accepted=(
        """
        def cross_entropy(O, y):
            return torch.nn.functional.cross_entropy(O, y, reduction="none")
        """,
        """
        def cross_entropy(scores, labels):
            losses = []
            for o, label in zip(scores, labels):
                o = o - o.max()
                losses.append(torch.log(torch.exp(o).sum()) - o[label])
            return torch.stack(losses)
        """,
        """
        def cross_entropy(O, y):
            return torch.logsumexp(O, 1) - O.gather(1, y.unsqueeze(1)).squeeze(1)
        """,
        """
        def cross_entropy(O, y):
            m = O.amax(dim=1, keepdim=True).detach()
            return (m + torch.exp(O - m).sum(dim=1, keepdim=True).log() - O.gather(1, y[:, None])).flatten()
        """,
    ),
)


def _gradient_cases() -> list[Case]:
    import torch

    two = torch.tensor([[0.0, 1.0, 2.0], [3.0, 1.0, 0.0]])
    three = torch.randn(3, 4, dtype=torch.float64)
    huge = torch.tensor([[1e4, -1e4, 0.0], [0.0, 0.0, 1e4]], dtype=torch.float64)
    far = torch.tensor([[89.0, 88.0], [-89.0, -89.0]])
    return [
        Case("two examples, three classes", (two, torch.tensor([1, 0]))),
        Case("three examples, four classes, float64", (three, torch.tensor([3, 0, 2]))),
        Case("a batch of one", (torch.tensor([[0.5, -0.5]]), torch.tensor([1]))),
        Case("scores of 1e4", (huge, torch.tensor([1, 2]))),
        Case("one row of scores far below the other", (far, torch.tensor([0, 1]))),
    ]  # fmt: skip


CROSS_ENTROPY_GRADIENT = Exercise(
    name="cross_entropy_gradient",
    notes="003 3.3",
    stub='''
    def cross_entropy_gradient(O: Tensor, y: Tensor) -> Tensor:
        """The gradient of each example's loss in its scores: softmax(o)_i - y_i.

        O: scores of any size, shape (n, q). y: classes, whole numbers in 0..q-1, shape (n,).
        Returns shape (n, q), of the type of O. torch.softmax may be used; autograd is not needed.
        """
        raise NotImplementedError
    ''',
    hints=(
        "What is predicted, less what is true: two tensors of shape (n, q).",
        "softmax(O) - one_hot(y): subtract 1 from the probability of the true class, and 0 from the others.",
        "It is the gradient of each example's own loss: no division by n. Each row sums to 0. "
        "If you subtract in place, do so in a new tensor, not in O.",
    ),
    reference="chapters.softmax_regression.cross_entropy_gradient",
    cases=_gradient_cases,
    mistakes=(
        Mistake(
            "the sign is wrong: what is predicted less what is true, softmax(O) - one_hot(y)",
            """
            def cross_entropy_gradient(O, y):
                return torch.nn.functional.one_hot(y, O.shape[1]).to(O.dtype) - torch.softmax(O, dim=1)
            """,
        ),
        Mistake(
            "it is divided by the number of examples: every example has its own loss here, not their mean",
            """
            def cross_entropy_gradient(O, y):
                P = torch.softmax(O, dim=1)
                P[torch.arange(len(y)), y] -= 1
                return P / len(y)
            """,
        ),
        Mistake(
            "the scores are taken for probabilities: softmax(O) less the label, not O",
            """
            def cross_entropy_gradient(O, y):
                return O - torch.nn.functional.one_hot(y, O.shape[1])
            """,
        ),
        Mistake(
            "these are the probabilities: the label is still to be subtracted",
            """
            def cross_entropy_gradient(O, y):
                return torch.softmax(O, dim=1)
            """,
        ),
        Mistake(
            "P[:, y] -= 1 changes every row in the columns of all labels: pick one a row, "
            "P[torch.arange(len(y)), y]",
            """
            def cross_entropy_gradient(O, y):
                P = torch.softmax(O, dim=1)
                P[:, y] -= 1
                return P
            """,
        ),
        Mistake(
            "the maximum of the whole batch is subtracted: rows of much smaller scores become 0 / 0; "
            "subtract that of each row",
            """
            def cross_entropy_gradient(O, y):
                exps = torch.exp(O - O.max())
                return exps / exps.sum(dim=1, keepdim=True) - torch.nn.functional.one_hot(y, O.shape[1])
            """,
        ),
        Mistake(
            "the exponentials overflow: subtract the row maximum from the scores first, or use torch.softmax",
            """
            def cross_entropy_gradient(O, y):
                exps = torch.exp(O)
                return exps / exps.sum(dim=1, keepdim=True) - torch.nn.functional.one_hot(y, O.shape[1])
            """,
        ),
        Mistake(
            "the number of the class is subtracted, not its vector: softmax(O) - one_hot(y)",
            """
            def cross_entropy_gradient(O, y):
                return torch.softmax(O, dim=1) - y
            """,
        ),
        Mistake(
            "the number of the class is subtracted, not its vector: softmax(O) - one_hot(y)",
            """
            def cross_entropy_gradient(O, y):
                return torch.softmax(O, dim=1) - y.unsqueeze(1)
            """,
        ),
        Mistake(
            "softmax goes over the examples (dim=0): each row has to sum to 1, so dim=1",
            """
            def cross_entropy_gradient(O, y):
                return torch.softmax(O, dim=0) - torch.nn.functional.one_hot(y, O.shape[1])
            """,
        ),
        Mistake(
            "the maximum is that of each column, over the examples: subtract that of each row, dim=1",
            """
            def cross_entropy_gradient(O, y):
                exps = torch.exp(O - O.max(dim=0).values)
                return exps / exps.sum(dim=1, keepdim=True) - torch.nn.functional.one_hot(y, O.shape[1])
            """,
        ),
    ),
    accepted=(
        """
        def cross_entropy_gradient(O, y):
            P = torch.softmax(O, dim=1)
            P[torch.arange(len(y)), y] -= 1
            return P
        """,
        """
        def cross_entropy_gradient(O, y):
            scores = O.detach().clone().requires_grad_()
            torch.nn.functional.cross_entropy(scores, y, reduction="sum").backward()
            return scores.grad
        """,
        """
        def cross_entropy_gradient(scores, labels):
            rows = []
            for o, label in zip(scores, labels):
                p = torch.exp(o - torch.logsumexp(o, dim=0))
                rows.append(torch.stack([p[k] - (1 if k == label else 0) for k in range(len(o))]))
            return torch.stack(rows)
        """,
    ),
)


def _accuracy_cases() -> list[Case]:
    import torch

    scores = torch.tensor([[0.1, 0.7, 0.2], [0.6, 0.3, 0.1], [0.2, 0.2, 0.6]])
    labels = torch.arange(23) % 3
    shifted = torch.where(torch.arange(23) < 7, labels, (labels + 1) % 3)
    many = (torch.arange(3) == shifted.unsqueeze(1)) * 0.5 + torch.tensor([0.1, 0.0, 0.2])
    return [
        Case("two of three are right", (scores, torch.tensor([1, 0, 1]))),
        Case("all are right", (scores, torch.tensor([1, 0, 2]))),
        Case("twenty examples, float64", (torch.randn(20, 3, dtype=torch.float64), torch.arange(20) % 3)),
        Case("a batch of one, not right", (torch.tensor([[2.0, 1.0]]), torch.tensor([1]))),
        Case("seven of 23 are right", (many, labels)),
        Case("small scores, not right", (torch.tensor([[0.5, -0.5]]), torch.tensor([1]))),
    ]


ACCURACY = Exercise(
    name="accuracy",
    notes="003 3, book 3.6",
    stub='''
    def accuracy(y_hat: Tensor, y: Tensor) -> float:
        """The *number* of correct predictions.

        A prediction is the class of the largest score.

        y_hat: scores, shape (n, q). y: classes, whole numbers, shape (n,).
        Returns a number from 0 to n.
        """
        raise NotImplementedError
    ''',
    hints=(
        "First the predicted class of every example, then count where it is the true one.",
        "y_hat.argmax(dim=1) has the predicted classes, shape (n,); comparing it with y gives true and "
        "false, and these can be summed.",
        "argmax without dim gives one number for the whole batch, and dim=0 one a class. Return the number, "
        "not the share: batches of different size can then be added up.",
    ),
    reference="d2lcore.metrics.accuracy",
    cases=_accuracy_cases,
    mistakes=(
        Mistake(
            "this is the share of correct predictions: return their number, so that batches can be added up",
            """
            def accuracy(y_hat, y):
                return float((y_hat.argmax(dim=1) == y).float().mean())
            """,
        ),
        Mistake(
            "argmax goes over the examples (dim=0): the largest score of each row is meant, dim=1",
            """
            def accuracy(y_hat, y):
                return float((y_hat.argmax(dim=0) == y).sum())
            """,
        ),
        Mistake(
            "the wrong predictions are counted: compare with ==",
            """
            def accuracy(y_hat, y):
                return float((y_hat.argmax(dim=1) != y).sum())
            """,
        ),
        Mistake(
            "argmin takes the smallest score: the prediction is the class of the largest, argmax",
            """
            def accuracy(y_hat, y):
                return float((y_hat.argmin(dim=1) == y).sum())
            """,
        ),
        Mistake(
            "argmax without dim=1 gives one place in the whole batch: the largest score of each row is meant",
            """
            def accuracy(y_hat, y):
                return float((y_hat.argmax() == y).sum())
            """,
        ),
        Mistake(
            "the predictions are a column, (n, 1), beside labels of shape (n,): the comparison broadcasts to "
            "(n, n); leave keepdim out",
            """
            def accuracy(y_hat, y):
                return float((y_hat.argmax(dim=1, keepdim=True) == y).sum())
            """,
        ),
        Mistake(
            "this says for every example whether it is right: sum it",
            """
            def accuracy(y_hat, y):
                return y_hat.argmax(dim=1) == y
            """,
        ),
        Mistake(
            "int() cuts off where mean * n has rounded below a whole number, as for 7 of 23: take the sum, "
            "not the mean",
            """
            def accuracy(y_hat, y):
                return int((y_hat.argmax(dim=1) == y).float().mean() * len(y))
            """,
        ),
        Mistake(
            "this compares the largest score with the label: its place is the prediction, argmax(dim=1)",
            """
            def accuracy(y_hat, y):
                return float((y_hat.max(dim=1).values == y).sum())
            """,
        ),
        Mistake(
            "max(dim=1) gives the values and their places, two tensors: compare its .indices with y, or use "
            "argmax(dim=1)",
            """
            def accuracy(y_hat, y):
                return (y_hat.max(dim=1) == y).sum()
            """,
        ),
        Mistake(
            "the scores themselves are compared with the labels: first the predicted classes, "
            "y_hat.argmax(dim=1)",
            """
            def accuracy(y_hat, y):
                return float((y_hat == y).sum())
            """,
        ),
    ),
    accepted=(
        """
        def accuracy(y_hat, y):
            return (y_hat.argmax(dim=1) == y).sum()
        """,
        """
        def accuracy(scores, labels):
            right = 0
            for row, label in zip(scores.tolist(), labels.tolist()):
                right += row.index(max(row)) == label
            return right
        """,
        """
        def accuracy(y_hat, y):
            return len(y) - torch.count_nonzero(y_hat.max(dim=1).indices - y).item()
        """,
        """
        def accuracy(y_hat, y):
            return round((y_hat.argmax(dim=1) == y).float().mean().item() * len(y))
        """,
    ),
)


EXERCISES = (ONE_HOT, SOFTMAX, CROSS_ENTROPY, CROSS_ENTROPY_GRADIENT, ACCURACY)
