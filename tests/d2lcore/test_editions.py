"""`from d2lcore import torch as d2l`: what each edition of the book exports, and the answers for the rest."""

import ast
import hashlib
import importlib.util
import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import d2lcore
from d2lcore import torch as d2l
from d2lcore.data import files
from d2lcore.editions.table import Export, exports, named

ROWS = exports()
HERE = [row for row in ROWS if row.status == "here" and "[" not in row.name]
ELSEWHERE = [row for row in ROWS if row.status == "elsewhere" and "[" not in row.name]
# Chapters of each edition that are in scope; edition 1.0 keeps the older helpers in its appendix, 23.7.
IN_SCOPE = {"2.0": {2, 3, 4, 5, 6, 11}, "0.17": set(), "1.0": {2, 3, 4, 5, 6, 7, 12, 23}}
# Names in scope whose parts are under construction; each is tested as soon as it is there.
NOT_YET = {"train_2d", "show_trace_2d", "train_ch11", "train_concise_ch11", "train_ch6"}


def at(row: Export) -> str:
    return f"{row.edition}-{row.name}"


def found(name: str) -> Any:
    """What `d2l.name` is; the test is skipped where it is not there yet."""
    try:
        return getattr(d2l, name)
    except AttributeError:
        if name in NOT_YET:
            pytest.skip(f"{name} is not there yet")
        raise


# The table


def test_the_table_is_whole() -> None:
    counts = {(row.edition, row.status): 0 for row in ROWS}
    for row in ROWS:
        counts[row.edition, row.status] += 1
    assert counts == {
        ("2.0", "here"): 42, ("2.0", "alias"): 33, ("2.0", "elsewhere"): 122, ("2.0", "module"): 24,
        ("0.17", "elsewhere"): 3,
        ("1.0", "here"): 53, ("1.0", "alias"): 41, ("1.0", "elsewhere"): 135, ("1.0", "module"): 26,
        ("2019", "renamed"): 5,
    }  # fmt: skip
    assert len({(row.edition, row.name) for row in ROWS}) == len(ROWS)


def test_a_chapter_is_in_scope_or_elsewhere_with_all_its_names() -> None:
    for row in ROWS:
        if row.section and row.status != "renamed":
            in_scope = int(row.section.split(".")[0]) in IN_SCOPE[row.edition]
            if row.name in ("extract", "DATA_HUB['fra-eng']"):  # for data of other chapters only
                in_scope = False
            assert (row.status == "here") == in_scope, row


def test_the_editions_agree_on_a_name_that_both_have() -> None:
    for rows in named().values():
        assert len({(row.status, row.where) for row in rows}) == 1, rows


def test_archives_of_the_table_are_in_the_hub() -> None:
    hub = {row.name.split("'")[1]: row.status for row in ROWS if row.name.startswith("DATA_HUB[")}
    assert {name for name, status in hub.items() if status == "here"} == set(files.DATA_HUB)


# Names in scope


@pytest.mark.parametrize("row", HERE, ids=at)
def test_a_name_in_scope_is_there(row: Export) -> None:
    assert found(row.name) is not None
    assert row.name in dir(d2l)


# Where a signature differs from the book's, and why.
DIFFERENT = {
    ("1.0", "download"): "its first two arguments have the names of edition 2.0, but `folder` works too",
}
OTHER_DEFAULTS = {
    ("2.0", "download", "cache_dir"): "the data folder of this installation",
    ("1.0", "plot", "legend"): "no list that every call shares",
}


