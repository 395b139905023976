"""Alerts on their way to Alertmanager."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError
from tests.support.scripted_service import CLOSE, HANG, ScriptedService, answer

from py_pinger.channels import DryRunChannel, SafeAlertChannel, build
from py_pinger.channels.alertmanager import AlertmanagerChannel, AlertmanagerSettings
from py_pinger.config import ConfiguredChannel, MainSettings, Settings
from py_pinger.core.model.notification import Message, SendFailed, SendResult, Sent, Severity
from py_pinger.core.notification.alert import Alert

OPENED = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PASSWORD = "planted"
QUICK = timedelta(seconds=1)
ALERT = Alert(
    labels={"alertname": "TaskFailing", "task": "https://***@tasks.example/a?b=1", "cause": "late"},
    annotations={"summary": "Import is late", "description": "Reason: late"},
    starts=OPENED,
    ends=OPENED + timedelta(minutes=5),
)


def channel(service: ScriptedService, **keys: str) -> AlertmanagerChannel:
    """Return the channel to an Alertmanager below a path, with a password before it."""
    url = service.url.replace("//", f"//me:{PASSWORD}@") + "/alerts/"
    settings = AlertmanagerSettings.model_validate({"url": url, **keys})
    return AlertmanagerChannel("alertmanager", settings, QUICK)


def test_what_is_handed_over(service: ScriptedService) -> None:
    """An alert goes out by the second version of the API, with a link to the task, and the password apart."""
    alertmanager = channel(service)
    assert alertmanager.post([ALERT]) == Sent()
    alertmanager.close()
    [request] = service.requests
    assert (request.method, request.path) == ("POST", "/alerts/api/v2/alerts")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == "Basic bWU6cGxhbnRlZA=="
    assert request.json == [
        {
            "labels": dict(ALERT.labels),
            "annotations": {**ALERT.annotations, "link": "https://***@tasks.example/a?b=1"},
            "startsAt": "2026-11-22T10:00:00+00:00",
            "endsAt": "2026-11-22T10:05:00+00:00",
        }
    ]


def test_what_the_settings_add(service: ScriptedService) -> None:
    """Labels of one's own come to the alert's but replace none, and links lead to Py Pinger's own pages."""
    keys = {"labels": "severity=page, cause=unknown,\n team = ops & co ", "link": "https://pinger.example/p/"}
    channel(service, **keys).post([ALERT])
    [alert] = service.requests[0].json
    assert alert["labels"] == {**ALERT.labels, "severity": "page", "team": "ops & co"}
    page = "https://pinger.example/p/task/https%3A%2F%2F%2A%2A%2A%40tasks.example%2Fa%3Fb%3D1"
    assert (alert["annotations"]["link"], alert["generatorURL"]) == (page, page)


def test_credentials_of_the_link_go_nowhere(service: ScriptedService) -> None:
    """Whoever reads an alert sees no password of our pages."""
    channel(service, link="https://me:hunter2@pinger.example/").post([ALERT])
    assert service.requests[0].json[0]["generatorURL"].startswith("https://***@pinger.example/task/")
    assert "hunter2" not in service.requests[0].body.decode()


def test_a_test_message(service: ScriptedService) -> None:
    """A message becomes an alert of its own that ends by itself."""
    assert channel(service, keep="2").send(Message(Severity.INFO, "Is this on?", ("It is.",)), None) == Sent()
    [alert] = service.requests[0].json
    assert alert["labels"] == {"alertname": "PyPingerMessage"}
    assert alert["annotations"] == {"summary": "Is this on?", "description": "It is."}
    times = [datetime.fromisoformat(alert[key]) for key in ("startsAt", "endsAt")]
    assert times[1] - times[0] == timedelta(minutes=2)


FAILURES = [
    (answer(503), SendFailed("Alertmanager answered HTTP 503 Service Unavailable")),
    (
        answer(429, headers={"Retry-After": "12"}),
        SendFailed("Alertmanager answered HTTP 429 Too Many Requests", retry_after=timedelta(seconds=12)),
    ),
    *(
        (
            answer(code),
            SendFailed(f"Alertmanager answered {words}: check [alertmanager] in pinger.ini", permanent=True),
        )
        for code, words in [
            (400, "HTTP 400 Bad Request"),
            (401, "HTTP 401 Unauthorized"),
            (404, "HTTP 404 Not Found"),
        ]
    ),
    (HANG, SendFailed("Alertmanager: no response within 1 s")),
    (CLOSE, SendFailed("Alertmanager: the connection was closed before the response")),
]


