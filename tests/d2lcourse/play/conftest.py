"""A browser for the tests that look at a page."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

BROWSERS = "chromium", "chromium-browser", "google-chrome"


@pytest.fixture(scope="module")  # its event loop would be in the way of others
def browser() -> Iterator[Any]:
    """Chromium, driven by Playwright, of which there can be but one; skips without them."""
    engine = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("Chromium is not installed: `make browser` does that where there is apt")
    with engine.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=found, args=["--disable-gpu"])
        yield running
        running.close()
