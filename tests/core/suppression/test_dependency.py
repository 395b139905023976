"""What depends on what, and how a failure hangs together with those of its parents."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.suppression.dependency import (
    LONGEST_PENDING,
    Inhibition,
    cycle,
    descendants,
    inhibition,
    recovery_grace,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
INCIDENT = Incident(NOON, NOON, (CauseChange(NOON, Cause.FAILED, "disk full"),))
WELL = TaskState(Verdict(Status.OK), checked_at=NOON + SECOND)
UNLOOKED = replace(WELL, checked_at=NOON - SECOND)
FAILING = TaskState(Verdict(Status.ERROR, Cause.FAILED), checked_at=NOON, incident=INCIDENT)
ASLEEP = replace(FAILING, verdict=Verdict(Status.SLEEPING), checked_at=NOON + SECOND)
UNTOLD = replace(FAILING, incident=None)


@pytest.mark.parametrize(
    ("parents", "now", "expected"),
    [
        ((WELL,), NOON, Inhibition.NONE),
        ((), NOON, Inhibition.NONE),
        ((FAILING,), NOON, Inhibition.ACTIVE),
        ((ASLEEP,), NOON, Inhibition.NONE),
        ((ASLEEP, FAILING), NOON, Inhibition.ACTIVE),
        ((UNTOLD,), NOON, Inhibition.ACTIVE),
        ((WELL, FAILING), NOON, Inhibition.ACTIVE),
        ((UNLOOKED,), NOON, Inhibition.PENDING),
        ((WELL, UNLOOKED), NOON, Inhibition.PENDING),
        ((UNLOOKED, FAILING), NOON, Inhibition.ACTIVE),
        ((TaskState(),), NOON, Inhibition.PENDING),
        ((UNLOOKED,), NOON + LONGEST_PENDING - SECOND, Inhibition.PENDING),
        ((UNLOOKED,), NOON + LONGEST_PENDING, Inhibition.NONE),
        ((UNLOOKED,), NOON - SECOND, Inhibition.NONE),
        ((FAILING,), NOON + 100 * LONGEST_PENDING, Inhibition.ACTIVE),
    ],
)
def test_inhibition(parents: tuple[TaskState, ...], now: datetime, expected: Inhibition) -> None:
    """A parent that fails and is awake inhibits; one not checked since noon does so for a minute at most."""
    assert inhibition(parents, NOON, now) is expected


@pytest.mark.parametrize(("interval", "expected"), [(10, 10), (60, 60), (3600, 60)])
def test_recovery_grace(interval: int, expected: int) -> None:
    """After its parents a task has its own interval to recover, a minute at most."""
    assert recovery_grace(interval * SECOND) == expected * SECOND


def test_descendants() -> None:
    """Whatever depends on a task, however far away, is among its descendants once."""
    children = {"a": ("b", "c"), "b": ("d",), "c": ("d",), "e": ("f",)}
    assert sorted(descendants("a", children)) == ["b", "c", "d"]
    assert not list(descendants("d", children))


@pytest.mark.parametrize(
    ("parents", "ring"),
    [
        ({}, ()),
        ({"a": ("b", "c"), "b": ("c",), "c": ("d",)}, ()),
        ({"a": ("a",)}, ("a", "a")),
        ({"a": ("b",), "b": ("c",), "c": ("a",)}, ("a", "b", "c", "a")),
        ({"x": ("a",), "a": ("b",), "b": ("a",)}, ("a", "b", "a")),
    ],
)
def test_cycle(parents: dict[str, tuple[str, ...]], ring: tuple[str, ...]) -> None:
    """A ring is found wherever it begins, and there is none in what merely meets again."""
    assert cycle(parents) == ring


def test_deep_chains_work() -> None:
    """A chain of very many tasks is resolved without exhausting a limit."""
    assert cycle({str(number): (str(number + 1),) for number in range(20_000)}) == ()
