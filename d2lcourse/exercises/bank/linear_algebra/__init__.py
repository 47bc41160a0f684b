"""Exercises of the chapter linear_algebra, in their order."""

ORDER = ("frobenius_norm", "power_iteration")
