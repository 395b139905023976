"""Slack down, slow, busy, lying and hanging, in turn, while tasks fail and recover."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from threading import Event
from time import sleep

from tests.faults.conftest import Measure
from tests.faults.parallel import at_once
from tests.faults.profile import Extent
from tests.faults.scenario import Stage, staged
from tests.support.counting_server import Exchange, Manner, after, resets, says, sends
from tests.support.eventually import eventually
from tests.support.fake_services import Slack, refusal


def drips_until(mended: Event) -> Manner:
    """Answer with a byte a second until the channel is mended."""

    def manner(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        while not mended.wait(1):
            exchange.send(b" ")

    return manner


def hangs_until(mended: Event) -> Manner:
    """Say nothing until the channel is mended, and nothing then."""
    return after(mended, lambda _: None)


def always(manner: Manner) -> Callable[[Event], Manner]:
    """Behave alike for as long as it lasts."""
    return lambda _: manner


BUSY = says({"ok": False, "error": "ratelimited"}, "429 Too Many Requests", {"Retry-After": "1"})
WAYS: Mapping[str, Callable[[Event], Manner]] = {
    "down": always(says(b"", "503 Service Unavailable")),
    "slow": drips_until,
    "busy": always(BUSY),
    "lying, with a page": always(says(b"<html>Welcome!</html>", headers={"Content-Type": "text/html"})),
    "lying, in its own words": always(refusal("internal_error")),
    "cut short": always(sends([b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"ok": true'])),
    "resetting": always(resets),
    "hanging": hangs_until,
}

USUAL_WAYS = ("slow", "busy")


def test_slack_in_trouble(tmp_path: Path, extent: Extent, measure: Measure) -> None:
    """Checks go on; each failure is told once: what came and went meanwhile as one late message."""
    ways = WAYS if extent.thorough else USUAL_WAYS
    stories = [partial(_trouble, tmp_path, extent, what) for what in ways]
    for sentence in at_once(partial(_refusing, tmp_path, extent), *stories):
        measure(sentence)


def _refusing(folder: Path, extent: Extent) -> str:
    """Have nobody listen at Slack's address for a while."""
    with staged(folder / "refusing") as stage:
        port = stage.slack.server_address[1]
        with stage.pinger() as pinger:
            eventually(lambda: stage.slack.delivered, "the greeting")
            stage.slack.close()
            passed = _fail_meanwhile(stage, extent, lambda: "connection refused" in pinger.output)
            with Slack(port) as reopened:
                reopened.delivered = stage.slack.delivered
                stage.wait_until_told(extent.outage)
                stage.mend_all()
                stage.wait_until_told()
                assert pinger.stop() == 0
        return _held(stage, extent, "refusing", passed)


def _trouble(folder: Path, extent: Extent, what: str) -> str:
    """Have Slack in trouble from the start."""
    mended = Event()
    with staged(folder / what) as stage:
        stage.slack.otherwise = WAYS[what](mended)
        with stage.pinger():
            passed = _fail_meanwhile(stage, extent, lambda: _asked_about_failures(stage.slack))
            stage.slack.otherwise = stage.slack.take
            mended.set()
            stage.wait_until_told(extent.outage)
            stage.mend_all()
            stage.wait_until_told()
        return _held(stage, extent, what, passed)


def _held(stage: Stage, extent: Extent, what: str, passed: str) -> str:
    stage.hold()
    assert stage.told().whole[passed] == 1
    return f"Slack {what} for {extent.outage:.0f} s, {len(stage.chores.reasons)} failures, each told once"


def _fail_meanwhile(stage: Stage, extent: Extent, tried: Callable[[], bool]) -> str:
    """Let a failure come and go, and another one stay; return the reason of the first."""
    coming, staying, *_ = stage.chores.urls
    lasting = stage.chores.fail(staying)
    passed = stage.pass_by(coming)
    stage.wait_for(lasting)
    eventually(tried, "a try to tell it")
    sleep(extent.outage)
    stage.wait_until_checked()
    return passed


def _asked_about_failures(slack: Slack) -> bool:
    return any(b"failure-" in request.body for request in slack.requests)
