"""Slack's own library, sending through our poster.

The library words the requests and reads the answers. Left alone it would follow redirects with the
token, know no limit for the whole exchange, and write webhook addresses into its log.
"""

from __future__ import annotations

import logging
from typing import Any
from urllib.request import Request

from slack_sdk import WebClient, WebhookClient
from slack_sdk.webhook import WebhookResponse

from py_pinger.channels.http import HttpResponse, HttpSender
from py_pinger.core.model.notification import SendFailed


class UndeliveredError(Exception):
    """Carries a failure of the poster out through the library."""

    def __init__(self, outcome: SendFailed) -> None:
        super().__init__(outcome.why)
        self.outcome = outcome


class SlackClient(WebClient):
    """For the API: one try, and not a word into any log.

    `url` is the address of chat.postMessage. Raises UndeliveredError if no answer came, and
    SlackApiError if Slack did not say yes.
    """

    def __init__(self, poster: HttpSender, url: str, token: str) -> None:
        super().__init__(token, url.rpartition("/")[0], logger=_silence(), retry_handlers=[])
        self._poster = poster

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        reply = _posted(self._poster, url, req)
        return {"status": reply.status, "headers": reply.headers, "body": _text(reply)}


class SlackWebhookClient(WebhookClient):
    """For an incoming webhook, just so. Raises UndeliveredError if no answer came."""

    def __init__(self, poster: HttpSender, url: str) -> None:
        super().__init__(url, logger=_silence(), retry_handlers=[])
        self._poster = poster

    def _perform_http_request_internal(self, url: str, req: Request) -> WebhookResponse:
        reply = _posted(self._poster, url, req)
        headers = dict(reply.headers)
        return WebhookResponse(url=url, status_code=reply.status, body=_text(reply), headers=headers)


def _posted(poster: HttpSender, url: str, request: Request) -> HttpResponse:
    body = request.data if isinstance(request.data, bytes) else b""
    reply = poster.post(url, dict(request.header_items()), body)
    if isinstance(reply, SendFailed):
        raise UndeliveredError(reply)
    return reply


def _text(reply: HttpResponse) -> str:
    return reply.body.decode(errors="replace")


def _silence() -> logging.Logger:
    """Return a logger that belongs to no tree of loggers and lets nothing through."""
    return logging.Logger("slack_sdk", logging.CRITICAL + 1)  # noqa: LOG001 - so that no setting can open it
