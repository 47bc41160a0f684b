"""Exercises of the chapter weight_decay, in their order."""

ORDER = ("l2_penalty", "decay_step")
