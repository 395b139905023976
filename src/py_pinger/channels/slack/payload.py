"""Messages in Slack's format, without anything that Slack would interpret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from py_pinger.channels.safe_channel import escape_mentions
from py_pinger.channels.slack.slack_settings import SlackSettings
from py_pinger.core.model.notification import Link, Message, Severity
from py_pinger.core.text.formatting import cut

# In characters before escaping, which makes them five times as many at worst: Slack cuts at 40,000.
LONGEST_TITLE = 4_000
LONGEST_DETAILS = 7_000

_COLORS: Mapping[Severity, str] = {
    Severity.ALERT: "#d92d20",
    Severity.RECOVERY: "#2da44e",
    Severity.INFO: "#8c959f",
}

_EMOJI = re.compile(r":[^:\s]+:")


def payload_of(message: Message, settings: SlackSettings) -> dict[str, Any]:
    """Return the payload.

    The title as text, which notifications show, and the lines next to a bar.
    """
    title = _plain(message.title, LONGEST_TITLE)
    return {
        **_appearance(settings),
        "text": title,
        "attachments": [_bar(message, title)] if message.lines or message.links else [],
        "mrkdwn": False,
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _bar(message: Message, title: str) -> dict[str, Any]:
    details = _plain("\n".join((*message.lines, *message.log)), LONGEST_DETAILS)
    bar = {"color": _COLORS[message.severity], "fallback": title, "text": details, "mrkdwn_in": []}
    return {**bar, "actions": [_button(link) for link in message.links]} if message.links else bar


def _button(link: Link) -> dict[str, str]:
    # Of an attachment: one of a block would need an app with an address for what is clicked.
    return {"type": "button", "text": link.label, "url": link.url}


def _appearance(settings: SlackSettings) -> dict[str, str]:
    appearance = {"channel": settings.channel, "username": settings.user, **_icon(settings.emoji or "")}
    return {key: value for key, value in appearance.items() if value}


def _icon(emoji: str) -> dict[str, str]:
    if _EMOJI.fullmatch(emoji):
        return {"icon_emoji": emoji}
    return {"icon_url": emoji} if emoji.startswith(("https://", "http://")) else {}


def _plain(text: str, length: int) -> str:
    return escape(escape_mentions(cut(text, length)), quote=False)
