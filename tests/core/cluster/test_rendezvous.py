"""To which of several nodes an assignment belongs."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.cluster.assignments import all_assignments
from py_pinger.core.cluster.rendezvous import preferred

NAMES = st.lists(st.text("abcxyz-.", min_size=1, max_size=4), min_size=1, max_size=6, unique=True).map(tuple)
ASSIGNMENTS = st.sampled_from(all_assignments(["slack", "email"], 64))


@given(ASSIGNMENTS, NAMES)
def test_the_order_of_the_names_does_not_matter(assignment: str, names: tuple[str, ...]) -> None:
    """Nodes that read the same names in another order come to the same owner."""
    best = preferred(assignment, names)
    assert best in names
    assert preferred(assignment, names[::-1]) == preferred(assignment, tuple(sorted(names))) == best


@given(ASSIGNMENTS, NAMES)
def test_a_node_that_goes_moves_only_what_it_had(assignment: str, names: tuple[str, ...]) -> None:
    """Without another node, an assignment stays where it is."""
    best = preferred(assignment, names)
    for gone in set(names) - {best}:
        assert preferred(assignment, tuple(name for name in names if name != gone)) == best


@pytest.mark.parametrize("names", ["ab", "abc", "abcd", "abcdefgh"])
def test_shares_are_nearly_equal(names: str) -> None:
    """Of 1,024 shards each node gets its part, at most a quarter more or less."""
    shares = Counter(preferred(f"shard {number}", tuple(names)) for number in range(1_024))
    fair = 1_024 / len(names)
    assert all(0.75 * fair < shares[name] < 1.25 * fair for name in names)
