"""The part of the settings that belongs to what a node owns."""

from __future__ import annotations

from py_pinger.app.cluster.owned_part import OwnedPart
from py_pinger.config import Settings
from py_pinger.core.cluster.assignments import shard_name, shard_of
from py_pinger.core.model.task import Task

SHARDS = 1024
A, B, C = (Task(f"http://{name}.example/{name}", "") for name in "abc")
SETTINGS = Settings(tasks=(A, B, C))


def part(*tasks: Task, owned: tuple[str, ...] = ()) -> OwnedPart:
    """Return the part of a node that owns the shards of these tasks, and more."""
    part = OwnedPart(SHARDS)
    part.owned = frozenset((*(shard_name(shard_of(task.url, SHARDS)) for task in tasks), *owned))
    return part


def test_nothing_is_owned() -> None:
    """At first a node has no tasks and no channels, which is not the same as all channels."""
    share = part().of(SETTINGS)
    assert (share.tasks, share.channels, share.is_partial) == ((), frozenset(), True)


def test_the_tasks_of_owned_shards() -> None:
    """It has the tasks of its shards in their order, and the channels that it owns."""
    owned = part(C, A, owned=("channel slack ops", "retention"))
    share = owned.of(SETTINGS)
    assert (share.tasks, share.channels) == ((A, C), frozenset({"slack ops"}))
    assert [owned.owns(name) for name in ("retention", "heartbeat")] == [True, False]


def test_other_settings_than_those_in_force() -> None:
    """A node with other settings leaves the tasks alone that those in force do not have."""
    owned = part(A, B)
    owned.monitored = {B.url, "http://unknown.example/"}
    assert owned.of(SETTINGS).tasks == (B,)
    owned.monitored = None
    assert owned.of(SETTINGS).tasks == (A, B)
