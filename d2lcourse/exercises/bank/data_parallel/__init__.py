"""Exercises of the chapter data_parallel, in their order."""

ORDER = ("mean_of_parts", "ring_round")
