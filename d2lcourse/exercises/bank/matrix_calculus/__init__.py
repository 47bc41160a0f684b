"""Exercises of the chapter matrix_calculus, in their order."""

ORDER = ("inner_product_gradient",)
