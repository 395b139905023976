"""Check-ins of Sentry's monitors."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from tests.support.scripted_service import CLOSE, HANG, RESET, ScriptedService, answer

from py_pinger.channels import KINDS, check_in_services
from py_pinger.channels.sentry.crons import SentryCrons
from py_pinger.channels.sentry.project import SentrySettings
from py_pinger.config import ConfiguredChannel, load
from py_pinger.core.model.notification import SendFailed, SendResult, Sent
from py_pinger.core.notification.check_in import CheckIn
from py_pinger.core.text.formatting import http_status

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DSN_KEY = "plantedkey"
RUN = CheckIn(
    key="0123456789abcdef" * 4,
    monitor="my-backend-com-task1-0a1b2c3d",
    healthy=True,
    every=120 * MINUTE,
    due=NOW + 126 * MINUTE,
)


def sentry(service: ScriptedService) -> SentryCrons:
    """Return what hands check-ins to a project of the fake service."""
    dsn = service.url.replace("//", f"//{DSN_KEY}@") + "/42"
    return SentryCrons("sentry", SentrySettings.model_validate({"url": dsn}), timedelta(seconds=1))


@pytest.mark.parametrize(("healthy", "status"), [(True, "ok"), (False, "error")])
def test_what_is_handed_over(healthy: bool, status: str, service: ScriptedService) -> None:  # noqa: FBT001 - a table's column
    """A check-in is an envelope's one item, with the settings that its monitor is made or changed by."""
    project = sentry(service)
    run = CheckIn(RUN.key, RUN.monitor, healthy=healthy, every=RUN.every, due=RUN.due)
    assert project.check_in(run, NOW) == Sent()
    project.close()
    [request] = service.requests
    assert (request.method, request.path) == ("POST", "/api/42/envelope/")
    _, item, payload = (orjson.loads(line) for line in request.body.splitlines())
    assert item["type"] == "check_in"
    assert payload == {
        "check_in_id": "0123456789ab4def8123456789abcdef",
        "monitor_slug": "my-backend-com-task1-0a1b2c3d",
        "status": status,
        "monitor_config": {
            "schedule": {"type": "interval", "value": 2, "unit": "hour"},
            "checkin_margin": 7,
            "timezone": "UTC",
        },
    }


FAILURES = [
    (
        answer(429, headers={"Retry-After": "12"}),
        SendFailed("Sentry answered HTTP 429 Too Many Requests", retry_after=timedelta(seconds=12)),
    ),
    (
        answer(429, headers={"X-Sentry-Rate-Limits": "90:monitor:key, 600:error:key", "Retry-After": "600"}),
        SendFailed("Sentry answered HTTP 429 Too Many Requests", retry_after=timedelta(seconds=90)),
    ),
    (
        answer(413),
        SendFailed(
            # What 413 is called depends on the version of Python.
            f"Sentry answered {http_status(413)}: check [sentry] in pinger.ini",
            permanent=True,
        ),
    ),
    (answer(503), SendFailed("Sentry answered HTTP 503 Service Unavailable")),
    (RESET, SendFailed("Sentry: the connection was reset")),
    (CLOSE, SendFailed("Sentry: the connection was closed before the response")),
    (HANG, SendFailed("Sentry: no response within 1 s")),
]


@pytest.mark.parametrize(("reply", "outcome"), FAILURES)
def test_failures(
    reply: bytes, outcome: SendResult, service: ScriptedService, caplog: pytest.LogCaptureFixture
) -> None:
    """Each failure is told in plain words after one request, and never shows the DSN."""
    caplog.set_level(logging.DEBUG)
    service.answers = [reply]
    project = sentry(service)
    assert project.check_in(RUN, NOW) == outcome
    assert len(service.requests) == 1
    assert DSN_KEY not in repr((project, outcome)) + caplog.text


def built(folder: Path, text: str, *, only_log: bool = False) -> list[str]:
    """Return the names of what takes check-ins, by an ini file."""
    path = folder / "pinger.ini"
    path.write_text(text)
    return [each.name for _, each in check_in_services(load(path, {}, KINDS).channels, only_log=only_log)]


def test_sections_with_check_ins(tmp_path: Path) -> None:
    """Only sections with crons=true send check-ins, each separately, and no other kind of channel does."""
    dsn = "url=https://key@a.example/1\n"
    hipchat = "[hipchat]\nroom=1\nauth=a\n"
    assert built(tmp_path, f"[sentry]\n{dsn}{hipchat}") == []
    both = f"[sentry]\n{dsn}crons=true\n[sentry ops]\n{dsn}crons=yes\n[sentry quiet]\n{dsn}{hipchat}"
    assert built(tmp_path, both) == ["sentry", "sentry ops"]
    assert built(tmp_path, both, only_log=True) == ["sentry", "sentry ops"]


def test_only_log_sends_nothing(service: ScriptedService, caplog: pytest.LogCaptureFixture) -> None:
    """With only_log each monitor is logged once, and no request leaves."""
    caplog.set_level(logging.INFO)
    settings = SentrySettings.model_validate(
        {"url": service.url.replace("//", "//key@") + "/1", "crons": True}
    )
    [(_, muted)] = check_in_services([ConfiguredChannel("sentry", "sentry", settings)], only_log=True)
    outcomes = [muted.check_in(RUN, NOW) for _ in range(2)]
    muted.close()
    assert (outcomes, service.requests) == ([Sent(), Sent()], [])
    assert caplog.messages == [
        "only_log: Sentry would get check-ins of the monitor my-backend-com-task1-0a1b2c3d, every 2 hours"
    ]
