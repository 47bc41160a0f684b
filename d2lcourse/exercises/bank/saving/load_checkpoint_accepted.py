"""Right answers to load_checkpoint, each by another way than the project's."""

import torch

from d2lcore.saved import misfits


def load_checkpoint(path, net, updater):
    with open(path, "rb") as file:
        state = torch.load(file, map_location="cpu")  # weights_only=True is the default since torch 2.6
    for key, one in {"net": net, "updater": updater}.items():
        one.load_state_dict(state[key])
    return state["epoch"]


def load_checkpoint(path, net, updater):
    state = torch.load(path, weights_only=True)
    if misfits(net, state["net"]):
        raise ValueError(f"{path} does not fit")
    with torch.no_grad():
        for name, one in net.state_dict().items():
            one.copy_(state["net"][name])
    updater.load_state_dict(state["updater"])
    return state["epoch"]
