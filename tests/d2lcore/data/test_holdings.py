"""Which data sets there are, and whether their files are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from d2lcore.data.datasets import data_sets, fetch_set, named, state
from d2lcore.data.files import DataUnavailable


@pytest.fixture
def houses(folder: Path, add_to_hub: Callable) -> list[Path]:
    """The two files of kaggle_house, small and not fetched yet."""
    for part in ("train", "test"):
        add_to_hub(f"kaggle_house_{part}", f"{part}.csv", part.encode())
    return [folder / "hub/train.csv", folder / "hub/test.csv"]


def test_every_set_has_a_line_and_parts_are_not_sets() -> None:
    assert list(data_sets()) == [
        "fashion_mnist", "mnist", "digits", "breast_cancer", "diabetes", "airfoil", "kaggle_house"
    ]  # fmt: skip
    assert all(about and "\n" not in about for about in data_sets().values())


def test_an_entry_of_ones_own_is_a_set(folder: Path, add_to_hub: Callable, server: Any) -> None:
    add_to_hub("mine", "mine.csv", b"1,2\n")
    assert data_sets()["mine"] == f"{server.url}/mine.csv"
    assert state("mine") == "missing"
    assert fetch_set("mine") == f"verified, in {folder / 'hub'}"
    assert state("mine") == "present"


def test_all_stands_for_every_set() -> None:
    assert named(["all"]) == named(("digits", "all")) == list(data_sets())
    assert named(["mnist", "airfoil"]) == ["mnist", "airfoil"]


@pytest.mark.parametrize(
    ("wrong", "nearest"), [("airfol", "airfoil"), ("kaggle", "kaggle_house"), ("al", "all")]
)
def test_unknown_set_gets_the_nearest(wrong: str, nearest: str) -> None:
    with pytest.raises(ValueError, match=f"data set: there is no '{wrong}'; did you mean '{nearest}'"):
        named(["mnist", wrong])


@pytest.mark.parametrize("name", ["digits", "breast_cancer", "diabetes"])
def test_embedded_sets_need_no_file(folder: Path, name: str) -> None:
    assert state(name) == "embedded"
    assert fetch_set(name) == "inside scikit-learn, nothing to fetch"
    assert not folder.exists()


def test_state_of_a_set_of_two_files(houses: list[Path], server: Any) -> None:
    train, test = houses
    assert state("kaggle_house") == "missing"
    fetch_set("kaggle_house")
    assert state("kaggle_house") == "present"
    test.unlink()
    assert state("kaggle_house") == "partial"
    train.write_bytes(b"Train")
    assert state("kaggle_house") == "damaged"
    fetch_set("kaggle_house")
    assert (train.read_bytes(), test.read_bytes()) == (b"train", b"test")
    assert server.requests == ["train.csv", "test.csv"] * 2


def test_only_what_is_missing_is_fetched(houses: list[Path], server: Any) -> None:
    fetch_set("kaggle_house")
    houses[1].unlink()
    server.requests.clear()
    fetch_set("kaggle_house")
    assert server.requests == ["test.csv"]


def test_images_are_fetched_unpacked_and_verified(small_mnist: Any, folder: Path, server: Any) -> None:
    assert state("mnist") == "missing"
    assert fetch_set("mnist") == f"verified, in {folder / 'MNIST/raw'}"
    assert state("mnist") == "present"
    for name, array in small_mnist.items():
        assert (folder / "MNIST/raw" / name).read_bytes().endswith(array.tobytes())
    (folder / "MNIST/raw/t10k-labels-idx1-ubyte.gz").write_bytes(b"")
    assert state("mnist") == "damaged"
    assert len(server.requests) == 4


def test_a_set_that_cannot_be_had(houses: list[Path], server: Any) -> None:
    del server.files["test.csv"]
    with pytest.raises(DataUnavailable, match=r"hub/test\.csv: could not be had"):
        fetch_set("kaggle_house")
    assert state("kaggle_house") == "partial"


def test_tabular_sets_need_no_torchvision(houses: list[Path], without_module: Callable) -> None:
    without_module("torchvision")
    fetch_set("kaggle_house")
    assert state("kaggle_house") == "present"
    with pytest.raises(ImportError, match="mnist needs torchvision"):
        fetch_set("mnist")
