"""kill -9 at random moments while failures wait for their patience, are escalated and acknowledged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from random import Random
from time import sleep

from standardwebhooks import Webhook
from tests.faults import consistency
from tests.faults.conftest import Measure
from tests.faults.failure_stream import FailureStream
from tests.faults.profile import Profile
from tests.faults.scenario import Scenario
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.task_server import Request, Server, says

from py_pinger.core.model.notification import FAILURE_KINDS, NoticeKind
from py_pinger.store.external import SharedStore

SECRET = "whsec_cGxhbnRlZC1zZWNyZXQtb2YtMzItYnl0ZXMtISE="
PATIENCE, AFTER = timedelta(seconds=0.3), timedelta(seconds=0.9)

# Seconds from when it watches to the kill.
LATEST = 2.5

# Until an acknowledgement is in force: it is read each second, and a check may be under way.
IN_FORCE = timedelta(seconds=3)

# What patience does: incidents of which nobody was notified.
_ALLOWED = ("an incident without its alert", "a closed incident without the notice of its end")

_NOTICES = """
    SELECT incident.id, notice.kind, notice.at - incident.opened, incident.closed IS NOT NULL
    FROM notice JOIN incident ON incident.id = notice.incident_id"""
_RECEIVED_BY = """
    SELECT notice.incident_id, notice.kind, delivery.state
    FROM delivery JOIN notice ON notice.id = delivery.notice_id
    WHERE notice.incident_id IS NOT NULL AND delivery.channel = '{channel}'"""
_AFTER_ACKNOWLEDGEMENT = """
    SELECT notice.kind FROM notice JOIN acknowledgement ON acknowledgement.incident_id = notice.incident_id
    WHERE notice.kind <> 'recovered' AND notice.at > acknowledgement.at + {wait}"""


def test_kills_repeat_no_escalation(
    scenario: Scenario, profile: Profile, dice: Random, measure: Measure
) -> None:
    """No notice comes before its time, none is lost, and each channel gets the ends of what it knows."""
    with Server(says(b"")) as boss:
        _configure(scenario, boss)
        with FailureStream(scenario, dice) as stream:
            for _ in range(profile.kills):
                _live_and_die(scenario, dice)
                assert _flaws(scenario) == []
            with scenario.pinger():
                stream.end()
                scenario.wait_until_well()
                eventually(lambda: not consistency.undelivered(scenario.database), "the last message")
        requests = list(boss.requests)
    notices = consistency.query(scenario.database, _NOTICES)
    kinds = Counter((incident, kind) for incident, kind, _, _ in notices)
    announced = {incident for incident, kind in kinds if kind == "failed"}
    measure(f"{profile.kills} kills, {len(announced)} incidents notified, {len(requests)} escalated or ended")
    assert _flaws(scenario) == []
    assert announced
    assert {number for (_, kind), number in kinds.items() if kind != "reminder"} == {1}
    assert {incident for incident, _ in kinds} == announced
    assert {incident for incident, kind in kinds if kind == "recovered"} == announced
    # In microseconds.
    assert all(int(str(lasted)) >= PATIENCE // timedelta.resolution for *_, lasted, _ in notices)
    late = [lasted for _, kind, lasted, _ in notices if kind == "escalated"]
    assert all(int(str(lasted)) >= AFTER // timedelta.resolution for lasted in late)
    wait = IN_FORCE // timedelta.resolution
    assert consistency.query(scenario.database, _AFTER_ACKNOWLEDGEMENT.format(wait=wait)) == []
    known = _known(scenario, "webhook boss")
    assert known["recovered"] == known["failed"] | known["escalated"]
    assert not known["failed"] & known["escalated"]
    assert _known(scenario, "slack")["recovered"] == announced
    assert max(_received(requests).values(), default=0) <= 2
    assert scenario.received().repeated(2) == []


def _configure(scenario: Scenario, boss: Server) -> None:
    hook = {"url": boss.url("/"), "secret": SECRET, "after": f"{AFTER.total_seconds()}s"}
    patience = f"{PATIENCE.total_seconds()}s"
    write_ini(
        scenario.folder,
        watching(*scenario.tasks.addresses, patience=patience),
        scenario.slack.block,
        {"webhook boss": hook},
    )


def _live_and_die(scenario: Scenario, dice: Random) -> None:
    pinger = scenario.pinger()
    pinger.start()
    eventually(lambda: "py_pinger.app: Watching " in pinger.output, "the start")
    end = dice.uniform(0, LATEST)
    sleep(end / 2)
    with closing(SharedStore.open(f"sqlite:///{scenario.database}")) as store:
        store.acknowledgements.create([dice.choice(list(scenario.tasks.urls))], datetime.now(UTC), "", "anna")
    sleep(end / 2)
    assert pinger.process.poll() is None, pinger.output
    pinger.kill()
    pinger.hold_secrets()


def _flaws(scenario: Scenario) -> list[str]:
    return [flaw for flaw in consistency.flaws(scenario.database) if not flaw.startswith(_ALLOWED)]


def _known(scenario: Scenario, channel: str) -> dict[str, set[object]]:
    """Return the incidents that a channel was notified of, by kinds of notices."""
    known: dict[str, set[object]] = {kind.value: set() for kind in (*FAILURE_KINDS, NoticeKind.RECOVERED)}
    for incident, kind, state in consistency.query(scenario.database, _RECEIVED_BY.format(channel=channel)):
        assert state == "delivered"
        known[str(kind)].add(incident)
    return known


def _received(requests: Sequence[Request]) -> Counter[tuple[str, str, str]]:
    """Return how often each notice was received by the webhook, whose signatures are verified."""
    numbers: Counter[tuple[str, str, str]] = Counter()
    for request in requests:
        body = Webhook(SECRET).verify(request.body, dict(request.headers))
        notices = (each for each in body["data"]["notices"] if each["url"])
        numbers.update((each["kind"], each["url"], each["at"]) for each in notices)
    return numbers
