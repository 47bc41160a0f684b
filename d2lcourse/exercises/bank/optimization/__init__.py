"""Exercises of the chapter optimization, in their order."""

ORDER = ("gradient_descent",)
