"""Is it them, or is it me: many tasks unreachable at once, with and without a canary."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import Slack
from tests.support.program import Pinger
from tests.support.task_pages import report
from tests.support.task_server import Exchange, Server, resets, says

HOSTS = [f"127.0.0.{number}" for number in range(11, 15)]
TASKS_EACH = 3


class Network:
    """Servers on several hosts, all of which can be cut off at once."""

    def __init__(self, servers: list[Server]) -> None:
        self.servers = servers
        self.urls = [server.url(f"/{number}") for server in servers for number in range(TASKS_EACH)]
        for server in servers:
            server.otherwise = self._answer
        self.down: set[Server] = set()

    def _answer(self, exchange: Exchange) -> None:
        down = any(server.over is exchange.over for server in self.down)
        (resets if down else says(report()))(exchange)


@pytest.fixture
def network() -> Iterator[Network]:
    """Return servers that are well."""
    with ExitStack() as stack:
        yield Network([stack.enter_context(Server(host=host)) for host in HOSTS])


def words(slack: Slack) -> list[str]:
    """Return the notices, without greetings."""
    return [text for text in slack.texts if not text.startswith(("Hello", "Py Pinger was stopped"))]


def whole_words(slack: Slack) -> list[str]:
    """Return the notices, with their attachments."""
    return [str(message["text"]) + str(message["attachments"]) for message in slack.delivered]


def told(slack: Slack, server: Server) -> int:
    """Return for how many tasks of a server there was a notice."""
    return len(set(re.findall(re.escape(server.origin) + r"/\d", "\n".join(whole_words(slack)))))


def statuses(pinger: Pinger) -> set[str]:
    """Return the statuses that there are."""
    return {row["status"] for row in pinger.rows().values()}


def test_one_host_down_is_notified_at_once(tmp_path: Path, network: Network, slack: Slack) -> None:
    """While other hosts respond, one that does not is notified as usual, without an own notice."""
    write_ini(tmp_path, watching(*network.urls), slack.block)
    with Pinger(tmp_path) as pinger:
        pinger.judged()
        network.down = {network.servers[0]}
        eventually(lambda: told(slack, network.servers[0]) == TASKS_EACH, "the alerts")
        assert statuses(pinger) == {"ok", "error"}
        assert pinger.get("/healthz").status == 200
        assert pinger.stop() == 0
    assert not [text for text in words(slack) if "offline" in text]


def test_cut_off_and_back(tmp_path: Path, network: Network, slack: Slack) -> None:
    """Most tasks unreachable at once are one notice; once back another, and what still fails is notified."""
    write_ini(tmp_path, watching(*network.urls), slack.block)
    with Pinger(tmp_path) as pinger:
        pinger.judged()
        network.down = set(network.servers)
        eventually(lambda: statuses(pinger) == {"unknown"}, "the doubt")
        eventually(lambda: words(slack), "the word of it")
        (row, *_) = pinger.rows().values()
        assert row["reason"].startswith("Py Pinger may be offline since ")
        (problem,) = pinger.get("/healthz").json["problems"]
        assert problem.startswith("Py Pinger may be offline since ")
        assert pinger.get(f"/task/{network.urls[0]}").status == 500
        network.down = {network.servers[0]}
        eventually(lambda: told(slack, network.servers[0]) == TASKS_EACH, "what still fails")
        eventually(lambda: pinger.get("/healthz").status == 200, "health")
        assert pinger.stop() == 0
    whole = "\n".join(whole_words(slack))
    assert words(slack)[0].startswith("Py Pinger may be offline: 12 of 12 tasks unreachable since ")
    assert whole.count("offline") == 1
    assert whole.count("The network is back: 12 of 12 tasks were unreachable from ") == 1
    assert [told(slack, server) for server in network.servers] == [TASKS_EACH, 0, 0, 0]


def test_a_long_outage_is_notified(tmp_path: Path, network: Network, slack: Slack) -> None:
    """After the minutes of [main] offline_grace the failures are notified in any case, as a digest."""
    write_ini(tmp_path, watching(*network.urls, offline_grace=0.02), slack.block)
    with Pinger(tmp_path) as pinger:
        pinger.judged()
        network.down = set(network.servers)
        eventually(lambda: statuses(pinger) == {"error"}, "the errors")
        # A digest names ten of them.
        eventually(lambda: sum(told(slack, server) for server in network.servers) >= 10, "the failures")
        assert pinger.stop() == 0
    assert words(slack)[0].startswith("Py Pinger may be offline: ")


def test_connectivity_urls_decide(tmp_path: Path, network: Network, slack: Slack, tasks: Server) -> None:
    """While the connectivity URL answers, failures of all tasks are notified; when it does not, none is."""
    tasks.otherwise = says(b"", "503 Service Unavailable")
    write_ini(tmp_path, watching(*network.urls[:2], connectivity_urls=tasks.url("/canary")), slack.block)
    with Pinger(tmp_path) as pinger:
        pinger.judged()
        network.down = set(network.servers)
        eventually(lambda: statuses(pinger) == {"error"}, "the errors")
        network.down = set()
        eventually(lambda: statuses(pinger) == {"ok"}, "the end of it")
        eventually(lambda: "RECOVERED" in str(words(slack)), "the word of it")
        tasks.otherwise = resets
        network.down = set(network.servers)
        eventually(lambda: statuses(pinger) == {"unknown"}, "the doubt")
        eventually(lambda: "Py Pinger may be offline: " in str(whole_words(slack)), "the word of it")
        assert pinger.stop() == 0


def test_no_doubt(tmp_path: Path, network: Network, slack: Slack) -> None:
    """With offline_grace=0 each failure is notified at once, however many there are."""
    write_ini(tmp_path, watching(*network.urls, offline_grace=0), slack.block)
    with Pinger(tmp_path) as pinger:
        pinger.judged()
        network.down = set(network.servers)
        eventually(lambda: "failing" in str(slack.texts), "the failures")
        assert statuses(pinger) == {"error"}
        assert pinger.stop() == 0
    assert not [text for text in words(slack) if "offline" in text]
