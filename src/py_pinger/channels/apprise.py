"""Apprise: any of its more than a hundred services, one channel for each URL.

So each URL has a separate queue: one that fails neither delays the others nor sends to them twice. Apprise's
own log is read for the cause of a failure and not shown: it may quote addresses and tokens.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl, unquote, urlsplit

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat, NotifyType
from pydantic import Field, PlainSerializer, SecretStr

from py_pinger.channels.http import is_permanent
from py_pinger.channels.safe_channel import escape_all_mentions
from py_pinger.config import ChannelKind, ChannelSettings
from py_pinger.config.values.basic import from_text
from py_pinger.config.values.url import split_urls
from py_pinger.core.model.notification import Message, SendFailed, SendResult, Sent, Severity
from py_pinger.core.text.formatting import http_status
from py_pinger.core.text.urls import MASK, secrets_in

# Loggers of apprise and its libraries, which are not for our log.
_LOGGERS = ("apprise", "urllib3")

# Characters below which a part of a URL is more likely a word than a secret.
_SHORTEST_SECRET = 8

_TYPES: Mapping[Severity, NotifyType] = {
    Severity.ALERT: NotifyType.FAILURE,
    Severity.RECOVERY: NotifyType.SUCCESS,
    Severity.INFO: NotifyType.INFO,
}

_STATUS = re.compile(r"error=([1-5]\d\d)\b")
_NO_CONNECTION = re.compile(r"(?i)connection error|connection failed|socket")
_BEFORE_PATH = re.compile(r"[:@]")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://")


def _read_urls(text: str) -> tuple[SecretStr, ...]:
    urls = split_urls(text)
    for number, url in enumerate(urls, start=1):
        if not _is_masked(url) and _service(url) is None:
            raise ValueError(
                f"has a URL, number {number} of {len(urls)}, that apprise does not know; its page about"
                " the service, to be found from https://appriseit.com, says how it is written"
            )
    return tuple(SecretStr(url) for url in dict.fromkeys(urls))


def _write_urls(values: tuple[SecretStr, ...]) -> str:
    return ", ".join(f"{_scheme(value.get_secret_value())}://{MASK}" for value in values)


Urls = Annotated[tuple[SecretStr, ...], from_text(_read_urls), PlainSerializer(_write_urls)]


class AppriseSettings(ChannelSettings):
    """[apprise]: services by their apprise URLs."""

    urls: Urls = Field(repr=False)

    def names(self, name: str) -> tuple[str, ...]:
        """Return the names of the channels.

        The first is that of the section, the others have numbers.
        """
        return (name, *(f"{name} #{number}" for number in range(2, len(self.urls) + 1)))

    def secrets(self) -> frozenset[str]:
        """Return all parts of the URLs that may be secret: which are, differs with each service."""
        urls = [url.get_secret_value() for url in self.urls]
        return frozenset(part for url in urls for part in (url, *_parts(url)))


KIND = ChannelKind(AppriseSettings, ("urls",), "give urls")


class AppriseChannel:
    """Sends messages to one of apprise's services; sent means that apprise says so."""

    paced = True

    def __init__(self, name: str, place: str, section: str, url: str) -> None:
        self.name = name
        self.place = place
        self._section = section
        self._apprise = Apprise(asset=_asset())
        if service := _service(url):
            self._apprise.add(service)

    def send(self, message: Message, thread: str | None) -> SendResult:  # noqa: ARG002 - apprise has no threads
        """Send the message."""
        if not self._apprise:
            return SendFailed(
                f"{self.place} is masked: write it in full in [{self._section}]", permanent=True
            )
        title, details = map(escape_all_mentions, (message.title, message.details))
        result = self._apprise.notify(
            body=details or title,
            title=title if details else "",
            notify_type=_TYPES[message.severity],
            body_format=NotifyFormat.TEXT,
        )
        return Sent() if result else self._failure("\n".join(entry.message for entry in result.logs()))

    def close(self) -> None:
        """Do nothing: apprise keeps no connection."""

    def _failure(self, log: str) -> SendFailed:
        if status := _STATUS.search(log):
            number = int(status[1])
            answer = f"{self.place} answered {http_status(number)}"
            if is_permanent(number):
                return SendFailed(f"{answer}: check urls in [{self._section}] in pinger.ini", permanent=True)
            return SendFailed(answer)
        if _NO_CONNECTION.search(log):
            return SendFailed(f"{self.place} cannot be reached")
        return SendFailed(f"{self.place} did not accept the message")


def build(name: str, settings: AppriseSettings) -> tuple[AppriseChannel, ...]:
    """Return a channel for each URL."""
    urls = [url.get_secret_value() for url in settings.urls]
    places = [f"URL {number} of [{name}] ({_scheme(url)})" for number, url in enumerate(urls, start=1)]
    parts = zip(settings.names(name), places, urls, strict=True)
    return tuple(AppriseChannel(own_name, place, name, url) for own_name, place, url in parts)


def _service(url: str) -> NotifyBase | None:
    for name in _LOGGERS:
        _silence(logging.getLogger(name))
    service: NotifyBase | None = Apprise.instantiate(url, asset=_asset())
    return service


def _asset() -> AppriseAsset:
    # A redirect would get the tokens too; and apprise has nothing to keep in files.
    return AppriseAsset(app_id="Py Pinger", app_desc="Py Pinger", http_redirects=False)


def _silence(logger: logging.Logger) -> None:
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def _scheme(url: str) -> str:
    found = _SCHEME.match(url)
    return found[1] if found else ""


def _is_masked(url: str) -> bool:
    return url == f"{_scheme(url)}://{MASK}"


def _parts(url: str) -> frozenset[str]:
    parts = urlsplit(url)
    *before, host = _BEFORE_PATH.split(parts.netloc)
    # In the place of the host may be a token; with a dot in it, it is a host.
    hosts = (*before, *(() if "." in host else (host,)))
    found = (*hosts, *parts.path.split("/"), *(value for _, value in parse_qsl(parts.query)))
    long = (part for part in found if len(part) >= _SHORTEST_SECRET)
    return secrets_in(url).union(form for part in long for form in (part, unquote(part)))
