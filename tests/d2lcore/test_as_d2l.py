"""`d2l` as a name for d2lcore: switched on, off, twice, in a thread, beside another package of that name."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbclient
import nbformat
import pytest

import d2lcore
from d2lcore.editions import switch

ON = "import d2lcore; d2lcore.install_as_d2l()\n"


@pytest.fixture(autouse=True)
def _off(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Before and after each test nothing is called d2l, and nothing has been said."""
    for name in [name for name in sys.modules if name.split(".")[0] == "d2l"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(switch, "_told", set())
    yield
    d2lcore.uninstall_as_d2l()
    for name in [name for name in sys.modules if name.split(".")[0] == "d2l"]:
        del sys.modules[name]


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another package named d2l, installed but not imported."""
    package = tmp_path / "site" / "d2l"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("__version__ = '1.0.3'\n", encoding="utf-8")
    (package / "torch.py").write_text("train_ch3 = 'that of the other package'\n", encoding="utf-8")
    monkeypatch.syspath_prepend(package.parent)
    return package / "__init__.py"


def run_python(*arguments: str, cwd: Path | None = None) -> tuple[str, str]:
    """Output and errors of a Python of its own."""
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=120, cwd=cwd, check=False
    )
    return done.stdout, done.stderr


# On and off


def test_three_ways_to_import_mean_this_package() -> None:
    d2lcore.install_as_d2l()
    import d2l.torch
    from d2l import torch as of_package
    from d2l.torch import train_ch3

    from d2lcore import torch as ours

    assert d2l.torch is of_package is ours
    assert train_ch3 is d2lcore.train_ch3
    assert d2l.__version__ == d2lcore.__version__
    assert not hasattr(d2l, "__file__")  # nothing on the disk


@pytest.mark.parametrize("undo", ["d2lcore", "returned"])
def test_off_again_there_is_no_d2l(undo: str) -> None:
    alias = d2lcore.install_as_d2l()
    assert "means d2lcore" in repr(alias)
    from d2l import torch as kept

    (d2lcore.uninstall_as_d2l if undo == "d2lcore" else alias.uninstall)()
    assert "meant d2lcore" in repr(alias)
    with pytest.raises(ModuleNotFoundError, match="No module named 'd2l'"):
        import d2l.torch  # noqa: F401
    assert kept.train_ch3 is d2lcore.train_ch3  # what has been imported goes on working
    d2lcore.uninstall_as_d2l()  # once more is harmless
    assert d2lcore.install_as_d2l() is not alias


def test_twice_on_is_once_on() -> None:
    first, second = d2lcore.install_as_d2l(), d2lcore.install_as_d2l()
    assert first is second
    second.uninstall()
    assert "d2l" not in sys.modules
    assert "d2l.torch" not in sys.modules


def test_from_threads_it_is_switched_on_once() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        aliases = list(pool.map(lambda _: d2lcore.install_as_d2l(), range(64)))
    assert len(set(map(id, aliases))) == 1
    assert sys.modules["d2l"] is aliases[0]


def test_it_survives_what_looks_at_modules() -> None:
    import importlib.util
    import inspect

    d2lcore.install_as_d2l()
    assert importlib.util.find_spec("d2l") is not None
    assert importlib.util.find_spec("d2l.torch") is not None
    assert inspect.getmodule(sys.modules["d2l"].torch.train_ch3).__name__ == "d2lcore.training"  # type: ignore[union-attr]


@pytest.mark.parametrize("library", ["mxnet", "tensorflow", "jax"])
def test_pages_for_other_libraries_are_refused(library: str) -> None:
    d2lcore.install_as_d2l()
    with pytest.raises(ImportError, match=f"no {library} here: d2lcore is for PyTorch"):
        exec(f"from d2l import {library} as d2l")


def test_the_package_itself_has_the_names_too_as_notes_and_blogs_write() -> None:
    d2lcore.install_as_d2l()
    import d2l
    from d2l import train_ch3

    assert train_ch3 is d2l.train_ch3 is d2lcore.train_ch3
    with pytest.raises(
        AttributeError, match=r"'Seq2SeqEncoder'; the book has it in chapter 9 of edition 2.0"
    ):
        _ = d2l.Seq2SeqEncoder
    with pytest.raises(ImportError, match="cannot import name 'train_ch8'"):
        from d2l import train_ch8  # noqa: F401


# Beside another package named d2l


def test_another_package_that_is_installed_waits_and_that_is_said_once(
    other: Path, capfd: pytest.CaptureFixture
) -> None:
    d2lcore.install_as_d2l()
    from d2l import torch

    assert torch.train_ch3 is d2lcore.train_ch3
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert str(other) in said
    d2lcore.install_as_d2l()
    d2lcore.uninstall_as_d2l()
    d2lcore.install_as_d2l()
    assert capfd.readouterr() == ("", "")
    d2lcore.uninstall_as_d2l()
    import d2l.torch

    assert d2l.torch.train_ch3 == "that of the other package"


def test_without_another_package_nothing_is_said(capfd: pytest.CaptureFixture) -> None:
    d2lcore.install_as_d2l()
    assert capfd.readouterr() == ("", "")


def test_a_folder_of_that_name_without_code_is_not_mentioned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture
) -> None:
    (tmp_path / "d2l").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    d2lcore.install_as_d2l()
    assert capfd.readouterr() == ("", "")


def test_another_package_that_is_imported_is_not_replaced(other: Path) -> None:
    import d2l.torch  # noqa: F401

    before = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "d2l"}
    with pytest.raises(RuntimeError) as error:
        d2lcore.install_as_d2l()
    assert str(other) in str(error.value)
    assert "Restart" in str(error.value)
    assert "`from d2lcore import torch as d2l`" in str(error.value)
    d2lcore.uninstall_as_d2l()  # not ours to take away
    assert before == {name: sys.modules.get(name) for name in before}
    from d2lcore import torch as remedy

    assert remedy.train_ch3 is d2lcore.train_ch3


# In a script


@pytest.mark.slow
def test_a_script_runs_as_written(tmp_path: Path) -> None:
    script = tmp_path / "page.py"
    script.write_text(
        """
import sys
import torch
from torch.utils import data
from d2l import torch as d2l
import neighbour

class Ones(data.Dataset):
    def __len__(self):
        return 2
    def __getitem__(self, i):
        return d2l.ones(1)

if __name__ == "__main__":
    print(sys.argv[1:], sorted(name for name in globals() if not name.startswith("__")), d2l.d2l is d2l)
    for context in ("spawn", "fork"):  # a worker that starts anew imports this script
        print(next(iter(data.DataLoader(Ones(), 2, num_workers=1, multiprocessing_context=context))).tolist())
""",
        encoding="utf-8",
    )
    (tmp_path / "neighbour.py").write_text("", encoding="utf-8")
    out, err = run_python("-m", "d2lcore.as_d2l", str(script), "a", "-b")
    assert err == ""
    assert out.splitlines() == [
        "['a', '-b'] ['Ones', 'd2l', 'data', 'neighbour', 'sys', 'torch'] True",
        "[[1.0], [1.0]]",
        "[[1.0], [1.0]]",
    ]


@pytest.mark.slow
def test_what_a_script_raises_and_its_exit_status_are_its_own(tmp_path: Path) -> None:
    script = tmp_path / "page.py"
    script.write_text("from d2l import torch as d2l\nd2l.Seq2SeqEncoder\n", encoding="utf-8")
    out, err = run_python("-m", "d2lcore.as_d2l", "page.py", cwd=tmp_path)
    assert out == ""
    assert f'File "{script}", line 2' in err
    assert "chapter 9 of edition 2.0" in err
    for missing in ([], ["nowhere.py"]):
        out, err = run_python("-m", "d2lcore.as_d2l", *missing)
        assert err == "usage: python -m d2lcore.as_d2l script.py [args]\n"
    script.write_text("raise SystemExit(3)", encoding="utf-8")
    assert subprocess.run([sys.executable, "-m", "d2lcore.as_d2l", str(script)], check=False).returncode == 3


# In a notebook


def outputs(*cells: str) -> list[str]:
    """The text that each cell prints or, if it fails, its error."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True).execute()
    return [
        "".join(one.get("text", "") or one.get("evalue", "") for one in cell.outputs)
        for cell in notebook.cells
    ]


@pytest.mark.slow
def test_the_extension_of_a_notebook() -> None:
    cells = [
        "%load_ext d2lcore",
        "from d2l import torch as d2l\nprint(d2l.reshape(d2l.arange(6), (2, 3)).shape)",
        "%load_ext d2lcore",  # IPython itself says that it is loaded
        "%reload_ext d2lcore\nfrom d2l import torch as again\nprint(again is d2l)",
        "%unload_ext d2lcore",
        "import d2l.torch",
    ]
    loaded, shape, twice, again, unloaded, gone = outputs(*cells)
    assert loaded == unloaded == ""
    assert shape == "torch.Size([2, 3])\n"
    assert "already loaded" in twice
    assert again == "True\n"
    assert gone == "No module named 'd2l'"


@pytest.mark.slow
def test_the_extension_where_another_package_is(other: Path) -> None:
    site = str(other.parents[1])
    imported, refused, still = outputs(
        f"import sys; sys.path.insert(0, {site!r})\nfrom d2l import torch as d2l\nprint(d2l.train_ch3)",
        "%load_ext d2lcore",
        "from d2l import torch as d2l\nprint(d2l.train_ch3)",
    )
    assert imported == still == "that of the other package\n"
    assert "another package named d2l is imported already" in refused
    assert "Restart" in refused
    said, first = outputs(
        f"import sys; sys.path.insert(0, {site!r})\n%load_ext d2lcore",
        "from d2l import torch as d2l\nprint(d2l.train_ch3.__module__)",
    )
    assert str(other) in said
    assert first == "d2lcore.training\n"
