"""Exercises of the chapter initialization: first weights of Xavier's size."""

import math
from collections.abc import Callable
from typing import Any

from d2lcore.exercises import Case, Exercise, Measured, Mistake, expect


def _filled(answer: Callable[..., Any], W: Any, gain: float) -> dict[str, Any]:
    """What can be said of the weights without knowing what was drawn."""
    import torch

    before = W.detach().clone()
    returned = expect(answer(W, gain), "W")
    drawn = W.detach().double().clone()
    n, std = drawn.numel(), float(drawn.std(correction=0))
    of_squares = float(drawn.square().std(correction=0))
    error_of_std = of_squares / (2 * (std or 1) * math.sqrt(n))
    answer(W, gain)
    return {
        "W itself has been filled": not torch.equal(W.detach(), before),
        "what is returned is W itself": returned is W,
        "different rows": len(drawn.unique(dim=0)),
        "different columns": len(drawn.T.unique(dim=0)),
        "mean of the weights": Measured(drawn.mean(), std / math.sqrt(n)),
        "standard deviation of the weights": Measured(std, error_of_std),
        "share of the weights within one standard deviation": Measured(
            (drawn.abs() <= std).double().mean(), math.sqrt(0.25 / n)
        ),
        "a second call draws other weights": not torch.equal(W.detach().double(), drawn),
    }


def _weights_cases() -> list[Case]:
    import torch

    def case(about: str, W: Any, gain: float) -> Case:
        return Case(about, (W, gain), _filled, mutates=True)

    trained = torch.full((200, 50), 9.0, dtype=torch.float64, requires_grad=True)
    return [
        case("200 inputs, 40 outputs", torch.full((40, 200), 9.0), 1.0),
        case(
            "50 inputs, 200 outputs, a parameter that is trained, float64, gain 5/3 for tanh", trained, 5 / 3
        ),
        case("a gain of 0", torch.full((3, 4), 9.0), 0.0),
    ]


NOT_IN_PLACE = (
    "W is left as it was, and another tensor is returned: fill W itself, in place, as uniform_ and normal_ do"
)
OTHER_TENSOR = (
    "W is filled, but another tensor is returned, which W.data and W.detach() are: `return W`, on a line of "
    "its own"
)
NO_GRADIENT = (
    "W requires gradients, and autograd allows no change of it in place: put `with torch.no_grad():` around"
)
ONE_ROW = (
    "every row is the same: units with equal weights get equal gradients and stay equal; draw each weight"
)
SEEDED = "the generator is seeded inside: layers of one shape would start the same; leave that to the caller"


def _uniform(
    a: str = "gain * math.sqrt(6 / (n_in + n_out))",
    fill: str = "W.uniform_(-a, a)",
    no_grad: str = "torch.no_grad()",
) -> str:
    """A `xavier_uniform_` of these lines; by default they are right."""
    return f"""
    import contextlib
    import math

    def xavier_uniform_(W, gain):
        n_out, n_in = W.shape
        a = {a}
        with {no_grad}:
            return {fill}
    """


XAVIER_UNIFORM = Exercise(
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
    cases=_weights_cases,
    mistakes=(
        Mistake(
            "this a is the standard deviation: that of U(-a, a) is a / sqrt(3), so a has a 6 under the root",
            _uniform(a="gain * math.sqrt(2 / (n_in + n_out))"),
        ),
        Mistake(
            "only the inputs are counted: n_in + n_out keeps a balance between values and gradients",
            _uniform(a="gain * math.sqrt(6 / n_in)"),
        ),
        Mistake(
            "only the outputs are counted: n_in + n_out keeps a balance between values and gradients",
            _uniform(a="gain * math.sqrt(6 / n_out)"),
        ),
        Mistake(
            "inputs and outputs are multiplied, as W.numel() does: add them, sum(W.shape)",
            _uniform(a="gain * math.sqrt(6 / (n_in * n_out))"),
        ),
        Mistake(
            "the square root is missing: 6 / (n_in + n_out) is the square of the bound",
            _uniform(a="gain * 6 / (n_in + n_out)"),
        ),
        Mistake(
            "only the 6 is under the root: it goes over the whole fraction",
            _uniform(a="gain * math.sqrt(6) / (n_in + n_out)"),
        ),
        Mistake(
            "the gain is not used: multiply the bound by it",
            _uniform(a="math.sqrt(6 / (n_in + n_out))"),
        ),
        Mistake(
            "the gain is under the root: multiply the bound itself by it",
            _uniform(a="math.sqrt(gain * 6 / (n_in + n_out))"),
        ),
        Mistake(
            "no weight is negative: draw between -a and a",
            _uniform(fill="W.uniform_(0, a)"),
        ),
        Mistake(
            "no weight is negative: draw between -a and a",
            _uniform(fill="W.copy_(torch.rand(W.shape) * a)"),
        ),
        Mistake(
            "rand - 0.5 goes from -0.5 to 0.5: multiply it by 2 a",
            _uniform(fill="W.copy_((torch.rand(W.shape) - 0.5) * a)"),
        ),
        Mistake(
            "the weights are normally distributed: uniform_ draws evenly between -a and a",
            _uniform(fill="W.normal_(0, a)"),
        ),
        Mistake(
            "the weights are normally distributed: uniform_ draws evenly between -a and a",
            _uniform(fill="W.normal_(0, a / math.sqrt(3))"),
        ),
        Mistake(NO_GRADIENT, _uniform(no_grad="contextlib.nullcontext()")),
        Mistake(NOT_IN_PLACE, _uniform(fill="torch.empty_like(W).uniform_(-a, a)")),
        Mistake(OTHER_TENSOR, _uniform(fill="W.data.uniform_(-a, a)")),
        Mistake(ONE_ROW, _uniform(fill="W.copy_(W[0].clone().uniform_(-a, a).expand(W.shape))")),
        Mistake(SEEDED, _uniform(fill="(torch.manual_seed(0), W.uniform_(-a, a))[1]")),
    ),
    accepted=(
        """
        def xavier_uniform_(weight, gain):
            bound = gain * (6 / sum(weight.shape)) ** 0.5
            weight.data.uniform_(-bound, bound)
            return weight
        """,
        """
        @torch.no_grad()
        def xavier_uniform_(W, gain):
            n_out, n_in = W.shape
            std = gain * (2 / (n_in + n_out)) ** 0.5
            W.copy_((2 * torch.rand(W.shape) - 1) * 3**0.5 * std)
            return W
        """,
        """
        def xavier_uniform_(W, gain):
            a = gain * (6 / (len(W) + len(W[0]))) ** 0.5
            with torch.no_grad():
                for i in range(len(W)):
                    W[i] = a - 2 * a * torch.rand(len(W[i]), dtype=W.dtype)
            return W
        """,
        """
        def xavier_uniform_(W, gain):
            return torch.nn.init.xavier_uniform_(W, gain)
        """,
    ),
)


