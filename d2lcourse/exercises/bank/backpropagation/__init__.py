"""Exercises of the chapter backpropagation, in their order."""

ORDER = ("backward", "backward_layers", "numerical_gradient")
