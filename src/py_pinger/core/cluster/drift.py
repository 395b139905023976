"""Drift: nodes whose settings or secrets differ from those of the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from py_pinger.core.cluster.fitness import is_running
from py_pinger.core.model.cluster import ClusterView, Node, SettingsGeneration

# A change reaches one node after the other: until then it needs no notice.
NOTIFIED_AFTER: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SettingsDrift:
    """The names of the nodes whose `settings` differ from those in force, or whose `secrets` alone.

    Secrets are compared with those of the `model`: the node that put the settings in force, or else the
    oldest one with these settings.
    """

    settings: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    model: str = ""

    @property
    def exists(self) -> bool:
        """Whether any node differs."""
        return bool(self.settings or self.secrets)


def drift(view: ClusterView) -> SettingsDrift:
    """Return which running nodes differ; none before the first settings are in force."""
    if view.generation is None:
        return SettingsDrift()
    nodes = tuple(filter(is_running, view.nodes))
    agreeing = [node for node in nodes if node.report.settings == view.generation.settings]
    different = _names(node for node in nodes if node not in agreeing)
    if not agreeing:
        return SettingsDrift(different)
    model = _model(agreeing, view.generation)
    secret = _names(node for node in agreeing if node.report.secrets != model.report.secrets)
    return SettingsDrift(different, secret, model.name)


def _model(agreeing: Iterable[Node], generation: SettingsGeneration) -> Node:
    return min(agreeing, key=lambda node: (node.name != generation.node, node.started, node.name))


def _names(nodes: Iterable[Node]) -> tuple[str, ...]:
    return tuple(sorted(node.name for node in nodes))


@dataclass(frozen=True, slots=True)
class DriftWatch:
    """The drift that was seen last, and `since` when there is one without a break."""

    drift: SettingsDrift = SettingsDrift()
    since: datetime | None = None

    def after(self, drift: SettingsDrift, at: datetime) -> Self:
        """Return the watch after the nodes were compared again."""
        return replace(self, drift=drift, since=(self.since or at) if drift.exists else None)

    def is_lasting(self, now: datetime) -> bool:
        """Return True if the drift has lasted long enough for a notice."""
        return self.since is not None and now - self.since >= NOTIFIED_AFTER
