"""Exercises of the chapter least_squares, in their order."""

ORDER = ("least_squares",)
