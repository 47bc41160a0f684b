"""About the broken training deep_net_asleep: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="deep_net_asleep",
    summary="Five layers whose loss stays at log 10.",
    chapter="initialization",
    notes="004 3.8.3",
    least=0.85,
    fault="Weights of N(0, 0.01²) shrink the values in every layer: after five layers nothing is left.",
    rules=("small_start", "vanishing_gradient"),
    foresee=(
        "values and gradients shrink from layer to layer, to almost nothing",
        "half the units are saturated at 1 or -1",
        "the first loss is far above log 10",
        "the test set is another than the training set",
    ),
    shows=0,
    hints=(
        "Print the standard deviation of the values after each layer.",
        "A layer of 64 inputs multiplies them by about sqrt(64) times the deviation of its weights.",
        "nn.init.xavier_uniform_(layer.weight)",
    ),
    repair=(("nn.init.normal_(layer.weight, std=0.01)", "nn.init.xavier_uniform_(layer.weight)"),),
    mistakes=(
        WrongRepair(
            "no learning rate wakes it: the first layers' gradient is a millionth, and the last "
            "layer's inputs are nothing",
            (("lr=0.3", "lr=3"),),
        ),
        WrongRepair(
            "five times larger is still too small: each of the layers multiplies by 0.4, so the "
            "fifth gets a hundredth",
            (("std=0.01", "std=0.05"),),
        ),
        WrongRepair(
            "sigmoids divide by four where tanh divides by one: even less comes through",
            (("nn.Tanh()", "nn.Sigmoid()"),),
        ),
    ),
    accepted=(
        (("    nn.init.normal_(layer.weight, std=0.01)\n", ""),),
        (
            (
                "nn.init.normal_(layer.weight, std=0.01)",
                "nn.init.kaiming_normal_(layer.weight, nonlinearity='tanh')",
            ),
        ),
        (("std=0.01", "std=0.12"),),
    ),
)
