"""Exercises of the chapter cross_validation, in their order."""

ORDER = ("k_fold",)
