"""Places, in all and for each host."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from py_pinger.engine.checking.limiter import ADMITTED_TOGETHER, ConcurrencyLimiter, Place

Item = tuple[str, int]

# The host, the page and the number of an item.
PageItem = tuple[str, str, int]


def arrived(limiter: ConcurrencyLimiter[Item], *hosts: str) -> None:
    """Queue an item for each host, numbered by its place, each of a page of its own."""
    for number, host in enumerate(hosts):
        limiter.enqueue(host, (host, number), (host, number))


def admitted(limiter: ConcurrencyLimiter[Item]) -> list[Item]:
    """Admit what is ready."""
    return [item for item, _ in limiter.acquire_ready()]


@pytest.mark.parametrize(
    ("total", "per_host", "arriving", "expected"),
    [
        pytest.param(3, 3, "aaaa", "a0 a1 a2", id="no more than there are places"),
        pytest.param(9, 2, "aaaab", "a0 b4 a1", id="no more than a host has places"),
        pytest.param(4, 2, "aaaaabbbcc", "a0 b5 c8 a1", id="the hosts take turns"),
        pytest.param(2, 5, "aabb", "a0 b2", id="a host may have more places than there are in all"),
        pytest.param(5, 5, "", "", id="nobody is there"),
    ],
)
def test_admit(total: int, per_host: int, arriving: str, expected: str) -> None:
    """Which items are admitted, and in which order."""
    limiter: ConcurrencyLimiter[Item] = ConcurrencyLimiter(total, per_host)
    arrived(limiter, *arriving)
    assert " ".join(f"{host}{number}" for host, number in admitted(limiter)) == expected
    assert admitted(limiter) == []


def test_a_full_host_delays_no_other() -> None:
    """While one host's queue is long and its places are taken, other hosts are admitted."""
    limiter: ConcurrencyLimiter[Item] = ConcurrencyLimiter(100, 1)
    arrived(limiter, "slow", "slow", "slow", "slow")
    limiter.acquire_ready()
    limiter.enqueue("quick", "page", ("quick", 9))
    assert admitted(limiter) == [("quick", 9)]


@pytest.mark.parametrize("total", [1, 2, 3, 100])
def test_a_host_is_listed_once(total: int) -> None:
    """A host that fills up, empties its queue, and queues again as one leaves is not let in twice for it."""
    limiter: ConcurrencyLimiter[Item] = ConcurrencyLimiter(total, 2)
    arrived(limiter, "a", "a")
    ((_, place), *others) = limiter.acquire_ready()
    limiter.enqueue("a", 2, ("a", 2))
    limiter.release(place)
    limiter.enqueue("a", 3, ("a", 3))
    inside = len(others) + len(admitted(limiter))
    assert inside == min(total, 2)


def test_items_of_a_page_use_one_place() -> None:
    """The first item of a page is admitted alone; the others, also later ones, follow in its place."""
    limiter: ConcurrencyLimiter[Item] = ConcurrencyLimiter(2, 1)
    for number in range(120):
        limiter.enqueue("a", "list", ("a", number))
    limiter.enqueue("b", "list of b", ("b", 0))
    limiter.enqueue("a", "other", ("a", 999))
    ((first, place), (other, _)) = limiter.acquire_ready()
    assert (first, other) == (("a", 0), ("b", 0))
    limiter.enqueue("a", "list", ("a", 120))
    # Those that wait for their own page wait for no limit.
    assert [item for item, _ in limiter.waiting()] == [("a", 999)]
    numbers = []
    in_use = 1
    for expected in (ADMITTED_TOGETHER, ADMITTED_TOGETHER, 20):
        assert admitted(limiter) == []
        for _ in range(in_use):
            limiter.release(place)
        numbers += [number for _, number in admitted(limiter)]
        in_use = expected
    assert numbers == [*range(1, 121)]
    for _ in range(in_use):
        limiter.release(place)
    assert admitted(limiter) == [("a", 999)]


class Gate(RuleBasedStateMachine):
    """Items of a few hosts and pages come and go in any order; a plain record of them is kept as well."""

    @initialize(total=st.integers(1, 6), per_host=st.integers(1, 8))
    def open(self, total: int, per_host: int) -> None:
        """Begin with so many places."""
        self.total, self.per_host = total, per_host
        self.limiter: ConcurrencyLimiter[PageItem] = ConcurrencyLimiter(total, per_host)
        self.number = 0
        self.queued: list[PageItem] = []
        self.inside: list[tuple[PageItem, Place[PageItem]]] = []
        # Pages that hold a place.
        self.pages: set[str] = set()

    @rule(host=st.sampled_from("abc"), page=st.none() | st.sampled_from("xyz"))
    def enqueue(self, host: str, page: str | None) -> None:
        """Queue an item, of a page of its own or of one that others are of too."""
        self.number += 1
        item = (host, f"{host}{page or self.number}", self.number)
        self.queued.append(item)
        self.limiter.enqueue(host, item[1], item)

    @rule()
    def acquire_ready(self) -> None:
        """Admit what is ready: in its page's order, and all for which there is room."""
        before = self.places()
        in_use = {page for (_, page, _), _ in self.inside}
        admitted = self.limiter.acquire_ready()
        for item, place in admitted:
            assert item == next(one for one in self.queued if one[1] == item[1])
            assert item[1] not in in_use
            self.queued.remove(item)
            self.inside.append((item, place))
            self.pages.add(item[1])
        places = self.places()
        full = len(self.pages) >= self.total
        for host, page, _ in self.queued:
            assert full or places[host] >= self.per_host or page in self.pages
        assert len(self.pages) <= max(self.total, before.total())
        assert all(places[host] <= max(self.per_host, before[host]) for host in places)

    def places(self) -> Counter[str]:
        """Return how many places each host has."""
        return Counter(page[0] for page in self.pages)

    @rule(total=st.integers(1, 6), per_host=st.integers(1, 8))
    def resize(self, total: int, per_host: int) -> None:
        """Change the limits; admitted items stay."""
        self.total, self.per_host = total, per_host
        self.limiter.resize(total, per_host)

    @precondition(lambda self: self.inside)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """Give a place back, or leave it to the next items of the page."""
        self.leave(data.draw(st.integers(0, len(self.inside) - 1)))

    def leave(self, number: int) -> None:
        """End the use of a place."""
        (_, page, _), place = self.inside.pop(number)
        self.limiter.release(place)
        others = [*self.queued, *(item for item, _ in self.inside)]
        if all(other[1] != page for other in others):
            self.pages.discard(page)

    def teardown(self) -> None:
        """Admit and release all items; then no host is remembered."""
        while self.queued or self.inside:
            self.acquire_ready()
            while self.inside:
                self.leave(0)
        kept = {name: value for name, value in vars(self.limiter).items() if value}
        assert kept == {"_total": self.total, "_per_host": self.per_host}


TestGate = Gate.TestCase


def test_fair_turns() -> None:
    """With one place in all, three hosts with queues of any length get it in turn."""
    limiter: ConcurrencyLimiter[Item] = ConcurrencyLimiter(1, 1)
    arrived(limiter, *"aaaabbcccc")
    order = ""
    while ready := limiter.acquire_ready():
        ((item, place),) = ready
        order += item[0]
        limiter.release(place)
    assert sorted(order) == sorted("aaaabbcccc")
    assert order.startswith("abcabc")
