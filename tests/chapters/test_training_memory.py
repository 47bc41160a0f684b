"""Training memory: what is counted by hand is what is measured, and what every tensor there is adds up to."""

import weakref
from functools import partial
from itertools import pairwise

import mutants
import pytest
import torch
from mutants import Mutant
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from chapters import backpropagation
from chapters import training_memory as memory


@pytest.mark.parametrize(
    ("depth", "num_hiddens", "n"), [(1, 16, 4), (2, 16, 4), (7, 16, 4), (3, 32, 1), (3, 8, 50)]
)
def test_measured_memory_is_what_is_counted_by_hand(depth: int, num_hiddens: int, n: int) -> None:
    measured = memory.measured_bytes(depth, num_hiddens, n)
    assert measured == memory.counted_bytes(depth, num_hiddens, n)
    assert measured == {
        "training, peak": 4 * n * num_hiddens * (depth + 1),
        "training, kept": 4 * n * num_hiddens * depth,
        "prediction, peak": 4 * n * num_hiddens * 2,
    }


def test_memory_of_training_grows_linearly_in_depth_and_batch_of_prediction_only_in_the_batch() -> None:
    def grown(cases: list, name: str) -> set:
        sizes = [memory.measured_bytes(*case)[name] for case in cases]
        return {after - before for before, after in pairwise(sizes)}

    deeper, larger = [(k, 16, 8) for k in range(1, 9)], [(4, 16, 8 * k) for k in range(1, 6)]
    one_layer, one_batch = 4 * 8 * 16, 4 * 8 * 16
    assert grown(deeper, "training, peak") == grown(deeper, "training, kept") == {one_layer}
    assert grown(deeper, "prediction, peak") == {0}
    assert grown(larger, "training, peak") == {5 * one_batch}
    assert grown(larger, "training, kept") == {4 * one_batch}
    assert grown(larger, "prediction, peak") == {2 * one_batch}


class AllMemory(TorchDispatchMode):
    """The most bytes at one time of the tensors that any operation inside makes, besides those of `there`."""

    def __init__(self, there: list[Tensor]) -> None:
        super().__init__()
        self.there = {tensor.untyped_storage().data_ptr() for tensor in there}
        self.made: list[weakref.ref] = []
        self.peak = 0

    def __torch_dispatch__(
        self, func: object, types: object, args: tuple = (), kwargs: object = None
    ) -> object:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor):
            self.made.append(weakref.ref(result.untyped_storage()))
            alive = [storage for ref in self.made if (storage := ref()) is not None]
            sizes = {storage.data_ptr(): storage.nbytes() for storage in alive}
            self.peak = max(self.peak, sum(size for place, size in sizes.items() if place not in self.there))
        return result


@pytest.mark.parametrize(("depth", "n"), [(1, 8), (4, 8), (4, 24)])
def test_peaks_are_those_of_every_tensor_there_is(depth: int, n: int) -> None:
    net, X = memory.without_bias([16] * (depth + 2)), torch.rand(n, 16)
    counted = memory.counted_bytes(depth, 16, n)
    with AllMemory([X, *net.parameters()]) as training:
        net(X)
    with AllMemory([X, *net.parameters()]) as predicting, torch.no_grad():
        net(X)
    assert training.peak == memory.peak_bytes(net, X) == counted["training, peak"]
    assert predicting.peak == counted["prediction, peak"]


def test_the_peak_may_be_in_the_middle() -> None:
    net, X = memory.without_bias([4, 64, 4, 4]), torch.rand(8, 4)
    with torch.no_grad():
        assert memory.peak_bytes(net, X) == 4 * 8 * (64 + 64)
    assert memory.peak_bytes(net, X) == 4 * 8 * (64 + 64)
    assert memory.saved_bytes(net, X) == 4 * 8 * (64 + 4)


def test_nothing_is_kept_without_gradients_and_no_hook_stays() -> None:
    net, X = memory.without_bias([16] * 4), torch.rand(8, 16)
    with torch.no_grad():
        assert memory.saved_bytes(net, X) == 0
    assert memory.saved_bytes(net, X) > 0
    memory.peak_bytes(net, X)
    assert not any(layer._forward_hooks for layer in net)


def test_bytes_of_what_the_forward_pass_by_hand_keeps() -> None:
    X, W1, W2 = (torch.randn(shape, dtype=torch.float64) for shape in ((7, 5), (4, 5), (3, 4)))
    kept = backpropagation.forward(X, torch.randint(3, (7,)), W1, W2)
    assert memory.num_bytes(kept.values()) == 8 * (7 * (4 + 4 + 3) + 3)  # Z, H, O and the scalars L, s, J
    half = torch.zeros(10, dtype=torch.float16)
    assert memory.num_bytes([half, half[2:], half.view(2, 5).T]) == 20
    assert memory.num_bytes([half, half.clone()]) == 40
    assert memory.num_bytes([]) == 0


def test_layers_without_bias() -> None:
    net = memory.without_bias([6, 5, 4, 3])
    assert [type(layer) for layer in net] == [nn.Linear, nn.ReLU, nn.Linear, nn.ReLU, nn.Linear]
    assert [tuple(W.shape) for W in net.parameters()] == [(5, 6), (4, 5), (3, 4)]


def test_memory_draws_three_measures_over_depth_and_over_batch_size() -> None:
    result = memory.memory(depth=3, num_hiddens=8, batch_size=4)
    left, right = result.figure.axes
    assert [len(line.get_xdata()) for line in left.lines[:6]] == [3] * 6
    assert left.lines[1].get_ydata() == pytest.approx([128 / 2**20, 2 * 128 / 2**20, 3 * 128 / 2**20])
    assert list(right.lines[1].get_xdata()) == [4, 8, 12, 16]
    assert result.metrics == {"training, peak": 512.0, "training, kept": 384.0, "prediction, peak": 256.0}
    for counted, measured in zip(right.lines[::2], right.lines[1::2], strict=True):
        assert list(counted.get_ydata()) == list(measured.get_ydata())


measured_is_counted = partial(test_measured_memory_is_what_is_counted_by_hand, 7, 16, 4)
bytes_by_hand = test_bytes_of_what_the_forward_pass_by_hand_keeps
MUTANTS = [
    Mutant("counted_bytes", "depth + 1", "depth + 2", measured_is_counted),
    Mutant("saved_bytes", " - num_bytes(there)", "", measured_is_counted),
    Mutant("num_bytes", "storages = [", "return sum(tensor.nbytes for tensor in tensors)\n    [",
           bytes_by_hand),
    Mutant("peak_bytes", "max(peak, ", "max(0, ", test_the_peak_may_be_in_the_middle),
    Mutant("peak_bytes", "weakref.ref(output.untyped_storage())", "output.untyped_storage",
           measured_is_counted),
    Mutant("without_bias", "layers[:-1]", "layers", test_layers_without_bias),
    Mutant("measured_bytes", "with torch.no_grad():", "if True:", measured_is_counted),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(memory, MUTANTS)
