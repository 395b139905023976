"""What the nodes of a cluster store of the tasks that are pushed, by every backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from py_pinger.core.model.push import FinishedRun, PushState, PushWrite, WaitingPush
from py_pinger.core.model.task import Task
from py_pinger.store import Store
from py_pinger.store.queries import pushes

Rows = Callable[[str], list[tuple[Any, ...]]]

A, B, C = "push:a", "push:b", "push:c"
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
NEW = PushState(NOON)
RUN = FinishedRun(NOON, NOON, healthy=True)
DONE = PushState(NOON, last=RUN)
FORWARDED = [
    WaitingPush(url, NOON + timedelta(seconds=place), b"\0 %d" % place) for place, url in enumerate([B, A, B])
]


class Receiver:
    """Writes the same of each task whose pushes it is given."""

    def __init__(self) -> None:
        self.taken: list[WaitingPush] = []

    def __call__(self, taken: Sequence[WaitingPush]) -> Sequence[PushWrite]:
        """Return what is stored for pushes."""
        self.taken += taken
        return [PushWrite(each.url, DONE, RUN, "log") for each in taken]


@pytest.fixture
def shared(store: Store) -> Store:
    """Monitor three tasks, and have pushes of two in the inbox."""
    store.set_tasks([Task(url, url) for url in (A, B, C)])
    store.shared_pushes.exchange([], FORWARDED, Receiver())
    return store


def test_the_owner_gets_what_others_received(shared: Store, rows: Rows) -> None:
    """Pushes are taken out once, in their order, and what they change is stored with that."""
    receiver, revision = Receiver(), shared.revision()
    assert shared.shared_pushes.waiting() == {A, B}
    shared.shared_pushes.exchange([B, C], [], receiver)
    assert receiver.taken == [FORWARDED[0], FORWARDED[2]]
    assert shared.shared_pushes.waiting() == {A}
    assert shared.shared_pushes.states_of([A, B, "push:other"]) == {B: DONE}
    assert (shared.log(B), rows("SELECT count(*) FROM pushed")) == ("log", [(1,)])
    assert shared.revision() != revision


def test_what_fails_takes_nothing_out(shared: Store) -> None:
    """If what the pushes change cannot be stored, they wait on, and nothing is put into the inbox."""

    def fail(_: object) -> Sequence[PushWrite]:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        shared.shared_pushes.exchange([B], [WaitingPush(C, NOON, b"")], fail)
    assert shared.shared_pushes.waiting() == {A, B}


def test_many_states_take_several_statements(shared: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """All states are found, however many tasks a node takes over."""
    monkeypatch.setattr(pushes, "KEYS_PER_STATEMENT", 2)
    shared.shared_pushes.exchange([], [], lambda _: [PushWrite(url, NEW) for url in (A, B, C)])
    assert shared.shared_pushes.states_of([C, A, B]) == dict.fromkeys((A, B, C), NEW)
