"""docs/migrating.md: what it says of names, and the lines that old pages need today."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from d2lcore import torch as d2l
from d2lcore.editions.table import exports

TEXT = (Path(__file__).parents[2] / "docs" / "migrating.md").read_text(encoding="utf-8")
# as printed -> today, from the last table
LINES = dict(re.findall(r"^\| [^|]* \| `([^`|]+)` \| [^|]* \| `([^`|]+)` \|$", TEXT, flags=re.MULTILINE))


def table() -> pd.DataFrame:
    """As in 2.2 and 4.10: a column of numbers and one of text, both with a gap."""
    return pd.DataFrame({"NumRooms": [np.nan, 2.0, 4.0], "Alley": ["Pave", None, None]})


@pytest.mark.parametrize(("label", "editions"), [("2.0 and 0.17", {"2.0", "0.17"}), ("1.0", {"1.0"})])
def test_the_numbers_of_names_are_those_of_the_table(label: str, editions: set[str]) -> None:
    statuses = [row.status for row in exports() if row.edition in editions]
    here, alias, elsewhere = (statuses.count(status) for status in ("here", "alias", "elsewhere"))
    assert f"| {label} | {here} | {alias} | {elsewhere} |" in TEXT


def test_a_mean_of_numbers_fills_the_gaps() -> None:
    today = LINES["inputs.fillna(inputs.mean())"]
    with pytest.raises(TypeError):
        eval("inputs.fillna(inputs.mean())", {"inputs": table()})
    assert eval(today, {"inputs": table()})["NumRooms"].tolist() == [3.0, 2.0, 4.0]


def test_the_columns_of_numbers_are_chosen_by_kind() -> None:
    printed = "all_features.dtypes[all_features.dtypes != 'object'].index"
    assert list(eval(LINES[printed], {"all_features": table()})) == ["NumRooms"]
    if int(pd.__version__.split(".")[0]) >= 3:
        assert list(eval(printed, {"all_features": table()})) == ["NumRooms", "Alley"]


def test_indicators_become_a_tensor() -> None:
    printed = "pd.get_dummies(all_features, dummy_na=True)"
    names = {"all_features": table(), "pd": pd}
    with pytest.raises(TypeError):
        d2l.tensor(eval(printed, names).values, dtype=d2l.float32)
    tensor = d2l.tensor(eval(LINES[printed], names).values, dtype=d2l.float32)
    assert tensor[:, 1:].tolist() == [[1, 0], [0, 1], [0, 1]]


def test_what_left_a_library_is_gone() -> None:
    display = pytest.importorskip("IPython").display
    if int(__import__("IPython").__version__.split(".")[0]) >= 9:
        assert not hasattr(display, "set_matplotlib_formats")
    d2l.use_svg_display()
    assert not any(hasattr(np, name) for name in ("float", "int"))
