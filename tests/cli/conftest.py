"""How the commands are run in these tests: in an empty folder, away from the program's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.fake_data_source import FakeDataSource

from py_pinger.cli import config_file
from py_pinger.core.model.check import Cause, ReportWarning, ReportWarningKind, Status, Verdict
from py_pinger.core.model.cluster_status import ClusterStatus
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.web import Access, LoginState, PageSettings, WebServer, create_app

ASLEEP = Verdict(Status.SLEEPING, sleep_end=datetime(2999, 1, 1, 5, 30, tzinfo=UTC))


def snapshots() -> tuple[TaskSnapshot, ...]:
    """Return a task that is ok, one that is late, and one that sleeps."""
    # Half a minute past the minute, so that ages stay the same while a test runs.
    now = datetime.now(UTC) - timedelta(seconds=30)
    late = Verdict(
        Status.ERROR,
        Cause.LATE,
        "last ran 2 h 14 min ago, should run every 10 min",
        process="Import",
        server="app-1",
        lastrun=now - timedelta(hours=2, minutes=14),
        frequency=timedelta(minutes=10),
        deadline=now - timedelta(hours=2, minutes=4),
        warnings=(ReportWarning(ReportWarningKind.OTHER, "frequency is a text"),),
    )
    incident = Incident(now, now, (CauseChange(now, Cause.LATE, "late"),))
    return (
        TaskSnapshot("https://a.example/ok", "=SUM(1)", TaskState(Verdict(Status.OK), pings=3)),
        TaskSnapshot(
            "https://a.example/late", None, TaskState(late, since=now, checked_at=now, incident=incident)
        ),
        TaskSnapshot("https://b.example/asleep", "Nap", TaskState(ASLEEP)),
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to an empty folder, with others that stand for the program's own and the system's."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(
        config_file, "__file__", str(tmp_path / "program" / "src" / "py_pinger" / "cli" / "ini.py")
    )
    monkeypatch.setattr(config_file, "SYSTEM", tmp_path / "system")
    (tmp_path / "program").mkdir()
    return here


@pytest.fixture
def serve() -> Iterator[Callable[..., WebServer]]:
    """Return a function that serves tasks until the test is over."""
    with ExitStack() as running:

        def start(
            *shown: TaskSnapshot, password: str | None = None, cluster: ClusterStatus | None = None
        ) -> WebServer:
            pages = create_app(
                FakeDataSource(shown, cluster_value=cluster),
                PageSettings(
                    [each.url for each in shown],
                    access=Access(password=password),
                    node=cluster.name if cluster else None,
                ),
                lambda: datetime.now(UTC),
                LoginState(),
            )
            server = WebServer("127.0.0.1", 0)
            server.show(pages)
            server.start()
            running.callback(server.stop)
            return server

        yield start
