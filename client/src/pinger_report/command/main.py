"""`pinger exec`: runs a command, and reports its runs. It works without Py Pinger being installed."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

from pinger_report.background import in_background
from pinger_report.command.options import ExecOptions, parse
from pinger_report.command.reasons import outcome_of_command, outcome_of_service
from pinger_report.destination import RUN_VARIABLE, Destination, destination_of
from pinger_report.handover import Handover
from pinger_report.outcome import Outcome
from pinger_report.push import PUSH_LIMIT, new_rid, uuid_text
from pinger_report.run import Run
from pinger_report.warn import cause_of

EXIT_USAGE = 2
EXIT_CANNOT_RUN = 126
EXIT_NOT_FOUND = 127
EXIT_INTERRUPTED = 130

# Seconds. A report that hangs, on a dead network file system, must not keep the command from ending.
_REPORT_LIMIT = PUSH_LIMIT + 5

_NOT_FOUND = {errno.ENOENT, errno.ENOTDIR}

# Hexadecimal digits of systemd's $INVOCATION_ID.
_INVOCATION_LENGTH = 32


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name, and return its exit code."""
    own = list(sys.argv[1:] if arguments is None else arguments)
    if os.name != "posix":
        sys.stderr.write("pinger exec: it works on POSIX systems only; use report() in Python instead\n")
        return EXIT_USAGE
    try:
        options = parse(own[1:] if own[:1] == ["exec"] else own)
        where = destination_of(options.task.slug, options.folder, options.push)
        if options.from_systemd:
            return _report_service(options, where)
        if options.lock and (code := _lock(options, where)) is not None:
            return code
        return _run_command(options, where)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _run_command(options: ExecOptions, where: Destination) -> int:
    from pinger_report.command.execution import Execution  # noqa: PLC0415 - systems without POSIX cannot load it

    rid = new_rid()
    run = Run(options.task, where, rid)
    handover = Handover(rid, options.task.slug)
    execution = Execution(
        seconds=options.seconds, reads_output=options.log != "never", holds_output=options.quiet
    )
    inside = {RUN_VARIABLE: handover.path} if handover.path else {}
    try:
        execution.start(options.command, {**os.environ, **inside})
    except OSError as error:
        handover.remove()
        code = EXIT_NOT_FOUND if error.errno in _NOT_FOUND else EXIT_CANNOT_RUN
        name = options.command[0] or "''"
        return _not_started(run, f"cannot start {name}: {cause_of(error)}", code)
    beginning = in_background(run.begin)
    ending = execution.wait()
    outcome = outcome_of_command(ending, handover.result(), options.seconds, options.log)
    handover.remove()
    if not outcome.ok:
        execution.release()
    if beginning:
        beginning.join(_REPORT_LIMIT)
    _end(run, outcome)
    return ending.code


def _not_started(run: Run, reason: str, code: int) -> int:
    sys.stderr.write(f"pinger exec: {reason}\n")
    _end(run, Outcome(ok=False, reason=reason, code=code))
    return code


def _lock(options: ExecOptions, where: Destination) -> int | None:
    """Lock the task until this process ends. Return None if it is locked, else the exit code."""
    from pinger_report.command.lock import lock  # noqa: PLC0415 - systems without POSIX cannot load it

    try:
        return None if lock(where.folder, options.task.slug) else 0
    except OSError as error:
        # Without the lock two runs might overlap, which the user wants to exclude.
        reason = f"cannot lock the task: {cause_of(error)}"
        return _not_started(Run(options.task, where), reason, EXIT_CANNOT_RUN)


def _report_service(options: ExecOptions, where: Destination) -> int:
    outcome = outcome_of_service(os.environ)
    if outcome is None:
        sys.stderr.write("pinger exec: SERVICE_RESULT is not set; use --from-systemd in ExecStopPost=\n")
        return EXIT_USAGE
    invocation = os.environ.get("INVOCATION_ID", "")
    rid = uuid_text(invocation) if len(invocation) == _INVOCATION_LENGTH else None
    _end(Run(options.task, where, rid), outcome)
    return 0


def _end(run: Run, outcome: Outcome) -> None:
    ending = in_background(lambda: run.end(outcome))
    if ending:
        ending.join(_REPORT_LIMIT)
