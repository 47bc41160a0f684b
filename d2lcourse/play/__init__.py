"""Players: a page in the browser that runs a chapter's own functions while sliders move. One module a player.

A player's module has `PLAYER`, and calls the chapter's functions: it has no mathematics of its own.
"""

PLAYERS = (  # in reading order
    "linear_regression", "softmax_regression", "mlp", "weight_decay", "dropout", "backpropagation",
    "initialization", "distribution_shift", "optimization", "cnn",
)  # fmt: skip
