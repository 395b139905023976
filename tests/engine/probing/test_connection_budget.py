"""How many connections stay open."""

from __future__ import annotations

from py_pinger.engine.probing.connection_budget import PER_ORIGIN, ConnectionBudget

IDLE = 180.0


class Clock:
    """A clock that tests turn, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_places_are_used_again() -> None:
    """An origin's connection is its own from one request to the next, and others find no place."""
    keeping = ConnectionBudget(1, IDLE, Clock())
    for _ in range(3):
        assert keeping.acquire("a")
        assert not keeping.acquire("a")
        keeping.release("a", open_=True)
        assert not keeping.acquire("b")


def test_one_origin_takes_no_more_than_its_share() -> None:
    """However many there are, ten connections to one origin are kept."""
    keeping = ConnectionBudget(100, IDLE, Clock())
    assert [keeping.acquire("a") for _ in range(PER_ORIGIN + 1)] == [True] * PER_ORIGIN + [False]
    assert keeping.acquire("b")


def test_a_closed_connection_frees_its_place() -> None:
    """A request without an answer leaves no connection behind."""
    keeping = ConnectionBudget(1, IDLE, Clock())
    assert keeping.acquire("a")
    keeping.release("a", open_=False)
    assert keeping.acquire("b")


def test_what_nobody_uses_is_cleared() -> None:
    """Connections that have been idle until they closed make room for others, and only those."""
    clock = Clock()
    keeping = ConnectionBudget(3, IDLE, clock)
    for origin in ("a", "a", "b"):
        assert keeping.acquire(origin)
    for origin in ("a", "a", "b"):
        keeping.release(origin, open_=True)
    clock.now = IDLE
    assert not keeping.acquire("c"), "all three were used since the last clearing"
    assert keeping.acquire("a")
    keeping.release("a", open_=True)
    clock.now = 2 * IDLE - 1
    assert not keeping.acquire("c"), "it is too early to tell"
    clock.now = 2 * IDLE
    assert [keeping.acquire(origin) for origin in ("c", "d", "e", "a")] == [True, True, False, True]


def test_what_is_in_use_is_never_cleared() -> None:
    """A request that takes long keeps its place."""
    clock = Clock()
    keeping = ConnectionBudget(1, IDLE, clock)
    assert keeping.acquire("a")
    for round_ in range(1, 4):
        clock.now = round_ * IDLE
        assert not keeping.acquire("b")
    keeping.release("a", open_=True)
    clock.now = 4 * IDLE
    assert not keeping.acquire("b")
    clock.now = 5 * IDLE
    assert keeping.acquire("b")


def test_no_place_at_all() -> None:
    """Where nothing may be kept nothing is."""
    assert not ConnectionBudget(0, IDLE, Clock()).acquire("a")


def test_fewer_places() -> None:
    """With fewer places than are held nobody gets a new one, until enough connections are closed."""
    keeping = ConnectionBudget(2, IDLE, Clock())
    assert keeping.acquire("a")
    assert keeping.acquire("b")
    keeping.limit = 1
    keeping.release("a", open_=False)
    assert not keeping.acquire("a")
    keeping.release("b", open_=False)
    assert keeping.acquire("a")
