"""The services of docs/apprise.md: what apprise makes of their URLs, and what arrives there."""

from __future__ import annotations

import re
from string import Template

import pytest
from apprise import Apprise
from apprise.plugins import opsgenie, pagerduty
from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.telegram import NotifyTelegram
from tests.support.program import ROOT
from tests.support.scripted_service import ScriptedService, answer

from py_pinger.channels.apprise import AppriseSettings, build
from py_pinger.core.model.notification import Message, SendFailed, Sent

PAGE = (ROOT / "docs" / "apprise.md").read_text("utf-8")
SECRETS = {
    "TELEGRAM_TOKEN": "123456789:planted-token-of-telegram_0123456789",
    "DISCORD_TOKEN": "planted-token-of-discord",
    "TEAMS_SIGNATURE": "planted-signature-of-teams",
    "PAGERDUTY_KEY": "planted0key0of0pagerduty00000000",
    "OPSGENIE_KEY": "01234567-89ab-cdef-0123-456789abcdef",
}


def url_of(section: str) -> str:
    """Return the URL in a section of the page, with its secrets."""
    (url,) = re.findall(rf"^\[apprise {section}\]\nurls=(.*)$", PAGE, re.MULTILINE)
    return Template(url).substitute(SECRETS)


@pytest.mark.parametrize(
    ("section", "service"),
    [
        ("telegram", "Telegram"),
        ("discord", "Discord"),
        ("teams", "Power Automate / Workflows (for MSTeams)"),
        ("pagerduty", "Pager Duty"),
        ("opsgenie", "Opsgenie"),
    ],
)
def test_the_urls_of_the_page(section: str, service: str) -> None:
    """Apprise reads each URL as one of that service, and everything secret in it is masked."""
    parsed = Apprise.instantiate(url_of(section))
    assert parsed is not None
    assert str(parsed.service_name) == service
    settings = AppriseSettings.model_validate({"urls": url_of(section)})
    assert not any(secret in str(settings.model_dump()) for secret in SECRETS.values())
    ours = (secret.rpartition(":")[2] for secret in SECRETS.values() if secret in url_of(section))
    assert settings.secrets().issuperset(ours)


def redirect(section: str, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have apprise send to another address than the service's, which is fixed."""
    monkeypatch.setattr(NotifyTelegram, "notify_url", f"{address}/bot")
    monkeypatch.setattr(NotifyDiscord, "notify_url", f"{address}/webhooks")
    for module, name in ((pagerduty, "PAGERDUTY_API_LOOKUP"), (opsgenie, "OPSGENIE_API_LOOKUP")):
        known = getattr(module, name)
        monkeypatch.setattr(module, name, dict.fromkeys(known, f"{address}/{section}"))


@pytest.mark.parametrize("section", ["telegram", "discord", "pagerduty", "opsgenie"])
def test_what_arrives(
    section: str, service: ScriptedService, alarm: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The title and the reason arrive in one request; a rejection is a permanent failure."""
    redirect(section, service.url, monkeypatch)
    service.answers = [
        answer(202 if section == "pagerduty" else 200, {"ok": True, "requestId": "1"}),
        answer(403, {}),
    ]
    (channel,) = build(f"apprise {section}", AppriseSettings.model_validate({"urls": url_of(section)}))
    assert channel.send(alarm, None) == Sent()
    (request,) = service.requests
    assert request.method == "POST"
    body = request.body.decode()
    assert alarm.title in body
    assert "should run every 10 min" in body
    failed = channel.send(alarm, None)
    assert isinstance(failed, SendFailed)
    assert failed.permanent
    assert not any(secret in failed.error for secret in SECRETS.values())
