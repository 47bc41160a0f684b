"""Exercises of the chapter dropout, in their order."""

ORDER = ("dropout_layer",)
