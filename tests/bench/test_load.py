"""The clients that load a web server."""

from collections.abc import Iterator

import pytest
from bench.farm.hostile_pages import HostileServer
from bench.load import Load, ask
from bench.port import HOME


@pytest.fixture
def server() -> Iterator[HostileServer]:
    """Yield a server."""
    with HostileServer([HOME]) as server:
        yield server


@pytest.mark.parametrize(("target", "status"), [("/switched/1", 200), ("/nothing", 404)])
def test_answers_are_counted(server: HostileServer, target: str, status: int) -> None:
    """Each answer counts with its status, and each request was one."""
    load = ask(server.port, target, 0.05, 3, {"Accept": "application/json"})
    assert set(load.statuses) == {status}
    assert load.statuses[status] == len(load.waits) == server.requests >= 3
    assert 0 < load.wait(0.5) <= load.wait(1.0)
    assert load.rate == len(load.waits) / load.seconds


def test_a_connection_that_ends_early_is_reported(server: HostileServer) -> None:
    """A connection that ends early is not a response."""
    with pytest.raises(ConnectionError):
        ask(server.port, "/closing/1", 0.05, 1)


def test_rate() -> None:
    """The rate is of answers."""
    assert Load(waits=[0.1, 0.1], seconds=0.5).rate == 4
