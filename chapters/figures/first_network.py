"""The figures of the chapter first_network."""

from collections.abc import Mapping

import torch
from matplotlib.figure import Figure
from torch import Tensor

import d2lcore as d2l
from d2lcore.plotting import as_array


def draw_layers(seen: Mapping[str, Tensor], y: Tensor, shares: Mapping[str, float]) -> Figure:
    """At most 2,000 images by the two directions in which they differ most, a colour for each class."""
    figure, axes = d2l.plt.subplots(1, len(seen), figsize=(3.4 * len(seen), 3.6), layout="constrained")
    for place, (name, features) in zip(axes, seen.items(), strict=True):
        centred = (features - features.mean(dim=0)).double().cpu()
        _, directions = torch.linalg.eigh(centred.T @ centred)  # the largest are last
        points = as_array(centred[:2000] @ directions[:, -2:])
        dots = place.scatter(points[:, 1], points[:, 0], c=as_array(y[:2000]), cmap="tab10", s=4)
        place.set_title(f"{name}: nearest mean right {shares[name]:.3f}", fontsize="small")
        place.set(xticks=[], yticks=[])
    figure.legend(*dots.legend_elements(num=None), loc="outside lower center", ncols=10, fontsize="small")
    return figure
