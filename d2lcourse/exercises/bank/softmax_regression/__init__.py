"""Exercises of the chapter softmax_regression, in their order."""

ORDER = ("one_hot", "softmax", "cross_entropy", "cross_entropy_gradient", "accuracy")
