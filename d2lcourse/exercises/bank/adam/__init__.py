"""Exercises of the chapter adam, in their order."""

ORDER = ("adagrad", "adam")
