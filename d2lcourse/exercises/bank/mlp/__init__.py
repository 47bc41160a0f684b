"""Exercises of the chapter mlp, in their order."""

ORDER = ("relu", "prelu", "tanh", "mlp")
