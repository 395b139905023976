"""What a node claims, releases and declares lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.cluster_views import incarnation, node, view

from py_pinger.core.cluster.assignments import all_assignments
from py_pinger.core.cluster.fitness import candidates, is_running
from py_pinger.core.cluster.plan import NodePlan, plan
from py_pinger.core.cluster.rendezvous import preferred
from py_pinger.core.model.cluster import ClusterView, Node, Sight

A, B, C = 1, 2, 3
ALL = all_assignments(["slack", "email"], 8)


def belonging_to(name: str, names: str) -> frozenset[str]:
    """Return the assignments that belong to a node among others."""
    return frozenset(each for each in ALL if preferred(each, tuple(names)) == name)


def owned_by(owner: int | None) -> dict[str, int | None]:
    """Return all assignments with one owner."""
    return dict.fromkeys(ALL, owner)


def test_the_first_node_claims_everything() -> None:
    """One node alone owns all."""
    assert plan(view(node("a"), owned=owned_by(None)), A, may_declare=False) == NodePlan(claim=frozenset(ALL))


def test_a_second_node_gets_its_share() -> None:
    """The first releases what belongs to the second, which claims nothing that is not free yet."""
    both = view(node("a"), node("b"), owned=owned_by(A))
    assert plan(both, A, may_declare=False) == NodePlan(
        claim=belonging_to("a", "ab"), release=belonging_to("b", "ab")
    )
    assert plan(both, B, may_declare=False) == NodePlan()
    free = view(node("a"), node("b"), owned=owned_by(A) | dict.fromkeys(belonging_to("b", "ab")))
    assert plan(free, B, may_declare=False) == NodePlan(claim=belonging_to("b", "ab"))


def test_a_node_that_starts_is_waited_for() -> None:
    """The others keep what belongs to it until it takes care of something, however long that takes."""
    starting = view(node("a"), node("b", sight=Sight.STARTING), owned=owned_by(A))
    assert plan(starting, A, may_declare=False) == NodePlan(claim=frozenset(ALL))
    assert plan(starting, B, may_declare=False) == NodePlan()


def test_a_node_that_is_over_plans_nothing() -> None:
    """Whose incarnation is not among those that run neither claims nor releases."""
    assert plan(view(node("b"), owned=owned_by(None)), A, may_declare=True) == NodePlan()


@pytest.mark.parametrize("may_declare", [False, True])
def test_expired_nodes_are_declared_lost(*, may_declare: bool) -> None:
    """Others whose leases have expired are lost, if the node may declare it; it never declares itself."""
    gone, me = node("b", expired=True), node("a", expired=True)
    steps = plan(view(me, gone, node("c")), A, may_declare=may_declare)
    assert steps.lost == ((gone,) if may_declare else ())


def test_an_expired_owner_keeps_what_it_has_until_it_is_over() -> None:
    """What an expired node owns is free only once it was declared over."""
    expired = view(node("a"), node("b", expired=True), owned=owned_by(B))
    assert plan(expired, A, may_declare=True).claim == frozenset()
    over = view(node("a"), owned=owned_by(None))
    assert plan(over, A, may_declare=True).claim == frozenset(ALL)


@pytest.mark.parametrize(
    "unfit",
    [
        node("a", sight=Sight.BLIND),
        node("a", sight=Sight.LEAVING),
        node("a", expired=True),
        node("a", clock_error=timedelta(minutes=1)),
        node("a", lacking=frozenset(ALL)),
    ],
)
def test_an_unfit_node_releases_everything_to_a_fit_one(unfit: Node) -> None:
    """A node that is cut off, stops or has a wrong clock gives all away, and claims nothing."""
    assert plan(view(unfit, node("b"), owned=owned_by(A)), A, may_declare=False).release == frozenset(ALL)
    assert plan(view(unfit, node("b"), owned=owned_by(None)), A, may_declare=False).claim == frozenset()


def test_while_no_node_is_fit_owners_keep() -> None:
    """Whoever has an assignment keeps it while all are cut off; what is free goes to those that run."""
    blind = [node(name, sight=Sight.BLIND) for name in "ab"]
    leaving = node("c", sight=Sight.LEAVING)
    kept = NodePlan(claim=frozenset(ALL))
    assert plan(view(*blind, leaving, owned=owned_by(C)), C, may_declare=False) == kept
    free = view(*blind, leaving, owned=owned_by(None))
    assert plan(free, A, may_declare=False).claim == belonging_to("a", "ab")
    assert plan(free, C, may_declare=False) == NodePlan()


def test_what_a_node_owns_without_knowing_it_is_claimed_again() -> None:
    """A claim whose answer was lost may have happened: what is owned is in the claim until it is released."""
    assert plan(view(node("a"), owned=owned_by(A)), A, may_declare=False) == NodePlan(claim=frozenset(ALL))


def test_while_all_stop_nothing_is_claimed() -> None:
    """Nodes that stop take nothing more."""
    both = [node(name, sight=Sight.LEAVING) for name in "ab"]
    assert plan(view(*both, owned=owned_by(None)), A, may_declare=False) == NodePlan()


def test_a_task_goes_to_a_node_that_knows_it() -> None:
    """A node releases a shard with a task that its settings lack, and the other claims it."""
    lacks, knows = node("a", lacking=frozenset({"shard 3"})), node("b")
    shard = {"shard 3": A}
    assert plan(view(lacks, knows, owned=shard), A, may_declare=False) == NodePlan(release=frozenset(shard))
    assert plan(view(lacks, knows, owned={"shard 3": None}), B, may_declare=False).claim == frozenset(shard)


NODES = st.lists(
    st.builds(
        node,
        st.sampled_from("abcd"),
        expired=st.booleans(),
        sight=st.sampled_from(Sight),
        clock_error=st.sampled_from([timedelta(0), timedelta(seconds=9)]),
        lacking=st.sampled_from([frozenset[str](), frozenset({"shard 1"}), frozenset(ALL)]),
    ),
    max_size=4,
    unique_by=lambda each: each.name,
)


@st.composite
def clusters(draw: st.DrawFn) -> ClusterView:
    """Return any view of a cluster."""
    nodes = draw(NODES)
    owners = st.sampled_from([None, *(each.incarnation for each in nodes)])
    return view(*nodes, owned={name: draw(owners) for name in ALL})


@given(clusters())
def test_plans_agree(cluster: ClusterView) -> None:
    """By one view an assignment is claimed once at most, only if free, and released by its owner alone."""
    plans = {each.incarnation: plan(cluster, each.incarnation, may_declare=True) for each in cluster.nodes}
    for name, owner in cluster.assignments.items():
        claiming = [me for me, steps in plans.items() if name in steps.claim]
        releasing = [me for me, steps in plans.items() if name in steps.release]
        assert owner is None or {*claiming, *releasing} == {owner}
        assert len(claiming) + len(releasing) <= 1
        assert claiming or owner is not None or not any(map(is_running, cluster.nodes))


@given(clusters())
def test_plans_come_to_rest(cluster: ClusterView) -> None:
    """Once all plans are carried out, candidates own everything if there are any, and no plan is left."""
    for _ in range(2):
        owned = dict(cluster.assignments)
        for each in cluster.nodes:
            steps = plan(cluster, each.incarnation, may_declare=False)
            owned |= dict.fromkeys(steps.claim, each.incarnation) | dict.fromkeys(steps.release)
        cluster = view(*cluster.nodes, owned=owned)
    for name, owner in cluster.assignments.items():
        able = [incarnation(each.name) for each in candidates(name, cluster.nodes)]
        held_elsewhere = any(each.expired and each.incarnation == owner for each in cluster.nodes)
        assert not able or owner in able or held_elsewhere
