"""The numbers of a training: their texts, their figure, and what pyplot keeps of it."""

import subprocess
import sys
import threading
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernel import in_kernel
from matplotlib import pyplot

import d2lcore as d2l
from d2lcore import figures
from d2lcore.command_line import chapter_command, invoke


def one_row(**numbers: float) -> d2l.History:
    history = d2l.History()
    history.add(epoch=1, **numbers)
    return history


def trained(*losses: float) -> d2l.History:
    """A training with these losses, and twice of each as the test loss."""
    rows = [{"train_loss": loss, "test_loss": 2 * loss} for loss in losses]
    return d2l.train_epochs(len(rows), lambda epoch: rows[epoch - 1])


def curves(axes: Any) -> list[list[float]]:
    return [list(line.get_ydata()) for line in axes.lines]


def test_small_numbers_are_printed_with_digits() -> None:
    assert (
        str(one_row(train_loss=2.31e-5, test_loss=0.0)) == "epoch  1  train_loss 2.31e-05  test_loss 0.0000"
    )


def test_print_gives_every_row_and_the_echo_of_a_cell_one_line() -> None:
    history = one_row(train_loss=0.5, train_acc=0.25)
    assert repr(history) == "History(1 epoch; the last: train_loss 0.5000  train_acc 0.2500)"
    history.add(epoch=2, train_loss=2e-4, train_acc=1.0)
    assert str(history).splitlines() == [
        "epoch  1  train_loss 0.5000  train_acc 0.2500",
        "epoch  2  train_loss 2.00e-04  train_acc 1.0000",
    ]
    assert repr(history) == "History(2 epochs; the last: train_loss 2.00e-04  train_acc 1.0000)"
    assert (str(d2l.History()), repr(d2l.History())) == ("no epochs yet", "History(0 epochs)")


def test_history_plots_on_a_log_axis_too() -> None:
    history = one_row(train_loss=0.1, test_loss=0.2)
    history.add(epoch=2, train_loss=0.01, test_loss=0.3)
    axes = history.plot(yscale="log").axes[0]
    assert axes.get_yscale() == "log"
    assert curves(axes) == [[0.1, 0.01], [0.2, 0.3]]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["train loss", "test loss"]
    assert (axes.get_xlabel(), axes.get_xlim()) == ("epoch", (0.5, 2.5))
    assert not pyplot.get_fignums(), "it is given back, so pyplot does not show it too"
    with pytest.raises(ValueError, match="yscale"):
        history.plot(yscale="cubic")
    assert not pyplot.get_fignums()


def test_a_number_that_an_epoch_does_not_have_is_a_gap_in_its_curve() -> None:
    history = one_row(train_loss=0.5, test_loss=0.6)
    history.add(epoch=2, train_loss=0.4)
    history.add(epoch=3, train_loss=0.3, test_loss=0.5)
    train, test = curves(history.plot().axes[0])
    assert train == [0.5, 0.4, 0.3]
    assert test == pytest.approx([0.6, float("nan"), 0.5], nan_ok=True)


def test_a_training_leaves_its_curves_to_pyplot_undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    draw = d2l.History._draw
    monkeypatch.setattr(d2l.History, "_draw", lambda self, fig: (drawn.append(len(self)), draw(self, fig)))
    trained(3, 2, 1)
    assert len(pyplot.get_fignums()) == 1
    assert not drawn
    pyplot.savefig(picture := BytesIO(), format="png")
    assert picture.getvalue().startswith(b"\x89PNG")
    assert drawn == [3]
    assert curves(pyplot.gca()) == [[3, 2, 1], [6, 4, 2]]
    assert pyplot.gca().get_xlabel() == "epoch"
    assert drawn == [3], "looking again draws nothing new"


def test_a_canvas_that_draws_itself_as_a_window_does_has_the_curves() -> None:
    trained(3, 2, 1)
    canvas = pyplot.gcf().canvas
    canvas.draw()
    assert np.asarray(canvas.buffer_rgba()).min() == 0


