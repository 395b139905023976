"""Notices about the nodes of a cluster: one that is lost or cut off, and settings that differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from py_pinger.core.cluster.drift import DriftWatch, SettingsDrift
from py_pinger.core.cluster.fitness import LARGEST_CLOCK_ERROR, is_fit
from py_pinger.core.cluster.lease import LEASE
from py_pinger.core.model.cluster import ClusterView, Node, SettingsGeneration, Sight
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.text.formatting import duration, time_of_day, time_or_date, time_range, time_with_seconds
from py_pinger.core.times import DAY

SETTINGS_TOPIC: Final = "settings"

_NODE = "node "

# After this time a lost node is one that people have taken away, and its problem ends.
EXPECTED_FOR: Final = DAY

# The topics of the problems that are open, and since when: as stored, so that each node goes on with them.
OpenTopics = Mapping[str, datetime]


def node_topic(name: str) -> str:
    """Return the topic of the problems of a node."""
    return f"{_NODE}{name}"


def on_node(notice: Notice, name: str) -> Notice:
    """Return a notice of a node about itself with the node's name: problems of other nodes are others."""
    topic = notice.topic and f"{notice.topic} on {node_topic(name)}"
    return replace(notice, text=f"Node {name}: {notice.text}", topic=topic)


def lost(node: Node, watching: Sequence[str], tasks: int, now: datetime) -> Notice:
    """Return the notice that a node was declared lost, whose tasks the nodes `watching` have from now on."""
    since = _renewed_at(node)
    text = f"Node {node.name} was lost at {time_with_seconds(since)}; {_heirs(watching, tasks, now)}."
    return _problem(node_topic(node.name), since, text, now)


def _heirs(watching: Sequence[str], tasks: int, now: datetime) -> str:
    """Return who watches the tasks of a lost node."""
    if not tasks:
        return "it watched no tasks"
    if not watching:
        return "no other node can watch its tasks"
    what = f"its {tasks:,} {'task' if tasks == 1 else 'tasks'}"
    return f"{_watch(watching, what)} since {time_with_seconds(now)}"


def due(view: ClusterView, drifting: DriftWatch, open_topics: OpenTopics, now: datetime) -> Iterator[Notice]:
    """Yield the notices that the owner of the notices has to store: each begins or ends a problem.

    It follows from the view and from what is stored alone, so a node that takes over repeats none.
    """
    fit = tuple(sorted(node.name for node in view.nodes if is_fit(node)))
    for node in view.nodes:
        since = open_topics.get(node_topic(node.name))
        if since is None:
            yield from _unfit(node, fit, now)
        elif is_fit(node) and _renewed_at(node) > since:
            # Not by a view from before it was lost: another node may have seen that first.
            yield _recovered(node_topic(node.name), since, f"Node {node.name} is back", now)
    yield from _gone(view, open_topics, now)
    yield from _settings(view.generation, drifting, open_topics.get(SETTINGS_TOPIC), now)


def _renewed_at(node: Node) -> datetime:
    return node.expires - timedelta(seconds=LEASE)


def _unfit(node: Node, fit: Sequence[str], now: datetime) -> Iterator[Notice]:
    """Yield the notice about a running node that gives its tasks to others, if there are any."""
    if node.expired or not fit:
        return
    error = node.report.clock_error
    if node.report.sight is Sight.BLIND:
        since = node.report.reached or now
        text = f"Node {node.name} is cut off from the network since {time_of_day(since)}"
    elif abs(error) > LARGEST_CLOCK_ERROR and node.report.sight is Sight.CLEAR:
        since = now
        step = f"{duration(abs(error))} {'ahead of' if error > timedelta(0) else 'behind'}"
        text = f"The clock of node {node.name} is {step} the clock of the database; correct it"
    else:
        return
    yield _problem(node_topic(node.name), since, f"{text}; {_watch(fit, 'its tasks')}.", now)


def _gone(view: ClusterView, open_topics: OpenTopics, now: datetime) -> Iterator[Notice]:
    """Yield the end of the problem of each node that was not seen for so long that it will not be back."""
    present = {node.name for node in view.nodes}
    for topic, since in open_topics.items():
        name = topic.removeprefix(_NODE)
        if topic.startswith(_NODE) and name not in present and now - since >= EXPECTED_FOR:
            yield _end(
                topic, since, f"Node {name} has not run for a day and is not expected to be back.", now
            )


def _settings(
    generation: SettingsGeneration | None, drifting: DriftWatch, since: datetime | None, now: datetime
) -> Iterator[Notice]:
    if since is not None and not drifting.drift.exists:
        yield _recovered(SETTINGS_TOPIC, since, "All nodes have the same settings again", now)
    elif since is None and generation and drifting.since and drifting.is_lasting(now):
        yield _differing(generation, drifting.drift, drifting.since, now)


def _differing(
    generation: SettingsGeneration, drift: SettingsDrift, since: datetime, now: datetime
) -> Notice:
    texts = []
    if drift.settings:
        applied = f"which node {generation.node} applied at {time_or_date(generation.since, now)}"
        texts.append(f"{_have(drift.settings)} settings that differ from those in force, {applied}.")
    if drift.secrets:
        texts.append(f"{_have(drift.secrets)} secrets that differ from those of node {drift.model}.")
    texts.append("Give all nodes the same configuration and reload it.")
    return _problem(SETTINGS_TOPIC, since, " ".join(texts), now)


def _problem(topic: str, since: datetime, text: str, now: datetime) -> Notice:
    return Notice(NoticeKind.SELF_PROBLEM, now, topic=topic, opened=since, text=text)


def _recovered(topic: str, since: datetime, text: str, now: datetime) -> Notice:
    return _end(topic, since, f"{text}; the problem lasted from {time_range(since, now)}.", now)


def _end(topic: str, since: datetime, text: str, now: datetime) -> Notice:
    return Notice(NoticeKind.SELF_RECOVERED, now, topic=topic, opened=since, text=text)


def _watch(names: Sequence[str], what: str) -> str:
    """Return for example `a and b watch its tasks`."""
    return f"{_joined(names)} {'watches' if len(names) == 1 else 'watch'} {what}"


def _have(names: Sequence[str]) -> str:
    """Return for example `Nodes a and b have`."""
    return f"Node {names[0]} has" if len(names) == 1 else f"Nodes {_joined(names)} have"


def _joined(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
