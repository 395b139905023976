"""Places, in all and for each host."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from py_pinger.engine.checking.limiter import ConcurrencyLimiter

Item = tuple[str, int]


def arrived(limiter: ConcurrencyLimiter[Item], *hosts: str) -> None:
    """Queue an item for each host, numbered by its place."""
    for number, host in enumerate(hosts):
        limiter.enqueue(host, (host, number))


@pytest.mark.parametrize(
    ("total", "per_host", "arriving", "admitted"),
    [
        pytest.param(3, 3, "aaaa", "a0 a1 a2", id="no more than there are places"),
        pytest.param(9, 2, "aaaab", "a0 b4 a1", id="no more than a host has places"),
        pytest.param(4, 2, "aaaaabbbcc", "a0 b5 c8 a1", id="the hosts take turns"),
        pytest.param(2, 5, "aabb", "a0 b2", id="a host may have more places than there are in all"),
        pytest.param(5, 5, "", "", id="nobody is there"),
    ],
)
def test_admit(total: int, per_host: int, arriving: str, admitted: str) -> None:
    """Which items are admitted, and in which order."""
    limiter: ConcurrencyLimiter[Item] = ConcurrencyLimiter(total, per_host)
    arrived(limiter, *arriving)
    assert " ".join(f"{host}{number}" for host, number in limiter.acquire_ready()) == admitted
    assert limiter.acquire_ready() == []


def test_a_full_host_delays_no_other() -> None:
    """While one host's queue is long and its places are taken, other hosts are admitted."""
    limiter: ConcurrencyLimiter[Item] = ConcurrencyLimiter(100, 1)
    arrived(limiter, "slow", "slow", "slow", "slow")
    limiter.acquire_ready()
    limiter.enqueue("quick", ("quick", 9))
    assert limiter.acquire_ready() == [("quick", 9)]


@pytest.mark.parametrize("total", [1, 2, 3, 100])
def test_a_host_is_listed_once(total: int) -> None:
    """A host that fills up, empties its queue, and queues again as one leaves is not let in twice for it."""
    limiter: ConcurrencyLimiter[Item] = ConcurrencyLimiter(total, 2)
    arrived(limiter, "a", "a")
    inside = len(limiter.acquire_ready())
    limiter.enqueue("a", ("a", 2))
    limiter.release("a")
    limiter.enqueue("a", ("a", 3))
    inside += len(limiter.acquire_ready()) - 1
    assert inside == min(total, 2)


class Gate(RuleBasedStateMachine):
    """Items of a few hosts come and go in any order; beside the turnstile stands a plain record of them."""

    @initialize(total=st.integers(1, 6), per_host=st.integers(1, 8))
    def open(self, total: int, per_host: int) -> None:
        """Begin with so many places."""
        self.total, self.per_host = total, per_host
        self.limiter: ConcurrencyLimiter[Item] = ConcurrencyLimiter(total, per_host)
        self.number = 0
        self.queued: list[Item] = []
        self.inside: list[Item] = []

    @rule(host=st.sampled_from("abc"))
    def enqueue(self, host: str) -> None:
        """Queue an item."""
        self.number += 1
        self.queued.append((host, self.number))
        self.limiter.enqueue(host, self.queued[-1])

    @rule()
    def acquire_ready(self) -> None:
        """Admit what is ready: in its host's order, and all for which there is room."""
        before = Counter(host for host, _ in self.inside)
        admitted = self.limiter.acquire_ready()
        for item in admitted:
            assert item == next(one for one in self.queued if one[0] == item[0])
            self.queued.remove(item)
            self.inside.append(item)
        task_set = Counter(host for host, _ in self.inside)
        full = len(self.inside) >= self.total
        assert full or all(task_set[host] >= self.per_host for host, _ in self.queued)
        assert len(self.inside) <= self.total or not admitted
        assert all(task_set[host] <= max(self.per_host, before[host]) for host in task_set)

    @rule(total=st.integers(1, 6), per_host=st.integers(1, 8))
    def resize(self, total: int, per_host: int) -> None:
        """Change the limits; admitted items stay."""
        self.total, self.per_host = total, per_host
        self.limiter.resize(total, per_host)

    @precondition(lambda self: self.inside)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """Give a place back."""
        item = data.draw(st.sampled_from(self.inside))
        self.inside.remove(item)
        self.limiter.release(item[0])

    def teardown(self) -> None:
        """Admit and release all items; then no host is remembered."""
        while self.queued or self.inside:
            self.acquire_ready()
            for host, _ in self.inside:
                self.limiter.release(host)
            self.inside.clear()
        kept = {name: value for name, value in vars(self.limiter).items() if value}
        assert kept == {"_total": self.total, "_per_host": self.per_host}


TestGate = Gate.TestCase


def test_fair_turns() -> None:
    """With one place in all, three hosts with queues of any length get it in turn."""
    limiter: ConcurrencyLimiter[Item] = ConcurrencyLimiter(1, 1)
    arrived(limiter, *"aaaabbcccc")
    order = ""
    while admitted := limiter.acquire_ready():
        order += admitted[0][0]
        limiter.release(admitted[0][0])
    assert sorted(order) == sorted("aaaabbcccc")
    assert order.startswith("abcabc")
