"""Exercises of the chapter first_network, in their order."""

ORDER = ("rmsprop_step",)
