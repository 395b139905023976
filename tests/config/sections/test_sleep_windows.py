"""The sections [sleep NAME]."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.ini_texts import CodesOf, LoadText

from py_pinger.core.model.schedule import OperatorSleep

WINDOW = "start=sat 00:00\nduration=2880\ntimezone=Europe/Berlin\n"
WEEKEND = OperatorSleep("weekend", "0 0 * * sat", timedelta(days=2), "Europe/Berlin")


@pytest.mark.parametrize(
    ("keys", "asleep"),
    [
        ("", ["a", "b"]),
        ("tasks=https://b.example/*\n", ["a", "b"]),
        ("tasks=A\n", ["a"]),
        ("tasks=https://b.example/2\n", ["b"]),
        ("tasks=x\n", []),
    ],
)
def test_tasks(load_text: LoadText, keys: str, asleep: list[str]) -> None:
    """A window holds for the tasks that its patterns match, by URL or name; without patterns for all."""
    tasks = "[task a]\nurl=https://b.example/1\n[task b]\nurl=https://b.example/2\n"
    settings = load_text(f"[sleep weekend]\n{WINDOW}{keys}{tasks}")
    assert [task.name for task in settings.tasks if task.expectations.sleep == (WEEKEND,)] == asleep


def test_servers(load_text: LoadText) -> None:
    """Patterns of servers are kept for when a report names its server."""
    settings = load_text(f"[sleep w]\n{WINDOW}servers=db-*\n[task a]\nurl=https://b.example/1\n")
    (window,) = settings.tasks[0].expectations.sleep
    assert window.servers == ("db-*",)


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("start=noon\nduration=60", "invalid_value", " start"),
        ("start=02:00", "incomplete", ""),
        ("start=02:00\nduration=60\ntask=x", "unknown_key", ""),
        ("start=0 * * * *\nduration=60", "invalid_value", " duration"),
        ("start=00:00\nduration=1440\ntimezone=Europe/Berlin", "invalid_value", " duration"),
    ],
)
def test_invalid_windows(codes_of: CodesOf, text: str, code: str, where: str) -> None:
    """An invalid key of a window is reported with its place."""
    assert codes_of(f"[sleep w]\n{text}\n") == ((code, f"[sleep w]{where}"),)


def test_past_windows(load_text: LoadText) -> None:
    """A window that is in the past is a warning."""
    windows = {"w": "2020-01-01 02:00", "x": "02:00", "y": "2999-01-01 02:00"}
    sections = (f"[sleep {name}]\nstart={start}\nduration=60\n" for name, start in windows.items())
    settings = load_text("".join(sections))
    assert [(each.code, each.where) for each in settings.warnings if "past" in each.text] == [
        ("no_effect", "[sleep w]")
    ]
