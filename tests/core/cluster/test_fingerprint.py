"""Fingerprints: equal for equal settings, different for others, and silent about secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import ip_network
from zoneinfo import ZoneInfo

import pytest

from py_pinger.core.cluster.fingerprint import fingerprint, secrets_fingerprint
from py_pinger.core.model.task import Expectations, Task
from py_pinger.core.notification.hours import Hours, WeeklyHours

TASK = Task("https://a.example/", "https://user:planted@a.example/", "A")


class Color(StrEnum):
    """A value of an enumeration."""

    RED = "red"


@dataclass(frozen=True)
class Plain:
    """A dataclass of a release."""

    name: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Extended:
    """The same dataclass of a later release."""

    name: str
    added: int = 5
    options: Mapping[str, int] = field(default_factory=dict)


@pytest.mark.parametrize(
    "changed",
    [
        replace(TASK, name="B"),
        replace(TASK, interval=timedelta(seconds=61)),
        replace(TASK, retries=0),
        replace(TASK, parents=("https://b.example/",)),
        replace(TASK, expectations=Expectations(frequency=timedelta(minutes=5))),
        replace(TASK, remind=None),
    ],
)
def test_any_visible_setting_counts(changed: Task) -> None:
    """Another value of any setting makes another fingerprint."""
    assert fingerprint([TASK]) != fingerprint([changed])


@pytest.mark.parametrize(
    "changed",
    [
        replace(TASK, address="https://other@a.example/"),
        replace(TASK, headers=(("a", "b"),)),
        replace(TASK, body="planted"),
    ],
)
def test_hidden_values_do_not_count(changed: Task) -> None:
    """What a repr leaves out may be a secret, and does not count."""
    assert fingerprint([TASK]) == fingerprint([changed])


def test_a_new_field_with_its_default_does_not_count() -> None:
    """Nodes of two releases agree as long as what the later one added is not used."""
    assert fingerprint([Plain("a")]) == fingerprint([Extended("a")])
    assert fingerprint([Plain("a")]) != fingerprint([Extended("a", added=6)])
    assert fingerprint([Plain("a")]) != fingerprint([Extended("a", options={"x": 1})])


def test_order() -> None:
    """Tasks have an order; sets and mappings have none."""
    other = replace(TASK, url="https://b.example/")
    assert fingerprint([TASK, other]) != fingerprint([other, TASK])
    assert fingerprint([{"a": 1, "b": {"x", "y"}}]) == fingerprint([{"b": {"y", "x"}, "a": 1}])
    assert fingerprint([["a", "b"]]) != fingerprint([["b", "a"]])


def test_values_never_change_their_text() -> None:
    """Values of each kind have the fingerprint that they had in the first release with nodes."""
    day = WeeklyHours(frozenset({0, 4}), timedelta(hours=8), timedelta(hours=18))
    values = (
        Hours((day,), ZoneInfo("Asia/Tokyo")),
        datetime(2026, 11, 22, 10, 5, tzinfo=UTC),
        ip_network("10.0.0.0/8"),
        [Color.RED, 1.5, None, True, b"x", "ü\udc80"],
    )
    assert fingerprint(values) == "d27a2f3ec9bac95c94b8bfe8a94aad2e"
    assert fingerprint([*values, "x"]) != fingerprint(values)


def test_secrets() -> None:
    """The fingerprint of secrets depends on each of them and on the salt, not on their order."""
    both = secrets_fingerprint(["one", "two"], b"salt")
    assert both == secrets_fingerprint(["two", "one"], b"salt")
    others = (["one", "too"], b"salt"), (["onetwo"], b"salt"), (["one", "two"], b"pepper")
    assert both not in [secrets_fingerprint(secrets, salt) for secrets, salt in others]
    assert "one" not in both
