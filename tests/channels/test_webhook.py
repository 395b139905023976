"""Webhooks, checked by the convention's own library and the body's own schema."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from re import DOTALL, findall
from typing import Any

import jsonschema_rs
import orjson
import pytest
from standardwebhooks import Webhook
from tests.support.scripted_service import CLOSE, HANG, ScriptedService, answer

from py_pinger.channels import KINDS
from py_pinger.channels import build as build_all
from py_pinger.channels.webhook import WebhookChannel, WebhookSettings, body_of
from py_pinger.config import ConfigError, load, masked_ini
from py_pinger.core.model.check import Cause
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.model.notification import Message, Notice, NoticeKind, SendFailed, Sent
from py_pinger.core.notification.message import compose, compose_digest, compose_late
from py_pinger.core.times import MAX_TIME

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = jsonschema_rs.validator_for((DOCS / "webhook.schema.json").read_text("utf-8"))
PAGE = (DOCS / "webhook.md").read_text("utf-8")
SECRET = "whsec_cGxhbnRlZC1zZWNyZXQtb2YtMzItYnl0ZXMtISE="
NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
QUICK = timedelta(seconds=1)
FAILED = Notice(
    kind=NoticeKind.FAILED,
    at=NOW,
    url="https://tasks.example/import",
    opened=NOW,
    cause=Cause.LATE,
    reason="last ran 19 min ago, should run every 10 min",
    process="Import",
    server="web-1",
    lastrun=NOW - timedelta(minutes=19),
    frequency=timedelta(minutes=10),
    deadline=NOW - timedelta(minutes=9),
    fault=Fault(FaultCode.LATE),
)
RECOVERED = replace(
    FAILED, kind=NoticeKind.RECOVERED, at=NOW + timedelta(minutes=1), deadline=MAX_TIME, fault=None
)
HELLO = Notice(NoticeKind.STARTED, NOW, text="Hello World!")


def channel(service: ScriptedService, **settings: str) -> WebhookChannel:
    """Return the channel to the fake service, at an address that is a secret too."""
    given = {"url": f"{service.url}/plantedsecret", "secret": SECRET, **settings}
    return WebhookChannel("webhook", WebhookSettings.model_validate(given), QUICK)


def test_a_signed_message(service: ScriptedService) -> None:
    """The convention's library takes it as ours; the id stays at each try, and the next has another."""
    service.answers = [answer(503), answer(204)]
    webhook = channel(service)
    message = replace(compose(FAILED), key="k1")
    assert webhook.send(message, None) == SendFailed("Webhook answered HTTP 503 Service Unavailable")
    assert [webhook.send(each, None) for each in (message, compose(HELLO))] == [Sent(), Sent()]
    webhook.close()
    first, second, hello = service.requests
    for request in service.requests:
        assert Webhook(SECRET).verify(request.body, dict(request.headers)) == request.json
        SCHEMA.validate(request.json)
    assert (first.path, first.headers["content-type"]) == ("/plantedsecret", "application/json")
    assert first.body == second.body
    assert [first.headers["webhook-id"], second.headers["webhook-id"]] == ["k1", "k1"]
    assert hello.headers["webhook-id"] not in {"", "k1"}


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("notice", [FAILED, HELLO])
def test_every_kind_is_by_the_schema(kind: NoticeKind, notice: Notice) -> None:
    """Whatever there is to tell, its body is what the schema says, and JSON for certain."""
    body = orjson.loads(orjson.dumps(body_of(compose(replace(notice, kind=kind)), NOW)))
    SCHEMA.validate(body)
    assert [each["kind"] for each in body["data"]["notices"]] == [kind]


@pytest.mark.parametrize("cause", [*Cause, None])
def test_every_cause_is_by_the_schema(cause: Cause | None) -> None:
    """So is whatever a task fails for."""
    SCHEMA.validate(orjson.loads(orjson.dumps(body_of(compose(replace(FAILED, cause=cause)), NOW))))


def test_a_digest_lists_all() -> None:
    """A message that gathers several notices has the facts of each, and the time of the newest."""
    body: dict[str, Any] = orjson.loads(
        orjson.dumps(body_of(compose_digest([HELLO, FAILED, RECOVERED]), NOW))
    )
    SCHEMA.validate(body)
    assert [each["kind"] for each in body["data"]["notices"]] == ["started", "failed", "recovered"]
    assert body["timestamp"] == "2026-11-22T10:06:00Z"
    assert body["data"]["notices"][2]["deadline"] is None
    late = body_of(compose_late(RECOVERED), NOW)["data"]
    assert isinstance(late, dict)
    assert [each["kind"] for each in late["notices"]] == ["recovered"]


