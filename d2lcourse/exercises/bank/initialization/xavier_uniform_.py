"""The exercise xavier_uniform_: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Exercise

from .filled_weights import weights_cases

EXERCISE = Exercise(
    name="xavier_uniform_",
    notes="004 3.8.3, 003 4.6",
    stub='''
    def xavier_uniform_(W: Tensor, gain: float) -> Tensor:
        """Fill W, in place, with draws from U(-a, a): a = gain sqrt(6 / (n_in + n_out)).

        W: weights, shape (n_out, n_in), of any type; they may require gradients. gain: at least 0.
        Returns W itself. torch.nn.init is what this is to do without.
        """
        raise NotImplementedError
    ''',
    hints=(
        "W.shape says how many outputs and inputs the layer has, and with them how far from 0 a weight may "
        "be.",
        "a = gain * math.sqrt(6 / (n_in + n_out)), then W.uniform_(-a, a), which draws into W and returns "
        "it.",
        "U(-a, a) has the variance a^2 / 3: the 6 makes it 2 / (n_in + n_out). A parameter, which requires "
        "gradients, may be changed in place only within `with torch.no_grad():`.",
    ),
    reference="chapters.initialization.xavier_uniform_",
    cases=weights_cases,
    forbidden=("torch.nn.init",),
)
