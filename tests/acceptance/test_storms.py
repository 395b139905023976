"""A hundred tasks that fail at once, in front of a Slack that takes no more than a message a second."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import Slack
from tests.support.program import Pinger
from tests.support.task_pages import failing, report
from tests.support.task_server import Exchange, Server, says

TASKS = 100

# Messages from the first failure to the last recovery; without digests there would be two hundred.
HANDFUL = 8

_TOLD = re.compile(r"(\d+) (failing|recovered)")


class StrictSlack(Slack):
    """Takes a message a second, as Slack itself does, and remembers what came sooner."""

    def __init__(self) -> None:
        super().__init__()
        self.too_soon: list[str] = []

    def take(self, exchange: Exchange) -> None:
        """Accept a message, or reject it if it comes too soon."""
        *earlier, this = self.requests
        if earlier and this.at - earlier[-1].at < 1:
            self.too_soon.append(this.json["text"])
            says(b"", "429 Too Many Requests", {"Retry-After": "1"})(exchange)
        else:
            super().take(exchange)

    def told(self, what: str) -> int:
        """Return for how many tasks it was notified that they are `failing`, or `recovered`."""
        first_word = {"failing": "FAILED: ", "recovered": "RECOVERED: "}[what]
        counts = (int(count) for text in self.texts for count, kind in _TOLD.findall(text) if kind == what)
        return sum(counts) + sum(text.startswith(first_word) for text in self.texts)


def test_a_storm_is_a_handful_of_messages(tmp_path: Path, tasks: Server) -> None:
    """All failures and recoveries are notified in a few messages, and Slack's rate limit is obeyed."""
    tasks.otherwise = says(report())
    urls = [tasks.url(f"/task-{number}") for number in range(TASKS)]
    with StrictSlack() as slack:
        write_ini(tmp_path, watching(*urls, interval=2, error_interval=2), slack.block)
        with Pinger(tmp_path) as pinger:
            pinger.judged()
            tasks.otherwise = says(failing())
            eventually(lambda: slack.told("failing") == TASKS, "all failures")
            tasks.otherwise = says(report())
            pinger.rows_where(lambda row: row["status"] == "ok", "recoveries")
            # The rest would gather for a while; at a stop nothing does.
            assert pinger.stop() == 0
        assert slack.too_soon == []
        assert (slack.told("failing"), slack.told("recovered")) == (TASKS, TASKS)
        assert len(slack.delivered) <= HANDFUL
        details = [bar["text"] for message in slack.delivered for bar in message["attachments"]]
    assert any("On My Server, failed (" in text for text in details)
    assert any("On My Server, recovered (" in text for text in details)
    with closing(sqlite3.connect(tmp_path / "pinger.db")) as database:
        assert database.execute("SELECT * FROM delivery WHERE state != 'delivered'").fetchall() == []