def test_the_example_of_the_page() -> None:
    """What the page shows is what is sent, but for the text, which it cuts short."""
    (shown,) = findall(r"```json\n(.*?)```", PAGE, DOTALL)
    sent: dict[str, Any] = orjson.loads(orjson.dumps(body_of(compose(FAILED), NOW)))
    example = orjson.loads(shown)
    assert sent["data"]["text"].startswith(example["data"]["text"].removesuffix("…"))
    assert {**example, "data": {**example["data"], "text": sent["data"]["text"]}} == sent


def test_the_receiver_of_the_page(
    service: ScriptedService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set up as the page says, the page's own receiver takes a message for ours and finds the notices."""
    (block,) = findall(r"```\n(\[webhook\].*?)```", PAGE, DOTALL)
    (code,) = findall(r"```python\n(.*?)```", PAGE, DOTALL)
    ini = tmp_path / "pinger.ini"
    ini.write_text(block.replace("https://hooks.example.com", service.url), "utf-8")
    settings = load(ini, {"WEBHOOK_SECRET": SECRET}, KINDS)
    _, webhook = build_all(settings)
    assert webhook.send(compose(FAILED), None) == Sent()
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    found: dict[str, Callable[..., list[dict[str, Any]]]] = {}
    exec(code, found)  # noqa: S102 - the page's own code is what this is about
    [request] = service.requests
    (notice,) = found["received"](dict(request.headers), request.body)
    assert notice["url"] == FAILED.url


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (HANG, SendFailed("Webhook: no response within 1 s")),
        (CLOSE, SendFailed("Webhook: the connection was closed before the response")),
        (
            answer(429, headers={"Retry-After": "7"}),
            SendFailed("Webhook answered HTTP 429 Too Many Requests", retry_after=timedelta(seconds=7)),
        ),
        (
            answer(410),
            SendFailed("Webhook answered HTTP 410 Gone: check [webhook] in pinger.ini", permanent=True),
        ),
        (
            answer(302, headers={"Location": "/elsewhere"}),
            SendFailed("Webhook answered HTTP 302 Found: check [webhook] in pinger.ini", permanent=True),
        ),
    ],
)
def test_failures(reply: bytes, outcome: SendFailed, service: ScriptedService, alarm: Message) -> None:
    """Failures are told like those of any channel, and no word of the address."""
    service.answers = [reply]
    assert channel(service).send(alarm, None) == outcome
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "secret",
    [
        "planted",
        "cGxhbnRlZC1zZWNyZXQtb2YtMzItYnl0ZXMtISE=",
        "whsec_c2hvcnQ=",
        f"{SECRET}!",
        f"whsec_{'A' * 88}",
    ],
)
def test_a_secret_that_is_none(tmp_path: Path, secret: str) -> None:
    """It is refused with how to make one, and not quoted."""
    ini = tmp_path / "pinger.ini"
    ini.write_text(f"[webhook]\nurl=https://hooks.example.com/x\nsecret={secret}\n", "utf-8")
    with pytest.raises(ConfigError) as refused:
        load(ini, {}, KINDS)
    (problem,) = refused.value.problems
    assert (problem.code, problem.where) == ("invalid_value", "[webhook] secret")
    assert "openssl rand -base64 32" in problem.text


def test_masked_settings(tmp_path: Path, alarm: Message) -> None:
    """The settings in force hide the secret and the address's path; loaded again, they say what is amiss."""
    ini = tmp_path / "pinger.ini"
    ini.write_text(f"[webhook ops]\nurl=https://hooks.example.com/planted\nsecret={SECRET}\n", "utf-8")
    settings = load(ini, {}, KINDS)
    written = masked_ini(settings)
    assert "url=https://hooks.example.com/***\nsecret=***\n" in written
    assert {SECRET, "https://hooks.example.com/planted"} <= settings.secrets()
    ini.write_text(written, "utf-8")
    _, again = build_all(load(ini, {}, KINDS))
    masked = "Webhook: the secret is masked; write it in full in [webhook ops]"
    assert again.send(alarm, None) == SendFailed(masked, permanent=True)
