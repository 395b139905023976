"""Which task a push is for, and how often one may knock."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import pytest
from tests.support.fake_data_source import NOW

from py_pinger.core.model.push import PushedReport, PushKind
from py_pinger.core.model.task import PushIdentity, Task
from py_pinger.core.push.protocol import PushTarget
from py_pinger.web.push import push_gate
from py_pinger.web.push.push_gate import BURST, INTERVAL, NO_TARGET, PER_CLIENT, PushGate, PushThrottle
from py_pinger.web.security.login_throttle import MOST_CLIENTS

KEY = "0123456789-abcdefghij"
TOKEN = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"
SHARED = Task("push:shared", "push:shared", push=PushIdentity("shared"))
OWN = Task("push:own", "push:own", push=PushIdentity("own", TOKEN))
POLLED = Task("https://a.example/", "https://a.example/")
MASKED = Task("push:masked", "push:masked", push=PushIdentity("masked", "***"))
CLIENT, OTHER = "192.0.2.1", "192.0.2.2"


def by_key(key: str, slug: str) -> PushTarget:
    """Return the target of a URL with a key."""
    return PushTarget(PushKind.SUCCESS, key=key, slug=slug)


def by_token(token: str) -> PushTarget:
    """Return the target of a URL with a UUID."""
    return PushTarget(PushKind.SUCCESS, token=token)


def push(slug: str, kind: PushKind = PushKind.SUCCESS, run: str | None = None) -> PushedReport:
    """Return a report of a task."""
    return PushedReport(f"push:{slug}", kind, NOW, run)


@pytest.mark.parametrize(
    ("target", "task"),
    [
        (by_key(KEY, "shared"), SHARED),
        (by_key(KEY, "other"), None),
        (by_key(f"{KEY}x", "shared"), None),
        (by_key("", "shared"), None),
        (by_token(TOKEN), OWN),
        (by_token(TOKEN.replace("5", "6")), None),
        # A task with a token is not opened by the key.
        (by_key(KEY, "own"), None),
        (by_token(""), None),
        (by_token("***"), None),
        (by_key("***", "shared"), None),
        (NO_TARGET, None),
    ],
)
def test_a_right_secret_opens_its_task(target: PushTarget, task: Task | None) -> None:
    """Each secret opens what it is for, and nothing else."""
    assert PushGate([SHARED, OWN, POLLED, MASKED], KEY).find(target) is task


def test_every_url_takes_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """A right secret, a wrong one, and a path that names no task are compared alike."""
    gate, digests = PushGate([SHARED, OWN], KEY), []

    def counted(data: bytes, **options: Any) -> Any:  # noqa: ANN401 - as the library's
        digests.append(data)
        return blake2b(data, **options)

    monkeypatch.setattr(push_gate, "blake2b", counted)
    work = []
    for target in (
        by_key(KEY, "shared"),
        by_key("x", "shared"),
        by_key(KEY, "x"),
        by_token(TOKEN),
        NO_TARGET,
    ):
        gate.find(target)
        work.append(len(digests))
        digests.clear()
    assert set(work) == {2}


@pytest.mark.parametrize("key", [None, "***"])
def test_without_a_key_only_tokens_open(key: str | None) -> None:
    """A masked key, as `pinger config` prints it, is none."""
    gate = PushGate([SHARED, OWN], key)
    assert [gate.find(by_key(each, "shared")) for each in ("", "***", KEY)] == [None] * 3
    assert gate.find(by_token(TOKEN)) is OWN


def test_from_the_fifth_wrong_secret_on_a_client_waits() -> None:
    """Others do not wait for it."""
    throttle = PushThrottle()
    waits = [throttle.wait(CLIENT, 0)]
    for _ in range(PER_CLIENT.first):
        throttle.add_failure(CLIENT, 0)
        waits.append(throttle.wait(CLIENT, 0))
    assert waits == [0] * PER_CLIENT.first + [1]
    assert throttle.wait(OTHER, 0) == 0
    assert throttle.wait(CLIENT, 1) == 0


def test_a_client_that_knows_a_right_secret_never_waits_for_its_right_ones() -> None:
    """A typing error in one crontab must not silence the others of its machine."""
    throttle = PushThrottle()
    throttle.add_success(CLIENT)
    for _ in range(3 * PER_CLIENT.first):
        wait, _log = throttle.add_failure(CLIENT, 0)
    assert wait > 0
    assert throttle.wait(CLIENT, 0) == 0


def test_so_many_clients_are_remembered() -> None:
    """Of more, the oldest is forgotten."""
    throttle = PushThrottle()
    for number in range(MOST_CLIENTS + 1):
        throttle.add_success(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    for address in ("10.0.0.0", "10.0.0.1"):
        for _ in range(PER_CLIENT.first):
            throttle.add_failure(address, 0)
    assert [throttle.wait(address, 0) > 0 for address in ("10.0.0.0", "10.0.0.1")] == [True, False]


def test_a_task_may_report_ten_times_and_then_every_six_seconds() -> None:
    """Each task has a bucket that no other empties."""
    throttle, a, b = PushThrottle(), push("a"), push("b")
    assert [throttle.take(a, 0) for _ in range(BURST)] == [0] * BURST
    assert (throttle.take(a, 0), throttle.take(b, 0)) == (INTERVAL, 0)
    assert [throttle.take(a, INTERVAL), throttle.take(a, INTERVAL)] == [0, INTERVAL]


@pytest.mark.parametrize("ids", [[*"0123456789"], [None] * BURST], ids=["ids", "no ids"])
def test_the_end_of_a_run_is_free_once_if_its_start_was_counted(ids: list[str | None]) -> None:
    """Ten runs at once can all end; without its end a run would be late."""
    throttle = PushThrottle()
    assert [throttle.take(push("a", PushKind.START, run), 0) for run in ids] == [0] * BURST
    assert throttle.take(push("a", PushKind.START, "more"), 0) == INTERVAL
    assert [throttle.take(push("a", PushKind.LOG, run), 0) for run in ids] == [INTERVAL] * BURST
    assert [throttle.take(push("a", PushKind.SUCCESS, run), 0) for run in ids] == [0] * BURST
    assert [throttle.take(push("a", PushKind.SUCCESS, run), 0) for run in ids] == [INTERVAL] * BURST
    assert throttle.take(push("a", PushKind.SUCCESS, "more"), 0) == INTERVAL
