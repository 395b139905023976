"""Optional blocks: set up, not set up, half filled, or still a template."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from tests.support.ini_texts import CodesOf, LoadText, codes

from py_pinger.channels.hipchat import HipChatSettings
from py_pinger.channels.sentry.channel import SentrySettings
from py_pinger.channels.slack.slack_settings import SlackSettings
from py_pinger.config import Settings, TokenAuth

NO_TASKS = ("no_tasks", "[urls] prod")
API = SecretStr("https://slack.com/api/chat.postMessage")


def block_of(settings: Settings, name: str) -> object:
    """Return the settings of an optional block, or None."""
    blocks = {channel.name: channel.settings for channel in settings.channels}
    return blocks.get(name, settings.token_auth if name == "token_auth" else None)


@pytest.mark.parametrize(
    ("text", "name", "block"),
    [
        ("", "slack", None),
        (
            "[slack]\ntoken=xoxb-1\nchannel=status\n",
            "slack",
            SlackSettings(url=API, token=SecretStr("xoxb-1"), channel="status"),
        ),
        (
            "[slack]\nurl=https://hooks.slack.com/services/T/B/X\nuser=Me\nemoji=\n",
            "slack",
            SlackSettings(url=SecretStr("https://hooks.slack.com/services/T/B/X"), user="Me"),
        ),
        (
            "[hipchat]\nroom=7\nauth=a\nemoji=(yey)\nurl=\n",
            "hipchat",
            HipChatSettings(room="7", auth=SecretStr("a"), emoji="(yey)", url="https://api.hipchat.com"),
        ),
        (
            "[sentry]\nurl=https://key@sentry.example/42\n",
            "sentry",
            SentrySettings(url=SecretStr("https://key@sentry.example/42")),
        ),
        ("[token_auth]\ntoken=t\n", "token_auth", TokenAuth(token=SecretStr("t"))),
        (
            "[token_auth]\nurl=https://b.example/login\nusername=me\npassword=p w%#\n",
            "token_auth",
            TokenAuth(url="https://b.example/login", username="me", password=SecretStr("p w%#")),
        ),
    ],
)
def test_blocks_that_are_set_up(load_text: LoadText, text: str, name: str, block: object) -> None:
    """A block with all it needs is read whole, and empty values count as not given."""
    settings = load_text(text)
    assert block_of(settings, name) == block
    assert codes(settings.warnings) == (NO_TASKS,)


@pytest.mark.parametrize("only_log", ["true", "false"])
@pytest.mark.parametrize(
    ("text", "name", "warning"),
    [
        (
            "[hipchat]\nroom=\nauth=\nemoji=(yey)\n",
            "hipchat",
            ("not_set_up", "[hipchat]"),
        ),
        (
            "[slack]\nurl=https://slack.com/api/chat.postMessage\ntoken=\nuser=Me\n",
            "slack",
            (("not_set_up", "[slack]")),
        ),
        ("[sentry]\n", "sentry", ("not_set_up", "[sentry]")),
        (
            "[token_auth]\nheader=X-Token\n",
            "token_auth",
            ("not_set_up", "[token_auth]"),
        ),
    ],
)
def test_blocks_that_are_empty(
    load_text: LoadText, only_log: str, text: str, name: str, warning: tuple[str, str]
) -> None:
    """A block with nothing that it needs is not used, and says so."""
    settings = load_text(f"[main]\nonly_log={only_log}\n{text}")
    assert block_of(settings, name) is None
    assert codes(settings.warnings) == (warning, NO_TASKS)


@pytest.mark.parametrize("only_log", ["true", "false"])
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "[hipchat]\nroom=7\nauth=\n",
            ("incomplete", "[hipchat]"),
        ),
        (
            "[slack]\ntoken=xoxb-secret\n",
            (("incomplete", "[slack]")),
        ),
        (
            "[slack]\nurl=https://hooks.slack.com/services/1\ntoken=xoxb-secret\n",
            (("incomplete", "[slack]")),
        ),
        (
            "[slack]\nchannel=status\n",
            (("incomplete", "[slack]")),
        ),
        (
            "[token_auth]\nusername=me\n",
            (("incomplete", "[token_auth]")),
        ),
        (
            "[token_auth]\ntoken=t\nurl=https://b.example/\n",
            ("conflict", "[token_auth]"),
        ),
        (
            "[token_auth]\ntoken=<your token>\n",
            (("placeholder", "[token_auth] token")),
        ),
    ],
)
def test_blocks_that_are_half_filled(
    codes_of: CodesOf, only_log: str, text: str, problem: tuple[str, str]
) -> None:
    """A block that cannot work is refused with what is missing, whether anything is sent or not."""
    assert codes_of(f"[main]\nonly_log={only_log}\n{text}") == (problem,)


def test_a_placeholder_while_nothing_is_sent(load_text: LoadText) -> None:
    """With only_log, a channel that was never filled in is not set up."""
    settings = load_text("[main]\nonly_log=true\n[slack]\ntoken=<token>\nchannel=<channel>\nuser=<me>\n")
    assert settings.channels == ()
    assert codes(settings.warnings) == (
        ("not_set_up", "[slack]"),
        NO_TASKS,
    )


def test_a_placeholder_while_messages_are_sent(codes_of: CodesOf) -> None:
    """Without only_log, a placeholder would be sent as a token, so it is refused with all else."""
    assert codes_of("[slack]\ntoken=<Insert Slack API Token>\nurl=nonsense\n") == (
        ("placeholder", "[slack] token"),
        (("incomplete", "[slack]")),
        (("invalid_value", "[slack] url")),
    )


def test_an_unset_variable_is_not_missing(codes_of: CodesOf) -> None:
    """A key whose variable is not set is reported once, not as missing too."""
    assert codes_of("[hipchat]\nroom=1\nauth=${AUTH}\n") == (("unset_variable", "[hipchat] auth"),)


def test_an_empty_unknown_key(codes_of: CodesOf) -> None:
    """A misspelt key is refused even where nothing is behind it."""
    assert codes_of("[slack]\nchanel=\n") == (("unknown_key", "[slack]"),)
