"""Which settings the nodes of a cluster have to agree on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.ini_texts import LoadText

from py_pinger.config.settings_fingerprint import settings_fingerprint

TEXT = """\
[main]
port=3002
history=30
[slack]
token=planted
channel=c
hours=Mon-Fri 08:00-18:00
timezone=Asia/Tokyo
[urls]
prod=https://user:planted@a.example/,https://b.example/
[task https://b.example/]
name=B
[maintenance night]
start=0 2 * * *
duration=1h
[status public]
title=Public
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("name=B", "name=C"),
        ("a.example/,", "a.example/,https://c.example/,"),
        ("channel=c", "channel=d"),
        ("Mon-Fri", "Mon-Sat"),
        ("Asia/Tokyo", "Asia/Seoul"),
        ("0 2 *", "0 3 *"),
        ("title=Public", "title=Other"),
        ("history=30", "history=31"),
        ("[main]", "[main]\ninterval=30"),
        ("[slack]", "[slack ops]"),
    ],
)
def test_what_counts(load_text: LoadText, before: str, after: str) -> None:
    """Tasks, channels, windows, status pages and what holds for all tasks make another fingerprint."""
    changed = load_text(TEXT.replace(before, after))
    assert settings_fingerprint(load_text(TEXT)) != settings_fingerprint(changed)


@pytest.mark.parametrize(
    ("before", "after"),
    [("planted", "other"), ("port=3002", "port=3003"), ("port=3002", "log=other.log\ngreeting=Hi")],
)
def test_what_does_not_count(load_text: LoadText, before: str, after: str) -> None:
    """Secrets and what concerns one machine make no other fingerprint."""
    changed = load_text(TEXT.replace(before, after))
    assert settings_fingerprint(load_text(TEXT)) == settings_fingerprint(changed)


def test_discovered_items_do_not_count(load_text: LoadText) -> None:
    """Items that a page lists are known to all nodes through the database."""
    settings = load_text(TEXT)
    item = replace(settings.tasks[0], url="https://a.example/#x", listed_by="https://a.example/#*")
    assert settings_fingerprint(replace(settings, tasks=(*settings.tasks, item))) == settings_fingerprint(
        settings
    )
