"""Exercises of the chapter probability, in their order."""

ORDER = ("bayes", "variance")
