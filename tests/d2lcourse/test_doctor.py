"""The doctor finds each illness, says what to do about it, and never falls ill itself."""

import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from d2lcore.command_line import invoke
from d2lcourse.cli import cli
from d2lcourse.doctor import Finding, findings


@pytest.fixture
def examine(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, Finding]]:
    """The bad findings by what they are about; the command is checked to report the same."""

    def bad_findings() -> dict[str, Finding]:
        bad = {finding.what: finding for finding in findings() if not finding.good}
        assert invoke(cli, ["doctor"], "d2lcore") == (1 if bad else 0)
        report, errors = capsys.readouterr()
        assert errors == ""
        assert report.endswith(f"{len(bad)} problem(s)\n" if bad else "all is well\n")
        for finding in bad.values():
            assert finding.remedy
            assert f"BAD  {finding.what}: {finding.found}\n     {finding.remedy}\n" in report
        assert report.count("BAD") == len(bad)
        return bad

    return bad_findings


def pretend_version(monkeypatch: pytest.MonkeyPatch, package: str, version: str | None) -> None:
    known = importlib.metadata.version

    def answer(name: str) -> str:
        if name != package:
            return known(name)
        if version is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(importlib.metadata, "version", answer)


def test_all_is_well(examine: Callable) -> None:
    assert examine() == {}


def test_report_names_versions_devices_and_folder(folder: Path) -> None:
    found = {finding.what: finding.found for finding in findings()}
    assert found["torch"].startswith(torch.__version__)
    assert found["devices"].startswith("cpu")
    assert found["data folder"].startswith(str(folder))
    assert found["data digits"] == "embedded"
    assert found["data mnist"] == "missing"  # no illness: it comes on first use
    assert "D2LCORE_MIRROR" not in found


def test_free_space_is_that_of_the_nearest_folder_that_exists(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def disk_usage(path: Path) -> SimpleNamespace:
        asked.append(Path(path))
        return SimpleNamespace(total=99 * 2**30, used=1, free=13_207_024_435)  # 12.3 * 2^30; 13.2 * 10^9

    monkeypatch.setattr("shutil.disk_usage", disk_usage)
    monkeypatch.setenv("D2LCORE_DATA", str(folder / "not/yet/there"))
    folder.mkdir(exist_ok=True)
    (finding,) = (finding for finding in findings() if finding.what == "data folder")
    assert finding.found == f"{folder / 'not/yet/there'} (12.3 GiB free)"
    assert asked == [folder]


# ---- Packages


def test_missing_torchvision(
    examine: Callable, monkeypatch: pytest.MonkeyPatch, without_module: Callable
) -> None:
    pretend_version(monkeypatch, "torchvision", None)
    without_module("torchvision")
    bad = examine()
    assert list(bad) == ["torchvision"]
    assert "not installed" in bad["torchvision"].found
    assert "pip install --upgrade torch torchvision" in bad["torchvision"].remedy


def test_torchvision_made_for_another_torch(examine: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    needs = ["numpy", "torch==1.0.1", "pillow>=5"]
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: needs)
    bad = examine()
    assert list(bad) == ["torchvision"]
    assert "made for torch ==1.0.1" in bad["torchvision"].found
    assert importlib.metadata.version("torch") in bad["torchvision"].found
    assert "both in one command" in bad["torchvision"].remedy


@pytest.mark.parametrize("needs", [["torch==2.6.0"], ["torch>=2.6"], ["numpy"], None])
def test_torchvision_that_fits(monkeypatch: pytest.MonkeyPatch, needs: list[str] | None) -> None:
    pretend_version(monkeypatch, "torch", "2.6.0+cu124")
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: needs)
    assert all(finding.good for finding in findings() if finding.what == "torchvision")


@pytest.mark.parametrize("error", [RuntimeError("operator nms does not exist"), OSError("libcudart.so.12")])
def test_torchvision_that_does_not_load(
    examine: Callable, without_module: Callable, error: Exception
) -> None:
    without_module("torchvision", error)
    bad = examine()
    assert list(bad) == ["torchvision"]
    assert f"does not load ({error})" in bad["torchvision"].found


