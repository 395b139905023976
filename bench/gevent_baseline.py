"""A monitor built as the old program was: gevent, urllib, and a greenlet for each URL.

`python -m bench.gevent_baseline PORT INTERVAL URLS` monitors the URLs in a file, each every
INTERVAL seconds, and serves the results as JSON.
"""

# ruff: noqa: E402 - gevent has to patch the standard library before anything else is imported
from gevent import monkey

monkey.patch_all()

import json
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import gevent
from dateutil import parser
from gevent.pywsgi import WSGIServer

# Seconds.
TIMEOUT = 10


class Monitor:
    """Asks each page in a greenlet of its own; `statuses` is what it knows of each."""

    def __init__(self) -> None:
        self.statuses: dict[str, str] = {}

    def watch(self, url: str, interval: float) -> None:
        """Ask a page for ever."""
        while True:
            self.statuses[url] = status_of(url)
            gevent.sleep(interval)

    def show(
        self, _: object, start_response: Callable[[str, list[tuple[str, str]]], object]
    ) -> Iterable[bytes]:
        """Answer with all statuses."""
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(self.statuses).encode()]


def status_of(url: str) -> str:
    """Ask once, and return what it means."""
    try:
        with urlopen(url, timeout=TIMEOUT) as answer:
            page = json.load(answer)
        late = datetime.now(UTC) - parser.parse(page["lastrun"]) > timedelta(minutes=page["frequency"])
    except (OSError, ValueError, KeyError, TypeError):
        return "error"
    return "error" if late else str(page["status"])


def main(port: int, interval: float, urls: list[str]) -> None:
    """Watch for ever; the first checks are spread over an interval."""
    monitor = Monitor()
    for place, url in enumerate(urls):
        gevent.spawn_later(place / len(urls) * interval, monitor.watch, url, interval)
    WSGIServer(("127.0.0.1", port), monitor.show, log=None).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]).read_text("utf-8").split())