def test_the_figure_of_the_last_training_is_the_current_one() -> None:
    trained(5)
    trained(7)
    assert curves(pyplot.gca()) == [[7], [14]]
    assert len(pyplot.get_fignums()) == 2
    d2l.plot([1, 2, 3])
    assert curves(pyplot.figure(pyplot.get_fignums()[-2]).axes[0]) == [[7], [14]], "plot has its own figure"


def test_a_training_that_stops_leaves_the_epochs_before() -> None:
    with pytest.raises(d2l.TrainingDiverged):
        trained(3, 2, float("nan"))
    assert curves(pyplot.gca()) == [[3, 2], [6, 4]]
    with pytest.raises(d2l.TrainingDiverged):
        trained(float("nan"))
    assert len(pyplot.get_fignums()) == 1, "of no epoch there is nothing to draw"


def test_pyplot_keeps_the_last_ten_of_many_trainings() -> None:
    for i in range(30):  # pyplot warns at 21 open figures, and warnings are errors here
        trained(i)
    shown = [curves(pyplot.figure(number).axes[0])[0] for number in pyplot.get_fignums()]
    assert shown == [[i] for i in range(20, 30)]


def test_a_result_takes_the_place_of_what_its_trainings_left_and_of_nothing_else() -> None:
    animator = d2l.Animator()
    d2l.plot([1, 2])
    mine = pyplot.gcf()
    trained(1)
    trained(2)
    d2l.Result(figures={"training": trained(3).plot()})
    assert pyplot.get_fignums() == [animator.fig.number, mine.number]


def test_a_training_in_a_thread_leaves_no_figure() -> None:
    thread = threading.Thread(target=trained, args=(1,))
    thread.start()
    thread.join()
    assert not pyplot.get_fignums()


def test_a_run_of_the_command_line_leaves_no_figure_even_for_a_moment(tmp_path: Path) -> None:
    opened = []

    def variant() -> d2l.Result:
        history = trained(1)
        opened.append(pyplot.get_fignums())
        return d2l.Result(history=history)

    assert invoke(chapter_command("chapter", (variant,)), ["--out", str(tmp_path)], "chapter") == 0
    assert opened == [[]]
    trained(1)
    assert len(pyplot.get_fignums()) == 1, "afterwards it is as before"


def test_a_window_that_cannot_be_opened_does_not_lose_the_training(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def no_display(*_: Any, **__: Any) -> None:
        raise ImportError("no display")

    monkeypatch.setattr(pyplot, "figure", no_display)
    assert trained(1)["train_loss"] == [1]
    assert "no figure of the training: " in capsys.readouterr().err


def run(code: str) -> list[str]:
    options = {"capture_output": True, "text": True, "timeout": 120}
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], **options)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.slow
def test_a_training_alone_loads_no_pyplot_and_its_figure_waits_for_it() -> None:
    lines = run(
        "import sys, d2lcore as d2l\n"
        "for i in range(12):\n"
        "    d2l.train_epochs(1, lambda epoch: {'l': i})\n"
        "print('matplotlib.pyplot' in sys.modules)\n"
        "print(d2l.plt.gca().lines[0].get_ydata(), d2l.plt.get_fignums())\n"
    )
    assert lines[12:] == ["False", f"[11] {list(range(1, 11))}"]


@pytest.mark.slow
def test_a_result_takes_the_place_of_figures_that_wait() -> None:
    code = "d2l.train_epochs(1, lambda epoch: {'l': 1}); d2l.Result(); print(d2l.plt.get_fignums())"
    assert run(f"import d2lcore as d2l; {code}")[-1] == "[]"


@pytest.mark.slow
def test_a_history_at_the_end_of_a_cell_is_one_line_below_the_curves() -> None:
    outputs = in_kernel("import d2lcore as d2l\nd2l.train_epochs(3, lambda epoch: {'train_loss': epoch / 4})")
    assert [output.output_type for output in outputs] == ["display_data", "execute_result"]
    assert outputs[1].data == {"text/plain": "History(3 epochs; the last: train_loss 0.7500)"}


def test_figures_that_wait_are_the_last_ten() -> None:
    assert figures._waiting.maxlen == figures.MOST_OPEN == 10
