"""The exercise corr2d: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, gradients


def _cases() -> list[Case]:
    import torch

    def trained(*shape: int) -> torch.Tensor:
        return torch.randn(shape, dtype=torch.float64, requires_grad=True)

    return [
        Case(
            "an image of 3 x 3, a kernel of 2 x 2",
            (
                torch.tensor([[0.5, 1.0, -2.0], [3.0, 0.0, 1.5], [2.0, -1.0, 4.0]]),
                torch.tensor([[1.0, -0.5], [2.0, 0.3]]),
            ),
        ),
        Case("a tall kernel, 3 x 2, with gradients", (trained(5, 6), trained(3, 2)), gradients("X", "K")),
        Case("a wide kernel, 1 x 3", (torch.randn(4, 7), torch.randn(1, 3))),
        Case("a kernel as large as the image", (torch.randn(3, 4), torch.randn(3, 4))),
        Case("a kernel of one weight", (torch.randn(2, 3), torch.tensor([[2.0]]))),
    ]


EXERCISE = Exercise(
    name="corr2d",
    notes="000 1.2.2",
    stub='''
    def corr2d(X: Tensor, K: Tensor) -> Tensor:
        """Cross-correlation: Y_ij is the sum over a, b of K_ab X_{i+a, j+b}.

        X: an image, shape (height, width). K: a kernel, shape (h, w), no larger than the image.
        Returns Y, shape (height - h + 1, width - w + 1): a number for each place where all of the kernel lies
        on the image. Gradients reach X and K. torch.nn.functional.conv2d is what this is to do without.
        """
        raise NotImplementedError
    ''',
    hints=(
        "A zero matrix of the right shape, and two loops over its rows and columns.",
        "Y[i, j] = (X[i : i + h, j : j + w] * K).sum(), with h, w = K.shape.",
        "The kernel is laid on as it is: turned by 180 degrees it would be the mathematicians' convolution. "
        "And it has height - h + 1 places, not height - h.",
    ),
    reference="chapters.cnn.corr2d",
    cases=_cases,
    forbidden=("conv2d", "Conv2d"),
)
