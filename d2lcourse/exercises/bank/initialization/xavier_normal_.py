"""The exercise xavier_normal_: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Exercise

from .filled_weights import weights_cases

EXERCISE = Exercise(
    name="xavier_normal_",
    notes="004 3.8.3",
    stub='''
    def xavier_normal_(W: Tensor, gain: float) -> Tensor:
        """Fill W, in place, with normal draws of variance gain^2 2 / (n_in + n_out).

        Their mean is 0.

        W: weights, shape (n_out, n_in), of any type; they may require gradients. gain: at least 0.
        Returns W itself. torch.nn.init is what this is to do without.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Forward, a layer multiplies the variance by n_in times that of its weights, backward by n_out "
        "times. Both cannot be 1; their mean can.",
        "W.normal_(0, std) draws into W and returns it; std = gain * math.sqrt(2 / (n_in + n_out)).",
        "torch asks for the standard deviation, which is the root of the variance; 004 3.8.3 writes a root "
        "too. A parameter may be changed in place only within `with torch.no_grad():`.",
    ),
    reference="chapters.initialization.xavier_normal_",
    cases=weights_cases,
    forbidden=("torch.nn.init",),
)
