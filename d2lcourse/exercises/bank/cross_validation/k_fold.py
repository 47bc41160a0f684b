"""The exercise k_fold: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise


def _fold_cases() -> list[Case]:
    return [
        Case("six rows, three folds", (6, 3)),
        Case("seven rows, three folds", (7, 3)),
        Case("eleven rows, four folds", (11, 4)),
        Case("as many folds as rows", (4, 4)),
    ]


EXERCISE = Exercise(
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
    reference="chapters.cross_validation.k_fold",
    cases=_fold_cases,
)
