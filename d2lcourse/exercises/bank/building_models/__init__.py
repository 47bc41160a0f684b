"""Exercises of the chapter building_models, in their order."""

ORDER = ("tied_net", "far_from_zero_", "my_linear")
