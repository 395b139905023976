"""Logs that attack those who read them: on pages, in messages, and in the log of Py Pinger."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

from tests.acceptance.test_routes import SECRET
from tests.support.config_files import write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import Sentry, Slack
from tests.support.planted_secrets import PUSH_KEY
from tests.support.program import Pinger
from tests.support.push_tasks import exchange, receiving, request
from tests.support.task_server import Server, says

# What is sent, and what is left of it as text.
LINES = {
    b"<script>alert(1)</script><img src=x onerror=alert(1)>": (
        "<script>alert(1)</script><img src=x onerror=alert(1)>"
    ),
    b"<!channel> <!here> <@U0123> <https://evil.example|click> @here @channel": (
        "<!channel> <!here> <@U0123> <https://evil.example|click> @here @channel"
    ),
    b"\x1b[31mred\x1b[0m \x1b]0;title\x07 end": "red  end",
    b"nul \x00 bell \x07 backspace \x08 end": "nul  bell  backspace  end",
    "bidi \u202egnp.exe\u2066 \u200f\u061c end".encode(): "bidi gnp.exe  end",
    b"broken \xff\xfe end": "broken \ufffd\ufffd end",
}
LONG = b"a single line: " + b"x" * 10_000


def test_hostile_logs_are_text(tmp_path: Path, slack: Slack, sentry: Sentry) -> None:
    """They run, mention, colour and reorder nothing, and one that is too long is cut."""
    with Server(says(b"")) as hook:
        blocks = {**slack.block, **sentry.block, "webhook": {"url": hook.url("/hook"), "secret": SECRET}}
        write_ini(tmp_path, receiving("hostile", "long", only_log=False), blocks)
        with Pinger(tmp_path) as pinger:
            for slug, log in (("hostile", b"\n".join(LINES)), ("long", LONG)):
                sent = request("POST", f"/ping/{PUSH_KEY}/{slug}/fail", log)
                assert exchange(pinger.port, sent).status == 200
            eventually(lambda: len(failures(slack)) == len(failures(sentry)) == 2, "the messages")
            eventually(lambda: len(notices(hook)) == 2, "the webhook's messages")
            shown = [
                pinger.get(path, accept="text/html").body.decode()
                for path in (
                    "/",
                    "/task/push:hostile",
                    "/task/push:long",
                    "/incidents",
                )
            ]
            reasons = {url: row["reason"] for url, row in pinger.rows().items()}
        messages = [str(each) for service in (slack, sentry) for each in failures(service)]
        hostile, long = sorted(notices(hook), key=lambda notice: notice["url"])
    assert [page for page in shown if re.search(r"<script>alert|<img src=x", page)] == []
    posted = "".join(str(each) for each in failures(slack))
    assert re.findall(r"<!|<@|<http|@here|@channel", posted) == []
    for text in (*shown, *messages, *reasons.values(), *hostile["log"], hostile["reason"], pinger.output):
        assert {each for each in text if is_control(each)} == set()
    assert hostile["log"] == [*LINES.values()]
    assert reasons["push:hostile"] == hostile["reason"] == " / ".join(LINES.values())
    assert reasons["push:long"] == long["reason"] == "".join(long["log"]) == "…" + "x" * 999


def failures(service: Slack | Sentry) -> list[dict[str, Any]]:
    """Return what a service was sent about failures."""
    pairs = zip(service.texts, service.delivered, strict=True)
    return [each for text, each in pairs if text.startswith("FAILED")]


def notices(hook: Server) -> list[dict[str, Any]]:
    """Return the failures that a webhook was sent."""
    sent = (each for one in list(hook.requests) for each in one.json["data"]["notices"])
    return [each for each in sent if each["kind"] == "failed"]


def is_control(character: str) -> bool:
    """Return True for controls and what reorders text, but for the ends of lines."""
    return character not in "\n\t\N{WORD JOINER}" and unicodedata.category(character) in {"Cc", "Cf"}
