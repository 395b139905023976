"""The rules of runs: which run a push begins or ends, and what is kept of the task's pushes.

Ten runs may be under way at once. An end with the id of a run ends that one, an end without one ends all, and
a failure ends all. A new start does not move the deadline of a run that is overdue. A run whose end never
came is given up when a later one has succeeded. A report in JSON whose `lastrun` is null is about no run:
only its status counts, until the next report.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from py_pinger.core.model.check import TaskReport
from py_pinger.core.model.push import FinishedRun, OpenRun, PushedReport, PushKind, PushState
from py_pinger.core.push.log_text import last_lines
from py_pinger.core.times import DAY, MAX_TIME, MIN_TIME

# Runs of a task that are under way at once; of more, the oldest are forgotten.
OPEN_RUNS: Final = 10

# Pushes with an id that are remembered: more than any client repeats.
SEEN_KEPT: Final = 2 * OPEN_RUNS

# A run without an end is given up after the longest that one may take, or after this without a limit.
GIVEN_UP_AFTER: Final = DAY

_Runs = tuple[OpenRun, ...]


@dataclass(frozen=True, slots=True)
class Reception:
    """What a push changes: the next state, and the run that ended, if one did.

    A push that is `repeated` changes nothing.
    """

    state: PushState
    run: FinishedRun | None = None
    repeated: bool = False


def receive(state: PushState, push: PushedReport, runtime: timedelta | None = None) -> Reception:
    """Return what a push changes; runs of the task may take `runtime`."""
    if push.kind is PushKind.LOG:
        return Reception(state)
    mark = f"{push.run_id} {push.kind}" if push.run_id else None
    if _is_repeated(state, push):
        return Reception(state, repeated=True)
    seen = (*state.seen, mark)[-SEEN_KEPT:] if mark else state.seen
    if push.kind is PushKind.START:
        return Reception(_begun(state, seen, push, runtime))
    if push.report and push.report.never_ran:
        return Reception(_without_run(state, seen, push, push.report))
    return _ended(state, seen, push, runtime)


def _is_repeated(state: PushState, push: PushedReport) -> bool:
    """Return True if a push was received before, or is a start that arrives after the end of its run."""
    kinds = (push.kind, *((PushKind.SUCCESS, PushKind.FAIL) if push.kind is PushKind.START else ()))
    return push.run_id is not None and any(f"{push.run_id} {kind}" in state.seen for kind in kinds)


def _without_run(
    state: PushState, seen: tuple[str, ...], push: PushedReport, report: TaskReport
) -> PushState:
    """Return the state after a report that no run has ended: a page that cannot be read, or has none yet."""
    healthy = push.kind is PushKind.SUCCESS and report.healthy
    last = state.last or FinishedRun(MIN_TIME, push.at, healthy)
    reason = report.reason or (None if healthy else _failure(push))
    last = replace(last, seen=push.at, healthy=healthy, reason=reason)
    return replace(state, last=last, seen=seen, document=push.document)


def _begun(
    state: PushState, seen: tuple[str, ...], push: PushedReport, runtime: timedelta | None
) -> PushState:
    began = _began(push) or push.at
    run = next((run for run in state.open_runs if run.id == push.run_id), None)
    others = tuple(each for each in state.open_runs if each is not run)
    counted = run.started if run and _is_over(run, push.at, runtime or timedelta.max) else began
    runs = sorted((*others, OpenRun(push.run_id, counted)), key=lambda each: each.started)
    newest = max(filter(None, (state.started, began)))
    return replace(state, open_runs=tuple(runs[-OPEN_RUNS:]), started=newest, seen=seen)


def _ended(
    state: PushState, seen: tuple[str, ...], push: PushedReport, runtime: timedelta | None
) -> Reception:
    run = _finished(state, push)
    if push.excess and state.last and not state.last.healthy:
        # It goes on failing, more often than reports may come: the newest reason counts, as of the same run.
        same = replace(run, lastrun=state.last.lastrun)
        return Reception(replace(state, last=same, open_runs=(), seen=seen, document=push.document))
    others = _still_open(state.open_runs, push, runtime) if run.healthy else ()
    still_open = _under_way(push) or others
    if state.last and run.lastrun < min(state.last.lastrun, state.last.seen):
        # A report of an earlier run, which could not be sent in time. A clock that was ahead does not count.
        return Reception(replace(state, open_runs=still_open, seen=seen), run)
    known = still_open or run.duration is not None
    started = (_began(push) or state.started) if known else None
    return Reception(PushState(state.watched, run, started, still_open, seen, push.document), run)


def _finished(state: PushState, push: PushedReport) -> FinishedRun:
    report = push.report
    lastrun = report.lastrun if report else push.at
    began = _began(push) or _start_of(state, push.run_id)
    healthy = push.kind is PushKind.SUCCESS and (report is None or report.healthy)
    return FinishedRun(
        lastrun=lastrun,
        seen=push.at,
        healthy=healthy,
        reason=(report and report.reason) or (None if healthy else _failure(push)),
        duration=lastrun - began if began and began <= lastrun else None,
        exit_code=push.exit_code,
        id=push.run_id,
    )


def _failure(push: PushedReport) -> str:
    """Return why a run failed: the end of its log, or its exit code."""
    return last_lines(push.log) or (
        "the task reports a failure" if push.exit_code is None else f"exit code {push.exit_code}"
    )


def _start_of(state: PushState, run_id: str | None) -> datetime | None:
    """Return when the run that ends began; without an id it is the newest one."""
    if run_id is None:
        return state.started if state.open_runs else None
    return next((run.started for run in state.open_runs if run.id == run_id), None)


def _still_open(runs: _Runs, push: PushedReport, runtime: timedelta | None) -> _Runs:
    """Return the runs that are still under way after one has succeeded."""
    if push.run_id is None:
        return ()
    ended = next((run for run in runs if run.id == push.run_id), None)
    last = ended.started if ended else MAX_TIME
    return tuple(
        run
        for run in runs
        if run is not ended
        and not (run.started <= last and _is_over(run, push.at, runtime or GIVEN_UP_AFTER))
    )


def _under_way(push: PushedReport) -> _Runs:
    """Return the run that is under way by the report itself, of a client without ids of runs."""
    since = push.report.running_since if push.report else None
    return (OpenRun(None, min(since, push.at)),) if since and push.run_id is None else ()


def _is_over(run: OpenRun, now: datetime, runtime: timedelta) -> bool:
    return now - run.started > runtime


def _began(push: PushedReport) -> datetime | None:
    """Return when a push itself says that its run began; a clock that is ahead does not count."""
    started = push.report.started if push.report else None
    return min(started, push.at) if started else None
