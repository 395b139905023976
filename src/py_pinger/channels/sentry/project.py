"""A Sentry project: its settings, its address, and posting to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, PlainSerializer, SecretStr
from sentry_sdk.envelope import Envelope
from sentry_sdk.utils import Dsn

from py_pinger import __version__
from py_pinger.channels.http import HttpResponse, HttpSender
from py_pinger.config import ChannelKind, ChannelSettings
from py_pinger.config.values.basic import Flag, from_text
from py_pinger.config.values.url import url_problem
from py_pinger.core.model.notification import SendFailed, SendResult, Sent
from py_pinger.core.probing.retry_after import wait
from py_pinger.core.text.urls import mask


def _read_dsn(text: str) -> str:
    parts = None if url_problem(text) else urlsplit(text)
    if not parts or not parts.username or not parts.path.rpartition("/")[2].isdecimal():
        raise ValueError(
            "is not a DSN; copy it from Sentry: https://KEY@HOST/PROJECT, PROJECT being a number"
        )
    return text


def _write_dsn(value: SecretStr) -> str:
    return mask(value.get_secret_value())


DsnText = Annotated[SecretStr, from_text(_read_dsn), PlainSerializer(_write_dsn)]


class SentrySettings(ChannelSettings):
    """[sentry]: a project of Sentry; `url` is its DSN, `crons` whether it gets check-ins."""

    url: DsnText = Field(repr=False)
    crons: Flag = False


SENTRY = ChannelKind(SentrySettings, ("url",), "give the DSN as url")


class SentryProject:
    """Posts envelopes to one project; sent means that Sentry's server accepted them."""

    def __init__(self, name: str, settings: SentrySettings, timeout: timedelta, kept: int = 0) -> None:
        auth = Dsn(settings.url.get_secret_value()).to_auth(f"py-pinger/{__version__}")
        self._url = auth.get_api_url()
        self._headers = {
            "Content-Type": "application/x-sentry-envelope",
            "X-Sentry-Auth": auth.to_header(),
        }
        self._sender = HttpSender("Sentry", name, timeout, kept)

    def post(self, envelope: Envelope, *categories: str) -> SendResult:
        """Post an envelope whose content belongs to these categories of Sentry's rate limits."""
        response = self._sender.post(self._url, self._headers, envelope.serialize())
        if isinstance(response, SendFailed):
            return response
        return (
            Sent()
            if response.accepted
            else self._sender.failure(response, after=_limit(response, categories))
        )

    def close(self) -> None:
        """Close the connection."""
        self._sender.close()


def _limit(response: HttpResponse, categories: tuple[str, ...]) -> timedelta | None:
    """Return the longest wait of Sentry's own header for these categories.

    `60:error;default:key, …`.
    """
    limits = (
        entry.strip().split(":") for entry in response.headers.get("x-sentry-rate-limits", "").split(",")
    )
    waits = (wait(seconds) for seconds, *rest in limits if _applies(rest, categories))
    return max(filter(None, waits), default=None)


def _applies(rest: list[str], categories: tuple[str, ...]) -> bool:
    limited = rest[0].split(";") if rest else []
    return not {*categories, ""}.isdisjoint(limited) if limited else True
