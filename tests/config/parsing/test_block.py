"""Optional blocks: set up, not set up, half filled, or still a template."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from tests.config.conftest import LoadText, ProblemsOf

from py_pinger.channels.hipchat import HipChatSettings
from py_pinger.channels.sentry.channel import SentrySettings
from py_pinger.channels.slack.slack_settings import SlackSettings
from py_pinger.config import Settings, TokenAuth

NO_TASKS = "no tasks to watch: add URLs to [urls] prod"
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
    assert settings.warnings == (NO_TASKS,)


@pytest.mark.parametrize("only_log", ["true", "false"])
@pytest.mark.parametrize(
    ("text", "name", "warning"),
    [
        (
            "[hipchat]\nroom=\nauth=\nemoji=(yey)\n",
            "hipchat",
            "[hipchat] is not set up: give both room and auth, or remove the block",
        ),
        (
            "[slack]\nurl=https://slack.com/api/chat.postMessage\ntoken=\nuser=Me\n",
            "slack",
            (
                "[slack] is not set up: give token and channel, or an incoming webhook's address as"
                " url and no"
                " token, or remove the block"
            ),
        ),
        ("[sentry]\n", "sentry", "[sentry] is not set up: give the DSN as url, or remove the block"),
        (
            "[token_auth]\nheader=X-Token\n",
            "token_auth",
            "[token_auth] is not set up: give token, or url, username and password, or remove the block",
        ),
    ],
)
def test_blocks_that_are_empty(
    load_text: LoadText, only_log: str, text: str, name: str, warning: str
) -> None:
    """A block with nothing that it needs is not used, and says so."""
    settings = load_text(f"[main]\nonly_log={only_log}\n{text}")
    assert block_of(settings, name) is None
    assert settings.warnings == (warning, NO_TASKS)


@pytest.mark.parametrize("only_log", ["true", "false"])
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "[hipchat]\nroom=7\nauth=\n",
            "[hipchat] is half filled, auth is missing; give both room and auth, or remove the block.",
        ),
        (
            "[slack]\ntoken=xoxb-secret\n",
            (
                "[slack] is half filled, channel is missing; give token and channel, or an incoming webhook's"
                " address as url and no token, or remove the block."
            ),
        ),
        (
            "[slack]\nurl=https://hooks.slack.com/services/1\ntoken=xoxb-secret\n",
            (
                "[slack] is half filled, channel is missing; give token and channel, or an incoming webhook's"
                " address as url and no token, or remove the block."
            ),
        ),
        (
            "[slack]\nchannel=status\n",
            (
                "[slack] is half filled, token is missing; give token and channel, or an incoming webhook's"
                " address as url and no token, or remove the block."
            ),
        ),
        (
            "[token_auth]\nusername=me\n",
            (
                "[token_auth] is half filled, url and password are missing; give token, or url, username and"
                " password, or remove the block."
            ),
        ),
        (
            "[token_auth]\ntoken=t\nurl=https://b.example/\n",
            "[token_auth] has both a token and a login; keep either token, or url, username and password.",
        ),
        (
            "[token_auth]\ntoken=<your token>\n",
            (
                "[token_auth] token is still a placeholder; put your token there, or remove the [token_auth]"
                " block."
            ),
        ),
    ],
)
def test_blocks_that_are_half_filled(problems_of: ProblemsOf, only_log: str, text: str, problem: str) -> None:
    """A block that cannot work is refused with what is missing, whether anything is sent or not."""
    assert problems_of(f"[main]\nonly_log={only_log}\n{text}") == (problem,)


def test_a_placeholder_while_nothing_is_sent(load_text: LoadText) -> None:
    """With only_log, a channel that was never filled in is not set up."""
    settings = load_text("[main]\nonly_log=true\n[slack]\ntoken=<token>\nchannel=<channel>\nuser=<me>\n")
    assert settings.channels == ()
    assert settings.warnings == (
        "[slack] is not set up: channel, token and user are still to be filled in",
        NO_TASKS,
    )


def test_a_placeholder_while_messages_are_sent(problems_of: ProblemsOf) -> None:
    """Without only_log, a placeholder would be sent as a token, so it is refused with all else."""
    assert problems_of("[slack]\ntoken=<Insert Slack API Token>\nurl=nonsense\n") == (
        "[slack] token is still a placeholder; put your token there, or remove the [slack] block.",
        (
            "[slack] is half filled, channel is missing; give token and channel, or an incoming webhook's"
            " address as url and no token, or remove the block."
        ),
        (
            "[slack] url does not begin with http:// or https://; write a whole URL, like"
            " https://example.com/."
        ),
    )


def test_an_unset_variable_is_no_gap(problems_of: ProblemsOf) -> None:
    """A key whose variable is not set is told of once, not as missing too."""
    assert problems_of("[hipchat]\nroom=1\nauth=${AUTH}\n") == (
        "[hipchat] auth takes the environment variable AUTH, which is not set; set it, or write the value.",
    )


def test_an_empty_unknown_key(problems_of: ProblemsOf) -> None:
    """A misspelt key is refused even where nothing is behind it."""
    assert problems_of("[slack]\nchanel=\n") == ("[slack] has no key chanel: did you mean channel?",)
