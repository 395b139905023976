"""The settings in force, as an ini again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.ini_texts import LoadText

from py_pinger.config import MainSettings, Settings, masked_ini

FULL = """\
[main]
host=0.0.0.0
port=0
greeting=100 % # $$ ${NAME}
debug={debug}
debug_now=2026-11-22T10:05:00+01:00
interval=0.25
remind=0
grace=1.5
max_body=500 KiB
history=0.5
[hipchat]
room=7
auth=planted
[slack]
token=planted
channel=c
[sentry]
url=https://planted@sentry.example/1
[token_auth]
token=planted
prefix=Bearer
[urls]
prod=https://planted@a.example/?a=1,2&token=planted,https://b.example/$$
dev=https://planted@a.example/?a=1,2&token=planted,https://b.example/$$
[task https://b.example/$$]
name=B $$
interval=1
remind=5
"""


@pytest.mark.parametrize("debug", ["true", "false"])
def test_it_loads_again(load_text: LoadText, debug: str) -> None:
    """Loaded again, the masked ini gives the same settings but for the secrets, and writes itself."""
    settings = load_text(FULL.replace("{debug}", debug), NAME="value")
    written = masked_ini(settings)
    again = load_text(written)
    assert "planted" not in written
    assert masked_ini(again) == written
    assert again.main == settings.main
    assert [task.url for task in again.tasks] == [task.url for task in settings.tasks]
    assert again.tasks[1] == settings.tasks[1]
    assert again.warnings == settings.warnings


def test_every_key_is_written(load_text: LoadText, tmp_path: Path) -> None:
    """Defaults are filled in, each in the ini's own unit, and a task's section has what differs alone."""
    text = (
        "[slack]\nurl=https://hooks.slack.com/services/planted\n"
        "[urls]\nprod=http://a/,http://b/\n[task http://b/]\ninterval=60\ngrace=2\n"
    )
    assert masked_ini(load_text(text)) == (
        "[main]\n"
        "host=localhost\n"
        "port=3002\n"
        f"database=sqlite:///{tmp_path}/pinger.db\n"
        "node=\n"
        f"log={tmp_path}/pinger.log\n"
        "reload=auto\n"
        "only_log=false\n"
        "greeting=Hello World!\n"
        "link=\n"
        "debug=false\n"
        "debug_now=false\n"
        "interval=60\n"
        "error_interval=480\n"
        "timeout=10\n"
        "retries=2\n"
        "grace=0\n"
        "remind=240\n"
        "patience=0\n"
        "max_body=1 MiB\n"
        "concurrency=500\n"
        "per_host=10\n"
        "history=90\n"
        "connectivity_urls=\n"
        "offline_grace=5\n"
        "certificate_days=21, 7, 1\n"
        "heartbeat=\n"
        "web_password=\n"
        "web_public=\n"
        "metrics_tasks=10000\n"
        "web_hosts=\n"
        "trusted_proxies=127.0.0.1/32, ::1/128\n"
        "\n"
        "[slack]\n"
        "url=https://hooks.slack.com/***\n"
        "channel=\n"
        "token=\n"
        "user=\n"
        "emoji=\n"
        "tasks=\n"
        "servers=\n"
        "processes=\n"
        "causes=\n"
        "after=0\n"
        "hours=\n"
        "timezone=UTC\n"
        "about_itself=\n"
        "\n"
        "[urls]\n"
        "prod=\n"
        "    http://a/\n"
        "    http://b/\n"
        "dev=\n"
        "\n"
        "[task http://b/]\n"
        "grace=2\n"
        "\n"
        "# Notifications go to the log, and to these channels:\n"
        "# http://a/: slack\n"
        "# http://b/: slack\n"
        "# Py Pinger itself: slack\n"
    )


def test_settings_built_by_hand(load_text: LoadText) -> None:
    """Settings need not come from a file to be written."""
    main = MainSettings(remind=None, timeout=timedelta(milliseconds=10), only_log=True)
    again = load_text(masked_ini(Settings(main=main))).main
    assert (again.remind, again.timeout, again.only_log) == (None, timedelta(milliseconds=10), True)
