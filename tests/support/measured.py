"""Which tests measure the coverage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_TESTS = Path(__file__).parents[1]

# Most of what runs here runs in processes of its own, which are not measured.
_UNMEASURED = (
    *(_TESTS / folder for folder in ("acceptance", "bench", "browser", "faults", "integrations", "support")),
    _TESTS.parent / "client",
)


def is_measured(file: Path) -> bool:
    """Return True if the tests of a file measure the coverage; those about the repository do not."""
    return file.parent != _TESTS and not any(folder in file.parents for folder in _UNMEASURED)


@contextmanager
def paused_coverage(item: pytest.Item) -> Iterator[None]:
    """Pause the coverage, if it is measured, around a part of a test that has the mark `no_cover`."""
    measuring = getattr(item.config.pluginmanager.getplugin("_cov"), "cov_controller", None)
    if measuring is None or not item.get_closest_marker("no_cover"):
        yield
        return
    measuring.pause()
    try:
        yield
    finally:
        measuring.resume()
