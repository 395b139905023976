"""Documents of other programs: lists of jobs, by a small server that changes them or not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from typing import Self

from bench.farm.page import last_round_run
from bench.port import HOME

# The section that reads the lists: for each item, and for the page as a whole.
SECTIONS = """
[page jobs]
each=jobs
name=name
lastrun=finished
status=status
ok=success
reason=message

[page newest]
lastrun=jobs[].finished
"""


class DocumentServer:
    """Serves one list of jobs at every path; with `changing`, no two responses are the same."""

    def __init__(self, items: int, size: int, *, changing: bool) -> None:
        self.items = items
        self.requests = 0
        self._changing = changing
        self._number = count()
        padding = max(0, size // items - len(json.dumps(_job(0, ""))))
        self._padding = "x" * padding
        outer = self

        class Handler(BaseHTTPRequestHandler):
            """Answers with the document."""

            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.requests += 1
                body = outer.document()
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
                self.wfile.write(head.encode() + body)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer((HOME, 0), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, name="documents", daemon=True)
        self._jobs, self._rendered = b"", ""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str) -> str:
        """Return the URL of a path."""
        return f"http://{HOME}:{self._server.server_address[1]}/{path}"

    def document(self) -> bytes:
        """Return the list, with a number that counts the responses if it is changing."""
        lastrun = last_round_run(datetime.now(UTC))
        if lastrun != self._rendered:
            jobs = [{**_job(number, self._padding), "finished": lastrun} for number in range(self.items)]
            self._jobs, self._rendered = json.dumps(jobs).encode(), lastrun
        number = next(self._number) if self._changing else 0
        return b'{"response": %d, "jobs": %b}' % (number, self._jobs)


def _job(number: int, message: str) -> dict[str, str]:
    return {
        "name": f"job-{number}",
        "status": "success",
        "message": message,
        "finished": "2026-08-01T03:00:00Z",
    }
