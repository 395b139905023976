"""A moment as a task may write it: JSON if it is some, else text."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from unicodedata import decimal

import orjson
from dateutil.parser import isoparse

from fuzz.line import assert_line
from py_pinger.core.evaluation import timestamp
from py_pinger.core.evaluation.timestamp import Timestamp, Unreadable

_DAY = timedelta(days=1)

# A zone with an odd offset and a summer time, whose names mean other zones elsewhere.
_ELSEWHERE = "IST-5:45CST,M3.2.0,M11.1.0"


def check(data: bytes) -> None:
    """Fail unless what is read is a moment that the text itself names, the same one wherever it is read."""
    value = _value(data)
    reading = timestamp.read(value)
    assert reading == _read_elsewhere(value), "depends on the machine's own time zone"
    if isinstance(reading, Unreadable):
        assert_line(reading.why, 80)
        return
    assert reading.at.tzinfo is UTC
    assert timestamp.read(reading.at.isoformat()) == Timestamp(reading.at), "is another moment in ISO 8601"
    if isinstance(value, str):
        assert timestamp.read(f" {value}\n") == reading, "depends on blanks around it"
        _check_case(value, reading)
        _check_offset(value.strip())
        _check_named(value, reading.at)
        _check_iso(value.strip(), reading)


def _value(data: bytes) -> object:
    with suppress(orjson.JSONDecodeError):
        return orjson.loads(data)
    return data.decode("utf-8", "replace")


def _read_elsewhere(value: object) -> Timestamp | Unreadable:
    home = os.environ.get("TZ")
    _move_to(_ELSEWHERE)
    try:
        return timestamp.read(value)
    finally:
        _move_to(home)


def _move_to(zone: str | None) -> None:
    if zone is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = zone
    time.tzset()


def _check_case(text: str, reading: Timestamp) -> None:
    """Letters of the other size name no other moment, or none: zones have large ones."""
    other = timestamp.read(text.swapcase())
    assert isinstance(other, Unreadable) or other.at == reading.at, (
        f"is {other.at} in letters of another size"
    )


def _check_offset(text: str) -> None:
    """Assert that an offset behind the text is ignored, or leads the further back the further east it is."""
    one, two, same = (timestamp.read(text + offset) for offset in (" +0100", " +0200", " GMT+0200"))
    if isinstance(one, Timestamp) and isinstance(two, Timestamp):
        assert one.at - two.at in {timedelta(0), timedelta(hours=1)}, "an offset leads the wrong way"
    if isinstance(two, Timestamp) and isinstance(same, Timestamp):
        assert two.at == same.at, "GMT+0200 is not +0200"


def _check_named(text: str, at: datetime) -> None:
    """Find the year in the text, give or take a day for the offset: nothing comes from today."""
    digits = "".join(str(decimal(sign, sign)) for sign in text)
    around = {each.year for each in (at, max(at, datetime.min.replace(tzinfo=UTC) + _DAY) - _DAY)}
    around |= {(min(at, datetime.max.replace(tzinfo=UTC) - _DAY) + _DAY).year}
    assert any(str(year) in digits for year in around), f"no year {at.year} in it"


def _check_iso(text: str, reading: Timestamp) -> None:
    """Ask another reader of ISO 8601, as far as it can read the text."""
    try:
        other = isoparse(text.upper())
        other = other.replace(tzinfo=UTC) if other.tzinfo is None else other.astimezone(UTC)
    except (ValueError, OverflowError):
        return
    assert other == reading.at, f"is {other} to another reader"
