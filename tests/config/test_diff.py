"""What differs between two configurations, in words."""

from __future__ import annotations

import pytest
from tests.support.ini_texts import LoadText

from py_pinger.config import differences

SLACK = "[slack]\ntoken=first-secret\nchannel=ops\n"
WINDOW = "[maintenance nightly]\nstart=02:00\nduration=60\n"
TASK = "[urls]\nprod=https://a.example/,https://b.example/\n"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("", "", []),
        ("[main]\ninterval=60\n", "", []),
        ("", "[main]\ninterval=90\n", ["[main] interval: 60 s → 90 s"]),
        ("", "[main]\ngrace=2.5\n", ["[main] grace: 0 s → 2.5 min"]),
        ("", "[main]\nremind=0\n", ["[main] remind: 240 min → never"]),
        ("", "[main]\nonly_log=yes\n", ["[main] only_log: false → true"]),
        ("", "[main]\nmax_body=2 MiB\n", ["[main] max_body: 1 MiB → 2 MiB"]),
        ("", "[main]\nhistory=7\n", ["[main] history: 90 d → 7 d"]),
        ("", "[main]\nweb_hosts=a.example\n", ["[main] web_hosts: empty → a.example"]),
        (WINDOW, WINDOW.replace("60", "90"), ["[maintenance nightly] duration: 60 min → 90 min"]),
        ("", SLACK, ["[slack] added"]),
        (SLACK, "", ["[slack] removed"]),
        (SLACK, SLACK.replace("ops", "dev"), ["[slack] channel: ops → dev"]),
        (SLACK, SLACK.replace("first", "second"), ["[slack] token: changed"]),
        (SLACK, SLACK + "emoji=:fire:\n", ["[slack] emoji: not set → :fire:"]),
        ("", TASK, ["[task https://a.example/] added", "[task https://b.example/] added"]),
        (TASK, TASK.replace(",https://b.example/", ""), ["[task https://b.example/] removed"]),
        (
            TASK,
            TASK + "[task https://b.example/]\nname=B\ngrace=5\nremind=0\n",
            [
                "[task https://b.example/] name: not set → B",
                "[task https://b.example/] grace: 0 s → 5 min",
                "[task https://b.example/] remind: 240 min → never",
            ],
        ),
        (
            TASK.replace("//a", "//u:p@a"),
            TASK.replace("//a", "//u:q@a"),
            ["[task https://***@a.example/] url: changed"],
        ),
        (
            TASK,
            TASK + "[task https://b.example/]\nheaders=X-Key: s3cret\n",
            ["[task https://b.example/] headers: empty → X-Key: ***"],
        ),
    ],
)
def test_words(load_text: LoadText, before: str, after: str, words: list[str]) -> None:
    """Each difference of what is in force is one line; a secret is said to have changed, no more."""
    assert list(map(str, differences(load_text(before), load_text(after)))) == words


def test_what_holds_for_all_is_said_once(load_text: LoadText) -> None:
    """A change in [main] is not told of each task again, but of the one that goes another way."""
    own = "[task https://b.example/]\ninterval=5\n"
    before = load_text(TASK + own)
    after = load_text("[main]\ninterval=30\n" + TASK + own.replace("5", "20"))
    assert list(map(str, differences(before, after))) == [
        "[main] interval: 60 s → 30 s",
        "[task https://b.example/] interval: 5 s → 20 s",
    ]