@pytest.mark.parametrize("package", ["numpy", "pandas", "matplotlib", "scikit-learn", "tqdm"])
def test_missing_package(examine: Callable, monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    pretend_version(monkeypatch, package, None)
    assert examine() == {package: Finding(False, package, "not installed", f"pip install {package}")}


WITHOUT_TORCH = """
import sys

class Broken:
    def find_spec(self, name, *args):
        if name == "torch":
            raise {error}

sys.meta_path.insert(0, Broken())
from d2lcourse.cli import main
sys.argv = ["d2lcore", "doctor"]
main()
"""


@pytest.mark.parametrize(
    "error", ["ModuleNotFoundError('No module named torch', name='torch')", "OSError('libtorch_cpu.so')"]
)
def test_torch_that_does_not_load(folder: Path, error: str) -> None:
    code = WITHOUT_TORCH.format(error=error)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    for line, remedy in pairwise(lines):
        assert not line.startswith("BAD") or remedy.startswith("     ")
    assert "BAD  torch: does not load (" in done.stdout
    assert "pip install --upgrade torch torchvision" in done.stdout
    assert "ok   data folder" in done.stdout


# ---- Devices


@pytest.mark.parametrize("name", ["tpu", "cuda:99", "auto?"])
def test_bad_device_in_the_environment(examine: Callable, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("D2LCORE_DEVICE", name)
    bad = examine()
    assert list(bad) == ["D2LCORE_DEVICE"]
    assert name in bad["D2LCORE_DEVICE"].found
    assert "unset it" in bad["D2LCORE_DEVICE"].remedy


def test_device_in_the_environment_is_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("D2LCORE_DEVICE", "cpu")
    assert {finding.what: finding.found for finding in findings()}["--device auto"] == "cpu (D2LCORE_DEVICE)"


# ---- The data folder and the mirror


@pytest.mark.parametrize("below", ["", "deeper/still"])
def test_data_folder_that_is_a_file(
    examine: Callable, folder: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    folder.write_bytes(b"")
    monkeypatch.setenv("D2LCORE_DATA", str(folder / below))
    bad = examine()
    assert list(bad) == ["data folder"]
    assert str(folder / below) in bad["data folder"].found
    assert "D2LCORE_DATA" in bad["data folder"].remedy


def test_data_folder_that_cannot_be_written(examine: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and allowed(path, mode))
    bad = examine()
    assert list(bad) == ["data folder"]
    assert "cannot be written" in bad["data folder"].found


def test_damaged_data(examine: Callable, folder: Path) -> None:
    (folder / "hub").mkdir(parents=True)
    (folder / "hub/airfoil_self_noise.dat").write_bytes(b"half a fi")
    assert examine() == {
        "data airfoil": Finding(False, "data airfoil", "damaged", "d2lcore data fetch airfoil")
    }


def test_data_that_cannot_be_read(examine: Callable, folder: Path) -> None:
    (folder / "hub/airfoil_self_noise.dat").mkdir(parents=True)
    [finding] = examine().values()
    assert "airfoil" in finding.what + finding.found


def test_damage_is_found_without_torchvision_too(
    examine: Callable, folder: Path, without_module: Callable
) -> None:
    (folder / "hub").mkdir(parents=True)
    (folder / "hub/airfoil_self_noise.dat").write_bytes(b"half a fi")
    without_module("torchvision")
    assert set(examine()) == {"torchvision", "data airfoil"}


@pytest.mark.parametrize("as_file", [True, False])
def test_mirror_that_is_no_folder(
    examine: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_file: bool
) -> None:
    if as_file:
        (tmp_path / "mirror").write_bytes(b"")
    monkeypatch.setenv("D2LCORE_MIRROR", str(tmp_path / "mirror"))
    bad = examine()
    assert list(bad) == ["D2LCORE_MIRROR"]
    assert f"{tmp_path / 'mirror'} is no folder" in bad["D2LCORE_MIRROR"].found


def test_mirror_that_may_do(examine: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for mirror in (str(tmp_path), "http://127.0.0.1:1", "https://127.0.0.1"):
        monkeypatch.setenv("D2LCORE_MIRROR", mirror)
        assert examine() == {}


def test_a_check_that_fails_is_a_finding(examine: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("shutil.disk_usage", fail)
    [finding] = examine().values()
    assert "Permission denied" in finding.found
