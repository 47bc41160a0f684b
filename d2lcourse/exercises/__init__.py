"""Exercises: what one is, how an answer is tried and judged, and the bank of them."""
