"""Exercises of the chapter perceptron, in their order."""

ORDER = ("perceptron_step",)
