"""A curve in one line of text."""

import math
from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float]) -> str:
    """One character a value, the lowest ▁ and the highest █; × where it is not finite.

    A curve that changes by less than a hundredth of its height is drawn flat.
    """
    finite = [value for value in values if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    flat = high - low <= 0.01 * max(abs(low), abs(high))

    def bar(value: float) -> str:
        if not math.isfinite(value):
            return "×"
        return BARS[3] if flat else BARS[min(int(8 * (value - low) / (high - low)), 7)]

    return "".join(map(bar, values))


def told(curve: Sequence[float], figure: float, measure: str) -> str:
    """The curve, its first and last loss, and the last test figure: "█▅▂▁  loss 2.3 to 0.4, ..."."""
    return f"{sparkline(curve)}  loss {curve[0]:.3g} to {curve[-1]:.3g}, {measure} {figure:.3g}"
