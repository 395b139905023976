"""Which settings are in force, and what a node lacks of them."""

from __future__ import annotations

import pytest

from py_pinger.core.cluster.assignments import SHARDS, shard_name, shard_of
from py_pinger.core.cluster.generations import SettingsDecision, at_reload, at_start, lacking

RULE, JOIN = SettingsDecision.RULE, SettingsDecision.JOIN
HERE, OTHER, PUSHED = "https://a.example/1", "https://b.example/1", "push:backup"


@pytest.mark.parametrize(
    ("ruling", "seen", "has_peers", "decision"),
    [
        pytest.param(None, False, False, RULE, id="the first node of all"),
        pytest.param(None, False, True, RULE, id="a peer has not put its settings in force yet"),
        pytest.param("mine", True, False, JOIN, id="the same settings"),
        pytest.param("mine", True, True, JOIN, id="the same settings as the peers"),
        pytest.param("other", False, False, RULE, id="new settings, alone"),
        pytest.param("other", False, True, JOIN, id="new settings beside peers"),
        pytest.param("other", True, False, JOIN, id="old settings, alone: it was away"),
        pytest.param("other", True, True, JOIN, id="old settings beside peers"),
    ],
)
def test_at_start(ruling: str | None, *, seen: bool, has_peers: bool, decision: SettingsDecision) -> None:
    """A start puts settings in force only if they are new and no other node runs."""
    assert at_start("mine", ruling, seen=seen, has_peers=has_peers) is decision


@pytest.mark.parametrize(("ruling", "decision"), [(None, RULE), ("other", RULE), ("mine", JOIN)])
def test_at_reload(ruling: str | None, decision: SettingsDecision) -> None:
    """A reload puts settings in force, unless a reload of another node already has."""
    assert at_reload("mine", ruling) is decision


def test_lacking() -> None:
    """A node lacks the shards of tasks, and the channels, that its settings do not have."""
    known = {HERE, "https://c.example/"}
    found = lacking([HERE, OTHER, PUSHED], known, ["slack", "log"], {"log", "x"}, SHARDS)
    assert found == {shard_name(shard_of(url, SHARDS)) for url in (OTHER, PUSHED)} | {"channel slack"}
    assert lacking([HERE], {HERE}, ["log"], ["log"], SHARDS) == frozenset()
