"""The last checks of tasks that are known, where their rows may lack them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.store.queries.tasks import Monitored
from py_pinger.store.tables.repeat_pack import Repeat


def not_older(snapshot: TaskSnapshot, known: TaskSnapshot | None) -> TaskSnapshot:
    """Return a task as its row has it, with the last checks that are known: the row may lack them."""
    if known is None or known.state.pings <= snapshot.state.pings:
        return snapshot
    return replace(snapshot, state=Repeat.of(0, known.state).apply(snapshot.state))


def with_repeats(monitored: Monitored, repeats: Mapping[int, Repeat]) -> tuple[TaskSnapshot, ...]:
    """Return tasks with the last checks that nodes have packed, which their rows may lack."""
    return tuple(
        with_repeat(each, repeat) if (repeat := repeats.get(monitored.ids[each.url])) else each
        for each in monitored.snapshots
    )


def with_repeat(snapshot: TaskSnapshot, repeat: Repeat) -> TaskSnapshot:
    """Return a task after a check that repeats its result; the same one if the check is known."""
    if repeat.pings <= snapshot.state.pings:
        return snapshot
    return replace(snapshot, state=repeat.apply(snapshot.state))
