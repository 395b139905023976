"""Incidents as alerts of Alertmanager: their labels, and until when they hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import Cause
from py_pinger.core.model.incident import CauseChange
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.notification.alert import Alert, IncidentRecord, alerts_of

OPENED = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
KEEP = 5 * MINUTE
URL = "https://tasks.example/import"

FAILED = Notice(
    kind=NoticeKind.FAILED,
    at=OPENED,
    url=URL,
    opened=OPENED,
    name="Import",
    cause=Cause.LATE,
    reason="last ran 2 h ago, should run every 10 min",
    process="importer",
    server="web-1",
    lastrun=OPENED - timedelta(hours=2),
    frequency=10 * MINUTE,
)
LATE = CauseChange(OPENED, Cause.LATE, "last ran 2 h ago, should run every 10 min")
DOWN = CauseChange(OPENED + 4 * MINUTE, Cause.UNREACHABLE, "connection refused")
LATE_AGAIN = CauseChange(OPENED + 6 * MINUTE, Cause.LATE, "last ran 3 h ago, should run every 10 min")


def test_an_open_incident() -> None:
    """An incident is one alert, named by what people were first told, that holds for a while from now."""
    now = OPENED + 3 * MINUTE
    assert alerts_of([IncidentRecord(FAILED, (LATE,))], now, KEEP) == (
        Alert(
            labels={
                "alertname": "TaskFailing",
                "task": URL,
                "name": "Import",
                "process": "importer",
                "server": "web-1",
                "cause": "late",
            },
            annotations={
                "summary": "Import on web-1 is late",
                "description": (
                    "Reason: last ran 2 h ago, should run every 10 min\n"
                    "Since: 2026-11-22 10:00:00 UTC\n"
                    "Last run: 2026-11-22 08:00:00 UTC, expected every 10 min"
                ),
            },
            starts=OPENED,
            ends=now + KEEP,
        ),
    )


def test_unknown_values_are_not_labels() -> None:
    """A task without a valid report yet has only its URL as a label."""
    bare = Notice(
        kind=NoticeKind.FAILED, at=OPENED, url=URL, opened=OPENED, cause=Cause.HTTP, reason="HTTP 500"
    )
    [alert] = alerts_of([IncidentRecord(bare, (CauseChange(OPENED, Cause.HTTP, "HTTP 500"),))], OPENED, KEEP)
    assert alert.labels == {"alertname": "TaskFailing", "task": URL, "cause": "http"}
    assert alert.annotations["summary"] == f"{URL} is returning an HTTP error"


def test_hostile_text_stays_on_its_line() -> None:
    """What a page says can end no line, and not turn round what people read."""
    sly = replace(FAILED, name="a\nb\u202e", reason="x\ny")
    [alert] = alerts_of(
        [IncidentRecord(sly, (CauseChange(OPENED, Cause.FAILED, "x\nSince: never"),))], OPENED, KEEP
    )
    assert alert.annotations["summary"] == "a b on web-1 is reporting an error"
    assert alert.annotations["description"].splitlines()[0] == "Reason: x Since: never"


# What holds of each cause, in minutes after the opening: how long it holds, None as long as it is renewed.
STORIES = [
    ("it goes on", (LATE,), None, 60, {"late": None}),
    ("it has closed just now", (LATE,), 7, 7, {"late": 7}),
    ("it has closed a while ago", (LATE,), 7, 11, {"late": 7}),
    ("all that was posted has ended by itself", (LATE,), 7, 12, {}),
    ("another cause", (LATE, DOWN), None, 4, {"unreachable": None, "late": 4}),
    ("another cause for long", (LATE, DOWN), None, 9, {"unreachable": None}),
    ("the first cause again", (LATE, DOWN, LATE_AGAIN), None, 7, {"late": None, "unreachable": 6}),
    ("closed after another cause", (LATE, DOWN), 5, 6, {"unreachable": 5, "late": 4}),
]


@pytest.mark.parametrize(
    ("turns", "closed", "minute", "held"), [row[1:] for row in STORIES], ids=[row[0] for row in STORIES]
)
def test_causes_that_come_and_go(
    turns: tuple[CauseChange, ...], closed: int | None, minute: int, held: dict[str, int | None]
) -> None:
    """The cause it has now comes first; one that it had lately has ended."""
    now = OPENED + minute * MINUTE
    case = IncidentRecord(FAILED, turns, OPENED + closed * MINUTE if closed else None)
    found = [(alert.labels["cause"], alert.ends) for alert in alerts_of([case], now, KEEP)]
    assert found == [
        (cause, now + KEEP if until is None else OPENED + until * MINUTE) for cause, until in held.items()
    ]
    assert {alert.starts for alert in alerts_of([case], now, KEEP)} <= {OPENED}


def test_a_clock_that_was_set_back() -> None:
    """An incident that closed before it opened, by the clock, ends as it began: no alert that is refused."""
    case = IncidentRecord(FAILED, (LATE,), OPENED - MINUTE)
    [alert] = alerts_of([case], OPENED - MINUTE, KEEP)
    assert (alert.starts, alert.ends) == (OPENED, OPENED)


def test_whatever_the_first_word_was() -> None:
    """Where the alert itself was lost with a damaged store, a later word names the incident."""
    case = IncidentRecord(replace(FAILED, kind=NoticeKind.REMINDER, at=OPENED + 240 * MINUTE), (LATE,))
    [alert] = alerts_of([case], OPENED + 241 * MINUTE, KEEP)
    assert (alert.starts, alert.annotations["summary"]) == (OPENED, "Import on web-1 is late")


def test_an_incident_after_another() -> None:
    """Of two incidents under the same labels the later one is the alert: the earlier must not end it."""
    opened = OPENED + 2 * MINUTE
    later = IncidentRecord(replace(FAILED, at=opened, opened=opened), (replace(LATE, at=opened),))
    earlier = IncidentRecord(FAILED, (LATE, replace(DOWN, at=OPENED + MINUTE)), OPENED + MINUTE)
    found = alerts_of([earlier, later], OPENED + 3 * MINUTE, KEEP)
    assert [(alert.labels["cause"], alert.starts, alert.ends) for alert in found] == [
        ("late", opened, OPENED + 8 * MINUTE),
        ("unreachable", OPENED, OPENED + MINUTE),
    ]


def test_an_acknowledged_incident_has_an_annotation() -> None:
    """Its alert goes on, with the same labels, and says who takes care of it."""
    record = IncidentRecord(FAILED, (LATE,), acknowledged="on it\n(anna)")
    (alert,) = alerts_of([record], OPENED, KEEP)
    (before,) = alerts_of([replace(record, acknowledged=None)], OPENED, KEEP)
    assert alert.annotations == {**before.annotations, "acknowledged": "on it (anna)"}
    assert alert.identity == before.identity
