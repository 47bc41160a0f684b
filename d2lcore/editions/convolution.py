"""Cross-correlation, of edition 2.0 as of 1.0 (book 6.2; 7.2)."""

from torch import Tensor


def corr2d(X: Tensor, K: Tensor) -> Tensor:
    """The cross-correlation of one image with one kernel: `Y[i, j]` is the sum of `X[i:i+h, j:j+w] * K`.

    X: shape (height, width). K: shape (h, w). Returns shape (height - h + 1, width - w + 1).
    Raises ValueError for other dimensions, and for a kernel that is larger than the image.
    """
    if X.dim() != 2 or K.dim() != 2 or any(k > n for n, k in zip(X.shape, K.shape, strict=True)):
        raise ValueError(
            f"X, K: an image (height, width) and a kernel no larger are needed, got shapes {tuple(X.shape)} "
            f"and {tuple(K.shape)}"
        )
    h, w = K.shape
    windows = X.unfold(0, h, 1).unfold(1, w, 1)  # one window (h, w) for every place (i, j)
    return (windows * K).sum(dim=(-2, -1))
