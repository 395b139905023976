"""Is it them, or is it me: many tasks unreachable at once, with and without a canary."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.acceptance.pages import report
from tests.acceptance.program import Pinger
from tests.acceptance.server import Exchange, Server, resets, says
from tests.acceptance.services import Slack
from tests.acceptance.setup import watching, write_ini
from tests.acceptance.waiting import eventually

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
    """Return what was told of, without greetings."""
    return [text for text in slack.texts if not text.startswith(("Hello", "Py Pinger was stopped"))]


def statuses(pinger: Pinger) -> set[str]:
    """Return the statuses that there are."""
    return {row["status"] for row in pinger.rows().values()}


def test_one_host_down_is_told_at_once(tmp_path: Path, network: Network, slack: Slack) -> None:
    """While other hosts answer, a host that does not is told of as ever, and nothing is said of ourselves."""
    write_ini(tmp_path, watching(*network.urls), slack.block)
    with Pinger(tmp_path) as pinger:
        pinger.judged()
        network.down = {network.servers[0]}
        eventually(lambda: len([text for text in words(slack) if "FAILED" in text]) == 3, "the alerts")
        assert statuses(pinger) == {"ok", "error"}
        assert pinger.get("/healthz").status == 200
        assert pinger.stop() == 0
    assert not [text for text in words(slack) if "cut off" in text]


def test_cut_off_and_back(tmp_path: Path, network: Network, slack: Slack) -> None:
    """Most tasks gone at once are one word of doubt; once back another, and what still fails is told then."""
    write_ini(tmp_path, watching(*network.urls), slack.block)
    with Pinger(tmp_path) as pinger:
        pinger.judged()
        network.down = set(network.servers)
        eventually(lambda: statuses(pinger) == {"unknown"}, "the doubt")
        eventually(lambda: words(slack), "the word of it")
        (row, *_) = pinger.rows().values()
        assert row["reason"].startswith("how it is cannot be told: Py Pinger may be cut off since ")
        (problem,) = pinger.get("/healthz").json["problems"]
        assert problem.startswith("Py Pinger may be cut off from the network since ")
        assert pinger.get(f"/task/{network.urls[0]}").status == 500
        network.down = {network.servers[0]}
        eventually(lambda: len(words(slack)) > 2, "what still fails")
        eventually(lambda: pinger.get("/healthz").status == 200, "health")
        assert pinger.stop() == 0
    doubt, end, *rest = words(slack)
    assert doubt.startswith("I may be cut off: 12 of 12 tasks unreachable since ")
    assert end.startswith("The network is back: 12 of 12 tasks were unreachable from ")
    assert rest
    assert not [text for text in rest if "cut off" in text or "RECOVERED" in text]


def test_a_lasting_doubt_is_told(tmp_path: Path, network: Network, slack: Slack) -> None:
    """After the minutes of [main] doubt the failures are told all the same, as a digest."""
    write_ini(tmp_path, watching(*network.urls, doubt=0.02), slack.block)
    with Pinger(tmp_path) as pinger:
        pinger.judged()
        network.down = set(network.servers)
        eventually(lambda: statuses(pinger) == {"error"}, "the errors")
        eventually(lambda: len(words(slack)) >= 2, "the failures")
        assert pinger.stop() == 0
    doubt, *failures = words(slack)
    assert doubt.startswith("I may be cut off: ")
    assert "12 failing" in "".join(failures)


def test_a_canary_decides(tmp_path: Path, network: Network, slack: Slack, tasks: Server) -> None:
    """While the canary answers, all tasks gone at once are told; when it does not, none is."""
    tasks.otherwise = says(b"", "503 Service Unavailable")
    write_ini(tmp_path, watching(*network.urls[:2], canary=tasks.url("/canary")), slack.block)
    with Pinger(tmp_path) as pinger:
        pinger.judged()
        network.down = set(network.servers)
        eventually(lambda: statuses(pinger) == {"error"}, "the errors")
        network.down = set()
        eventually(lambda: statuses(pinger) == {"ok"}, "the end of it")
        eventually(lambda: len([text for text in words(slack) if "RECOVERED" in text]) == 2, "the word of it")
        tasks.otherwise = resets
        network.down = set(network.servers)
        eventually(lambda: statuses(pinger) == {"unknown"}, "the doubt")
        eventually(lambda: "I may be cut off: " in words(slack)[-1], "the word of it")
        assert pinger.stop() == 0


def test_no_doubt(tmp_path: Path, network: Network, slack: Slack) -> None:
    """With doubt=0 each failure is told at once, however many there are."""
    write_ini(tmp_path, watching(*network.urls, doubt=0), slack.block)
    with Pinger(tmp_path) as pinger:
        pinger.judged()
        network.down = set(network.servers)
        eventually(lambda: "failing" in str(slack.texts), "the failures")
        assert statuses(pinger) == {"error"}
        assert pinger.stop() == 0
    assert not [text for text in words(slack) if "cut off" in text]
