"""Exercises of the chapter cnn, in their order."""

ORDER = ("corr2d", "output_size")
