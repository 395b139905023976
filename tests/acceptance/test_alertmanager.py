"""Open incidents as alerts, from the real program: opened, said again, changed, and over."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.planted_secrets import URL_PASSWORD
from tests.support.program import Pinger
from tests.support.task_pages import failing, report
from tests.support.task_server import Request, Server, says

UNAVAILABLE = "Alertmanager answered HTTP 503 Service Unavailable"


def told(request: Request) -> list[tuple[str, bool]]:
    """Return of each alert its cause, and whether it still held when it was posted."""
    alerts = [(each["labels"]["cause"], each["startsAt"], each["endsAt"]) for each in request.json]
    assert all(datetime.fromisoformat(begin) <= datetime.fromisoformat(end) for _, begin, end in alerts)
    sent = max(datetime.fromisoformat(end) for _, _, end in alerts)
    return [(cause, datetime.fromisoformat(end) == sent) for cause, _, end in alerts]


def test_an_incident_and_its_alerts(tmp_path: Path) -> None:
    """An alert is posted until it is taken, said again, changes its cause, and is ended once."""
    with Server(says(failing())) as tasks, Server(says(b"", "503 Service Unavailable")) as alertmanager:
        address = alertmanager.origin.replace("//", f"//me:{URL_PASSWORD.replace('/', '%2F')}@")
        write_ini(tmp_path, watching(tasks.url("/a")), {"alertmanager": {"url": address, "keep": 0.05}})
        posted = alertmanager.requests

        def words() -> list[list[tuple[str, bool]]]:
            return [told(request) for request in list(posted)]

        with Pinger(tmp_path) as pinger:

            def channel() -> dict[str, Any]:
                found: dict[str, Any] = pinger.get("/health").json["data"]["channels"][1]
                return found

            eventually(lambda: channel()["last_error"] == UNAVAILABLE, "the failure on the page")
            assert UNAVAILABLE in pinger.get("/health", "text/html").body.decode()
            alertmanager.otherwise = says(b"")
            eventually(lambda: channel()["delivered"] == 1, "the alert to be taken")
            del posted[:]
            eventually(lambda: len(posted) >= 2, "the alert again")
            tasks.otherwise = says(b"", "500 Internal Server Error")
            eventually(lambda: [("http", True), ("failed", False)] in words(), "the other cause")
            tasks.otherwise = says(report())
            eventually(lambda: channel()["delivered"] == 2, "the end")
            count = len(posted)
            pinger.checked(5)
        kinds = words()
        assert len(kinds) == count
        assert kinds[0] == [("failed", True)]
        assert kinds.count([("http", True), ("failed", False)]) == 1
        assert {request.target for request in posted} == {"/api/v2/alerts"}
        assert "authorization" in posted[0].headers
