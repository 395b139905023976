"""Checks that people request: each task's at most every few seconds."""

from __future__ import annotations

from py_pinger.engine.checking import requested_checks
from py_pinger.engine.checking.requested_checks import MIN_INTERVAL, RequestedChecks


class Scene:
    """Requests by a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.requests = RequestedChecks(lambda: self.now)


def test_a_request_is_taken_once() -> None:
    """What was requested is returned to the loop, once."""
    scene = Scene()
    assert [scene.requests.request(url) for url in ("a", "b")] == [0.0, 0.0]
    assert set(scene.requests.take()) == {"a", "b"}
    assert scene.requests.take() == set()


def test_a_task_has_to_wait() -> None:
    """A second request within the interval is refused with the time to wait; other tasks are not affected."""
    scene = Scene()
    scene.requests.request("a")
    scene.now += 2
    assert scene.requests.request("a") == MIN_INTERVAL - 2
    assert scene.requests.request("b") == 0.0
    scene.now += MIN_INTERVAL - 2
    assert scene.requests.request("a") == 0.0


def test_the_memory_is_bounded() -> None:
    """Of many tasks the newest requests are remembered."""
    scene = Scene()
    for number in range(requested_checks._MOST + 1):  # noqa: SLF001 - the limit itself
        scene.requests.request(str(number))
    assert scene.requests.request("0") == 0.0
    assert scene.requests.request(str(requested_checks._MOST)) > 0.0  # noqa: SLF001 - as above
