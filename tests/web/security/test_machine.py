"""What the machine is called, whatever its resolver does."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

import pytest

from py_pinger.web.security import machine
from py_pinger.web.security.machine import ASKED_AGAIN, Machine

OWN = "web-1"
FULL = "web-1.example"


@dataclass
class Resolver:
    """Gives its answers one after the other, an error among them; hangs until it `may_answer`."""

    answers: list[str | Exception]
    asked: int = 0
    may_answer: Event = field(default_factory=Event)

    def full_name(self) -> str:
        """Return the next answer, the last for ever."""
        self.may_answer.wait(10)
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    """Put a resolver of ours in the place of the machine's; it answers at once."""
    ours = Resolver([FULL])
    ours.may_answer.set()
    monkeypatch.setattr(socket, "gethostname", lambda: OWN)
    monkeypatch.setattr(socket, "getfqdn", ours.full_name)
    yield ours
    ours.may_answer.set()


def test_both_names(resolver: Resolver) -> None:
    """Of a resolver that answers, the first question already learns both names, and it is asked once."""
    ours = Machine(lambda: 0.0)
    assert [ours.names() for _ in range(3)] == [{OWN, FULL}] * 3
    assert resolver.asked == 1


@pytest.mark.parametrize("first", [OWN, "", OSError(), UnicodeError()], ids=repr)
def test_asked_again(resolver: Resolver, first: str | Exception) -> None:
    """Where the resolver gives nothing else it is asked again, but not at once."""
    resolver.answers = [first, FULL]
    now = 0.0
    ours = Machine(lambda: now)
    assert [ours.names() for _ in range(3)] == [{OWN}] * 3
    assert resolver.asked == 1
    now = ASKED_AGAIN
    assert ours.names() == {OWN, FULL}


def test_a_resolver_that_hangs(resolver: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the resolver hangs, everybody is answered with the host name, and nobody else asks it."""
    monkeypatch.setattr(machine, "PATIENCE", 0.01)
    resolver.may_answer.clear()
    now = 0.0
    ours = Machine(lambda: now)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: ours.names(), range(8))) == [{OWN}] * 8
    now = 2 * ASKED_AGAIN
    assert ours.names() == {OWN}
    resolver.may_answer.set()
    while FULL not in ours.names():
        pass
    assert resolver.asked == 1
