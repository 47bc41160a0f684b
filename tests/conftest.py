"""Fixtures that both packages' tests share."""

import os
from collections.abc import Callable, Iterator

import jaxtyping
import matplotlib
import mutants
import pytest
import torch

matplotlib.use("agg")
# One thread for each process, as in `make test`: beside other work, torch's threads wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")
torch.set_num_threads(1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    """Tell `mutants` what has passed, so that it need not run it again."""
    report = yield
    if call.when == "call" and report.passed and isinstance(item, pytest.Function):
        mutants.note_passed(item)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have counted."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "counts":
                terminalreporter.write_line(value)


@pytest.fixture(autouse=True)
def _fixed_start(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test starts from one seed, chooses its device itself, and leaves no figure open."""
    torch.manual_seed(0)
    monkeypatch.delenv("D2LCORE_DEVICE", raising=False)
    yield
    from matplotlib import pyplot

    pyplot.close("all")


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Switch the checks of annotations off: what is wrong here must be found by the code itself."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=pytest.mark.cuda)])
def device(request: pytest.FixtureRequest) -> torch.device:
    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    return torch.device(request.param)


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], str]:
    """Call it with the name of a data set: it is there, whole, or the test is skipped.

    It looks in the data folder and the mirror only, never at the official addresses.
    """

    from d2lcore.data import datasets, files  # not above: the checks of annotations come first

    def get(name: str) -> str:
        try:
            for path, _, checksum in datasets._files(name):
                files.fetch(path, [], checksum)
        except files.DataUnavailable:
            where = os.environ.get("D2LCORE_MIRROR") or "no D2LCORE_MIRROR is set"
            pytest.skip(f"{name} is neither in {files.data_folder()} nor in the mirror ({where})")
        return name

    return get


@pytest.fixture(scope="session")
def fashion_mnist(real_data: Callable[[str], str]) -> str:
    """The name of the real data set, which is there; the test is skipped without it."""
    return real_data("fashion_mnist")
