"""What is reported of a command and of a systemd service, as tables."""

from __future__ import annotations

import pytest

from pinger_report.command.execution import Ending
from pinger_report.command.reasons import outcome_of_command, outcome_of_service
from pinger_report.outcome import Outcome

INSIDE_FAILED = Outcome(ok=False, reason="ValueError: no rows")


@pytest.mark.parametrize(
    ("ending", "inside", "log", "expected"),
    [
        (Ending(0), None, "failure", Outcome(ok=True)),
        (Ending(0, output="done\n"), None, "failure", Outcome(ok=True)),
        (Ending(0, output="done\n"), None, "always", Outcome(ok=True, log="done\n")),
        (Ending(0), Outcome(ok=True, reason="3 rows"), "failure", Outcome(ok=True, reason="3 rows")),
        (Ending(0), INSIDE_FAILED, "failure", INSIDE_FAILED),
        (Ending(3), None, "failure", Outcome(ok=False, reason="exit code 3", code=3)),
        (
            Ending(3, output="a\n no disk \n\n"),
            None,
            "failure",
            Outcome(ok=False, reason="exit code 3: no disk", code=3, log="a\n no disk \n\n"),
        ),
        (Ending(3, output="secret\n"), None, "never", Outcome(ok=False, reason="exit code 3", code=3)),
        (Ending(1), INSIDE_FAILED, "failure", INSIDE_FAILED._replace(code=1)),
        (
            Ending(137, 9),
            None,
            "failure",
            Outcome(ok=False, reason="killed by SIGKILL (out of memory?)", code=137),
        ),
        (Ending(143, 15), INSIDE_FAILED, "failure", Outcome(ok=False, reason="killed by SIGTERM", code=143)),
        (Ending(168, 40), None, "failure", Outcome(ok=False, reason="killed by signal 40", code=168)),
        (
            Ending(143, 15, timed_out=True),
            None,
            "failure",
            Outcome(ok=False, reason="took longer than 180 min", code=143),
        ),
        (
            Ending(0, timed_out=True),
            None,
            "failure",
            Outcome(ok=False, reason="took longer than 180 min", code=0),
        ),
    ],
)
def test_commands(ending: Ending, inside: Outcome | None, log: str, expected: Outcome) -> None:
    """Exit code, signal, timeout and what a report inside said make one outcome."""
    assert outcome_of_command(ending, inside, 180 * 60, log) == expected


def test_a_timeout_in_seconds() -> None:
    """A limit that is not whole minutes is named in seconds."""
    assert outcome_of_command(Ending(0, timed_out=True), None, 90, "never").reason == "took longer than 90 s"


@pytest.mark.parametrize(
    ("result", "status", "expected"),
    [
        ("success", "0", Outcome(ok=True)),
        ("exit-code", "3", Outcome(ok=False, reason="exit code 3", code=3)),
        ("signal", "TERM", Outcome(ok=False, reason="killed by SIGTERM", code=143)),
        ("signal", "KILL", Outcome(ok=False, reason="killed by SIGKILL (out of memory?)", code=137)),
        ("core-dump", "SEGV", Outcome(ok=False, reason="killed by SIGSEGV", code=139)),
        ("signal", "RTMIN+1", Outcome(ok=False, reason="killed by SIGRTMIN+1")),
        ("oom-kill", "KILL", Outcome(ok=False, reason="killed by SIGKILL (out of memory)")),
        ("timeout", "TERM", Outcome(ok=False, reason="took longer than systemd allows")),
        ("something-new", "", Outcome(ok=False, reason="systemd says something-new")),
    ],
)
def test_services(result: str, status: str, expected: Outcome) -> None:
    """The words of systemd for the end of a service become an outcome."""
    assert outcome_of_service({"SERVICE_RESULT": result, "EXIT_STATUS": status}) == expected


def test_no_service() -> None:
    """Outside of systemd there is no outcome."""
    assert outcome_of_service({"EXIT_STATUS": "0"}) is None
