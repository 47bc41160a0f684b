"""Answers to load_checkpoint, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("The state of the optimizer is not loaded.")
def load_checkpoint(path, net, updater):
    checkpoint = torch.load(path, weights_only=True)
    net.load_state_dict(checkpoint["net"])
    return checkpoint["epoch"]


@wrong("weights_only=False lets the file run code.")
def load_checkpoint(path, net, updater):
    state = torch.load(path, weights_only=False)
    net.load_state_dict(state["net"])
    updater.load_state_dict(state["updater"])
    return state["epoch"]


@wrong("strict=False lets a state with missing or unknown names pass silently.")
def load_checkpoint(path: str, net: torch.nn.Module, updater: torch.optim.Optimizer) -> int:
    with open(path, "rb") as file:
        saved = torch.load(file, weights_only=True)
    net.load_state_dict(saved["net"], strict=False)
    updater.load_state_dict(saved["updater"])
    return saved["epoch"]


@wrong("updater.state_dict() is a fresh dictionary, so updating it does not change the optimizer.")
def load_checkpoint(path, net, updater):
    ckpt = torch.load(path, weights_only=True)
    net.load_state_dict(ckpt["net"])
    updater.state_dict().update(ckpt["updater"])
    return int(ckpt["epoch"])


@wrong("Only the parameters are copied, so buffers such as the running mean of a batch norm keep their old values.")
def load_checkpoint(path, net, updater):
    ckpt = torch.load(path, weights_only=True)
    params = dict(net.named_parameters())
    buffers = dict(net.named_buffers())
    if set(params) | set(buffers) != set(ckpt["net"]):
        raise KeyError("the checkpoint is of another net")
    with torch.no_grad():
        for name, p in params.items():
            if p.shape != ckpt["net"][name].shape:
                raise ValueError(f"shape of {name}")
            p.copy_(ckpt["net"][name])
    updater.load_state_dict(ckpt["updater"])
    return ckpt["epoch"]


@wrong("A state that does not fit is caught and printed, and the function goes on as if all was well.")
def load_checkpoint(path, net, updater):
    d = torch.load(path, weights_only=True)
    for key, thing in [("net", net), ("updater", updater)]:
        try:
            thing.load_state_dict(d[key])
        except (RuntimeError, ValueError) as error:
            print("could not load", key, error)
    return d["epoch"]


@wrong("The net is put into evaluation mode at the end, although training is to go on.")
def load_checkpoint(path, net, updater):
    d = torch.load(path, weights_only=True)
    net.load_state_dict(d["net"])
    updater.load_state_dict(d["updater"])
    net.eval()
    return d["epoch"]


@right("A loop over the two things to restore, with the tensors brought to the CPU first.")
def load_checkpoint(path, net, updater):
    saved = torch.load(path, map_location="cpu", weights_only=True)
    for target, key in ((net, "net"), (updater, "updater")):
        target.load_state_dict(saved[key])
    return saved["epoch"]


@right("Reads the file through a file object and names the parts before it loads them, optimizer first.")
def load_checkpoint(path: str, net: torch.nn.Module, updater: torch.optim.Optimizer) -> int:
    with open(path, "rb") as handle:
        parts = torch.load(handle, weights_only=True)
    weights, optimizer_state, epoch = parts["net"], parts["updater"], parts["epoch"]
    updater.load_state_dict(optimizer_state)
    net.load_state_dict(weights, strict=True)
    return int(epoch)