@pytest.mark.parametrize(("reply", "outcome"), FAILURES)
def test_failures(
    reply: bytes, outcome: SendResult, service: ScriptedService, caplog: pytest.LogCaptureFixture
) -> None:
    """Each failure is told in plain words after one request, without the password."""
    caplog.set_level(logging.DEBUG)
    service.answers = [reply]
    alertmanager = channel(service)
    assert alertmanager.post([ALERT]) == outcome
    assert len(service.requests) == 1
    assert PASSWORD not in repr((alertmanager, outcome)) + alertmanager.place + caplog.text


def built(keys: Mapping[str, str], *, only_log: bool = False) -> object:
    """Return the channel as it is built from its section."""
    section = ConfiguredChannel("alertmanager", "alertmanager", AlertmanagerSettings.model_validate(keys))
    settings = Settings(main=MainSettings(only_log=only_log), channels=(section,))
    assert PASSWORD in settings.secrets()
    return build(settings)[1]


def test_the_link_of_the_pages(service: ScriptedService) -> None:
    """Without a link of the section, that of [main] counts."""
    settings = AlertmanagerSettings.model_validate({"url": service.url})
    assert settings.linked_to("https://pinger.example").link == "https://pinger.example"
    own = AlertmanagerSettings.model_validate({"url": service.url, "link": "https://own.example"})
    assert (own.linked_to("https://pinger.example"), settings.linked_to(None)) == (own, settings)


def test_hours_are_rejected() -> None:
    """Its alerts would end outside them."""
    with pytest.raises(ValidationError, match="use time intervals in Alertmanager's own routes"):
        AlertmanagerSettings.model_validate({"url": "http://a.example", "hours": "08:00-18:00"})


def test_it_is_kept_from_faults_and_from_only_log(service: ScriptedService) -> None:
    """A fault of a library's is a failed try; muted, the channel keeps nothing alive and sends nothing."""
    url = service.url.replace("//", f"//me:{PASSWORD}@")
    guarded = built({"url": url})
    assert isinstance(guarded, SafeAlertChannel)
    why = f"Alertmanager at {service.url.replace('//', '//***@')}: the message could not be sent (TypeError)"
    unfit = Alert({"cause": object()}, {}, OPENED, OPENED)  # type: ignore[dict-item]  # what no encoder takes
    assert guarded.post([unfit]) == SendFailed(why)
    assert isinstance(built({"url": url}, only_log=True), DryRunChannel)
    assert service.requests == []


@pytest.mark.parametrize(
    ("key", "text", "why"),
    [
        ("labels", "severity", "has an item that is not NAME=VALUE; use for example severity=page, team=ops"),
        ("labels", "1st=a", "has an item that is not NAME=VALUE; use for example severity=page, team=ops"),
        ("labels", "a=", "has an item that is not NAME=VALUE; use for example severity=page, team=ops"),
        ("keep", "0", "is out of range; use a duration from 0.6s to 1d"),
        (
            "link",
            "pinger",
            "does not begin with http:// or https://; use a complete URL such as https://example.com/",
        ),
    ],
)
def test_settings_that_make_no_sense(key: str, text: str, why: str) -> None:
    """What is wrong is told with what to write instead."""
    with pytest.raises(ValidationError) as caught:
        AlertmanagerSettings.model_validate({"url": "http://a.example", key: text})
    assert caught.value.errors()[0]["msg"] == f"Value error, {why}"


def test_nothing_is_for_it_but_tasks() -> None:
    """By default it gets no word about Py Pinger itself, as it would make no alert of one."""
    section = AlertmanagerSettings.model_validate({"url": "http://a.example"})
    route = ConfiguredChannel("alertmanager", "alertmanager", section).route()
    assert (route.own, route.selective) == (False, False)


def test_settings_are_written_as_they_are_read() -> None:
    """The settings in force load again, but for the password."""
    keys = {
        "url": "http://me:planted@a.example/",
        "keep": "2.5",
        "labels": "a=b,c=d=e",
        "link": "http://b.example",
    }
    written = AlertmanagerSettings.model_validate(keys).model_dump()
    assert {key: written[key] for key in keys} == {
        **keys,
        "url": "http://***@a.example/",
        "labels": "a=b, c=d=e",
    }
