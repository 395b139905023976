"""The nodes of a cluster as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import click

from py_pinger.core.model.check import Status
from py_pinger.core.model.cluster_status import NodeEnd
from py_pinger.core.text.formatting import clean, duration, timestamp
from py_pinger.web.view.cluster_rows import (
    STATE_TEXTS,
    ClusterRows,
    EndedNodeRow,
    NodeRow,
    NodeState,
    SettingsState,
    cluster_findings,
)

_HEADINGS: Final = (
    "NODE", "STATE", "TASKS", "CHANNELS", "ALSO", "LEASE", "CLOCK", "SETTINGS", "RUNNING", "VERSION",
)  # fmt: skip

# Where the state is among the columns.
_STATE: Final = 1
_COLOURS: Final = {Status.OK: "green", Status.ERROR: "red", Status.UNKNOWN: "yellow", Status.SLEEPING: "blue"}


def node_lines(rows: ClusterRows) -> Iterator[str]:
    """Yield what needs attention, the table of the nodes, the settings in force, and what has ended."""
    now = rows["at"]
    if since := rows["unreadable_since"]:
        yield f"Node {rows['node']} cannot read the database since {timestamp(since)}; this is as of then."
    yield from (f"{finding}." for finding in cluster_findings(rows, now))
    yield from _table(rows["nodes"], now)
    if settings := rows["settings"]:
        at = f"{timestamp(settings['since'])}, {duration(now - settings['since'])} ago"
        yield f"Settings in force: generation {settings['number']}, by node {settings['node']} at {at}."
    yield from (_ended(each) for each in rows["ended"])


def _table(nodes: Sequence[NodeRow], now: datetime) -> Iterator[str]:
    lines = [_HEADINGS, *(_cells(node, now) for node in nodes)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    states = [None, *(node["state"] for node in nodes)]
    for cells, state in zip(lines, states, strict=True):
        padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
        if state:
            padded[_STATE] = _coloured(padded[_STATE], state)
        yield "  ".join(padded).rstrip()


def _cells(node: NodeRow, now: datetime) -> tuple[str, ...]:
    settings = node["settings"]
    return (
        clean(node["name"]),
        STATE_TEXTS[node["state"]][0],
        f"{node['tasks']:,}",
        clean(", ".join(node["channels"])) or "-",
        clean(", ".join(node["duties"])) or "-",
        f"renewed {duration(now - node['renewed'])} ago",
        f"{node['clock_error_ms']:+,} ms",
        "in force" if settings is SettingsState.IN_FORCE else settings.value.replace("_", " "),
        duration(now - node["started"]),
        clean(node["version"]),
    )


def _coloured(text: str, state: NodeState) -> str:
    return click.style(text, fg=_COLOURS[STATE_TEXTS[state][1]])


def _ended(each: EndedNodeRow) -> str:
    name, at = clean(each["name"]), timestamp(each["ended"])
    if each["end"] is NodeEnd.LOST:
        return f"Node {name} was declared lost at {at} by node {clean(each['by'])}."
    return f"Node {name} {'was replaced' if each['end'] is NodeEnd.REPLACED else 'stopped'} at {at}."