def _normal(
    std: str = "gain * math.sqrt(2 / (n_in + n_out))",
    fill: str = "W.normal_(0, std)",
    no_grad: str = "torch.no_grad()",
) -> str:
    """A `xavier_normal_` of these lines; by default they are right."""
    return f"""
    import contextlib
    import math

    def xavier_normal_(W, gain):
        n_out, n_in = W.shape
        std = {std}
        with {no_grad}:
            return {fill}
    """


XAVIER_NORMAL = Exercise(
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
    cases=_weights_cases,
    mistakes=(
        Mistake(
            "normal_ is given the variance: what it takes is the standard deviation, the square root of that",
            _normal(std="gain**2 * 2 / (n_in + n_out)"),
        ),
        Mistake(
            "normal_ is given the variance: what it takes is the standard deviation, the square root of that",
            _normal(std="gain * 2 / (n_in + n_out)"),
        ),
        Mistake(
            "this is the bound of the uniform distribution: its 6 is 3 times the 2 of a standard deviation",
            _normal(std="gain * math.sqrt(6 / (n_in + n_out))"),
        ),
        Mistake(
            "this is He's, for ReLUs, which counts the inputs alone: Xavier's has n_in + n_out",
            _normal(std="gain * math.sqrt(2 / n_in)"),
        ),
        Mistake(
            "only values going forward keep their variance with 1 / n_in: gradients ask for 1 / n_out, and "
            "2 / (n_in + n_out) lies between",
            _normal(std="gain * math.sqrt(1 / n_in)"),
        ),
        Mistake(
            "only the outputs are counted: the variance is 2 / (n_in + n_out)",
            _normal(std="gain * math.sqrt(2 / n_out)"),
        ),
        Mistake(
            "the 2 is missing: what 1 is divided by is the *mean* of n_in and n_out",
            _normal(std="gain * math.sqrt(1 / (n_in + n_out))"),
        ),
        Mistake(
            "the standard deviation is 0.01, whatever the layer: let it depend on n_in + n_out",
            _normal(std="0.01"),
        ),
        Mistake(
            "the standard deviation is 0.01, whatever the layer: let it depend on n_in + n_out",
            _normal(std="gain * 0.01"),
        ),
        Mistake(
            "these are standard normal numbers: multiply them by the standard deviation",
            _normal(fill="W.copy_(torch.randn(W.shape))"),
        ),
        Mistake(
            "the gain is not used: multiply the standard deviation by it",
            _normal(std="math.sqrt(2 / (n_in + n_out))"),
        ),
        Mistake(
            "the gain is under the root: multiply the standard deviation itself by it",
            _normal(std="math.sqrt(gain * 2 / (n_in + n_out))"),
        ),
        Mistake(
            "the weights are uniformly distributed: normal_ draws from a normal distribution",
            _normal(fill="W.uniform_(-std * math.sqrt(3), std * math.sqrt(3))"),
        ),
        Mistake(
            "rand draws between 0 and 1: randn is the normal one, of mean 0",
            _normal(fill="W.copy_(std * torch.rand(W.shape))"),
        ),
        Mistake(NO_GRADIENT, _normal(no_grad="contextlib.nullcontext()")),
        Mistake(NOT_IN_PLACE, _normal(fill="std * torch.randn(W.shape)")),
        Mistake(OTHER_TENSOR, _normal(fill="W.data.normal_(0, std)")),
        Mistake(ONE_ROW, _normal(fill="W.copy_((std * torch.randn(n_in)).expand(W.shape))")),
        Mistake(SEEDED, _normal(fill="(torch.manual_seed(0), W.normal_(0, std))[1]")),
    ),
    accepted=(
        """
        def xavier_normal_(W, gain):
            W.data = gain * (2 / sum(W.shape)) ** 0.5 * torch.randn_like(W)
            return W
        """,
        """
        @torch.no_grad()
        def xavier_normal_(weight, gain):
            for row in weight:
                row.copy_(torch.randn(len(row)))
            return weight.mul_(gain).div_((sum(weight.shape) / 2) ** 0.5)
        """,
        """
        def xavier_normal_(W, gain):
            variance = gain**2 / ((W.shape[0] + W.shape[1]) / 2)
            with torch.no_grad():
                W[:] = torch.normal(torch.zeros(W.shape), variance**0.5)
            return W
        """,
        """
        def xavier_normal_(W, gain):
            return torch.nn.init.xavier_normal_(W, gain)
        """,
    ),
)


EXERCISES = (XAVIER_UNIFORM, XAVIER_NORMAL)
