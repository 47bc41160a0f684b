"""Exercises of the chapter weight_decay: the penalty, and the step that shrinks the weights."""

from d2lcore.exercises import Case, Exercise, Mistake, gradients


def _penalty_cases() -> list[Case]:
    import torch

    w = torch.tensor([[1.0], [-2.0], [3.0]])
    matrix = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    zeros = torch.zeros(3, 1, dtype=torch.float64, requires_grad=True)
    return [
        Case("a column of three weights", (w,)),
        Case("a matrix, float64, with gradients", (matrix,), gradients("w")),
        Case("weights of 0, with gradients", (zeros,), gradients("w")),
        Case("a vector of three weights", (torch.tensor([1.0, -2.0, 3.0]),)),
        Case("2 x 1 x 2 weights", (torch.tensor([[[1.0, -2.0]], [[3.0, 0.5]]]),)),
    ]


L2_PENALTY = Exercise(
    name="l2_penalty",
    notes="004 3.5.2",
    stub='''
    def l2_penalty(w: Tensor) -> Tensor:
        """Half the squared norm of the weights: ||w||^2 / 2, over all elements.

        w: weights, any shape. The gradient is w itself.
        Returns a tensor of one number, shape (), through which gradients reach w.
        """
        raise NotImplementedError
    ''',
    hints=(
        "The squared norm is a sum of squares. Over what, if w is a matrix?",
        "(w**2).sum() / 2. The half cancels the 2 of the derivative.",
        "First square, then sum, the other way round is another number. A square root that is squared again "
        "has the derivative 1/0 at w = 0, which makes it nan. And float() would cut off the gradient.",
    ),
    reference="chapters.weight_decay.l2_penalty",
    cases=_penalty_cases,
    mistakes=(
        Mistake(
            "the factor 1/2 is missing: with it, the gradient is w and not 2w",
            """
            def l2_penalty(w):
                return (w**2).sum()
            """,
        ),
        Mistake(
            "this is half the norm: square it, or take no square root at all",
            """
            def l2_penalty(w):
                return torch.linalg.norm(w) / 2
            """,
        ),
        Mistake(
            "this is the norm, not half its square: (w**2).sum() / 2",
            """
            def l2_penalty(w):
                return torch.linalg.norm(w)
            """,
        ),
        Mistake(
            "absolute values are summed, which is an L1 penalty: square the weights",
            """
            def l2_penalty(w):
                return w.abs().sum()
            """,
        ),
        Mistake(
            "absolute values are summed, which is an L1 penalty: square the weights",
            """
            def l2_penalty(w):
                return w.abs().sum() / 2
            """,
        ),
        Mistake(
            "the mean is taken: the norm is a sum, .sum() and not .mean()",
            """
            def l2_penalty(w):
                return (w**2).mean() / 2
            """,
        ),
        Mistake(
            "the sum is squared, so that weights of opposite sign cancel: first square, then sum",
            """
            def l2_penalty(w):
                return w.sum() ** 2 / 2
            """,
        ),
        Mistake(
            "the half is inside the square, which makes it a quarter: (...).sum() / 2",
            """
            def l2_penalty(w):
                return ((w / 2) ** 2).sum()
            """,
        ),
        Mistake(
            "the squares are not summed: .sum() makes one number of them",
            """
            def l2_penalty(w):
                return w**2 / 2
            """,
        ),
        Mistake(
            "there is a sum for each column: sum over all elements, .sum() without dim",
            """
            def l2_penalty(w):
                return (w**2).sum(dim=0) / 2
            """,
        ),
        Mistake(
            "w.T @ w is a matrix of products of columns: the squares of all elements, (w**2).sum(), are "
            "wanted",
            """
            def l2_penalty(w):
                return w.T @ w / 2
            """,
        ),
        Mistake(
            "the square root has no finite derivative at w = 0, so the gradient is nan: leave it out, and "
            "the square",
            """
            def l2_penalty(w):
                return torch.sqrt((w**2).sum()) ** 2 / 2
            """,
        ),
        Mistake(
            "the result is cut off from w (.detach(), .data, .item() or torch.tensor): it could shrink no "
            "weight",
            """
            def l2_penalty(w):
                return (w.detach() ** 2).sum() / 2
            """,
        ),
        Mistake(
            "torch.trace takes a matrix only, and w may have any shape: (w**2).sum() / 2",
            """
            def l2_penalty(w):
                return torch.trace(w.T @ w) / 2
            """,
        ),
        Mistake(
            "of a matrix, norm(w, 2) is the largest singular value: leave out the 2, or take (w**2).sum()",
            """
            def l2_penalty(w):
                return torch.linalg.norm(w, 2) ** 2 / 2
            """,
        ),
        Mistake(
            "norm(w, 2) is not squared, and of a matrix it is the largest singular value: (w**2).sum() / 2",
            """
            def l2_penalty(w):
                return torch.linalg.norm(w, 2)
            """,
        ),
        Mistake(
            "norm(w, 2) is not squared, and of a matrix it is the largest singular value: (w**2).sum() / 2",
            """
            def l2_penalty(w):
                return torch.linalg.norm(w, 2) / 2
            """,
        ),
    ),
    accepted=(
        """
        def l2_penalty(w):
            return 0.5 * torch.dot(w.flatten(), w.flatten())
        """,
        """
        def l2_penalty(w):
            return torch.linalg.norm(w) ** 2 / 2
        """,
        """
        def l2_penalty(weights):
            total = 0
            for w in weights.flatten():
                total = total + w * w / 2
            return total
        """,
    ),
)


