"""Exercises of the chapter saving, in their order."""

ORDER = ("load_checkpoint",)
