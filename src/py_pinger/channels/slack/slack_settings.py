"""The section [slack]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, PlainSerializer, SecretStr

from py_pinger.config import ChannelKind, ChannelSettings, missing_keys
from py_pinger.config.values.basic import Line, from_text
from py_pinger.config.values.secrets import Token, read_url
from py_pinger.core.text.urls import mask, mask_path

SLACK_POST = "https://slack.com/api/chat.postMessage"

# Addresses below this one need a token; any other address of Slack is a webhook.
SLACK_API = "https://slack.com/api/"


def _write_url(value: SecretStr) -> str:
    url = value.get_secret_value()
    return mask(url) if url.startswith(SLACK_API) else mask_path(url)


SlackUrl = Annotated[SecretStr, from_text(read_url), PlainSerializer(_write_url)]


class SlackSettings(ChannelSettings):
    """[slack]: a channel by its token, or an incoming webhook as `url` and no token."""

    url: SlackUrl = Field(default=SecretStr(SLACK_POST), repr=False)
    channel: Line | None = None
    token: Token | None = Field(default=None, repr=False)
    user: Line | None = None
    emoji: Line | None = None


def _lacks(given: Mapping[str, str]) -> tuple[str, ...]:
    webhook = "token" not in given and not given.get("url", SLACK_API).startswith(SLACK_API)
    return () if webhook else missing_keys(given, "token", "channel")


SLACK = ChannelKind(
    SlackSettings,
    ("token", "channel"),
    "give token and channel, or an incoming webhook's address as url and no token",
    _lacks,
)
