"""What the numbers of transactions say about lost answers and lost commits."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.cluster.commits import LONGEST_RESTORE, RUN_KEPT, CommitHistory, Continuity, is_run_lost

SEVEN = CommitHistory(7)
UNSURE = SEVEN.after_lost_answer(8)


@pytest.mark.parametrize(
    ("history", "number", "continuity"),
    [
        pytest.param(CommitHistory(), 1, Continuity.CONTINUES, id="the first"),
        pytest.param(SEVEN, 8, Continuity.CONTINUES, id="the next"),
        pytest.param(SEVEN, 7, Continuity.LOST, id="the last one is gone"),
        pytest.param(SEVEN, 2, Continuity.LOST, id="several are gone"),
        pytest.param(SEVEN, 9, Continuity.ANOTHER, id="one that is not ours"),
        pytest.param(UNSURE, 8, Continuity.CONTINUES, id="the unconfirmed one did not happen"),
        pytest.param(UNSURE, 9, Continuity.UNCONFIRMED_HAPPENED, id="the unconfirmed one happened"),
        pytest.param(UNSURE, 7, Continuity.LOST, id="confirmed ones are gone too"),
        pytest.param(UNSURE, 10, Continuity.ANOTHER, id="more than the unconfirmed one"),
    ],
)
def test_continuity(history: CommitHistory, number: int, continuity: Continuity) -> None:
    """The number that follows says what became of those before."""
    assert history.continuity(number) is continuity


def test_a_confirmed_commit_is_the_last_one() -> None:
    """Whether the one before it was confirmed no longer matters."""
    assert UNSURE.after_commit(9) == CommitHistory(9)


@given(st.lists(st.sampled_from(["commit", "roll back", "lose the answer", "lose the commit"])))
def test_a_database_that_loses_no_commit_is_never_suspected(steps: list[str]) -> None:
    """Whatever answers are lost, each unconfirmed transaction is known by the next one, and none is LOST."""
    history, written, expected = CommitHistory(), 0, Continuity.CONTINUES
    for step in steps:
        number = written + 1
        assert history.continuity(number) is expected
        if step == "commit":
            history, expected = history.after_commit(number), Continuity.CONTINUES
        elif step != "roll back":
            history = history.after_lost_answer(number)
            expected = Continuity.CONTINUES
            if step == "lose the answer":
                expected = Continuity.UNCONFIRMED_HAPPENED
        written += step in {"commit", "lose the answer"}


@given(st.integers(1, 50), st.integers(1, 50), st.booleans())
def test_lost_commits_are_known_by_the_next_one(written: int, lost: int, unsure: bool) -> None:  # noqa: FBT001 - from a strategy
    """A database that has lost confirmed commits says so at once: LOST, from this number on."""
    history = CommitHistory(written)
    if unsure:
        history = history.after_lost_answer(written + 1)
    assert history.continuity(max(written - lost, 0) + 1) is Continuity.LOST


@pytest.mark.parametrize(
    ("renewed_ago", "has_successor", "lost"),
    [
        pytest.param(1.0, False, True, id="the database was restored meanwhile"),
        pytest.param(LONGEST_RESTORE - 1, False, True, id="that took nearly an hour"),
        pytest.param(LONGEST_RESTORE, False, False, id="cut off for too long"),
        pytest.param(RUN_KEPT, False, False, id="suspended for a day: the row may have been deleted"),
        pytest.param(inf, False, False, id="never renewed"),
        pytest.param(1.0, True, False, id="another process is this node by now"),
        pytest.param(RUN_KEPT, True, False, id="suspended for a day and replaced"),
    ],
)
def test_a_run_without_a_row(renewed_ago: float, has_successor: bool, lost: bool) -> None:  # noqa: FBT001 - parameters of the table
    """It goes on if the row cannot have been deleted after its end, and its node has no later run."""
    assert is_run_lost(renewed_ago, has_successor=has_successor) is lost
