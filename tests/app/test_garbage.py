"""When garbage is searched."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from math import prod

import pytest

from py_pinger.app.garbage import keep_for_good, no_collection


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Leave the searches of this process as they were."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)
    gc.enable()


def test_no_garbage_is_searched_meanwhile() -> None:
    """Searches stop for as long as it takes, and go on after an error as well."""
    enabled: list[bool] = []

    def fail() -> None:
        with no_collection():
            enabled.append(gc.isenabled())
            raise OSError("read")

    with pytest.raises(OSError, match="read"):
        fail()
    assert (enabled, gc.isenabled()) == ([False], True)


def test_the_outer_one_of_two_decides() -> None:
    """A change of the tasks within a reload does not end the time without searches."""
    with no_collection():
        with no_collection():
            pass
        inside = gc.isenabled()
    assert (inside, gc.isenabled()) == (False, True)


def test_what_exists_is_left_out_of_later_searches() -> None:
    """After a start its objects are not searched again, and whole searches are rarer."""
    before = prod(gc.get_threshold())
    keep_for_good()
    assert gc.get_freeze_count() > 1000
    assert prod(gc.get_threshold()) > before
