"""The name of a result: the same for the same numbers, another for anything that may change them."""

from pathlib import Path

import pytest

from d2lcourse.jobs import job as jobs
from d2lcourse.jobs.job import Job, source
from d2lcourse.jobs.results import Results

MLP = Job("chapters.mlp", "scratch", {"lr": 0.1, "seed": 0})


def test_a_job_reads_like_its_command() -> None:
    assert str(MLP) == "mlp scratch --lr 0.1 --seed 0"
    assert str(Job("d2lcourse.experiments.x", "y", {"num_models": (1, 2)})) == (
        "d2lcourse.experiments.x y --num-models 1 2"
    )


def test_the_order_of_knobs_is_nothing_and_all_else_counts() -> None:
    assert Job("chapters.mlp", "scratch", {"seed": 0, "lr": 0.1}).key == MLP.key
    others = [
        Job("chapters.mlp", "concise", MLP.knobs),
        Job("chapters.dropout", "scratch", MLP.knobs),
        Job("chapters.mlp", "scratch", {"lr": 0.1, "seed": 1}),
        Job("chapters.mlp", "scratch", {"lr": 0.2, "seed": 0}),
        Job("chapters.mlp", "scratch", {"lr": 0.1, "seed": 0, "num_epochs": 10}),
    ]
    assert len({MLP.key, *(other.key for other in others)}) == 6
    assert Job("chapters.mlp", "scratch", {"device": "cpu"}).about["device"] == "cpu"


def test_another_version_is_another_result(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    results = Results(tmp_path)
    results.prepare()
    results.keep(MLP, {"loss": 1.0}, 2.0)
    assert results.find(MLP) == {"loss": 1.0}
    monkeypatch.setattr(jobs, "versions", lambda: {"torch": "1.0"})
    assert results.find(Job(MLP.module, MLP.run, MLP.knobs)) is None


def test_the_source_is_the_chapter_what_it_imports_and_the_helpers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = jobs._imported("chapters.mlp")
    assert {"chapters.mlp", "chapters.softmax_regression"} <= set(files)
    assert "chapters.dropout" not in files
    assert "chapters.distribution_shift.cases" in jobs._imported("chapters.distribution_shift.failures")
    before = source("chapters.mlp")
    changed = tmp_path / "softmax_regression.py"
    changed.write_text(
        files["chapters.softmax_regression"].read_text(encoding="utf-8") + "\n#", encoding="utf-8"
    )
    monkeypatch.setattr(jobs, "_imported", lambda module: {**files, "chapters.softmax_regression": changed})
    source.cache_clear()
    try:
        assert source("chapters.mlp") != before
    finally:
        source.cache_clear()
