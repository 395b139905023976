"""How many connections stay open."""

from __future__ import annotations

from py_pinger.engine.probing.connection_budget import MAX_AGE, PER_ORIGIN, ConnectionBudget, ConnectionUse

IDLE = 180.0


class Clock:
    """A clock that tests turn, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def is_kept(budget: ConnectionBudget, origin: str) -> bool:
    """Acquire a place, and return True if there is one."""
    return budget.acquire(origin) is not ConnectionUse.NEW


def test_places_are_used_again() -> None:
    """An origin's connection is its own from one request to the next, and others find no place."""
    keeping = ConnectionBudget(1, IDLE, Clock())
    for _ in range(3):
        assert is_kept(keeping, "a")
        assert not is_kept(keeping, "a")
        keeping.release("a", open_=True)
        assert not is_kept(keeping, "b")


def test_one_origin_takes_no_more_than_its_share() -> None:
    """However many there are, ten connections to one origin are kept."""
    keeping = ConnectionBudget(100, IDLE, Clock())
    assert [is_kept(keeping, "a") for _ in range(PER_ORIGIN + 1)] == [True] * PER_ORIGIN + [False]
    assert is_kept(keeping, "b")


def test_a_closed_connection_frees_its_place() -> None:
    """A request without an answer leaves no connection behind."""
    keeping = ConnectionBudget(1, IDLE, Clock())
    assert is_kept(keeping, "a")
    keeping.release("a", open_=False)
    assert is_kept(keeping, "b")


def test_idle_connections_are_cleared() -> None:
    """Connections that have been idle until they closed make room for others, and only those."""
    clock = Clock()
    keeping = ConnectionBudget(3, IDLE, clock)
    for origin in ("a", "a", "b"):
        assert is_kept(keeping, origin)
    for origin in ("a", "a", "b"):
        keeping.release(origin, open_=True)
    clock.now = IDLE
    assert not is_kept(keeping, "c"), "all three were used since the last clearing"
    assert is_kept(keeping, "a")
    keeping.release("a", open_=True)
    clock.now = 2 * IDLE - 1
    assert not is_kept(keeping, "c"), "it is too early to tell"
    clock.now = 2 * IDLE
    assert [is_kept(keeping, origin) for origin in ("c", "d", "e", "a")] == [True, True, False, True]


def test_what_is_in_use_is_never_cleared() -> None:
    """A request that takes long keeps its place."""
    clock = Clock()
    keeping = ConnectionBudget(1, IDLE, clock)
    assert is_kept(keeping, "a")
    for round_ in range(1, 4):
        clock.now = round_ * IDLE
        assert not is_kept(keeping, "b")
    keeping.release("a", open_=True)
    clock.now = 4 * IDLE
    assert not is_kept(keeping, "b")
    clock.now = 5 * IDLE
    assert is_kept(keeping, "b")


def test_no_place_at_all() -> None:
    """Where nothing may be kept nothing is."""
    assert not is_kept(ConnectionBudget(0, IDLE, Clock()), "a")


def test_fewer_places() -> None:
    """With fewer places than are held nobody gets a new one, until enough connections are closed."""
    keeping = ConnectionBudget(2, IDLE, Clock())
    assert is_kept(keeping, "a")
    assert is_kept(keeping, "b")
    keeping.limit = 1
    keeping.release("a", open_=False)
    assert not is_kept(keeping, "a")
    keeping.release("b", open_=False)
    assert is_kept(keeping, "a")


def use(budget: ConnectionBudget, moves: int = 0) -> ConnectionUse:
    """Make one request to an origin, and return which connection it used."""
    found = budget.acquire("a", moves)
    if found is not ConnectionUse.NEW:
        budget.release("a", open_=found is ConnectionUse.KEPT)
    return found


def test_greatest_age() -> None:
    """Each connection of an origin is closed once after five minutes, however often it is used."""
    clock = Clock()
    budget = ConnectionBudget(10, IDLE, clock)
    for _ in range(2):
        budget.acquire("a")
    for _ in range(2):
        budget.release("a", open_=True)
    clock.now = MAX_AGE
    assert use(budget) is ConnectionUse.KEPT
    clock.now += 1
    assert [use(budget) for _ in range(4)] == [*[ConnectionUse.LAST] * 2, *[ConnectionUse.KEPT] * 2]
    clock.now += MAX_AGE - 1
    assert use(budget) is ConnectionUse.KEPT
    clock.now += 2
    assert [use(budget) for _ in range(2)] == [ConnectionUse.LAST, ConnectionUse.KEPT]


def test_a_host_that_moved() -> None:
    """After a move no old connection is used, until all of them were idle for long enough to be closed."""
    clock = Clock()
    budget = ConnectionBudget(10, IDLE, clock)
    assert use(budget) is ConnectionUse.KEPT
    budget.acquire("a")
    assert use(budget, 1) is ConnectionUse.NEW
    clock.now = IDLE
    assert use(budget, 1) is ConnectionUse.NEW, "an old one is still in use"
    budget.release("a", open_=True)
    clock.now = 2 * IDLE - 1
    assert use(budget, 1) is ConnectionUse.NEW
    clock.now = 2 * IDLE
    assert [use(budget, 1) for _ in range(2)] == [ConnectionUse.KEPT] * 2
    clock.now += MAX_AGE
    assert use(budget, 1) is ConnectionUse.KEPT


def test_renewal() -> None:
    """One origin's connections can be given up; those of others stay in use."""
    budget = ConnectionBudget(10, IDLE, Clock())
    for origin in ("1 https://a", "2 https://a", "1 https://a:8443"):
        assert is_kept(budget, origin)
        budget.release(origin, open_=True)
    budget.renew("https://a")
    assert not is_kept(budget, "1 https://a")
    assert not is_kept(budget, "2 https://a")
    assert is_kept(budget, "1 https://a:8443")
