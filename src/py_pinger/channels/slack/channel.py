"""Slack: through its API with a token, or through an incoming webhook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from re import compile as pattern
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookResponse

from py_pinger.channels.http import TIMEOUT, HttpResponse, HttpSender
from py_pinger.channels.slack.client import SlackClient, SlackWebhookClient, UndeliveredError
from py_pinger.channels.slack.payload import payload_of
from py_pinger.channels.slack.settings import SLACK, SlackSettings
from py_pinger.core.model.notification import Message, SendFailed, SendResult, Sent

KIND = SLACK

_CHECK_TOKEN = "check the token in [{section}]"  # noqa: S105 - words for people
_CHECK_CHANNEL = "check the channel in [{section}]"
_GIVE_SCOPE = "give the app the scope chat:write, then install it anew"
_ASK_ADMINS = "ask the workspace's administrators"

# Slack's words for what will not mend itself, and what to do about each.
LASTING: Mapping[str, str] = {
    "access_denied": _GIVE_SCOPE,
    "account_inactive": _CHECK_TOKEN,
    "channel_not_found": _CHECK_CHANNEL,
    "ekm_access_denied": _ASK_ADMINS,
    "invalid_auth": _CHECK_TOKEN,
    "is_archived": _CHECK_CHANNEL,
    "missing_scope": _GIVE_SCOPE,
    "no_permission": _GIVE_SCOPE,
    "not_allowed_token_type": _CHECK_TOKEN,
    "not_authed": _CHECK_TOKEN,
    "not_in_channel": "invite the app to the channel",
    "org_login_required": _ASK_ADMINS,
    "restricted_action": _ASK_ADMINS,
    "token_expired": _CHECK_TOKEN,
    "token_revoked": _CHECK_TOKEN,
}

# Slack's words for its own trouble; any other is about the message or the settings, and will come again.
PASSING = frozenset(
    {"accesslimited", "fatal_error", "internal_error", "ratelimited", "rate_limited", "request_timeout"}
    | {"service_unavailable", "team_added_to_org"}
)

# The alert is gone, or takes no replies: the message is still worth sending by itself.
_NO_THREAD = frozenset(
    {"cannot_reply_to_message", "invalid_thread_ts", "message_not_found", "thread_not_found"}
)

# Only words of this form are quoted to people: whatever else a server says may be our own token.
_CODE = pattern(r"[a-z_]{1,64}")


class SlackChannel:
    """Posts into one channel with a token; a reply shows in its alert's thread and in the channel."""

    paced = True

    def __init__(self, name: str, settings: SlackSettings, token: str, timeout: timedelta = TIMEOUT) -> None:
        self.name = name
        self.place = f"Slack #{(settings.channel or '').removeprefix('#')}"
        self._settings = settings
        self._poster = HttpSender("Slack", name, timeout)
        self._client = SlackClient(self._poster, settings.url.get_secret_value(), token)

    def send(self, message: Message, thread: str | None) -> SendResult:
        """Post the message; the receipt is Slack's timestamp, which names the message in its channel."""
        try:
            return self._post(payload_of(message, self._settings), thread)
        except SlackApiError as error:
            return _failure(self._poster, error.response, str(error.response.get("error")))
        except UndeliveredError as undelivered:
            return undelivered.outcome

    def close(self) -> None:
        """Close the connection."""
        self._poster.close()

    def _post(self, payload: dict[str, Any], thread: str | None) -> Sent:
        reply: dict[str, Any] = {"thread_ts": thread, "reply_broadcast": True} if thread else {}
        try:
            timestamp = self._client.api_call("chat.postMessage", json={**payload, **reply}).get("ts")
        except SlackApiError as error:
            if thread and error.response.get("error") in _NO_THREAD:
                return self._post(payload, None)
            raise
        return Sent(timestamp if isinstance(timestamp, str) else None)


class SlackWebhookChannel:
    """Posts to an incoming webhook, whose address is the secret; it knows no threads."""

    paced = True
    place = "Slack's incoming webhook"

    def __init__(self, name: str, settings: SlackSettings, timeout: timedelta = TIMEOUT) -> None:
        self.name = name
        self._settings = settings
        self._poster = HttpSender("Slack", name, timeout)
        self._client = SlackWebhookClient(self._poster, settings.url.get_secret_value())

    def send(self, message: Message, thread: str | None) -> SendResult:  # noqa: ARG002 - a webhook has no threads
        """Post the message; Slack gives no receipt."""
        try:
            response = self._client.send_dict(payload_of(message, self._settings))
        except UndeliveredError as undelivered:
            return undelivered.outcome
        answer = response.body.strip()
        took = answer == "ok" and response.status_code == 200  # noqa: PLR2004 - HTTP's OK
        return Sent() if took else _failure(self._poster, response, answer)

    def close(self) -> None:
        """Close the connection."""
        self._poster.close()


def build(name: str, settings: SlackSettings) -> tuple[SlackChannel | SlackWebhookChannel]:
    """Return the channel that a section asks for."""
    token = settings.token.get_secret_value() if settings.token else ""
    return (SlackChannel(name, settings, token) if token else SlackWebhookChannel(name, settings),)


def _failure(poster: HttpSender, response: SlackResponse | WebhookResponse, code: str) -> SendFailed:
    reply = HttpResponse(response.status_code, response.headers, b"", datetime.now(UTC))
    known = code if _CODE.fullmatch(code) else None
    if not reply.accepted:
        return poster.refused(reply, known)
    if known is None:
        return SendFailed("Slack's answer could not be read")
    if known in PASSING:
        return SendFailed(f"Slack answered {known}", retry_after=reply.retry_after())
    remedy = f": {LASTING[known].format(section=poster.section)}" if known in LASTING else ""
    return SendFailed(f"Slack answered {known}{remedy}", permanent=True)
