"""The outcome of a command, and why it failed in words for people."""

from __future__ import annotations

import signal
from collections.abc import Mapping

from pinger_report.command.execution import Ending
from pinger_report.outcome import Outcome, text

# What systemd says in $SERVICE_RESULT, where the reason is neither an exit code nor a signal.
_SERVICE_RESULTS = {
    "timeout": "took longer than systemd allows",
    "watchdog": "missed systemd's watchdog",
    "oom-kill": "killed by SIGKILL (out of memory)",
    "start-limit-hit": "started too often",
    "resources": "systemd lacks resources to start it",
    "protocol": "did not follow the protocol of its service type",
}


def outcome_of_command(ending: Ending, handed_over: Outcome | None, limit: float | None, log: str) -> Outcome:
    """Return the outcome of a command, with what a `report` inside it said.

    `limit` is the timeout in seconds. `log` says when the end of the output is part of the report: never, on
    failure or always.
    """
    inside = handed_over or Outcome(ok=True)
    ok = ending.code == 0 and not ending.timed_out and inside.ok
    output = ending.output if log == "always" or (log == "failure" and not ok) else ""
    reason = inside.reason if ok else _failure(ending, inside, limit, output)
    return Outcome(ok, text(reason), ending.code, output or None)


def outcome_of_service(environ: Mapping[str, str]) -> Outcome | None:
    """Return the outcome of a systemd service, by the variables of ExecStopPost; None without them."""
    outcome, status = environ.get("SERVICE_RESULT"), environ.get("EXIT_STATUS", "")
    if not outcome:
        return None
    if outcome == "success":
        return Outcome(ok=True)
    if outcome == "exit-code":
        return Outcome(ok=False, reason=f"exit code {status}", code=int(status) if status.isdigit() else 0)
    if outcome in {"signal", "core-dump"}:
        number = getattr(signal, f"SIG{status}", None)
        return Outcome(ok=False, reason=_killed(f"SIG{status}"), code=128 + number if number else 0)
    return Outcome(ok=False, reason=_SERVICE_RESULTS.get(outcome, f"systemd says {outcome}"))


def _failure(ending: Ending, inside: Outcome, limit: float | None, output: str) -> str:
    if ending.timed_out and limit:
        return f"took longer than {_length(limit)}"
    if ending.signal:
        return _killed(_signal_name(ending.signal))
    if not inside.ok and inside.reason:
        return inside.reason
    last = output.rstrip().rpartition("\n")[2].strip()
    return f"exit code {ending.code}: {last}" if last else f"exit code {ending.code}"


def _killed(name: str) -> str:
    return f"killed by {name} (out of memory?)" if name == "SIGKILL" else f"killed by {name}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _length(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds % 60 == 0 else f"{seconds:g} s"
