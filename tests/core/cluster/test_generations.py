"""Which settings are in force, and what a node lacks of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.cluster_views import NOW, node, view

from py_pinger.core.cluster.assignments import SHARDS, shard_name, shard_of
from py_pinger.core.cluster.generations import (
    SettingsDecision,
    at_reload,
    at_start,
    is_set_back,
    lacking,
    should_rule,
)
from py_pinger.core.model.cluster import Node, NodeReport, SettingsGeneration, Sight

RULE, JOIN = SettingsDecision.RULE, SettingsDecision.JOIN
HERE, OTHER, PUSHED = "https://a.example/1", "https://b.example/1", "push:backup"


@pytest.mark.parametrize(
    ("ruling", "seen", "has_peers", "is_author", "decision"),
    [
        pytest.param(None, False, False, False, RULE, id="the first node of all"),
        pytest.param(None, False, True, False, RULE, id="a peer has not put its settings in force yet"),
        pytest.param("mine", True, False, False, JOIN, id="the same settings"),
        pytest.param("mine", True, True, False, JOIN, id="the same settings as the peers"),
        pytest.param("other", False, False, False, RULE, id="new settings, alone"),
        pytest.param("other", False, True, False, JOIN, id="new settings next to peers"),
        pytest.param("other", True, False, False, JOIN, id="old settings, alone: it was away"),
        pytest.param("other", True, False, True, RULE, id="old settings, alone, instead of its own"),
        pytest.param("other", True, True, True, JOIN, id="old settings next to peers"),
    ],
)
def test_at_start(
    ruling: str | None, *, seen: bool, has_peers: bool, is_author: bool, decision: SettingsDecision
) -> None:
    """A start puts settings in force only if no other node runs, and they are new or put back on purpose."""
    decided = at_start("mine", ruling, seen=seen, has_peers=has_peers, is_author=is_author)
    assert decided is decision


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


def reporting(
    name: str, settings: str, *, started: int = 1, expired: bool = False, sight: Sight = Sight.CLEAR
) -> Node:
    """Return a node with these settings that started so many minutes after NOW."""
    report = NodeReport(settings, sight=sight)
    return replace(node(name, expired=expired), started=NOW + timedelta(minutes=started), report=report)


def generation(settings: str, author: str = "a", since: int = 0) -> SettingsGeneration:
    """Return settings in force since so many minutes after NOW."""
    return SettingsGeneration(4, settings, NOW + timedelta(minutes=since), author)


@pytest.mark.parametrize(
    ("nodes", "ruling", "names"),
    [
        pytest.param([reporting("a", "new"), reporting("b", "new")], "old", "a", id="all have new ones"),
        pytest.param([reporting("a", "old"), reporting("b", "old")], "old", "", id="those in force"),
        pytest.param([reporting("a", "new"), reporting("b", "old")], "old", "", id="one has not"),
        pytest.param([reporting("a", "new"), reporting("b", "newer")], "old", "", id="not the same"),
        pytest.param([reporting("a", "new")], "old", "", id="one runs alone"),
        pytest.param(
            [reporting("b", "old", started=-5), reporting("c", "old")],
            "new",
            "",
            id="the one that has reloaded is gone, another has not yet",
        ),
        pytest.param(
            [reporting("a", "old", sight=Sight.LEAVING), reporting("b", "new"), reporting("c", "new")],
            "old",
            "b",
            id="one that has not stops",
        ),
        pytest.param(
            [reporting("a", "old", expired=True), reporting("b", "new"), reporting("c", "new")],
            "old",
            "b",
            id="one that has not is lost",
        ),
        pytest.param([reporting("a", "new"), reporting("b", "new")], None, "", id="none in force"),
    ],
)
def test_should_rule(nodes: list[Node], ruling: str | None, names: str) -> None:
    """Settings that all running nodes have are put in force by the first of them."""
    in_force = None if ruling is None else generation(ruling)
    seen = view(*nodes, generation=in_force)
    assert "".join(each.name for each in nodes if should_rule(seen, each.incarnation)) == names


@given(
    st.permutations("abc"),
    st.lists(st.sampled_from(["restart", "reload"]), min_size=3, max_size=3),
    st.booleans(),
)
def test_settings_that_are_rolled_out_are_in_force_in_the_end(
    order: Sequence[str],
    ways: Sequence[str],
    back: bool,  # noqa: FBT001 - from a strategy
) -> None:
    """Whichever node is first, and whether it reloads or restarts, also with settings of before."""
    nodes = {name: reporting(name, "old", started=-5) for name in "abc"}
    ruling, seen = generation("old"), {"old", "new"} if back else {"old"}
    for minute, name, way in zip(count(1), order, ways, strict=False):
        if way == "reload":
            nodes[name] = replace(nodes[name], report=NodeReport("new"))
            decision = at_reload("new", ruling.settings)
        else:
            nodes[name] = reporting(name, "new", started=minute)
            decision = at_start(
                "new", ruling.settings, seen="new" in seen, has_peers=True, is_author=ruling.node == name
            )
        if decision is RULE:
            ruling = generation("new", name, minute)
        seen.add("new")
        cluster = view(*nodes.values(), generation=ruling)
        if any(should_rule(cluster, each.incarnation) for each in nodes.values()):
            assert {each.report.settings for each in nodes.values()} == {"new"}
            ruling = generation("new", name, minute)
    assert ruling.settings == "new"


@pytest.mark.parametrize(
    ("number", "seconds", "set_back"),
    [
        pytest.param(3, 0, False, id="the same"),
        pytest.param(2, -60, True, id="older ones"),
        pytest.param(4, 60, False, id="newer ones"),
        pytest.param(4, 0, False, id="other items of a page"),
        pytest.param(2, 0, False, id="items of a page are lost"),
        pytest.param(3, 60, False, id="another node has put some in force since the loss"),
        pytest.param(4, -60, False, id="newer ones, after the clock was set back"),
    ],
)
def test_is_set_back(number: int, seconds: float, *, set_back: bool) -> None:
    """Settings with an earlier time and no higher number are those of a backup; so is none at all."""
    newest = SettingsGeneration(3, "mine", NOW, "a")
    found = SettingsGeneration(number, "older", NOW + timedelta(seconds=seconds), "b")
    assert is_set_back(newest, found) is set_back
    assert is_set_back(newest, None)
