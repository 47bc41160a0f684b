"""Wrong answers to load_checkpoint, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import mistake


@mistake("weights_only=False runs whatever code the file holds: leave it True")
def load_checkpoint(path, net, updater):
    state = torch.load(path, weights_only=False)
    net.load_state_dict(state["net"])
    updater.load_state_dict(state["updater"])
    return state["epoch"]


@mistake("the optimizer starts anew, without its means or momentum: load its state too")
def load_checkpoint(path, net, updater):
    state = torch.load(path, weights_only=True)
    net.load_state_dict(state["net"])
    return state["epoch"]


@mistake("the weights are not loaded: net.load_state_dict(state['net'])")
def load_checkpoint(path, net, updater):
    state = torch.load(path, weights_only=True)
    updater.load_state_dict(state["updater"])
    return state["epoch"]


@mistake("the epoch is not returned")
def load_checkpoint(path, net, updater):
    state = torch.load(path, weights_only=True)
    net.load_state_dict(state["net"])
    updater.load_state_dict(state["updater"])


@mistake("the training is at the epoch of the checkpoint, not at the one after it")
def load_checkpoint(path, net, updater):
    state = torch.load(path, weights_only=True)
    net.load_state_dict(state["net"])
    updater.load_state_dict(state["updater"])
    return state["epoch"] + 1


@mistake("strict=False lets a state pass that lacks half of the net: leave it out", needs="strict")
def load_checkpoint(path, net, updater):
    state = torch.load(path, weights_only=True)
    net.load_state_dict(state["net"], strict=False)
    updater.load_state_dict(state["updater"])
    return state["epoch"]


@mistake(
    "assign=True gives the net new parameters, and the optimizer still changes the old ones: leave it out"
)
def load_checkpoint(path, net, updater):
    state = torch.load(path, weights_only=True)
    net.load_state_dict(state["net"], assign=True)
    updater.load_state_dict(state["updater"])
    return state["epoch"]


@mistake("an error is swallowed: who calls this must learn that nothing was loaded")
def load_checkpoint(path, net, updater):
    try:
        state = torch.load(path, weights_only=True)
        net.load_state_dict(state["net"])
        updater.load_state_dict(state["updater"])
        return state["epoch"]
    except Exception:
        return 0


@mistake("only the parameters are loaded: a net has buffers too, such as a running mean; load_state_dict")
def load_checkpoint(path, net, updater):
    state = torch.load(path, weights_only=True)
    if set(state["net"]) != set(net.state_dict()):
        raise KeyError("another net")
    with torch.no_grad():
        for name, param in net.named_parameters():
            param.copy_(state["net"][name])
    updater.load_state_dict(state["updater"])
    return state["epoch"]


@mistake(
    "the training is to go on, and eval() switches it off: leave the mode as it is", needs=r"eval\(|train\("
)
def load_checkpoint(path, net, updater):
    state = torch.load(path, weights_only=True)
    net.load_state_dict(state["net"])
    updater.load_state_dict(state["updater"])
    net.eval()
    return state["epoch"]
