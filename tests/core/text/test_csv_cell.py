"""Cells that a spreadsheet shows as they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from py_pinger.core.text.csv_cell import csv_cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        ("plain, text", "plain, text"),
        (datetime(2026, 11, 22, 10, 5, tzinfo=UTC), "2026-11-22T10:05:00Z"),
        (True, "true"),
        (2.5, "2.5"),
        (("a", "b"), '["a","b"]'),
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-1", "'-1"),
        ("\n=1", "'=1"),
        ("a\x1b[2J\u202eb", "a[2Jb"),
    ],
)
def test_cell(value: object, cell: str) -> None:
    """Times are in ISO 8601, other values in JSON; no text is a formula or steers a terminal."""
    assert csv_cell(value) == cell
