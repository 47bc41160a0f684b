"""Exercises of the chapter autograd, in their order."""

ORDER = ("unbroadcast", "matmul_pullbacks")
