"""How the findings of a check are shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from py_pinger.cli.check_once import CheckResult
from py_pinger.cli.check_output import MANY, print_results, progress, results_as_json
from py_pinger.core.model.check import Cause, ReportWarning, ReportWarningKind, Status, Verdict
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.model.task import Task
from py_pinger.core.remedy.remedy import remedy_of
from py_pinger.core.times import MAX_TIME

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TOOK = timedelta(milliseconds=12.345)
OK = Verdict(
    Status.OK,
    process="Import",
    server="app-1",
    lastrun=NOON,
    deadline=MAX_TIME,
    warnings=(ReportWarning(ReportWarningKind.OTHER, "[x] is odd"),),
)
LATE = Verdict(
    Status.ERROR, Cause.LATE, "last ran long ago", lastrun=NOON, deadline=NOON, fault=Fault(FaultCode.LATE)
)
REMEDY = remedy_of(LATE.fault)
ASLEEP = Verdict(Status.SLEEPING, lastrun=NOON, deadline=NOON, sleep_end=NOON)


def finding(verdict: Verdict, explanation: str = "because") -> CheckResult:
    """Return what was found of one task."""
    url = "http://a/[bold]"
    return CheckResult(Task(url, url), verdict, explanation, TOOK)


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Each task is its status, its URL, why, and the warnings; brackets in them are no markup."""
    print_results([finding(OK, "x [red] " + "long " * 40), finding(LATE), finding(ASLEEP)])
    assert capsys.readouterr().out.splitlines() == [
        "ok       http://a/[bold]",
        "         x [red] " + "long " * 40,
        "         warning: [x] is odd",
        "error    http://a/[bold]",
        "         because",
        f"         remedy: {REMEDY}",
        "sleeping http://a/[bold]",
        "         because",
    ]


def test_json() -> None:
    """Programs get every field, moments in ISO 8601 and what never comes as null."""
    nothing = dict.fromkeys(("cause", "reason", "remedy", "process", "server", "sleep_end"))
    common = {
        "url": "http://a/[bold]",
        "explanation": "because",
        "findings": [],
        "warnings": [],
        "duration_ms": 12.3,
    }
    noon = {"lastrun": "2026-11-22T12:00:00Z", "deadline": "2026-11-22T12:00:00Z"}
    assert orjson.loads(
        results_as_json([finding(OK), finding(LATE), finding(ASLEEP), finding(Verdict(Status.OK))])
    ) == [
        nothing
        | common
        | noon
        | {
            "status": "ok",
            "process": "Import",
            "server": "app-1",
            "deadline": None,
            "warnings": ["[x] is odd"],
        },
        nothing
        | common
        | noon
        | {"status": "error", "cause": "late", "reason": "last ran long ago", "remedy": REMEDY},
        nothing | common | noon | {"status": "sleeping", "sleep_end": "2026-11-22T12:00:00Z"},
        nothing | common | {"status": "ok", "lastrun": None, "deadline": None},
    ]


@pytest.mark.parametrize("total", [0, 1, MANY])
@pytest.mark.parametrize("shown", [True, False])
def test_progress_off_a_terminal(total: int, shown: bool, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: FBT001 - the one column
    """Where no terminal is, progress leaves nothing behind on either way out."""
    with progress(total, shown=shown) as advance:
        for _ in range(total):
            advance()
    out, err = capsys.readouterr()
    assert (out, err.strip()) == ("", "")


@pytest.mark.parametrize(
    ("total", "shown", "bar"), [(MANY, True, True), (MANY - 1, True, False), (MANY, False, False)]
)
def test_progress_on_a_terminal(
    total: int,
    shown: bool,  # noqa: FBT001 - a column
    bar: bool,  # noqa: FBT001 - a column
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a terminal a bar shows how far it is, when there are many tasks and it is wanted."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with progress(total, shown=shown) as advance:
        advance()
    assert ("Checking" in capsys.readouterr().err) is bar