def _step_cases() -> list[Case]:
    import torch

    w, grad = torch.tensor([[1.0], [-2.0], [3.0]]), torch.tensor([[0.5], [1.0], [-1.0]])
    matrix = torch.randn(2, 3, dtype=torch.float64)
    cube = torch.tensor([[[1.0, -2.0]], [[3.0, 0.5]]])
    return [
        Case("three weights", (w, grad, 0.1, 2.0)),
        Case("a matrix in float64", (matrix, torch.randn(2, 3, dtype=torch.float64), 0.03, 0.5)),
        Case("the loss is flat, grad = 0", (w.clone(), torch.zeros(3, 1), 0.5, 0.2)),
        Case("no decay, lambd = 0", (w.clone(), grad.clone(), 0.1, 0.0)),
        Case("2 x 1 x 2 weights", (cube, cube.flip(0) / 2, 0.2, 0.5)),
    ]


DECAY_STEP = Exercise(
    name="decay_step",
    notes="004 3.5.1, 003 4.4",
    stub='''
    def decay_step(w: Tensor, grad: Tensor, lr: float, lambd: float) -> Tensor:
        """A step of SGD with weight decay: (1 - lr lambd) w - lr grad.

        It follows the gradient of the loss plus (lambd / 2) ||w||^2.

        w: weights, any shape. grad: the gradient of the loss alone, in the same shape.
        lr: the learning rate. lambd: how strong the decay is.
        Returns the new weights, a tensor like w; w stays as it is.
        """
        raise NotImplementedError
    ''',
    hints=(
        "What is the gradient of (lambd / 2) ||w||^2? It joins grad, and then comes the usual step.",
        "w - lr * (grad + lambd * w), which is (1 - lr * lambd) * w - lr * grad.",
        "lr multiplies both, the gradient and the decay. And `w -= ...` would change the caller's w: return "
        "a new tensor here.",
    ),
    reference="chapters.weight_decay.decay_step",
    cases=_step_cases,
    mistakes=(
        Mistake(
            "the decay is not multiplied by lr: it is part of the gradient, so (1 - lr * lambd) * w",
            """
            def decay_step(w, grad, lr, lambd):
                return (1 - lambd) * w - lr * grad
            """,
        ),
        Mistake(
            "the gradient is not multiplied by lr: lr * grad",
            """
            def decay_step(w, grad, lr, lambd):
                return (1 - lr * lambd) * w - grad
            """,
        ),
        Mistake(
            "the weights do not decay: (1 - lr * lambd) * w",
            """
            def decay_step(w, grad, lr, lambd):
                return w - lr * grad
            """,
        ),
        Mistake(
            "the weights decay, but do not follow the gradient: subtract lr * grad as well",
            """
            def decay_step(w, grad, lr, lambd):
                return (1 - lr * lambd) * w
            """,
        ),
        Mistake(
            "the weights grow instead of shrinking: 1 *minus* lr * lambd",
            """
            def decay_step(w, grad, lr, lambd):
                return (1 + lr * lambd) * w - lr * grad
            """,
        ),
        Mistake(
            "the step goes uphill: subtract lr * grad",
            """
            def decay_step(w, grad, lr, lambd):
                return (1 - lr * lambd) * w + lr * grad
            """,
        ),
        Mistake(
            "w decays twice as fast: the penalty has a half, (lambd / 2) ||w||^2, so its gradient is lambd "
            "* w",
            """
            def decay_step(w, grad, lr, lambd):
                return w - lr * (grad + 2 * lambd * w)
            """,
        ),
        Mistake(
            "w decays half as fast: the gradient of (lambd / 2) ||w||^2 is lambd * w, the half is gone",
            """
            def decay_step(w, grad, lr, lambd):
                return w - lr * (grad + lambd / 2 * w)
            """,
        ),
        Mistake(
            "the step itself decays too: only the old w is multiplied by 1 - lr * lambd, not lr * grad",
            """
            def decay_step(w, grad, lr, lambd):
                return (1 - lr * lambd) * (w - lr * grad)
            """,
        ),
        Mistake(
            "the same amount is taken from every weight: multiply the decay by w, lr * lambd * w",
            """
            def decay_step(w, grad, lr, lambd):
                return w - lr * (grad + lambd)
            """,
        ),
        Mistake(
            "every weight shrinks by the same amount, as with an L1 penalty: lambd * w, not lambd * sign(w)",
            """
            def decay_step(w, grad, lr, lambd):
                return w - lr * (grad + lambd * w.sign())
            """,
        ),
        Mistake(
            "the value of the penalty is added to the gradient: its derivative belongs there, lambd * w",
            """
            def decay_step(w, grad, lr, lambd):
                return w - lr * (grad + lambd * (w**2).sum() / 2)
            """,
        ),
        Mistake(
            "w is changed in place: return a new tensor, as (1 - lr * lambd) * w - lr * grad is",
            """
            def decay_step(w, grad, lr, lambd):
                w -= lr * (grad + lambd * w)
                return w
            """,
        ),
        Mistake(
            "grad is changed in place, and belongs to the caller: grad + lambd * w is a new tensor",
            """
            def decay_step(w, grad, lr, lambd):
                grad += lambd * w
                return w - lr * grad
            """,
        ),
        Mistake(
            "the brackets are missing, so that all is taken from 1: (1 - lr * lambd) * w",
            """
            def decay_step(w, grad, lr, lambd):
                return 1 - lr * lambd * w - lr * grad
            """,
        ),
        Mistake(
            "the new weights are computed, but not returned",
            """
            def decay_step(w, grad, lr, lambd):
                w = (1 - lr * lambd) * w - lr * grad
            """,
        ),
    ),
    accepted=(
        """
        def decay_step(w, grad, lr, lambd):
            return w - lr * (grad + lambd * w)
        """,
        """
        def decay_step(weights, gradient, lr, lambd):
            new = [(1 - lr * lambd) * w - lr * g for w, g in zip(weights.flatten(), gradient.flatten())]
            return torch.stack(new).reshape(weights.shape)
        """,
        """
        def decay_step(w, grad, lr, lambd):
            new = w.clone()
            new *= 1 - lr * lambd
            new -= lr * grad
            return new
        """,
        """
        def decay_step(w, grad, lr, lambd):
            w = w.detach().clone().requires_grad_()
            penalty = lambd / 2 * (w**2).sum()
            penalty.backward()
            return w.detach() - lr * (grad + w.grad)
        """,
    ),
)


EXERCISES = (L2_PENALTY, DECAY_STEP)
