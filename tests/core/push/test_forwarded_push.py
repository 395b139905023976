"""A push survives the way through the database to the owner of its task."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import InvalidReport
from py_pinger.core.model.push import PushedReport, PushKind
from py_pinger.core.model.task import Expectations
from py_pinger.core.push.document import read_document
from py_pinger.core.push.forwarded_push import read_waiting, to_waiting

URL = "push:backup"
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
HOURLY = Expectations(timedelta(hours=1))
RID = "7a1f0e7c-91c5-4b5c-8d0c-2f6f2f1c9a11"


def in_json(body: bytes) -> PushedReport:
    """Return a push of a report in JSON, as the web server reads it."""
    said = read_document(body, NOON, HOURLY, healthy=True)
    assert not isinstance(said, InvalidReport)
    return PushedReport(URL, PushKind.SUCCESS, NOON, document=said[0], report=said[1])


@pytest.mark.parametrize(
    "push",
    [
        PushedReport(URL, PushKind.START, NOON, RID),
        PushedReport(URL, PushKind.FAIL, NOON, RID, 3, "no space\nleft on \u00e9\0"),
        PushedReport(URL, PushKind.LOG, NOON, log="line"),
        PushedReport(URL, PushKind.FAIL, NOON, excess=True),
        in_json(b'{"reason": "fine", "process": "cron"}'),
        in_json(b'\xef\xbb\xbf{"lastrun": null, "status": "ok"}'),
    ],
)
def test_a_push_comes_back(push: PushedReport) -> None:
    """Every field is the same for the owner; the report is read from the document again."""
    waiting = to_waiting(push)
    assert (waiting.url, waiting.at) == (URL, NOON)
    assert read_waiting(waiting, HOURLY) == push


def test_the_settings_of_the_owner_count() -> None:
    """The owner reads the report by its own settings; one that these reject has none."""
    waiting = to_waiting(in_json(b'{"frequency": 10}'))
    report = read_waiting(waiting, Expectations(timedelta(hours=2))).report
    assert report
    assert report.frequency == timedelta(hours=2)
    rejected = replace(waiting, content=waiting.content.replace(b"frequency", b"schedule"))
    assert read_waiting(rejected, HOURLY).report is None


@pytest.mark.parametrize("content", [b"", b"{}", b'{"kind": "later"}'])
def test_what_a_later_release_wrote_is_an_error(content: bytes) -> None:
    """Content that this release cannot read raises an error that the receiver knows."""
    waiting = replace(to_waiting(in_json(b"{}")), content=content)
    with pytest.raises((ValueError, LookupError)):
        read_waiting(waiting, HOURLY)
