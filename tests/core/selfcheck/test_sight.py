"""When changed files are taken for finished."""

from __future__ import annotations

import pytest

from py_pinger.core.selfcheck.sight import GONE, QUIET, Sight

TAKEN = {"pinger.ini": 1, "urls.txt": 1}
OTHER = {"pinger.ini": 2, "urls.txt": 1}
HALF = {"pinger.ini": 3, "urls.txt": 1}
MISSING = {"pinger.ini": None, "urls.txt": 1}
NEVER_THERE = {"pinger.ini": 1, "urls.txt": None}


@pytest.mark.parametrize(
    ("taken", "looks", "finished"),
    [
        pytest.param(TAKEN, [(0, TAKEN), (60, TAKEN)], False, id="nothing has changed"),
        pytest.param(TAKEN, [(0, OTHER)], False, id="it has only just changed"),
        pytest.param(TAKEN, [(0, OTHER), (QUIET, OTHER)], True, id="nobody is at work on it any more"),
        pytest.param(TAKEN, [(0, HALF), (QUIET, OTHER)], False, id="somebody still is"),
        pytest.param(TAKEN, [(0, HALF), (QUIET, OTHER), (2 * QUIET, OTHER)], True, id="then no more"),
        pytest.param(TAKEN, [(0, OTHER), (60, TAKEN)], False, id="it is as it was"),
        pytest.param(TAKEN, [(0, MISSING), (QUIET, MISSING)], False, id="it is gone for a moment"),
        pytest.param(TAKEN, [(0, MISSING), (1, TAKEN), (9, TAKEN)], False, id="the same is back"),
        pytest.param(TAKEN, [(0, MISSING), (1, OTHER), (1 + QUIET, OTHER)], True, id="another is there"),
        pytest.param(TAKEN, [(0, MISSING), (GONE, MISSING)], True, id="it is gone"),
        pytest.param(NEVER_THERE, [(0, NEVER_THERE), (60, NEVER_THERE)], False, id="it never was there"),
        pytest.param(NEVER_THERE, [(0, TAKEN), (QUIET, TAKEN)], True, id="what was missing is there"),
    ],
)
def test_finished(
    taken: dict[str, object], looks: list[tuple[float, dict[str, object]]], *, finished: bool
) -> None:
    """Files are read once they differ from those taken, and have been left alone for long enough."""
    sight = Sight(taken, -1000)
    for now, seen in looks:
        sight = sight.after(seen, now)
    assert sight.finished(taken, looks[-1][0]) is finished
