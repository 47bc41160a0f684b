"""Wrong answers to rmsprop_step, each under what its writer is to read."""

from d2lcourse.exercises.bank import mistake


@mistake("the last parameter is left out: go over all of params, grads and squares")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for i in range(len(params) - 1):
        squares[i].mul_(rho).add_((1 - rho) * grads[i] ** 2)
        params[i] -= lr * grads[i] / (squares[i].sqrt() + eps)


@mistake("rho is fixed inside: use the argument rho, whatever it is")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for param, grad, s in zip(params, grads, squares, strict=True):
        s.mul_(0.9).add_(0.1 * grad**2)
        param -= lr * grad / (s.sqrt() + eps)


@mistake(
    "the gradients are set to zero, and are to be left as they are: another step may need them",
    needs=r"zero|fill_|\*= 0|= 0\b",
)
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for param, grad, s in zip(params, grads, squares, strict=True):
        s.mul_(rho).add_((1 - rho) * grad**2)
        param -= lr * grad / (s.sqrt() + eps)
        grad.zero_()
