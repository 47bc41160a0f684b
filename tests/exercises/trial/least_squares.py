"""Answers to least_squares, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Solves the normal equations of the centred data, which loses too many digits if features are almost dependent.")
def least_squares(X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    mx, my = X.mean(0), y.mean(0)
    Xc, yc = X - mx, y - my
    w = torch.linalg.inv(Xc.T @ Xc) @ Xc.T @ yc
    return w, my - mx @ w


@wrong("Does not centre the features and labels before it solves for w, so w is that of a model without bias.")
def least_squares(X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    Q, R = torch.linalg.qr(X)
    w = torch.linalg.solve_triangular(R, Q.T @ y, upper=True)
    b = (y - X @ w).mean(dim=0)
    return w, b


@wrong("Centres with one mean over all the elements of X, not with that of each feature.")
def least_squares(X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    centred = X - X.mean()
    w = torch.linalg.lstsq(centred, y - y.mean()).solution
    b = y.mean() - X.mean(dim=0) @ w
    return w, b


@wrong("The pseudo-inverse drops singular values below 1e-4 of the largest, so almost dependent features share one weight.")
def least_squares(X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    x_bar = X.mean(dim=0, keepdim=True)
    y_bar = y.mean(dim=0, keepdim=True)
    w = torch.linalg.pinv(X - x_bar, rcond=1e-4) @ (y - y_bar)
    b = y_bar - x_bar @ w
    return w, b.reshape(1)


@wrong("Returns b with the wrong sign: mean(x) w - mean(y).")
def least_squares(X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    mean_x = torch.einsum("nd->d", X) / len(X)
    mean_y = sum(y) / len(y)
    w = torch.linalg.lstsq(X - mean_x, y - mean_y, driver="gelsd").solution
    b = mean_x @ w - mean_y
    return w, b


@wrong("Returns b with the shape (1, 1) of a product of matrices and not (1,).")
def least_squares(X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    mx = X.mean(0, keepdim=True)
    my = y.mean(0, keepdim=True)
    w = torch.linalg.lstsq(X - mx, y - my).solution
    b = my - mx @ w
    return w, b


@right("QR decomposition of the centred features")
def least_squares(X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    mean_x, mean_y = X.mean(dim=0), y.mean(dim=0)
    Q, R = torch.linalg.qr(X - mean_x)
    w = torch.linalg.solve_triangular(R, Q.T @ (y - mean_y), upper=True)
    return w, mean_y - mean_x @ w


@right("singular value decomposition of the centred features, all values used")
def least_squares(X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    center = X.mean(0, keepdim=True)
    U, S, Vh = torch.linalg.svd(X - center, full_matrices=False)
    w = Vh.T @ ((U.T @ (y - y.mean())) / S[:, None])
    b = y.mean() - (center @ w).squeeze()
    return w, b.reshape(1)
