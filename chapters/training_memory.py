# %% [markdown]
# # Training memory (训练的内存占用)
# Training keeps the values of every layer until the backward pass has used them. Prediction need not.
#
# Notes: 004 3.7.3. Run: `python -m chapters.training_memory`.
# 16 hidden layers of 256 units, 256 examples: training keeps 4 MiB of layer outputs.

# %%
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

# %% [markdown]
# ## Count
# A network has $k$ hidden layers of $h$ ReLUs and gets $n$ examples. A number takes $b$ bytes, in float32
# four. Each hidden layer makes two matrices of $n h b$ bytes: $Z$ from its input, and $H = \mathrm{ReLU}(Z)$.
#
# - **Training keeps** all the $H$: $k\, n h b$ bytes. The gradient of the next layer's weights needs them. No
#   $Z$ is kept: the gradient of ReLU needs only to know where $Z > 0$, and there $H > 0$ too.
# - **At its peak**, training has one $Z$ as well. While the last hidden layer computes its $H$, all the other
#   $H$ are there, and its own $Z$: $(k + 1)\, n h b$.
# - **Prediction** needs only the input and the output of the step at hand: $2\, n h b$ at any depth.
#
# So the memory of training grows with depth and with batch size. If it runs out, halve the batch. With
# $k = 16$ and $h = n = 256$, training keeps $16 \cdot 256 \cdot 256 \cdot 4 = 4 \cdot 2^{20}$ bytes; $2^{20}$
# bytes are a MiB.


# %%
def counted_bytes(depth: int, num_hiddens: int, n: int) -> dict[str, int]:
    """The three formulas, for `depth` hidden layers and n examples in float32."""
    nhb = n * num_hiddens * 4
    return {"training, kept": depth * nhb, "training, peak": (depth + 1) * nhb, "prediction, peak": 2 * nhb}


# %% [markdown]
# ## Measure
# A hook is a function of yours that PyTorch calls at a certain place. Autograd calls one with each tensor
# that it keeps for the backward pass: add up their bytes. The input and the weights are there anyway, and do
# not count.


# %%
def saved_bytes(net: nn.Module, X: Tensor) -> int:
    """The bytes that autograd keeps of net(X) for the backward pass, the input and the weights aside."""
    there = [X, *net.parameters()]
    kept = list(there)

    def keep(tensor: Tensor) -> Tensor:
        kept.append(tensor)
        return tensor

    # The second function gives the backward pass what the first has returned.
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        net(X)
    return num_bytes(kept) - num_bytes(there)


def num_bytes(tensors: Iterable[Tensor]) -> int:
    """The bytes that the tensors occupy. A view has no memory of its own: what several share counts once."""
    storages = [tensor.untyped_storage() for tensor in tensors]
    return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())


# %% [markdown]
# For the peak, note each output as it is made, and add up those that are still alive. `nn.Sequential` counts
# an `nn.Linear` and its ReLU as two layers, so $Z$ and $H$ both are outputs. Note them by weak references.
# Such a reference does not keep its object alive: once nobody else uses the object, the reference gives None.

# %%
import weakref


def peak_bytes(net: nn.Sequential, X: Tensor) -> int:
    """The most bytes that the outputs of the layers of `net` occupy at one time during net(X)."""
    outputs: list[weakref.ref] = []
    peak = 0

    def count(layer: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
        nonlocal peak
        outputs.append(weakref.ref(output.untyped_storage()))
        peak = max(peak, sum(storage.nbytes() for ref in outputs if (storage := ref()) is not None))

    hooks = [layer.register_forward_hook(count) for layer in net]
    net(X)
    for hook in hooks:
        hook.remove()
    return peak


# %% [markdown]
# ## Compare
# Measure for networks of growing depth, then for growing batches. They have as many inputs and outputs as
# hidden units, so that all matrices are of one size.

# %%
import d2lcore as d2l
from chapters.figures.training_memory import draw_memory


def without_bias(widths: Sequence[int], activation: Callable[[], nn.Module] = nn.ReLU) -> nn.Sequential:
    """Linear layers from each of the widths to the next, with an activation between every two."""
    layers: list[nn.Module] = []
    for num_inputs, num_outputs in pairwise(widths):
        layers += [nn.Linear(num_inputs, num_outputs, bias=False), activation()]
    return nn.Sequential(*layers[:-1])


def measured_bytes(depth: int, num_hiddens: int, n: int) -> dict[str, int]:
    """What `counted_bytes` counts, measured."""
    widths = [num_hiddens] * (depth + 2)  # the input, the hidden layers, the output
    net, X = without_bias(widths), torch.rand(n, num_hiddens)
    training = {"training, kept": saved_bytes(net, X), "training, peak": peak_bytes(net, X)}
    with torch.no_grad():
        return {**training, "prediction, peak": peak_bytes(net, X)}


def memory(*, depth: int = 16, num_hiddens: int = 256, batch_size: int = 256) -> d2l.Result:
    """Measure the memory of training and prediction as the depth grows, then the batch.

    depth: largest number of hidden layers
    batch_size: examples in the smallest batch; the largest is four times as large
    """
    deeper = [(k, num_hiddens, batch_size) for k in range(1, depth + 1)]
    larger = [(depth, num_hiddens, batch_size * k) for k in range(1, 5)]
    counted, measured = (
        [[count(*case) for case in cases] for cases in (deeper, larger)]
        for count in (counted_bytes, measured_bytes)
    )
    figure = draw_memory([case[0] for case in deeper], [case[2] for case in larger], counted, measured)
    metrics = {name: float(value) for name, value in measured[0][-1].items()}
    return d2l.Result(figures={"memory": figure}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("training_memory", memory)
