"""The player of the convolutional network: a kernel of your own slides over an image."""

import functools
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

import d2lcore as d2l
from chapters import cnn

from .drawing import coloured, empty
from .player import Choice, Knobs, Picture, Player, Slider, State, View

OWN = "the sliders'"
PLACES = [(a, b) for a in range(3) for b in range(3)]
START = torch.tensor(cnn.KERNELS["brighter to the right"]).tolist()
PICTURES = 100  # at most about as many, until the kernel has been everywhere


@functools.cache
def image(name: str) -> Tensor:
    """A square grey image, from 0 to 1."""
    if name == "digit":
        return d2l.load_data("digits", 1)[1].dataset[0][0][0]
    from sklearn.datasets import load_sample_image

    photo = torch.tensor(load_sample_image(f"{name}.jpg")).float().mean(dim=2) / 255
    return photo[::12, ::12][-32:, :32] if name == "china" else photo[::12, ::12][:32, 16:48]


def kernel(knobs: Knobs) -> Tensor:
    if knobs["kernel"] != OWN:
        return torch.tensor(cnn.KERNELS[knobs["kernel"]])
    return torch.tensor([[float(knobs[f"K{a}{b}"]) for b in range(3)] for a in range(3)])


def first(knobs: Knobs) -> State:
    return {"place": -1}  # everywhere


def advance(state: State, knobs: Knobs) -> State:
    """The kernel moves on, row by row; after the last place all of the map is there."""
    X, K = image(knobs["image"]), kernel(knobs)
    total = cnn.output_size(len(X), len(K)) ** 2
    pace = max(1, total // PICTURES) if state["place"] >= 0 else 1
    place = state["place"] + pace
    return {"place": place if place < total else -1}


def look(state: State, knobs: Knobs) -> View:
    X, K = image(knobs["image"]), kernel(knobs)
    Y, place = cnn.corr2d(X, K), state["place"]
    going = 0 <= place < Y.numel()  # a larger kernel has fewer places
    i, j = divmod(place, Y.shape[1]) if going else (0, 0)
    shown = Y.flatten().clone()
    if going:
        shown[place + 1 :] = torch.nan
    return {
        "image": X.tolist(),
        "map": (shown.reshape(Y.shape) / Y.abs().amax().clamp(min=1e-9)).tolist(),
        "at": [i, j] if going else [],
        "kernel": K.tolist(),
        "window": X[i : i + len(K), j : j + len(K)].tolist() if going else [],
        "numbers": {
            "place": f"row {i}, column {j}" if going else "everywhere",
            **({"Y there": float(Y[i, j])} if going else {}),
            "least": float(Y.min()),
            "largest": float(Y.max()),
            "numbers in Y": Y.numel(),
        },
    }


def pictures() -> Sequence[Picture]:
    from bokeh.palettes import Blues256, Greys256, Reds256, diverging_palette

    blue_to_red = diverging_palette(Blues256[80:], Reds256[80:], 256)
    both = (*blue_to_red[:128], "#ffffff", *blue_to_red[128:])
    seen, show_seen = _square("the image X", Greys256, 0, 1)
    made, show_made = _square("the map Y: red above 0, blue below", both, -1, 1)
    products, show_products = _products(both)

    return [
        Picture(seen, lambda view: show_seen(view["image"], view["at"], len(view["kernel"]))),
        Picture(products, show_products),
        Picture(made, lambda view: show_made(view["map"], view["at"], 1)),
    ]


def _square(title: str, palette: Sequence[str], low: float, high: float) -> tuple:
    """A figure of a square matrix, its first row above, and what shows one with a frame of some size."""
    from bokeh.models import ColumnDataSource

    drawn = empty(title, reach=1)
    drawn.axis.visible = drawn.grid.visible = False
    fill = coloured(drawn, palette, low, high)
    frame = ColumnDataSource({"x": [], "y": [], "side": []})
    drawn.rect("x", "y", "side", "side", source=frame, fill_color=None, line_color="darkorange", line_width=3)

    def show(rows: list[list[float]], at: list[int], side: int) -> None:
        reach = len(rows) / 2
        for axis in (drawn.x_range, drawn.y_range):
            axis.start, axis.end = -reach, reach
        fill(rows[::-1], reach)
        places = {"x": [j + side / 2 - reach for j in at[1:]], "y": [reach - i - side / 2 for i in at[:1]]}
        frame.data = {**places, "side": [side] * len(at[:1])}

    return drawn, show


def _products(palette: Sequence[str]) -> tuple:
    """A figure of the kernel, or of what lies under it and is multiplied by it."""
    from bokeh.models import ColumnDataSource

    drawn, colour = _square("the kernel K, and the pixels under it", palette, -2, 2)
    texts = ColumnDataSource({"x": [], "y": [], "text": []})
    drawn.text("x", "y", "text", source=texts, text_align="center", text_baseline="middle",
               text_font_size="12px")  # fmt: skip

    def show(view: View) -> None:
        K, window = np.array(view["kernel"]), np.array(view["window"])
        side, cells = len(K), [*np.ndindex(K.shape)]
        colour(view["kernel"], [], 1)
        texts.data = {
            "x": [b + 0.5 - side / 2 for _, b in cells],
            "y": [side / 2 - a - 0.5 for a, _ in cells],
            "text": [f"{K[c]:.3g} · {window[c]:.2f}" if window.size else f"{K[c]:.3g}" for c in cells],
        }

    return drawn, show


PLAYER = Player(
    chapter="cnn",
    suggestion="Draw a kernel with the sliders and see what it finds; Step shows how a number of Y is made.",
    knobs={
        "image": Choice("image", ["digit", "china", "flower"], "digit"),
        "kernel": Choice("kernel", [OWN, *cnn.KERNELS], OWN, new=False),
        **{f"K{a}{b}": Slider(f"K, row {a}, column {b}", -2, 2, 0.25, START[a][b]) for a, b in PLACES},
    },
    first=first,
    advance=advance,
    look=look,
    pictures=pictures,
    functions=("corr2d",),
)
