"""A healthchecks server on loopback, as far as version 3 of its API lists checks.

The keys of a check, the errors and the rules for keys are those of hc/api/models.py and hc/api/decorators.py
in healthchecks 4: a key has 32 characters, and one that may only read leaves out what is secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import orjson

FULL_KEY = "hcw_" + "w" * 28
READ_ONLY_KEY = "hcr_" + "r" * 28

_SECRET = {"uuid", "ping_url", "update_url", "pause_url", "resume_url", "channels"}


def hc_check(uuid: str, name: str, slug: str, **other: object) -> dict[str, Any]:
    """Return a check as the API shows it; one with a schedule has no timeout."""
    when = {} if "schedule" in other else {"timeout": 3600}
    ping_endpoint = str(other.pop("ping_endpoint", "https://hc-ping.com/"))
    return {
        "name": name,
        "slug": slug,
        "tags": "",
        "desc": "",
        "grace": 600,
        "n_pings": 1,
        "status": "up",
        "started": False,
        "last_ping": "2026-11-24T14:02:03+00:00",
        "next_ping": "2026-11-24T15:02:03+00:00",
        "manual_resume": False,
        "methods": "",
        "subject": "",
        "subject_fail": "",
        "start_kw": "",
        "success_kw": "",
        "failure_kw": "",
        "filter_subject": False,
        "filter_body": False,
        "filter_http_body": False,
        "filter_default_fail": False,
        "badge_url": f"https://healthchecks.io/b/2/{uuid}.svg",
        "uuid": uuid,
        "ping_url": f"{ping_endpoint}{uuid}",
        "update_url": f"https://healthchecks.io/api/v3/checks/{uuid}",
        "pause_url": f"https://healthchecks.io/api/v3/checks/{uuid}/pause",
        "resume_url": f"https://healthchecks.io/api/v3/checks/{uuid}/resume",
        "channels": "1bdea468-03bf-47b8-ab27-29a9dd0e4b94",
        **when,
        **other,
    }


class HealthchecksServer(ThreadingHTTPServer):
    """Lists `checks` at /api/v3/checks/, for a key of its project."""

    daemon_threads = True

    def __init__(self, *checks: Mapping[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.checks = list(checks)
        self.requests: list[tuple[str, str]] = []
        self._thread = Thread(target=self.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: HealthchecksServer

    def do_GET(self) -> None:
        """List the checks, or say why not."""
        key, parts = self.headers.get("X-Api-Key", ""), urlsplit(self.path)
        self.server.requests.append((self.path, key))
        if parts.path != "/api/v3/checks/":
            self._reply(404, {"error": "not found"})
        elif len(key) != len(FULL_KEY):
            self._reply(401, {"error": "missing api key"})
        elif key not in {FULL_KEY, READ_ONLY_KEY}:
            self._reply(401, {"error": "wrong api key"})
        else:
            tags = set(parse_qs(parts.query).get("tag", []))
            found = [each for each in self.server.checks if tags <= set(str(each["tags"]).split())]
            self._reply(200, {"checks": [_shown(each, key) for each in found]})

    def _reply(self, status: int, content: object) -> None:
        body = orjson.dumps(content)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def _shown(check: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    if key == FULL_KEY:
        return check
    kept = {name: value for name, value in check.items() if name not in _SECRET}
    return {**kept, "unique_key": hashlib.sha1(check["uuid"].encode()).hexdigest()}  # noqa: S324 - as there
