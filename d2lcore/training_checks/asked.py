"""A checkup instead of a training: what `--checkup` on a command line asks for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_asked = False


class Checked(Exception):
    """Raised where a training would begin. `checkup` is what was found; None for a loop that is not known."""

    def __init__(self, checkup: Any) -> None:
        super().__init__("the training was looked at and not run")
        self.checkup = checkup


@contextmanager
def instead_of_training() -> Iterator[None]:
    """Inside, `train_ch3`, `train_epoch_ch3` and `train_regression` raise `Checked` and train nothing."""
    global _asked
    before, _asked = _asked, True
    try:
        yield
    finally:
        _asked = before


def stop_if_unseen() -> None:
    """Raise `Checked` without a checkup, after an epoch of a loop that is the caller's own."""
    if _asked:
        raise Checked(None)


def look_first(
    net: Any, train_iter: Any, loss: Callable[..., Any], updater: Any, test_iter: Any = None
) -> None:
    """Raise `Checked` if a checkup was asked for."""
    global _asked
    if not _asked:
        return
    from .examining import checkup

    _asked = False  # what the checkup itself trains is no training of the reader's
    raise Checked(checkup(net, train_iter, loss, updater, test_iter=test_iter))
