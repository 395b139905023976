"""Noticing that a host's addresses change."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from socket import EAI_AGAIN, EAI_NONAME, gaierror
from threading import Event

import pytest

from py_pinger.engine.probing import name_watch
from py_pinger.engine.probing.name_watch import LOOKUP_INTERVAL, MAX_LOOKUPS, NameWatch

HOST = "name.example"
LONGEST = timedelta(seconds=10)


class Resolver:
    """A resolver that says what a test wants, and a clock that each check moves on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.found: tuple[str, ...] | Exception = ("127.0.0.1",)
        self.lookups = 0
        self.watch = NameWatch(lambda: self.now)
        monkeypatch.setattr(name_watch, "resolve", self.resolve)

    async def resolve(self, _host: str, _limit: float) -> tuple[str, ...]:
        """Return the addresses."""
        self.lookups += 1
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    async def check(self, *found: str | Exception) -> int:
        """Return the moves that a check sees once lookups find this."""
        (error,) = found if isinstance(found[0], Exception) else (None,)
        self.found = error if isinstance(error, Exception) else tuple(map(str, found))
        self.now += LOOKUP_INTERVAL
        moves = await self.watch.moves(HOST, LONGEST)
        await asyncio.sleep(0)
        return moves


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    """Return a resolver that knows one address."""
    return Resolver(monkeypatch)


async def test_moves(resolver: Resolver) -> None:
    """A host moves when an address that it had is missing; more of them and another order are no move."""
    assert await resolver.check("127.0.0.1") == 0
    assert await resolver.check("127.0.0.1") == 0
    assert await resolver.check("127.0.0.2", "127.0.0.1") == 0
    assert await resolver.check("127.0.0.1", "127.0.0.2") == 0
    assert await resolver.check("127.0.0.2") == 1
    assert await resolver.check("127.0.0.3") == 2


async def test_failed_lookups(resolver: Resolver) -> None:
    """A name server that fails says nothing about a host; one that does not know it says that it is gone."""
    assert await resolver.check("127.0.0.1") == 0
    for error in (gaierror(EAI_AGAIN, "later"), OSError(5, "no"), UnicodeError("no"), RuntimeError("no")):
        assert await resolver.check(error) == 0
    assert await resolver.check("127.0.0.1") == 0
    assert await resolver.check(gaierror(EAI_NONAME, "unknown")) == 1
    assert await resolver.check("127.0.0.1") == 1


async def test_without_descriptors(resolver: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that seems to be unknown for lack of file descriptors has not moved."""
    monkeypatch.setattr(name_watch, "is_out_of_descriptors", lambda: True)
    await resolver.check("127.0.0.1")
    assert await resolver.check(gaierror(EAI_NONAME, "unknown")) == 0


async def test_how_often(resolver: Resolver) -> None:
    """A host is looked up once in thirty seconds, however many checks it has; an address never."""
    await asyncio.gather(*(resolver.watch.moves(HOST, LONGEST) for _ in range(10)))
    assert resolver.lookups == 1
    resolver.now += LOOKUP_INTERVAL - 1
    await resolver.watch.moves(HOST, LONGEST)
    assert resolver.lookups == 1
    resolver.now += 1
    await asyncio.gather(*(resolver.watch.moves(HOST, LONGEST) for _ in range(10)))
    assert resolver.lookups == 2
    for address in ("127.0.0.1", "[::1]"):
        assert await resolver.watch.moves(address, LONGEST) == 0
    assert resolver.lookups == 2


async def test_a_slow_name_server(resolver: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check waits a moment for a slow lookup, whose result counts for the next check."""
    go = asyncio.Event()

    async def slow(_host: str, _limit: float) -> tuple[str, ...]:
        await go.wait()
        return ("127.0.0.9",)

    await resolver.check("127.0.0.1")
    monkeypatch.setattr(name_watch, "resolve", slow)
    monkeypatch.setattr(name_watch, "PATIENCE", 0.01)
    assert await resolver.check("") == 0
    go.set()
    assert await resolver.check("127.0.0.9") == 1


async def test_a_silent_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that does not answer costs a few threads, not one for each host; closing ends all."""
    over, asked = Event(), list[str]()

    def hang(host: str, *_: object, **__: object) -> list[object]:
        asked.append(host)
        over.wait()
        return []

    monkeypatch.setattr("py_pinger.engine.probing.resolver.getaddrinfo", hang)
    watch = NameWatch()
    for number in range(3 * MAX_LOOKUPS):
        assert await watch.moves(f"host{number}.example", LONGEST) == 0
    await asyncio.sleep(0.01)
    await watch.close()
    assert len(asked) == MAX_LOOKUPS
    over.set()


async def test_many_hosts(resolver: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts beyond the limit take the place of the oldest."""
    monkeypatch.setattr(name_watch, "MAX_HOSTS", 2)
    for host in ("a", "b", "c", "a"):
        await resolver.watch.moves(host, LONGEST)
        await asyncio.sleep(0)
    assert resolver.lookups == 4
