"""Exercises of the chapter model_selection, in their order."""

ORDER = ("evaluate_loss",)
