"""What is meant by words and keys that the contract does not have."""

from __future__ import annotations

import pytest

from py_pinger.core.faults.likely_meaning import misspelled, status_meant

KEYS = {"status", "lastrun", "frequency", "started", "reason"}


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("success", "ok"),
        (" Healthy! ", "ok"),
        ("UP", "ok"),
        (True, "ok"),
        (1, "ok"),
        (False, "error"),
        (0, "error"),
        ("Failed.", "error"),
        ("warning", None),
        ("not ok", None),
        (1.0, None),
        (None, None),
        (["ok"], None),
        ("", None),
    ],
)
def test_a_status(value: object, meant: str | None) -> None:
    """Only words that mean the same everywhere are taken for a status."""
    assert status_meant(value) == meant


@pytest.mark.parametrize(
    ("key", "present", "found"),
    [
        ("lastrun", ["lastRun"], "lastRun"),
        ("lastrun", ["last-run", "status"], "last-run"),
        ("lastrun", ["last_run_at"], "last_run_at"),
        ("lastrun", ["lasrun"], "lasrun"),
        ("lastrun", ["timestamp"], "timestamp"),
        ("status", ["state"], "state"),
        ("status", ["stauts"], "stauts"),
        ("frequency", ["interval"], "interval"),
        ("frequency", ["frequncy", "interval"], "interval"),
        ("status", ["started"], None),
        ("lastrun", ["process_id", "version"], None),
        ("lastrun", [], None),
        ("lastrun", ["", "_", "x" * 1000], None),
        ("lastrun", [*map(str, range(100)), "last_run"], None),
    ],
)
def test_a_key(key: str, present: list[str], found: str | None) -> None:
    """Another spelling, a usual other name, or a similar word; the contract's own keys are none of these."""
    assert misspelled(key, present, KEYS) == found
