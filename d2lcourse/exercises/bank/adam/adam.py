"""The exercise adam: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, doubles, optimizer_steps


def _adam_cases() -> list[Case]:
    def case(about: str, lr: float, beta1: float, beta2: float, t: int, scale: float) -> Case:
        values = [doubles([1.2], [-2.7]), doubles(0.7), doubles(0.4, -1.9)]
        knobs = {"lr": lr, "beta1": beta1, "beta2": beta2, "t": t}
        return Case(about, (values, knobs, scale, True), optimizer_steps)

    return [
        case("w, b and a vector, the usual betas", 0.1, 0.9, 0.999, 1, 1.0),
        case("other betas", 0.04, 0.5, 0.8, 1, 1.0),
        case("gradients of about 0.0001", 0.1, 0.9, 0.999, 1, 1e-4),
        case("steps 7 to 9", 0.3, 0.9, 0.99, 7, 1.0),
    ]


EXERCISE = Exercise(
    name="adam",
    notes="003 5.6",
    stub='''
    def adam(params: list[Tensor], states: list[tuple[Tensor, Tensor]], hyperparams: dict) -> None:
        """Step number t of Adam, with bias correction, in place.

        v <- beta1 v + (1 - beta1) grad and s <- beta2 s + (1 - beta2) grad². Then, with
        v_hat = v / (1 - beta1^t) and s_hat = s / (1 - beta2^t),
        param <- param - lr * v_hat / (sqrt(s_hat) + 1e-6).
        params: tensors that require gradients and have them. states: a pair (v, s) for each, at first
        zero; afterwards the new ones. hyperparams: "lr", "beta1", "beta2" and "t", which is 1 at first and
        grows by 1. Afterwards every gradient is zero. Returns nothing. d2l.train_ch11 trains with it.
        """
        raise NotImplementedError
    ''',
    hints=(
        "A loop `for param, (v, s) in zip(params, states)` inside `with torch.no_grad():`, and after it one "
        "line for t.",
        "v.copy_(beta1 * v + (1 - beta1) * param.grad); s the same with beta2 and param.grad**2. "
        "param -= lr * (v / (1 - beta1**t)) / ((s / (1 - beta2**t)).sqrt() + 1e-6).",
        "The corrected v_hat and s_hat are only for this step: v and s themselves stay as they are. t grows "
        "once a call, not once a parameter.",
    ),
    reference="chapters.adam.adam",
    cases=_adam_cases,
    tolerance=1e-9,
)
