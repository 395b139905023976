"""The network gone: hosts that say nothing, refuse or drop packets, and name servers that fail."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from time import sleep

from tests.faults.conftest import Measure
from tests.faults.fake_dns import NameServer
from tests.faults.flaky_tasks import HOSTS, Chores
from tests.faults.parallel import at_once
from tests.faults.privileges import mounting
from tests.faults.profile import Extent
from tests.faults.scenario import Stage, complaints, staged
from tests.support.counting_server import hangs, resets
from tests.support.eventually import eventually
from tests.support.program import Pinger

CUT_OFF = "I may be cut off: "
BACK = "The network is back: "
TIMEOUT = 1

# Minutes after which an outage that lasts is told all the same.
OFFLINE_GRACE = 0.05
NAMES = {f"chore-{number}.faults.test": host for number, host in enumerate(HOSTS, 1)}


Fault = Callable[[Chores], AbstractContextManager[None]]


@contextmanager
def black_holed(chores: Chores) -> Iterator[None]:
    """Have all take connections and say nothing."""
    chores.outage = hangs
    yield
    chores.outage = None


@contextmanager
def reset(chores: Chores) -> Iterator[None]:
    """Have all connections broken off, as a firewall does it."""
    chores.outage = resets
    yield
    chores.outage = None


@contextmanager
def refused(chores: Chores) -> Iterator[None]:
    """Have nobody listen."""
    with chores.is_unannounced():
        yield


@contextmanager
def dropped(chores: Chores) -> Iterator[None]:
    """Have the kernel drop what would open a connection: the queue of those that wait is full."""
    with chores.is_unannounced(), socket.socket() as deaf, ExitStack() as waiting:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        deaf.bind(chores.server_address)
        deaf.listen(0)
        for _ in range(3):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)  # noqa: FBT003 - the socket's own signature
            one.connect_ex(("127.0.0.1", chores.server_address[1]))
        yield


def test_a_lost_network_is_one_word(tmp_path: Path, extent: Extent, measure: Measure) -> None:
    """While nobody can be reached nobody is blamed; one word says so, and one that it is over.

    What lasts longer than `offline_grace` is notified.
    """
    faults = (black_holed, refused, dropped, reset) if extent.thorough else (refused,)
    stories = [partial(_lost, tmp_path, extent, fault) for fault in faults]
    for sentence in at_once(partial(_lasting, tmp_path), *stories):
        measure(sentence)


def test_a_canary_decides(tmp_path: Path, extent: Extent, measure: Measure) -> None:
    """A canary that is gone as well makes one host enough to doubt; one that sings tells all to be told."""
    for sentence in at_once(partial(_canary_gone, tmp_path, extent), partial(_canary_fine, tmp_path)):
        measure(sentence)


def test_a_failing_name_server_is_one_word(tmp_path: Path, extent: Extent, measure: Measure) -> None:
    """While no name can be looked up nobody is blamed; one word says so, and one that it is over."""
    manners = ("keeps_silent", "lies") if extent.thorough else ("keeps_silent",)
    for sentence in at_once(*(partial(_nameless, tmp_path, extent, manner) for manner in manners)):
        measure(sentence)


def _lost(folder: Path, extent: Extent, fault: Fault) -> str:
    with staged(folder / fault.__name__) as stage:
        stage.configure(timeout=TIMEOUT)
        with stage.pinger() as pinger:
            stage.wait_until_well()
            with fault(stage.chores):
                failed = _hold_doubt(stage, extent, pinger)
            _hold_return(stage, pinger, failed)
        return f"all {fault.__name__} for {extent.outage:.0f} s: {_held_words(stage)}"


def _lasting(folder: Path) -> str:
    with staged(folder / "lasting") as stage:
        stage.configure(timeout=TIMEOUT, offline_grace=OFFLINE_GRACE)
        with stage.pinger() as pinger:
            stage.wait_until_well()
            with black_holed(stage.chores):
                eventually(lambda: _named(stage) == set(stage.chores.urls), "the failures to be told")
                rows = pinger.rows()
            pinger.rows_where(lambda row: row["status"] == "ok", "all to be well again")
        assert {row["status"] for row in rows.values()} == {"error"}
        assert len([word for word in stage.own_words() if CUT_OFF in word]) == 1
        return f"all gone for longer than {60 * OFFLINE_GRACE:.0f} s: notified in {_alerts(stage)} messages"


def _canary_gone(folder: Path, extent: Extent) -> str:
    with staged(folder / "gone", HOSTS[:1]) as stage, Chores(("127.0.7.99",)) as canary:
        stage.configure(timeout=TIMEOUT, connectivity_urls=canary.addresses[0])
        with stage.pinger() as pinger:
            stage.wait_until_well()
            with black_holed(stage.chores), black_holed(canary):
                failed = _hold_doubt(stage, extent, pinger)
            _hold_return(stage, pinger, failed)
        return f"one task and a canary gone for {extent.outage:.0f} s: {_held_words(stage)}"


def _canary_fine(folder: Path) -> str:
    with staged(folder / "fine") as stage, Chores(("127.0.7.99",)) as canary:
        stage.configure(timeout=TIMEOUT, connectivity_urls=canary.addresses[0])
        with stage.pinger() as pinger:
            stage.wait_until_well()
            with black_holed(stage.chores):
                eventually(lambda: _named(stage) == set(stage.chores.urls), "the failures to be told")
            pinger.rows_where(lambda row: row["status"] == "ok", "all to be well again")
        assert not any(CUT_OFF in word for word in stage.own_words())
        return f"all gone, canary fine: told at once in {_alerts(stage)} messages"


def _nameless(folder: Path, extent: Extent, manner: str) -> str:
    with NameServer(NAMES) as names, staged(folder / manner, tuple(NAMES)) as stage:
        stage.configure(timeout=TIMEOUT)
        resolv = stage.folder / "resolv.conf"
        resolv.write_text(f"nameserver {names.address}\noptions timeout:1 attempts:1\n", "ascii")
        with stage.pinger(inside=mounting(f"mount --bind {resolv} /etc/resolv.conf")) as pinger:
            stage.wait_until_well()
            names.manner = getattr(names, manner)
            failed = _hold_doubt(stage, extent, pinger)
            names.manner = names.knows
            _hold_return(stage, pinger, failed)
        return f"name server {manner} for {extent.outage:.0f} s: {_held_words(stage)}"


def _hold_doubt(stage: Stage, extent: Extent, pinger: Pinger) -> str:
    """Hold that Py Pinger doubts itself; return the reason of a failure that nobody can see meanwhile."""
    eventually(lambda: any(word.startswith(CUT_OFF) for word in stage.own_words()), "the word of doubt")
    pinger.rows_where(lambda row: row["status"] == "unknown", "all to be unknown")
    assert any("cut off" in complaint for complaint in complaints(pinger))
    failed = stage.chores.fail(stage.chores.urls[0])
    sleep(extent.outage)
    return failed


def _hold_return(stage: Stage, pinger: Pinger, failed: str) -> None:
    """Hold that it is told when the network is back, and what still fails."""
    eventually(lambda: any(BACK in word for word in stage.own_words()), "the word that it is over")
    stage.wait_for(failed)
    stage.wait_until_told()
    stage.mend_all()
    stage.wait_until_told()
    eventually(lambda: not complaints(pinger), "health")


def _held_words(stage: Stage) -> str:
    """Hold that there was one word at the beginning and one at the end, and return them."""
    stage.hold()
    words = [word for word in stage.own_words() if word.startswith((CUT_OFF, BACK))]
    assert [word.partition(": ")[0] + ": " for word in words] == [CUT_OFF, BACK]
    assert not any("does not answer" in text for text in stage.slack.texts)
    return " ".join(words)


def _alerts(stage: Stage) -> int:
    """Return how many messages told of failures."""
    return sum(text.startswith(("FAILED", "Several")) for text in stage.slack.texts)


def _named(stage: Stage) -> set[str]:
    """Return the tasks that any message names."""
    whole = repr(stage.slack.delivered)
    return {url for url in stage.chores.urls if url in whole}
