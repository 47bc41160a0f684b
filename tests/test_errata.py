"""What docs/errata.md says of the notes, where no function of a chapter shows it: torch and algebra do."""

from functools import partial

import pytest
import torch
from torch.nn import functional as F

import d2lcore as d2l

DOUBLE = {"dtype": torch.float64}


def test_a_gradient_of_L_layers_has_L_minus_l_matrices() -> None:
    num_layers = 5
    Ws = [torch.randn(3, 3, **DOUBLE) for _ in range(num_layers)]
    hs = [torch.randn(3, **DOUBLE)]
    for W in Ws:
        hs.append(torch.tanh(W @ hs[-1]))

    def rest(l: int, W: torch.Tensor) -> torch.Tensor:
        """The output as a function of the weights of layer l (from 1), those of the others fixed."""
        h = torch.tanh(W @ hs[l - 1])
        for later in Ws[l:]:
            h = torch.tanh(later @ h)
        return h

    jacobian = torch.autograd.functional.jacobian
    for l in range(1, num_layers + 1):
        matrices = [
            jacobian(lambda h, W=Ws[t - 1]: torch.tanh(W @ h), hs[t - 1])
            for t in range(l + 1, num_layers + 1)
        ]
        assert len(matrices) == num_layers - l  # and not L - 1, as 004 3.8.1 has it
        product = jacobian(lambda W, l=l: torch.tanh(W @ hs[l - 1]), Ws[l - 1]).flatten(1)
        for M in matrices:
            product = M @ product
        expected = jacobian(partial(rest, l), Ws[l - 1]).flatten(1)
        torch.testing.assert_close(product, expected, rtol=1e-12, atol=1e-12)


def test_the_range_of_gradients_is_no_bound_scaled_loss_and_rate_train_alike() -> None:
    X, y = torch.randn(20, 4), torch.randint(3, (20,))
    W = torch.randn(3, 4)

    def trained(scale: float) -> tuple[torch.Tensor, float]:
        params = [W.clone().requires_grad_()]
        for _ in range(10):
            (scale * F.cross_entropy(X @ params[0].T, y)).backward()
            size = params[0].grad.norm().item()
            d2l.sgd(params, 0.5 / scale, batch_size=1)
        return params[0].detach(), size

    plain, _ = trained(1.0)
    for scale in (2.0**40, 2.0**-40):
        scaled, size = trained(scale)
        assert torch.equal(scaled, plain)  # a power of two rounds nothing
        assert not 1e-6 < size < 1e3


def test_a_linear_activation_has_mean_b_and_a_squared_times_the_variance() -> None:
    h = torch.randn(1000, **DOUBLE)
    h = (h - h.mean()) / h.std()  # mean 0 and variance 1 to rounding
    for a, b in ((1.0, 0.0), (-1.0, 0.0), (2.0, 3.0), (0.5, -1.0)):
        assert (a * h + b).mean().item() == pytest.approx(b, abs=1e-12)
        assert (a * h + b).var().item() == pytest.approx(a**2, rel=1e-12)
        if b:
            assert (a * h + b).var().item() != pytest.approx(a**2 - b**2, rel=0.1)  # 004 3.8.3


def test_gradient_descent_leaves_a_saddle_unless_it_starts_on_its_ridge() -> None:
    """000 1.3.1: gradient descent is stuck at saddle points. From a random start it leaves them."""

    def height(w: torch.Tensor) -> torch.Tensor:
        return (w[0] ** 2 - w[1] ** 2) / 2 + w[1] ** 4 / 4  # a saddle at 0, minima at (0, 1) and (0, -1)

    starts = torch.randn(2, 1000, **DOUBLE)
    ends = starts.clone()
    ends[1, 0] = 0  # the first one on the ridge
    for _ in range(300):
        ends -= 0.1 * torch.func.grad(lambda w: height(w).sum())(ends)
    assert ends[:, 0].abs().max() < 1e-9
    torch.testing.assert_close(ends[1, 1:].abs(), torch.ones(999, **DOUBLE))


def test_a_weight_is_no_measure_of_a_features_correlation() -> None:
    """000 1.1.1: the larger w_1, the stronger the correlation; and b is the mean or median of the prices."""
    n = 2000
    x = torch.stack([torch.randn(n, **DOUBLE), 1000 + 0.001 * torch.randn(n, **DOUBLE)])
    y = 3 * x[0] + 100 * (x[1] - 1000)  # the second feature: a large weight, and nearly no correlation
    design = torch.cat([x, torch.ones(1, n, **DOUBLE)]).T
    w1, w2, b = torch.linalg.lstsq(design, y).solution.tolist()
    assert w2 > 10 * w1 > 0
    correlation = torch.corrcoef(torch.cat([x, y.unsqueeze(0)]))[2]
    assert correlation[0] > 0.99 > 0.2 > correlation[1].abs()
    assert abs(y.mean()) < 1
    assert b < -90_000  # that is what the prediction is at x = 0, and no mean


def test_the_zero_of_a_gradient_is_no_polynomial_equation() -> None:
    """002 has it so for networks. This gradient stays between -1 and 0: of polynomials, only constants do."""
    w = torch.linspace(-1e3, 1e3, 9, **DOUBLE)
    gradient = torch.func.grad(lambda w: F.softplus(-w).sum())(w)
    assert gradient.min() >= -1
    assert gradient.max() <= 0
    assert gradient.max() - gradient.min() == 1
