"""Exercises of the chapter logistic_regression, in their order."""

ORDER = ("sigmoid", "binary_cross_entropy")
