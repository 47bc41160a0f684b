"""Choosing a device, on machines with and without one."""

import pytest
import torch

import d2lcore as d2l
from d2lcore.devices import device_of


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.mark.usefixtures("two_gpus")
def test_with_two_gpus() -> None:
    assert d2l.try_gpu() == torch.device("cuda:0")
    assert d2l.try_gpu(1) == torch.device("cuda:1")
    assert d2l.try_gpu(2) == torch.device("cpu")
    assert d2l.try_all_gpus() == [torch.device("cuda:0"), torch.device("cuda:1")]
    assert d2l.get_device("cuda") == torch.device("cuda:0")
    assert d2l.get_device("CUDA:1") == torch.device("cuda:1")
    with pytest.raises(ValueError, match=r"'cuda:2' asked for, but torch .* sees 2 CUDA device"):
        d2l.get_device("cuda:2")


@pytest.mark.usefixtures("no_gpu")
def test_without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    assert d2l.try_gpu() == d2l.get_device("auto") == torch.device("cpu")
    assert d2l.try_all_gpus() == [torch.device("cpu")]
    with pytest.raises(ValueError, match="no CUDA device here; use auto or cpu"):
        d2l.get_device("cuda")
    with pytest.raises(ValueError, match="no Apple GPU"):
        d2l.get_device("mps")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert d2l.try_gpu() == torch.device("mps")
    assert d2l.try_gpu(1) == torch.device("cpu")


@pytest.mark.usefixtures("two_gpus")
def test_environment_overrides_the_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("D2LCORE_DEVICE", "cpu")
    assert d2l.try_gpu() == d2l.get_device("auto") == torch.device("cpu")
    assert d2l.get_device("cuda:1") == torch.device("cuda:1")  # asked for by name
    monkeypatch.setenv("D2LCORE_DEVICE", "gpu")
    with pytest.raises(ValueError, match="D2LCORE_DEVICE: 'gpu' is not a device"):
        d2l.try_gpu()


@pytest.mark.parametrize("spec", ["gpu", "", "xla", "cuda:x", "meta", "cpu:3", "mps:1"])
def test_what_is_no_device(spec: str) -> None:
    with pytest.raises(ValueError, match="choose auto, cpu, cuda, cuda:N or mps"):
        d2l.get_device(spec)


def test_negative_number() -> None:
    with pytest.raises(ValueError, match="i: device numbers start at 0, got -1"):
        d2l.try_gpu(-1)


def test_device_is_taken_from_the_net_then_from_the_updater() -> None:
    layer = torch.nn.Linear(2, 2, device="meta")
    updater = torch.optim.SGD(layer.parameters(), lr=0.1)
    assert device_of(layer) == torch.device("meta")
    assert device_of(lambda X: X, updater) == torch.device("meta")
    assert device_of(torch.nn.Flatten(), updater) == torch.device("meta")
    assert device_of(lambda X: X) is None
