"""The store of a node: what all nodes monitor, and what others write of it."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import Final

from sqlalchemy import Connection

from py_pinger.core.cluster.assignments import all_assignments, shard_numbers, shard_of
from py_pinger.core.model.cluster import ChangeKind, SettingsGeneration
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.task import Task
from py_pinger.core.notification.route import Route
from py_pinger.store.database.node_database import NodeDatabase
from py_pinger.store.member_store import MemberStore
from py_pinger.store.queries import deliveries, pushes
from py_pinger.store.queries.cluster import (
    assignment_rows,
    change_tokens,
    cluster_reading,
    following,
    generation_row,
    incarnation_rows,
)
from py_pinger.store.queries.cluster.following import Position
from py_pinger.store.queries.cluster.generation_row import ClusterConstants
from py_pinger.store.recorder import Batch
from py_pinger.store.repeats.last_checks import not_older, with_repeat
from py_pinger.store.repeats.repeat_reader import RepeatReader
from py_pinger.store.tables.repeat_pack import Repeat
from py_pinger.store.task_registry import add_items, monitored_tasks, rule_tasks

# Seconds between two readings of what each check of other nodes changes, for a page and for none: a page that
# is requested after a long while must not wait for all of it.
_REPEATS: Final = 2.0
_UNSEEN_REPEATS: Final = 10.0

# What other nodes note of what this one knows of them.
_FOLLOWED: Final = (ChangeKind.TASKS, ChangeKind.SETTINGS)

# No settings in force have this number.
_UNKNOWN: Final = -1


class NodeStore(MemberStore):
    """The monitored tasks are those of the settings in force, whichever node watches them."""

    def __init__(self, database: NodeDatabase, version: str, constants: ClusterConstants) -> None:
        """Use a database of the newest schema; `open_node` makes sure of that."""
        super().__init__(database, version, constants)
        self._position = Position({}, 0)
        # What had changed when it was followed last; None if that has to be done again.
        self._followed: Hashable = None
        # The settings in force whose tasks are loaded.
        self.generation: SettingsGeneration | None = None
        # Held while tasks are read that other nodes have written, until the cache has them.
        self._following = Lock()
        self._urls: Mapping[int, str] = {}
        self._repeat_reader = RepeatReader()
        self._refreshed = 0.0
        self._losses = 0

    def rule(
        self, tasks: Sequence[Task], channels: Sequence[str], settings: str, *, after: int | None = None
    ) -> bool:
        """Put settings in force for all nodes: monitor exactly these tasks, and own what they need.

        What waits for other channels is given up. Returns False and changes nothing if the number of the
        settings in force is not that which these are to come `after`: another node was quicker.
        """
        with self._database.writing(patient=True) as connection:
            generation_row.lock(connection)
            if after not in (None, generation_row.number(connection)):
                return False
            generation_row.rule(connection, settings, self.name, channels)
            generation_row.note_seen(connection, settings)
            assignment_rows.keep_only(connection, all_assignments(channels, self.shards))
            now = incarnation_rows.now(connection)
            deliveries.give_up_others(connection, channels, now)
            pushes.watch_again(connection, [task.url for task in tasks if task.push], now)
            rule_tasks(connection, self._database.insert, tasks)
            change_tokens.note(connection, self.incarnation, ChangeKind.SETTINGS, ChangeKind.ASSIGNMENTS)
        self._revise()
        return True

    def load(self, expected: int | None = None) -> None:
        """Read all monitored tasks; `follow` goes on from here.

        What this node watches stays as it has written it. If the settings in force have another number than
        is `expected`, other nodes have changed something too, and `follow` says so.
        """
        with self._following:
            with self._node_database.reading_all() as connection:
                generation = generation_row.generation(connection)
                position = Position(following.numbers(connection), generation.number if generation else 0)
                registry = monitored_tasks(connection, self._registry.cache, self._watches)
            if expected not in (None, position.generation):
                position = position._replace(generation=_UNKNOWN)
            self._registry, self._position, self.generation = registry, position, generation
            self._followed = None
            self._urls = {key: url for url, key in registry.ids.items()}
        self._revise()

    def take_over(self, urls: Collection[str]) -> dict[str, TaskState]:
        """Return the states of tasks that this node watches from now on: it has claimed their shards."""
        with self._following:
            with self._node_database.reading_all() as connection:
                snapshots = list(map(self._newest, following.some_monitored(connection, [*urls])))
            if cache := self._registry.cache:
                cache.update(snapshots)
        self._revise()
        return {each.url: each.state for each in snapshots}

    def follow(self, max_age: float = 0) -> bool:
        """Read what other nodes have changed; return True if all tasks have to be read again by `load`.

        So they have after a change of the settings in force, and where the database has lost commits. Whether
        they have changed anything may have been read `max_age` seconds ago.
        """
        with self._following:
            must_load = self._follow(max_age)
        self._refresh_repeats(_UNSEEN_REPEATS)
        return must_load

    def refresh_repeats(self) -> None:
        """Read when other nodes checked their tasks last; at most every two seconds, for a page."""
        self._refresh_repeats(_REPEATS)

    def open_topics(self) -> Mapping[str, datetime]:
        """Return the topics of the problems of Py Pinger itself that are open, and since when each is."""
        with self._database.reading() as connection:
            return cluster_reading.open_topics(connection)

    def waiting_channels(self) -> frozenset[str]:
        """Return the channels for which deliveries wait, whichever node wrote them."""
        with self._database.reading() as connection:
            return cluster_reading.waiting_channels(connection)

    def change_items(
        self,
        added: Sequence[Task],
        removed: Sequence[Task],
        notices: Sequence[Notice] = (),
        routes: Sequence[Route] = (),
    ) -> dict[str, TaskState]:
        """Monitor items of pages, stop monitoring others, and return the states of the added ones by URL.

        All other tasks stay. The `notices` about removed tasks are stored with it.
        """
        expected = self._position.generation + 1
        with self._database.writing(patient=True) as connection:
            generation_row.lock(connection)
            generation_row.count_up(connection)
            self._note(connection, ChangeKind.SETTINGS)
            add_items(connection, self._database.insert, added, removed)
            batch = Batch((), notices, routes)
            self._recorder.record(connection, self._keys(connection, batch), batch, self._registry.stored)
        self.load(expected)
        return {task.url: state for task in added if (state := self._registry.stored(task.url))}

    def _follow(self, max_age: float) -> bool:
        before, losses = self._position, self._node_database.fence.losses
        version = losses, self.changes.version(*_FOLLOWED, max_age=max_age, ignoring=self.incarnation)
        if version == self._followed and not following.is_set_back(before.numbers, self._written):
            return False
        with self._database.reading() as connection:
            if losses != self._losses:
                # Claims may be lost, too.
                self._shares &= shard_numbers(assignment_rows.owned_by(connection, self.incarnation))
            now = following.position(connection)
            found = following.changed_since(connection, before.numbers, now.numbers, self.incarnation)
            changed = [each for each in found if not self._watches(each.url)]
        self._update([not_older(each, self.task_snapshot(each.url)) for each in changed])
        if losses != self._losses or following.is_set_back(before.numbers, now.numbers):
            # `load` is due, however often this is called.
            before = before._replace(generation=_UNKNOWN)
        self._losses, self._position = losses, before._replace(numbers=now.numbers)
        must_load = now.generation != before.generation
        self._followed = None if must_load else version
        return must_load

    def _refresh_repeats(self, interval: float) -> None:
        with self._following:
            now = monotonic()
            if now < self._refreshed + interval:
                return
            with self._node_database.reading_all() as connection:
                found = self._repeat_reader.read(connection, self.incarnation, self._foreign_pings, now)
            self._update([snapshot for each in found.values() if (snapshot := self._repeated(each))])
            self._refreshed = now

    def _update(self, snapshots: Sequence[TaskSnapshot]) -> None:
        if snapshots and (cache := self._registry.cache):
            cache.update(snapshots)
            self._revise()

    def _repeated(self, repeat: Repeat) -> TaskSnapshot | None:
        """Return a task that another node has checked once more; None if this is known."""
        before = self._foreign(repeat.task_id)
        after = before and with_repeat(before, repeat)
        return None if after is before else after

    def _foreign_pings(self, task_id: int) -> int | None:
        """Return how often a task of another node has been checked, as far as it is known here."""
        known = self._foreign(task_id)
        return known.state.pings if known else None

    def _foreign(self, task_id: int) -> TaskSnapshot | None:
        """Return a task that another node watches."""
        cache, url = self._registry.cache, self._urls.get(task_id)
        known = cache.get(url) if cache and url else None
        return None if known is None or self._watches(known.url) else known

    def _newest(self, snapshot: TaskSnapshot) -> TaskSnapshot:
        """Return a task with the last checks by this node, which its row may lack."""
        return replace(snapshot, state=self._recorder.newest(snapshot.url, snapshot.state))

    def _mark_followed(self, connection: Connection, urls: Sequence[str]) -> None:
        following.mark(connection, urls, self._mark())
        self._note(connection, ChangeKind.TASKS)

    def _watches(self, url: str) -> bool:
        """Return True if this node owns the shard of a task."""
        return bool(self._shares) and shard_of(url, self.shards) in self._shares
