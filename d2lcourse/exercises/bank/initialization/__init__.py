"""Exercises of the chapter initialization, in their order."""

ORDER = ("xavier_uniform_", "xavier_normal_")
