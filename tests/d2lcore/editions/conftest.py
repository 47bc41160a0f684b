"""What the tests of edition 1.0 share: every test finds the classes as they were made."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _classes_as_made() -> Iterator[None]:
    from d2lcore.editions.hyperparameters import reset

    yield
    reset()
