"""Slack down, slow, busy, answering wrongly and hanging, in turn, while tasks fail and recover."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from threading import Event
from time import monotonic, sleep

from tests.faults.conftest import Measure
from tests.faults.parallel import in_parallel
from tests.faults.profile import Profile
from tests.faults.scenario import Scenario, new_scenario
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import Slack, refusal
from tests.support.program import Pinger
from tests.support.task_pages import failing, report
from tests.support.task_server import Behaviour, Exchange, Server, after, resets, says, sends

from py_pinger.core.notification.throttle import MANY_REJECTIONS, MAX_BATCH


def drips_until(repaired: Event) -> Behaviour:
    """Answer with a byte a second until the fault ends."""

    def manner(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        while not repaired.wait(1):
            exchange.send(b" ")

    return manner


def hangs_until(repaired: Event) -> Behaviour:
    """Send no answer, neither during the fault nor after it."""
    return after(repaired, lambda _: None)


def always(manner: Behaviour) -> Callable[[Event], Behaviour]:
    """Return a behaviour that is the same during the whole fault."""
    return lambda _: manner


BUSY = says({"ok": False, "error": "ratelimited"}, "429 Too Many Requests", {"Retry-After": "1"})
WAYS: Mapping[str, Callable[[Event], Behaviour]] = {
    "down": always(says(b"", "503 Service Unavailable")),
    "slow": drips_until,
    "busy": always(BUSY),
    "a web page instead of an answer": always(
        says(b"<html>Welcome!</html>", headers={"Content-Type": "text/html"})
    ),
    "an internal error as an answer": always(refusal("internal_error")),
    "cut short": always(sends([b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"ok": true'])),
    "resetting": always(resets),
    "hanging": hangs_until,
}

USUAL_WAYS = ("slow", "busy")


def test_slack_in_trouble(tmp_path: Path, profile: Profile, measure: Measure) -> None:
    """Checks go on; each failure is notified once, and one that ended meanwhile as one late message."""
    ways = WAYS if profile.thorough else USUAL_WAYS
    scenarios = [partial(_trouble, tmp_path, profile, what) for what in ways]
    if profile.thorough:
        scenarios.append(partial(_rejecting, tmp_path / "rejecting"))
    for sentence in in_parallel(partial(_refusing, tmp_path, profile), *scenarios):
        measure(sentence)


def _refusing(folder: Path, profile: Profile) -> str:
    """Stop Slack's server for a while."""
    with new_scenario(folder / "refusing") as scenario:
        port = scenario.slack.server_address[1]
        with scenario.pinger() as pinger:
            eventually(lambda: scenario.slack.delivered, "the greeting")
            scenario.slack.close()
            passed = _fail_meanwhile(scenario, profile, lambda: "connection refused" in pinger.output)
            with Slack(port) as reopened:
                reopened.delivered = scenario.slack.delivered
                scenario.wait_until_delivered(profile.outage)
                scenario.recover_all()
                scenario.wait_until_delivered()
                assert pinger.stop() == 0
        return _held(scenario, profile, "refusing", passed)


def _rejecting(folder: Path) -> str:
    """Have Slack reject for good everything about more old failures than one message holds."""
    folder.mkdir()
    with Server(says(failing())) as tasks, Slack() as slack:
        old = [tasks.url(f"/old/{number}") for number in range(MAX_BATCH + 100)]
        tasks.behaviours["/new"] = says(report())
        slack.otherwise = _rejects_old(slack)
        write_ini(folder, watching(*old, tasks.url("/new"), interval=5, error_interval=5), slack.block)
        with Pinger(folder) as pinger:
            eventually(lambda: _rejected(slack) >= MANY_REJECTIONS, "the rejections", 60)
            tasks.behaviours["/new"] = says(failing())
            failed = monotonic()
            eventually(lambda: any("/new" in str(each) for each in slack.delivered), "the new failure", 60)
            passed = monotonic() - failed
            assert pinger.stop() == 0
    return f"behind {len(old)} deliveries rejected for good, a new failure was notified after {passed:.0f} s"


def _rejects_old(slack: Slack) -> Behaviour:
    reject = refusal("invalid_attachments")

    def behave(exchange: Exchange) -> None:
        (reject if b"/old/" in exchange.request.body else slack.take)(exchange)

    return behave


def _rejected(slack: Slack) -> int:
    return len(slack.requests) - len(slack.delivered)


def _trouble(folder: Path, profile: Profile, what: str) -> str:
    """Run with a faulty Slack from the start."""
    repaired = Event()
    with new_scenario(folder / what) as scenario:
        scenario.slack.otherwise = WAYS[what](repaired)
        with scenario.pinger():
            passed = _fail_meanwhile(scenario, profile, lambda: _asked_about_failures(scenario.slack))
            scenario.slack.otherwise = scenario.slack.take
            repaired.set()
            scenario.wait_until_delivered(profile.outage)
            scenario.recover_all()
            scenario.wait_until_delivered()
        return _held(scenario, profile, what, passed)


def _held(scenario: Scenario, profile: Profile, what: str, passed: str) -> str:
    scenario.assert_consistent()
    assert scenario.received().both[passed] == 1
    return (
        f"Slack {what} for {profile.outage:.0f} s, {len(scenario.tasks.reasons)} failures, each notified once"
    )


def _fail_meanwhile(scenario: Scenario, profile: Profile, tried: Callable[[], bool]) -> str:
    """Let one failure come and go and another stay; return the reason of the first."""
    coming, staying, *_ = scenario.tasks.urls
    lasting = scenario.tasks.fail(staying)
    passed = scenario.fail_and_recover(coming)
    scenario.wait_for(lasting)
    eventually(tried, "an attempt to send it")
    sleep(profile.outage)
    scenario.wait_until_checked()
    return passed


def _asked_about_failures(slack: Slack) -> bool:
    return any(b"failure-" in request.body for request in slack.requests)
