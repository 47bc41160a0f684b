"""Exercise of the chapter preprocessing."""

ORDER = ("fill_missing",)
