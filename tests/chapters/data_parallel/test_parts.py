"""The gradient of a batch from its parts, and the step on several devices, beside those of the whole."""

import math
from functools import partial

import mutants
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mutants import Mutant
from properties import quick
from torch import nn
from torch.nn import functional as F

import d2lcore as d2l
from chapters import first_network
from chapters.data_parallel import parts
from chapters.mlp import MLP

F64 = torch.float64
CPU = torch.device("cpu")


def trained(num_inputs: int = 5, num_hiddens: int = 4) -> list[torch.Tensor]:
    return list(MLP(num_inputs, num_hiddens, 3).double().requires_grad_().parameters())


def gradient(params: list[torch.Tensor], X: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """That of the mean loss, by torch's own functions."""
    l = F.cross_entropy(first_network.forward(params, X)[1], y)
    return torch.cat([grad.flatten() for grad in torch.autograd.grad(l, params)])


@quick
@given(sizes=st.lists(st.integers(0, 6), min_size=1, max_size=4).filter(any), seed=st.integers(0, 99))
def test_parts_of_any_sizes_have_the_mean_of_the_batch(sizes: list[int], seed: int) -> None:
    torch.manual_seed(seed)
    params, X, y = trained(), torch.randn(sum(sizes), 5, dtype=F64), torch.randint(3, (sum(sizes),))
    means = [gradient(params, *part) for part in zip(X.split(sizes), y.split(sizes), strict=True)]
    torch.testing.assert_close(
        parts.mean_of_parts(means, sizes), gradient(params, X, y), rtol=1e-12, atol=1e-14
    )


def test_an_empty_part_has_no_say_though_its_mean_is_nan() -> None:
    empty = torch.ones(0, 2).mean(dim=0)
    assert empty.isnan().all()
    assert parts.mean_of_parts([torch.tensor([2.0, 4.0]), empty], [3, 0]).tolist() == [2, 4]
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        parts.mean_of_parts([empty, empty], [1])


def test_the_plain_mean_is_biased_towards_the_smaller_part() -> None:
    """Of 99 gradients of 1 and one of 0 the mean is 0.99; the plain mean of the means is 0.5."""
    means = [torch.tensor(1.0), torch.tensor(0.0)]
    assert float(parts.mean_of_parts(means, [99, 1])) == pytest.approx(0.99)
    assert float(sum(means) / 2) == 0.5


def test_sums_are_those_of_autograd_and_of_no_examples_zero() -> None:
    params, X, y = trained(), torch.randn(7, 1, 5, dtype=F64), torch.arange(7) % 3
    found = parts.sums(params, X, y)
    torch.testing.assert_close(found[:-2], 7 * gradient(params, X.flatten(1), y), rtol=1e-12, atol=1e-14)
    loss = F.cross_entropy(first_network.forward(params, X.flatten(1))[1], y, reduction="sum")
    assert found[-2:].tolist() == pytest.approx([float(loss.detach()), 7], rel=1e-12)
    assert not found.requires_grad
    assert parts.sums(params, X[:0], y[:0]).count_nonzero() == 0


def test_follow_is_a_step_of_torchs_sgd_on_the_mean_loss() -> None:
    net = MLP(5, 4, 3).double()
    params, X, y = list(net.parameters()), torch.randn(6, 5, dtype=F64), torch.arange(6) % 3
    other = MLP(5, 4, 3).double()
    other.load_state_dict(net.state_dict())
    numbers = parts.follow(params, parts.sums(params, X, y), 0.3)
    updater = torch.optim.SGD(other.parameters(), 0.3)
    l = F.cross_entropy(other(X), y)
    l.backward()
    updater.step()
    for mine, theirs in zip(net.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-12, atol=1e-14)
    assert numbers.tolist() == pytest.approx([6 * float(l.detach()), 6], rel=1e-12)


@pytest.mark.parametrize(("n", "k", "sizes"), [(7, 2, [4, 3]), (2, 3, [1, 1, 0]), (6, 3, [2, 2, 2])])
def test_split_batch_loses_no_example_and_cuts_as_batches_do(n: int, k: int, sizes: list[int]) -> None:
    X, y = torch.arange(2.0 * n).reshape(n, 2), torch.arange(n)
    X_parts, y_parts = parts.split_batch(X, y, [CPU] * k)
    assert [len(part) for part in X_parts] == [len(part) for part in y_parts] == sizes
    assert torch.equal(torch.cat(X_parts), X)
    assert torch.equal(torch.cat(y_parts), y)
    for rank, part in enumerate(y_parts):
        ((_, share),) = d2l.load_array((X, y), n, is_train=False, share=(rank, k))
        assert torch.equal(share, part)


def test_split_batch_sends_each_part_to_its_device() -> None:
    both = parts.split_batch(torch.ones(3, 2), torch.arange(3), [CPU, torch.device("meta")])
    assert [[part.device.type for part in one] for one in both] == [["cpu", "meta"]] * 2


@pytest.mark.parametrize("k", [1, 2, 3])
def test_allreduce_gives_everybody_the_sum_in_place(k: int) -> None:
    data = [torch.full((2, 3), 10.0**i) for i in range(k)]
    before = list(data)
    parts.allreduce(data)
    for one, same in zip(data, before, strict=True):
        assert one is same
        assert torch.equal(one, torch.full((2, 3), sum(10.0**i for i in range(k))))


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_a_step_on_several_devices_is_the_step_on_one(k: int) -> None:
    X, y = torch.randn(4, 5, dtype=F64), torch.arange(4) % 3  # of 5 devices one has nothing
    net = MLP(5, 4, 3).double()
    copies = [[p.detach().clone().requires_grad_() for p in net.parameters()] for _ in range(k)]
    parts.train_batch(X, y, copies, [CPU] * k, 0.3)
    F.cross_entropy(net(X), y).backward()
    torch.optim.SGD(net.parameters(), 0.3).step()
    for params in copies:
        for mine, theirs in zip(params, net.parameters(), strict=True):
            torch.testing.assert_close(mine, theirs, rtol=1e-12, atol=1e-14)


def test_parts_reports_the_errors_of_the_gradients_it_cuts() -> None:
    result = parts.parts(num_examples=20, num_hiddens=4)
    train_iter, _ = d2l.load_data("digits", 20)
    d2l.seed_everything(0)
    net, (X, y) = MLP(64, 4, 10), next(iter(train_iter))
    layers: list[nn.Parameter] = list(net.parameters())
    whole, one, rest = (gradient(layers, X[rows].flatten(1), y[rows]) for rows in
                        (slice(None), slice(1), slice(1, None)))  # fmt: skip
    bias = float(((one + rest) / 2 - whole).norm() / whole.norm())
    assert result.metrics["error of the plain mean, cut after 1"] == pytest.approx(bias, rel=1e-4)
    assert bias > 0.5
    assert result.metrics["largest error of the weighted mean"] < 1e-6  # float32: a few times 1.2e-7
    (axes,) = result.figure.axes
    plain, weighted = (line.get_ydata() for line in axes.lines)
    assert len(plain) == len(weighted) == 19
    assert plain[9] < 1e-5 < min(plain[8], plain[10])  # right in the middle only
    assert not math.isnan(sum(plain))


SUM_OF_THREE = partial(test_allreduce_gives_everybody_the_sum_in_place, 3)
STEP_ON_TWO = partial(test_a_step_on_several_devices_is_the_step_on_one, 2)
MUTANTS = [
    Mutant("mean_of_parts", "n * g for", "g for", test_the_plain_mean_is_biased_towards_the_smaller_part),
    Mutant("mean_of_parts", " if n > 0", "", test_an_empty_part_has_no_say_though_its_mean_is_nan),
    Mutant("mean_of_parts", "/ sum(sizes)", "/ len(sizes)",
           test_the_plain_mean_is_biased_towards_the_smaller_part),
    Mutant("sums", ".sum()", ".mean()", test_sums_are_those_of_autograd_and_of_no_examples_zero),
    Mutant("sums", "len(y)", "1.0", test_sums_are_those_of_autograd_and_of_no_examples_zero),
    Mutant("follow", " / numbers[1]", "", test_follow_is_a_step_of_torchs_sgd_on_the_mean_loss),
    Mutant("follow", "param -=", "param +=", test_follow_is_a_step_of_torchs_sgd_on_the_mean_loss),
    Mutant("split_batch", ".to(device)", "",
           test_split_batch_sends_each_part_to_its_device),
    Mutant("split_batch", "tensor_split(len(devices))", "chunk(len(devices))",
           partial(test_split_batch_loses_no_example_and_cuts_as_batches_do, 2, 3, [1, 1, 0]),
           dies_of=(ValueError,)),
    Mutant("allreduce", "one.copy_(data[0])", "pass", SUM_OF_THREE),
    Mutant("allreduce", "data[0].add_", "data[0].copy_",
           SUM_OF_THREE),
    Mutant("train_batch", "    allreduce(data)\n", "", STEP_ON_TWO),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(parts, MUTANTS)
