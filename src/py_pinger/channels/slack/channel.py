"""Slack: through its API with a token, or through an incoming webhook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson

from py_pinger.channels.http import TIMEOUT, HttpResponse, HttpSender
from py_pinger.channels.slack.payload import payload_of
from py_pinger.channels.slack.slack_settings import SLACK, SlackSettings
from py_pinger.core.model.notification import Message, SendFailed, SendResult, Sent

KIND = SLACK

_CHECK_TOKEN = "check the token in [{section}]"  # noqa: S105 - text for people
_CHECK_CHANNEL = "check the channel in [{section}]"
_ADD_SCOPE = "add the scope chat:write to the app, then reinstall it"
_CONTACT_ADMINS = "contact the workspace's administrators"

# Slack's codes for permanent failures, and what to do about each.
PERMANENT: Mapping[str, str] = {
    "access_denied": _ADD_SCOPE,
    "account_inactive": _CHECK_TOKEN,
    "channel_not_found": _CHECK_CHANNEL,
    "ekm_access_denied": _CONTACT_ADMINS,
    "invalid_auth": _CHECK_TOKEN,
    "is_archived": _CHECK_CHANNEL,
    "missing_scope": _ADD_SCOPE,
    "no_permission": _ADD_SCOPE,
    "not_allowed_token_type": _CHECK_TOKEN,
    "not_authed": _CHECK_TOKEN,
    "not_in_channel": "invite the app to the channel",
    "org_login_required": _CONTACT_ADMINS,
    "restricted_action": _CONTACT_ADMINS,
    "token_expired": _CHECK_TOKEN,
    "token_revoked": _CHECK_TOKEN,
}

# Slack's codes for its own failures; any other is about the message or the settings, and permanent.
TEMPORARY = frozenset(
    {"accesslimited", "fatal_error", "internal_error", "ratelimited", "rate_limited", "request_timeout"}
    | {"service_unavailable", "team_added_to_org"}
)

# The alert is gone, or accepts no replies: the message is still worth sending by itself.
_NO_THREAD = frozenset(
    {"cannot_reply_to_message", "invalid_thread_ts", "message_not_found", "thread_not_found"}
)

# Only codes of this form are shown: whatever else a server returns may be our own token.
_CODE = re.compile(r"[a-z_]{1,64}")

_CONTENT_TYPE = {"Content-Type": "application/json;charset=utf-8"}


class SlackChannel:
    """Posts into one channel with a token.

    A reply shows in its alert's thread and in the channel.
    """

    paced = True

    def __init__(self, name: str, settings: SlackSettings, token: str, timeout: timedelta = TIMEOUT) -> None:
        self.name = name
        self.place = f"Slack #{(settings.channel or '').removeprefix('#')}"
        self._settings = settings
        # The settings may name any method of the API.
        self._url = f"{settings.url.get_secret_value().rpartition('/')[0]}/chat.postMessage"
        self._headers = {**_CONTENT_TYPE, "Authorization": f"Bearer {token}"}
        self._sender = HttpSender("Slack", name, timeout)

    def send(self, message: Message, thread: str | None) -> SendResult:
        """Post the message; the receipt is Slack's timestamp, which identifies it in its channel."""
        reply = {"thread_ts": thread, "reply_broadcast": True} if thread else {}
        payload = orjson.dumps({**payload_of(message, self._settings), **reply})
        response = self._sender.post(self._url, self._headers, payload)
        if isinstance(response, SendFailed):
            return response
        answer = _json_object(response.body)
        if thread and answer.get("error") in _NO_THREAD:
            return self.send(message, None)
        if response.accepted and answer.get("ok") is True:
            timestamp = answer.get("ts")
            return Sent(timestamp if isinstance(timestamp, str) else None)
        return _failure(self._sender, response, str(answer.get("error")))

    def close(self) -> None:
        """Close the connection."""
        self._sender.close()


class SlackWebhookChannel:
    """Posts to an incoming webhook, whose address is the secret; it has no threads."""

    paced = True
    place = "Slack's incoming webhook"

    def __init__(self, name: str, settings: SlackSettings, timeout: timedelta = TIMEOUT) -> None:
        self.name = name
        self._settings = settings
        self._sender = HttpSender("Slack", name, timeout)

    def send(self, message: Message, thread: str | None) -> SendResult:  # noqa: ARG002 - a webhook has no threads
        """Post the message; Slack gives no receipt."""
        url = self._settings.url.get_secret_value()
        payload = orjson.dumps(payload_of(message, self._settings))
        response = self._sender.post(url, _CONTENT_TYPE, payload)
        if isinstance(response, SendFailed):
            return response
        answer = response.body.decode(errors="replace").strip()
        sent = response.accepted and answer == "ok"
        return Sent() if sent else _failure(self._sender, response, answer)

    def close(self) -> None:
        """Close the connection."""
        self._sender.close()


def build(name: str, settings: SlackSettings) -> tuple[SlackChannel | SlackWebhookChannel]:
    """Return the channel of a section."""
    token = settings.token.get_secret_value() if settings.token else ""
    return (SlackChannel(name, settings, token) if token else SlackWebhookChannel(name, settings),)


def _json_object(body: bytes) -> Mapping[str, Any]:
    """Return a body as a JSON object, an empty one if it is anything else."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _failure(sender: HttpSender, response: HttpResponse, code: str) -> SendFailed:
    known = code if _CODE.fullmatch(code) else None
    if not response.accepted:
        return sender.failure(response, known)
    if known is None:
        return SendFailed("Slack's response could not be read")
    if known in TEMPORARY:
        return SendFailed(f"Slack answered {known}", retry_after=response.retry_after())
    remedy = f": {PERMANENT[known].format(section=sender.section)}" if known in PERMANENT else ""
    return SendFailed(f"Slack answered {known}{remedy}", permanent=True)
