"""The exercise adagrad: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, doubles, optimizer_steps


def _adagrad_cases() -> list[Case]:
    def case(about: str, lr: float, scale: float) -> Case:
        values = [doubles([1.2], [-2.7]), doubles(0.7), doubles(0.4, -1.9)]
        return Case(about, (values, {"lr": lr}, scale, False), optimizer_steps)

    return [case("w, b and a vector", 0.1, 1.0), case("gradients of about 0.0001", 0.3, 1e-4)]


EXERCISE = Exercise(
    name="adagrad",
    notes="002 (随机梯度下降), 003 5.6",
    stub='''
    def adagrad(params: list[Tensor], states: list[Tensor], hyperparams: dict) -> None:
        """One AdaGrad step, in place.

        s <- s + grad², then param <- param - lr * grad / (sqrt(s) + 1e-6), value by value.
        params: tensors that require gradients and have them, those of the batch's mean loss. states: the sum
        s of each, in its shape, at first zero; afterwards the new one. hyperparams: "lr".
        Afterwards every gradient is zero. Returns nothing. d2l.train_ch11 trains with it.
        """
        raise NotImplementedError
    ''',
    hints=(
        "A loop over zip(params, states), inside `with torch.no_grad():`. First s, then param.",
        's.copy_(s + param.grad**2), then param -= hyperparams["lr"] * param.grad / (s.sqrt() + 1e-6).',
        "Everything is value by value: nothing is summed over the values of one tensor. The 1e-6 is outside "
        "the root, and each gradient is set to zero after its step.",
    ),
    reference="chapters.adam.adagrad",
    cases=_adagrad_cases,
    tolerance=1e-9,
)
