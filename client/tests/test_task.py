"""Slugs, and the keys that a task states."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from pinger_report.task import Task, slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("nightly import", "nightly-import"),
        ("  Nightly -- Import! ", "nightly-import"),
        ("snake_case 2", "snake_case-2"),
        ("Übergabe Café", "ubergabe-cafe"),
        ("../../etc/passwd", "etc-passwd"),
        ("備份", "task-e02fa670"),
        ("", "task-00000000"),
        ("x" * 100, "x" * 100),
        ("x" * 101, "x" * 91 + "-f185866f"),
    ],
)
def test_slugs(name: str, slug: str) -> None:
    """A slug has a-z, 0-9, _ and -, whatever the name is; long and foreign names get a checksum."""
    assert slug_of(name) == slug


def test_the_name_and_the_host_are_the_default() -> None:
    """A task that states nothing is shown with its name and with the machine's."""
    assert Task("a").stated() == {"process": "a", "server": os.uname().nodename}


def test_all_keys() -> None:
    """Each keyword is a key of the contract."""
    windows = ({"start": "22:00", "duration": 60},)
    task = Task("a", 5, "0 2 * * *", "Europe/Berlin", 2.5, windows, "p", "s")
    assert task.stated() == {
        "frequency": 5,
        "schedule": "0 2 * * *",
        "timezone": "Europe/Berlin",
        "runtime": 2.5,
        "sleep": [{"start": "22:00", "duration": 60}],
        "process": "p",
        "server": "s",
    }


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "10", True])
def test_minutes_that_the_contract_rejects(value: float, warned: Callable[[], list[str]]) -> None:
    """A wrong number is left out with a warning, because with it the page would be invalid."""
    assert "frequency" not in Task("a", value).stated()
    assert warned() == [
        f"frequency {value!r} is not a number of minutes above 0; it is left out of the reports"
    ]
