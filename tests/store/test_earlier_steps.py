"""Nodes that checked a task one after the other write again what is lost, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.faults.consistency import broken_rules
from tests.support.node_stores import NOON, TASKS, Server, running_nodes
from tests.support.postgres import Cluster

from py_pinger.core.evaluation.lifecycle import advance
from py_pinger.core.model.check import Cause, Check, Status, Verdict
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route
from py_pinger.core.times import ZERO
from py_pinger.store.node_store import NodeStore

TASK = TASKS[0]
ROUTES = [Route("slack")]
VERDICTS = {
    "o": Verdict(Status.OK),
    "f": Verdict(Status.ERROR, Cause.FAILED, "it fails"),
    "l": Verdict(Status.ERROR, Cause.LATE, "it is late"),
}

_EMPTY = [
    "TRUNCATE latency, delivery, notice, incident_cause, acknowledgement, incident, span, repeat_batch",
    """UPDATE task SET status = 'pending', cause = NULL, reason = NULL, since = NULL, checked = NULL,
    opened = NULL, pings = 0, errors = 0""",
]
_CONTENTS = [
    "SELECT status, cause, reason, since, opened FROM task WHERE pings > 0",
    "SELECT opened, told, closed, turns, owed FROM incident ORDER BY opened",
    "SELECT opened, cause FROM incident_cause JOIN incident ON incident.id = incident_id ORDER BY 1, 2",
    "SELECT started, ended, status, cause FROM span ORDER BY started",
    """SELECT key, incident.opened, channel FROM notice LEFT JOIN incident ON incident.id = incident_id
    JOIN delivery ON notice.id = notice_id ORDER BY key""",
    "SELECT sum(checks), sum(failures) FROM latency",
]


@pytest.fixture
def url(cluster: Cluster) -> str:
    """Name a database on a server without rows."""
    return cluster.database()


def checks(found: str) -> list[Transition]:
    """Return checks with these verdicts, one a minute."""
    steps, state = [], TaskState()
    for minute, letter in enumerate(found):
        step = advance(TASK, state, Check(VERDICTS[letter], NOON + timedelta(minutes=minute), ZERO))
        steps.append(step)
        state = step.state
    return steps


def written(
    server: Server, stores: Sequence[NodeStore], batches: Sequence[tuple[int, Sequence[Transition]]]
) -> object:
    """Write batches, each by the node of this number, and return what the database has then."""
    for statement in _EMPTY:
        server.run(statement)
    for writer, batch in batches:
        stores[writer].record_again(batch, [], ROUTES)
    assert broken_rules(server.run) == []
    return [server.run(query) for query in _CONTENTS]


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[str, list[int], list[tuple[int, int]]]:
    """Draw verdicts, the number of checks of each batch, and in which order who writes these.

    Each node writes its own in their order.
    """
    found = draw(st.text("ofl", min_size=2, max_size=9))
    sizes = draw(st.lists(st.integers(1, 3), min_size=len(found), max_size=len(found)))
    writers = draw(st.lists(st.integers(0, 2), min_size=len(found), max_size=len(found)))
    order = draw(st.permutations(range(len(found))))
    queues = {writer: [n for n, each in enumerate(writers) if each == writer] for writer in set(writers)}
    return found, sizes, [(writers[n], queues[writers[n]].pop(0)) for n in order]


def test_the_order_does_not_matter(url: str, server: Server) -> None:
    """Whichever node is first, the database has in the end what it had before it lost that."""
    with running_nodes(url, "a", "b", "c") as stores:

        @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(shuffled())
        @example(("of", [1, 1], [(1, 1), (0, 0)]))
        @example(("ofo", [2, 1, 1], [(1, 1), (0, 0), (0, 2)]))
        @example(("fofo", [1, 1, 1, 1], [(1, 3), (0, 0), (2, 1), (2, 2)]))
        @example(("lfll", [1, 1, 1, 1], [(0, 0), (1, 3), (0, 1), (0, 2)]))
        def hold(drawn: tuple[str, list[int], list[tuple[int, int]]]) -> None:
            found, sizes, order = drawn
            steps, ends = checks(found), [*accumulate(sizes)]
            batches = [steps[end - size : end] for size, end in zip(sizes, ends, strict=True)]
            expected = written(server, stores, [(0, batch) for batch in batches if batch])
            assert (
                written(server, stores, [(writer, batches[n]) for writer, n in order if batches[n]])
                == expected
            )

        hold()
