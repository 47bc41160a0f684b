"""What a working installation needs, looked at one by one."""

import importlib
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from d2lcore.data.addresses import mirror
from d2lcore.data.files import DataUnavailable, data_folder


class Finding(NamedTuple):
    good: bool
    what: str
    found: str
    remedy: str = ""


def findings() -> Iterator[Finding]:
    """One finding after another; none raises, whatever is missing or broken."""
    for check in (_python, _torch, _torchvision, _packages, _devices, _data_folder, _mirror):
        try:
            yield from check()
        except Exception as error:
            what = check.__name__.strip("_").replace("_", " ")
            yield Finding(False, what, f"{type(error).__name__}: {error}", "put this right, or report it")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _python() -> Iterator[Finding]:
    good = sys.version_info >= (3, 10)
    found = f"{platform.python_version()} on {platform.platform()}"
    yield Finding(good, "Python", found, "" if good else "install Python 3.10 or newer")


def _torch() -> Iterator[Finding]:
    try:
        import torch
    except Exception as error:
        yield Finding(False, "torch", f"does not load ({error})", "pip install --upgrade torch torchvision")
        return
    build = f"built for CUDA {torch.version.cuda}" if torch.version.cuda else "built for CPU only"
    yield Finding(True, "torch", f"{torch.__version__}, {build}, threads: {torch.get_num_threads()}")


def _torchvision() -> Iterator[Finding]:
    version, torch_version = _version("torchvision"), _version("torch") or "missing"
    reinstall = "pip install --upgrade torch torchvision, both in one command"
    if version is None:
        yield Finding(False, "torchvision", "not installed; fashion_mnist and mnist need it", reinstall)
        return
    needs = [Requirement(need) for need in metadata.requires("torchvision") or []]
    wanted = next((need.specifier for need in needs if need.name == "torch"), SpecifierSet())
    fits = wanted.contains(torch_version, prereleases=True)
    try:
        importlib.import_module("torchvision.ops")  # the compiled part too
    except Exception as error:
        yield Finding(False, "torchvision", f"{version} does not load ({error})", reinstall)
        return
    found = f"{version}, made for torch {wanted}; torch is {torch_version}"
    yield Finding(fits, "torchvision", found, "" if fits else reinstall)


def _packages() -> Iterator[Finding]:
    for package in ("numpy", "pandas", "matplotlib", "scikit-learn", "tqdm"):
        version = _version(package)
        remedy = "" if version else f"pip install {package}"
        yield Finding(version is not None, package, version or "not installed", remedy)


def _devices() -> Iterator[Finding]:
    try:
        import torch
    except Exception:
        return  # reported above
    from d2lcore.devices import try_gpu

    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    mps = ["Apple GPU (mps)"] if torch.backends.mps.is_available() else []
    yield Finding(True, "devices", ", ".join(["cpu", *gpus, *mps]))
    forced = os.environ.get("D2LCORE_DEVICE")
    try:
        chosen = str(try_gpu())
    except ValueError as error:
        yield Finding(False, "D2LCORE_DEVICE", str(error), "unset it or name a device listed above")
        return
    yield Finding(True, "--device auto", chosen + (" (D2LCORE_DEVICE)" if forced else ""))


def _data_folder() -> Iterator[Finding]:
    folder = data_folder()
    exists = next(parent for parent in (folder, *folder.parents) if parent.exists())
    writable = exists.is_dir() and os.access(exists, os.W_OK)
    free = shutil.disk_usage(exists).free / 2**30
    found = f"{folder} ({free:.1f} GiB free)" + ("" if writable else ", cannot be written")
    remedy = "" if writable else "set D2LCORE_DATA to a folder you can write"
    yield Finding(writable, "data folder", found, remedy)
    try:
        from d2lcore.data.datasets import data_sets, state

        states = {name: state(name) for name in data_sets()}
    except Exception:  # torch
        return  # reported above
    for name, found in states.items():
        damaged = found == "damaged"
        yield Finding(not damaged, f"data {name}", found, f"d2lcore data fetch {name}" if damaged else "")


def _mirror() -> Iterator[Finding]:
    try:
        named = mirror()
    except DataUnavailable as error:
        yield Finding(False, "D2LCORE_MIRROR", str(error), "set it to a folder or http(s) URL, or unset it")
        return
    if named is None:
        return
    good = named.startswith(("http://", "https://")) or Path(named).expanduser().is_dir()
    remedy = "" if good else "set D2LCORE_MIRROR to a folder that exists or an http(s) URL, or unset it"
    yield Finding(good, "D2LCORE_MIRROR", named if good else f"{named} is no folder", remedy)
