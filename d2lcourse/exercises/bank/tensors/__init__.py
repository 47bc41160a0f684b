"""Exercises of the chapter tensors, in their order."""

ORDER = ("broadcast_shape", "naive_matmul")
