"""Data in the place of the airfoil's, for tests that need none of its numbers."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import torch

import d2lcore as d2l


@contextmanager
def like_airfoil(n: int = 300) -> Iterator[None]:
    """Inside, `d2l.get_data_ch11` gives `n` rows of noise about a plane, in five features."""

    def get_data(batch_size: int = 10) -> tuple[d2l.Batches, int]:
        generator = torch.Generator().manual_seed(0)
        X, noise = torch.randn(n, 5, generator=generator), torch.randn(n, generator=generator)
        return d2l.load_array((X, X @ torch.linspace(-1, 1, 5) + 0.5 * noise), batch_size), 5

    with mock.patch.object(d2l, "get_data_ch11", get_data):
        yield