@pytest.mark.parametrize("row", [row for row in HERE if row.signature], ids=at)
def test_the_arguments_of_the_book_come_first_and_mean_the_same(row: Export) -> None:
    if (row.edition, row.name) in DIFFERENT:
        return
    (function,) = ast.parse(f"def f{row.signature}: ...").body
    assert isinstance(function, ast.FunctionDef)
    book = function.args
    ours = list(inspect.signature(found(row.name)).parameters.values())
    names = [argument.arg for argument in book.args]
    assert [parameter.name for parameter in ours][: len(names)] == names
    required = len(names) - len(book.defaults)
    for parameter in ours[required:]:  # what the book may leave out
        assert parameter.default is not parameter.empty or parameter.kind in (
            parameter.VAR_POSITIONAL,
            parameter.VAR_KEYWORD,
        )
    for parameter, default in zip(ours[required:], book.defaults, strict=False):
        if (row.edition, row.name, parameter.name) not in OTHER_DEFAULTS:
            ours_default, its = parameter.default, ast.literal_eval(default)
            assert ours_default == (tuple(its) if isinstance(its, list) else its), parameter.name


def test_everything_of_d2lcore_is_there_too() -> None:
    assert set(dir(d2lcore)) <= set(dir(d2l))
    assert d2l.train_regression is d2lcore.train_regression
    assert d2l.DATA_HUB is d2lcore.DATA_HUB
    assert d2l.d2l is d2l


@pytest.mark.slow
def test_libraries_that_the_book_reaches_through_its_package() -> None:
    for row in ROWS:
        if row.status == "module" and (row.name != "requests" or importlib.util.find_spec("requests")):
            library = getattr(d2l, row.name)
            assert library.__name__.split(".")[-1] == row.where.replace(":", ".").split(".")[-1]


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "requests", None)
    monkeypatch.delitem(vars(d2l), "requests", raising=False)
    with pytest.raises(ImportError, match=r"d2l.requests needs requests, .*pip install"):
        _ = d2l.requests


# Aliases

