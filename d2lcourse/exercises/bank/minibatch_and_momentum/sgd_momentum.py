"""The exercise sgd_momentum: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, doubles, optimizer_steps


def _sgd_momentum_cases() -> list[Case]:
    def case(about: str, lr: float, momentum: float) -> Case:
        values = [doubles([1.2], [-2.7]), doubles(0.7), doubles(0.4, -1.9)]
        return Case(about, (values, {"lr": lr, "momentum": momentum}, 1.0, False), optimizer_steps)

    return [
        case("w, b and a vector, momentum 0.9", 0.1, 0.9),
        case("momentum 0.5", 0.02, 0.5),
        case("momentum 0: plain SGD", 0.1, 0.0),
    ]


EXERCISE = Exercise(
    name="sgd_momentum",
    notes="003 5.5",
    stub='''
    def sgd_momentum(params: list[Tensor], states: list[Tensor], hyperparams: dict) -> None:
        """One step with momentum, in place.

        v <- momentum * v + grad, then param <- param - lr * v.
        params: tensors that require gradients and have them, those of the batch's mean loss. states: the
        velocity v of each, at first zero; afterwards the new one. hyperparams: "lr" and "momentum".
        Afterwards every gradient is zero. Returns nothing. d2l.train_ch11 trains with it.
        """
        raise NotImplementedError
    ''',
    hints=(
        "A loop over zip(params, states), inside `with torch.no_grad():`. Three lines: v, param, gradient.",
        'v.copy_(hyperparams["momentum"] * v + param.grad), then param -= hyperparams["lr"] * v.',
        "`v = ...` gives a new tensor to the name v, and the one in states stays zero: change it in place, "
        "by v.copy_(...) or v[:] = .... And set the gradient to zero.",
    ),
    reference="chapters.minibatch_and_momentum.sgd_momentum",
    cases=_sgd_momentum_cases,
)
