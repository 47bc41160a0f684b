"""Exercises of the chapter minibatch_and_momentum, in their order."""

ORDER = ("sgd_momentum",)
