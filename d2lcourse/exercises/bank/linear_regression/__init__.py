"""Exercises of the chapter linear_regression, in their order."""

ORDER = ("synthetic_data", "linreg", "squared_loss", "sgd")
