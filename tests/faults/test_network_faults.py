"""The network gone: hosts that are silent, refuse or drop packets, and name servers that fail."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from time import sleep

from tests.faults.conftest import Measure
from tests.faults.fake_dns import NameServer
from tests.faults.flaky_tasks import HOSTS, FlakyTasks
from tests.faults.parallel import in_parallel
from tests.faults.privileges import with_mounts
from tests.faults.profile import Profile
from tests.faults.scenario import Scenario, complaints, new_scenario
from tests.support.eventually import eventually
from tests.support.program import Pinger
from tests.support.task_server import hangs, resets

CUT_OFF = "Py Pinger may be offline: "
BACK = "The network is back: "
TIMEOUT = 1

# Minutes after which an outage that lasts is notified in any case.
OFFLINE_GRACE = 0.05
NAMES = {f"chore-{number}.faults.test": host for number, host in enumerate(HOSTS, 1)}


Fault = Callable[[FlakyTasks], AbstractContextManager[None]]


@contextmanager
def black_holed(tasks: FlakyTasks) -> Iterator[None]:
    """Accept connections and send nothing."""
    tasks.outage = hangs
    yield
    tasks.outage = None


@contextmanager
def reset(tasks: FlakyTasks) -> Iterator[None]:
    """Reset all connections, as a firewall does."""
    tasks.outage = resets
    yield
    tasks.outage = None


@contextmanager
def refused(tasks: FlakyTasks) -> Iterator[None]:
    """Stop all servers."""
    with tasks.is_down():
        yield


@contextmanager
def dropped(tasks: FlakyTasks) -> Iterator[None]:
    """Have the kernel drop new connections: the queue of those that wait is full."""
    with tasks.is_down(), socket.socket() as deaf, ExitStack() as waiting:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        deaf.bind(tasks.server_address)
        deaf.listen(0)
        for _ in range(3):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)  # noqa: FBT003 - the socket's own signature
            one.connect_ex(("127.0.0.1", tasks.server_address[1]))
        yield


def test_a_lost_network_is_one_notice(tmp_path: Path, profile: Profile, measure: Measure) -> None:
    """While no task is reachable none is in error; one notice says so, and one that it has ended.

    What lasts longer than `offline_grace` is notified.
    """
    faults = (black_holed, refused, dropped, reset) if profile.thorough else (refused,)
    scenarios = [partial(_lost, tmp_path, profile, fault) for fault in faults]
    for sentence in in_parallel(partial(_lasting, tmp_path), *scenarios):
        measure(sentence)


def test_connectivity_urls_decide(tmp_path: Path, profile: Profile, measure: Measure) -> None:
    """An unreachable connectivity URL lets one host raise suspicion; a reachable one rules an outage out."""
    for sentence in in_parallel(partial(_canary_gone, tmp_path, profile), partial(_canary_fine, tmp_path)):
        measure(sentence)


def test_a_failing_name_server_is_one_notice(tmp_path: Path, profile: Profile, measure: Measure) -> None:
    """While no name resolves no task is in error; one notice says so, and one that it has ended."""
    behaviours = ("stays_silent", "denies") if profile.thorough else ("stays_silent",)
    for sentence in in_parallel(*(partial(_nameless, tmp_path, profile, manner) for manner in behaviours)):
        measure(sentence)


def _lost(folder: Path, profile: Profile, fault: Fault) -> str:
    with new_scenario(folder / fault.__name__) as scenario:
        scenario.configure(timeout=TIMEOUT)
        with scenario.pinger() as pinger:
            scenario.wait_until_well()
            with fault(scenario.tasks):
                failed = _hold_doubt(scenario, profile, pinger)
            _hold_return(scenario, pinger, failed)
        return f"all {fault.__name__} for {profile.outage:.0f} s: {_assert_notices(scenario)}"


def _lasting(folder: Path) -> str:
    with new_scenario(folder / "lasting") as scenario:
        scenario.configure(timeout=TIMEOUT, offline_grace=OFFLINE_GRACE)
        with scenario.pinger() as pinger:
            scenario.wait_until_well()
            with black_holed(scenario.tasks):
                eventually(
                    lambda: _named(scenario) == set(scenario.tasks.urls), "the failures to be notified"
                )
                rows = pinger.rows()
            pinger.rows_where(lambda row: row["status"] == "ok", "all to be ok again")
        assert {row["status"] for row in rows.values()} == {"error"}
        assert len([notice for notice in scenario.self_notices() if CUT_OFF in notice]) == 1
        return (
            f"all gone for longer than {60 * OFFLINE_GRACE:.0f} s: notified in {_alerts(scenario)} messages"
        )


def _canary_gone(folder: Path, profile: Profile) -> str:
    with new_scenario(folder / "gone", HOSTS[:1]) as scenario, FlakyTasks(("127.0.7.99",)) as reference:
        scenario.configure(timeout=TIMEOUT, connectivity_urls=reference.addresses[0])
        with scenario.pinger() as pinger:
            scenario.wait_until_well()
            with black_holed(scenario.tasks), black_holed(reference):
                failed = _hold_doubt(scenario, profile, pinger)
            _hold_return(scenario, pinger, failed)
        return f"one task and a connectivity URL gone for {profile.outage:.0f} s: {_assert_notices(scenario)}"


def _canary_fine(folder: Path) -> str:
    with new_scenario(folder / "fine") as scenario, FlakyTasks(("127.0.7.99",)) as reference:
        scenario.configure(timeout=TIMEOUT, connectivity_urls=reference.addresses[0])
        with scenario.pinger() as pinger:
            scenario.wait_until_well()
            with black_holed(scenario.tasks):
                eventually(
                    lambda: _named(scenario) == set(scenario.tasks.urls), "the failures to be notified"
                )
            pinger.rows_where(lambda row: row["status"] == "ok", "all to be ok again")
        assert not any(CUT_OFF in notice for notice in scenario.self_notices())
        return f"all gone, connectivity URL reachable: notified at once in {_alerts(scenario)} messages"


def _nameless(folder: Path, profile: Profile, manner: str) -> str:
    with NameServer(NAMES) as names, new_scenario(folder / manner, tuple(NAMES)) as scenario:
        scenario.configure(timeout=TIMEOUT)
        resolv = scenario.folder / "resolv.conf"
        resolv.write_text(f"nameserver {names.address}\noptions timeout:1 attempts:1\n", "ascii")
        with scenario.pinger(inside=with_mounts(f"mount --bind {resolv} /etc/resolv.conf")) as pinger:
            scenario.wait_until_well()
            names.manner = getattr(names, manner)
            failed = _hold_doubt(scenario, profile, pinger)
            names.manner = names.answers
            _hold_return(scenario, pinger, failed)
        return f"name server {manner} for {profile.outage:.0f} s: {_assert_notices(scenario)}"


def _hold_doubt(scenario: Scenario, profile: Profile, pinger: Pinger) -> str:
    """Assert that Py Pinger suspects itself; return the reason of a failure that cannot be seen meanwhile."""
    eventually(
        lambda: any(notice.startswith(CUT_OFF) for notice in scenario.self_notices()),
        "the notice about the outage",
    )
    pinger.rows_where(lambda row: row["status"] == "unknown", "all to be unknown")
    assert any("offline" in complaint for complaint in complaints(pinger))
    failed = scenario.tasks.fail(scenario.tasks.urls[0])
    sleep(profile.outage)
    return failed


def _hold_return(scenario: Scenario, pinger: Pinger, failed: str) -> None:
    """Assert that the end of the outage is notified, and what still fails."""
    eventually(lambda: any(BACK in notice for notice in scenario.self_notices()), "the notice of its end")
    scenario.wait_for(failed)
    scenario.wait_until_delivered()
    scenario.recover_all()
    scenario.wait_until_delivered()
    eventually(lambda: not complaints(pinger), "health")


def _assert_notices(scenario: Scenario) -> str:
    """Assert that there was one notice at the beginning and one at the end, and return them."""
    scenario.assert_consistent()
    words = [notice for notice in scenario.self_notices() if notice.startswith((CUT_OFF, BACK))]
    assert [word.partition(": ")[0] + ": " for word in words] == [CUT_OFF, BACK]
    assert not any("does not answer" in text for text in scenario.slack.texts)
    return " ".join(words)


def _alerts(scenario: Scenario) -> int:
    """Return the number of messages about failures."""
    return sum(text.startswith(("FAILED", "Several")) for text in scenario.slack.texts)


def _named(scenario: Scenario) -> set[str]:
    """Return the tasks that messages name."""
    whole = repr(scenario.slack.delivered)
    return {url for url in scenario.tasks.urls if url in whole}