SHAPES = st.lists(st.integers(1, 4), min_size=2, max_size=3)
# alias -> two calls that must agree, of a tensor of random shape
METHODS = {
    "size": (lambda x: d2l.size(x), lambda x: x.numel()),
    "reshape": (lambda x: d2l.reshape(x, (-1, 1)), lambda x: x.reshape(-1, 1)),
    "to": (lambda x: d2l.to(x, torch.float64), lambda x: x.to(torch.float64)),
    "reduce_sum": (lambda x: d2l.reduce_sum(x, 1, keepdim=True), lambda x: x.sum(dim=1, keepdim=True)),
    "reduce_mean": (lambda x: d2l.reduce_mean(x, axis=0), lambda x: x.mean(dim=0)),
    "argmax": (lambda x: d2l.argmax(x, axis=1), lambda x: x.argmax(dim=1)),
    "astype": (lambda x: d2l.astype(x, torch.int32), lambda x: x.to(torch.int32)),
    "transpose": (lambda x: d2l.transpose(x[..., 0]), lambda x: x[..., 0].t()),
    "expand_dims": (lambda x: d2l.expand_dims(x, 1), lambda x: x[:, None]),
    "swapaxes": (lambda x: d2l.swapaxes(x, 0, 1), lambda x: x.transpose(0, 1)),
    "repeat": (lambda x: d2l.repeat(x[..., 0].flatten(), 3), lambda x: torch.cat([x[..., 0].flatten()] * 3)),
    "batch_matmul": (
        lambda x: d2l.batch_matmul(x.flatten()[None, :, None], x.flatten()[None, None]),
        lambda x: torch.outer(x.flatten(), x.flatten())[None],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
@given(shape=SHAPES, seed=st.integers(0, 2**16))
@settings(max_examples=20, deadline=None)
def test_an_alias_is_the_method_of_the_tensor(name: str, shape: list[int], seed: int) -> None:
    x = torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
    alias, method = METHODS[name]
    got, expected = alias(x), method(x)
    assert type(got) is type(expected)
    if isinstance(expected, torch.Tensor):
        torch.testing.assert_close(got, expected, rtol=0, atol=0)
    else:
        assert got == expected


def test_an_alias_of_a_function_or_type_is_that_of_torch() -> None:
    other_names = {"concat": "cat", "batch_matmul": "bmm"}
    names = {row.name for row in ROWS if row.status == "alias" and row.where.startswith("torch:")}
    assert len(names) == 27
    for name in names:
        assert getattr(d2l, name) is getattr(torch, other_names.get(name, name))
    assert d2l.nn_Module is torch.nn.Module


def test_every_alias_is_compared() -> None:
    methods = {row.name for row in ROWS if row.status == "alias" and row.where.startswith("Tensor.")}
    assert methods == set(METHODS) - {"batch_matmul"}


@given(shape=SHAPES)
@settings(max_examples=10, deadline=None)
def test_numpy_takes_a_tensor_with_a_gradient(shape: list[int]) -> None:
    x = torch.randn(*shape, requires_grad=True)
    array = d2l.numpy(x)
    assert isinstance(array, np.ndarray)
    np.testing.assert_array_equal(array, np.array(x.tolist(), dtype=np.float32))


def test_meshgrid_is_that_of_the_book_without_its_warning() -> None:  # a warning would be an error here
    a, b = d2l.meshgrid(d2l.arange(2), d2l.arange(3))
    assert a.tolist() == [[0, 0, 0], [1, 1, 1]]
    assert b.tolist() == [[0, 1, 2], [0, 1, 2]]
    assert d2l.meshgrid(d2l.arange(2), d2l.arange(3), indexing="xy")[0].shape == (3, 2)


@pytest.mark.parametrize("name", [*sorted(set(METHODS) - {"batch_matmul"}), "numpy"])
def test_an_alias_given_no_tensor_says_so(name: str) -> None:
    with pytest.raises(TypeError, match=rf"d2l\.{name}: expected a tensor, got a list"):
        getattr(d2l, name)([1.0, 2.0])


# Arrows on a figure


def test_annotate_writes_on_the_current_axes() -> None:
    axes = d2l.plt.figure().add_subplot()
    d2l.annotate("minimum", (1, torch.tensor(2.0)), xytext=(0.5, 3))
    (text,) = axes.texts
    assert text.get_text() == "minimum"
    assert (text.xy, text.get_position()) == ((1.0, 2.0), (0.5, 3.0))
    assert text.arrow_patch is not None


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3, (0, 0), (1, 1)), "text: expected a text, got 3"),
        (("a", 1.0, (1, 1)), r"xy: cannot use 1\.0"),
        (("a", (0, 0), (1, 1, 1)), "xytext: cannot use a tuple"),
    ],
)
def test_annotate_names_what_it_cannot_use(arguments: tuple, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        d2l.annotate(*arguments)
    assert not d2l.plt.get_fignums()


# What is not here


@pytest.mark.parametrize("owner", [d2l, d2lcore], ids=["d2l.torch", "d2lcore"])
def test_a_name_of_another_chapter_is_answered_with_the_chapter(owner: Any) -> None:
    for row in ELSEWHERE:
        if owner is d2lcore and row.name.startswith("_"):
            continue  # the flat namespace answers for no private name
        with pytest.raises(AttributeError) as error:
            getattr(owner, row.name)
        message = str(error.value)
        chapter = row.section.split(".")[0]
        assert f"chapter {chapter} of edition {row.edition} ({row.section}, {row.chapter})" in message
        assert "that chapter is not here" in message
        assert "did you mean" not in message
        assert not hasattr(owner, row.name)


def test_no_name_of_another_chapter_is_in_the_namespace() -> None:
    assert not {row.name for row in ELSEWHERE} & set(dir(d2l))


def test_an_alias_asked_of_d2lcore_leads_to_torch() -> None:
    aliases = {row.name for row in ROWS if row.status == "alias"}
    assert not aliases & set(dir(d2lcore))
    for name in aliases:
        with pytest.raises(AttributeError, match="from d2lcore import torch as d2l"):
            getattr(d2lcore, name)


def test_names_before_edition_2_lead_to_names_that_exist() -> None:
    renamed = [row for row in ROWS if row.status == "renamed"]
    assert renamed
    for row in renamed:
        with pytest.raises(AttributeError, match=re.escape(f"here it is {row.where}")):
            getattr(d2l, row.name)
        head = row.where.split("(")[0]
        assert head in dir(d2lcore) or eval(head, {"torch": torch})


def test_a_name_of_neither_edition_gets_the_nearest_only_if_it_is_a_slip() -> None:
    with pytest.raises(AttributeError, match=r"did you mean reduce_sum\?"):
        _ = d2l.reduce_sums
    for name in ("train_ch5", "train_ch7", "train_ch31", "make_perplexity", "qqq"):
        with pytest.raises(AttributeError, match="no edition of the book exports it") as error:
            getattr(d2l, name)
        assert "did you mean" not in str(error.value)


# Downloads of both editions


def test_download_takes_the_arguments_of_both_editions(
    folder: Path, server: Any, add_to_hub: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "DATA_HUB", dict(files.DATA_HUB))  # which the call below adds to
    add_to_hub("mine", "mine.csv", b"1,2\n")
    url, sha1 = files.DATA_HUB["mine"]
    first = Path(d2l.download("mine"))
    assert folder in first.parents
    assert Path(d2l.download(url)) == first  # an address that the hub knows
    elsewhere = tmp_path / "elsewhere"
    for path in (
        d2l.download("mine", elsewhere),
        d2l.download("mine", cache_dir=str(elsewhere)),
        d2l.download(url, elsewhere, sha1),
        d2l.download(url, folder=str(elsewhere), sha1_hash=sha1),
    ):
        assert elsewhere in Path(path).parents
        assert Path(path).read_bytes() == b"1,2\n"
    server.files["new.csv"] = b"3\n"
    new = url.replace("mine", "new")
    with pytest.raises(ValueError, match=r"sha1_hash: .*new\.csv is not in DATA_HUB"):
        d2l.download(new)
    path = d2l.download(new, sha1_hash=hashlib.sha1(b"3\n", usedforsecurity=False).hexdigest())
    assert Path(path).read_bytes() == b"3\n"
    assert d2l.download(new) == path  # the hub knows it now


def test_an_archive_of_another_chapter_is_answered_with_the_chapter() -> None:
    with pytest.raises(ValueError, match=r"chapter 13 of edition 2.0 \(13.2, computer vision\)"):
        d2l.download("hotdog")


# A class of edition 1.0, given to a function of edition 2.0


@pytest.mark.usefixtures("unchecked")
def test_a_class_of_edition_1_given_to_a_function_of_2_is_named_with_its_purpose() -> None:
    net, loss = torch.nn.Linear(2, 1), torch.nn.MSELoss()
    batches = d2l.load_array((torch.zeros(4, 2), torch.zeros(4, 1)), 2)
    sgd = torch.optim.SGD(net.parameters(), 0.1)
    data = found("SyntheticRegressionData")(torch.zeros(2), 0.0)
    optimizer = found("SGD")(list(net.parameters()), 0.1)
    with pytest.raises(TypeError, match=r"train_iter: .* a SyntheticRegressionData is for "):
        d2l.train_ch3(net, data, batches, loss, 1, sgd)
    with pytest.raises(TypeError, match=r"updater: .* an? SGD is for "):
        d2l.train_ch3(net, batches, batches, loss, 1, optimizer)


# Cost


@pytest.mark.slow
def test_the_import_loads_neither_torch_nor_the_table_and_the_star_no_alias() -> None:
    code = """
import sys, d2lcore
assert "d2lcore.editions" not in sys.modules
from d2lcore import torch as d2l
dir(d2l)
assert not {"torch", "numpy", "matplotlib", "pandas"} & set(sys.modules)
from d2lcore import *
assert abs(-1) == 1 and "reshape" not in globals() and "torch" not in globals()
from d2lcore.torch import *
assert abs is sys.modules["torch"].abs and reshape(arange(4), (2, 2)).shape == (2, 2)
print("fine")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("fine\n", "")
