"""The text of messages: what happened, where, since when, why, and what was expected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from py_pinger.core.model.check import Cause
from py_pinger.core.model.notification import Message, Notice, NoticeKind, Severity
from py_pinger.core.remedy.remedy import remedy_of
from py_pinger.core.text.formatting import clean, cut, duration, local_time, minutes, timestamp
from py_pinger.core.times import MAX_TIME

# Tasks that a digest names in each group, as many as its length allows; the rest are counted.
NAMED_IN_GROUP = (10, 5, 3, 1, 0)

# Characters below a digest's title that every channel shows in full.
LONGEST_DIGEST = 6_500

# Groups that a digest shows; the rest are counted.
NAMED_GROUPS = 20

# Warnings about a task's report that its alert shows; the task's page on the web shows all of them.
WARNINGS_SHOWN = 3

# Long enough to see what is wrong, short enough for a line of a digest.
_SHORT_REASON = 160

_ALERTS = (
    NoticeKind.FAILED,
    NoticeKind.REMINDER,
    NoticeKind.ESCALATED,
    NoticeKind.SELF_PROBLEM,
    NoticeKind.EXPIRING,
    NoticeKind.UNLISTED,
)
_RECOVERIES = (NoticeKind.RECOVERED, NoticeKind.SELF_RECOVERED, NoticeKind.RENEWED)
_NOT_FAILING = (NoticeKind.RECOVERED, NoticeKind.UNLISTED)
_CERTIFICATES = (NoticeKind.EXPIRING, NoticeKind.RENEWED)

# The text of a cause after a task's name and "is".
CAUSE_TEXTS: Mapping[Cause, str] = {
    Cause.UNREACHABLE: "unreachable",
    Cause.HTTP: "returning an HTTP error",
    Cause.INVALID: "returning an invalid report",
    Cause.FAILED: "reporting an error",
    Cause.CLOCK: "running with a wrong clock",
    Cause.LATE: "late",
}


def compose(notice: Notice) -> Message:
    """Return the message for one notice."""
    return _COMPOSERS[notice.kind](notice)


def compose_late(recovered: Notice) -> Message:
    """Return the message for an incident that was resolved before its alert was sent."""
    return _about_task(
        recovered,
        Severity.RECOVERY,
        f"FAILED AND RECOVERED: {_name(recovered)} is ok again after {_duration(recovered)}",
        f"Failing from {_period(recovered)}; the notification was not sent at the time.",
        f"Reason: {recovered.reason}",
        *_run_times(recovered),
    )


def compose_digest(notices: Sequence[Notice]) -> Message:
    """Return one message for many notices: own notices in full, then tasks by server and cause."""
    recovered = [notice for notice in notices if notice.kind is NoticeKind.RECOVERED]
    unlisted = [notice for notice in notices if notice.kind is NoticeKind.UNLISTED]
    failing = [notice for notice in notices if notice.url and notice.kind not in _NOT_FAILING]
    own = sorted((notice for notice in notices if notice.url is None), key=_is_unimportant)
    certificates = sum(notice.kind in _CERTIFICATES for notice in own)
    counts = (
        (len(failing), "failing"),
        (len(recovered), "recovered"),
        (len(unlisted), "no longer listed"),
        (certificates, "about certificates"),
        (len(own) - certificates, "about Py Pinger"),
    )
    severities = {_severity(notice.kind) for notice in notices}
    digest = _cleaned(
        next((each for each in (Severity.ALERT, Severity.RECOVERY) if each in severities), Severity.INFO),
        f"Several notices: {', '.join(f'{number} {what}' for number, what in counts if number)}",
        *(line for notice in own for line in (notice.text or "", *notice.warnings)),
        *_groups_that_fit(failing, recovered, unlisted),
    )
    return replace(digest, notices=tuple(notices))


def headline(failing: Notice) -> str:
    """Return the state of a failing task briefly: `Import on web-1 is late`."""
    return f"{_name(failing)} is {CAUSE_TEXTS[failing.cause or Cause.FAILED]}"


def _is_unimportant(notice: Notice) -> bool:
    return notice.kind not in (NoticeKind.SELF_PROBLEM, NoticeKind.SELF_RECOVERED, *_CERTIFICATES)


def _failed(notice: Notice) -> Message:
    return _about_task(notice, Severity.ALERT, f"FAILED: {headline(notice)}", *_situation(notice))


def _reminder(notice: Notice) -> Message:
    title = f"STILL FAILING for {_duration(notice)}: {headline(notice)}"
    return _about_task(notice, Severity.ALERT, title, *_situation(notice))


def _escalated(notice: Notice) -> Message:
    title = f"ESCALATED after {_duration(notice)}: {headline(notice)}"
    return _about_task(notice, Severity.ALERT, title, *_situation(notice))


def _recovered(notice: Notice) -> Message:
    return _about_task(
        notice,
        Severity.RECOVERY,
        f"RECOVERED: {_name(notice)} is ok again after {_duration(notice)}",
        f"Failing from {_period(notice)}: {notice.reason}",
        *_run_times(notice),
    )


def _unlisted(notice: Notice) -> Message:
    title = f"REMOVED: {_name(notice)} {notice.text}"
    failing = (f"Was failing: {notice.reason}",) if notice.reason else ()
    return _about_task(notice, Severity.ALERT, title, *failing, *_run_times(notice))


def _own(notice: Notice) -> Message:
    text = notice.text or ""
    return replace(_cleaned(_severity(notice.kind), text, *notice.warnings), notices=(notice,))


def _severity(kind: NoticeKind) -> Severity:
    if kind in _ALERTS:
        return Severity.ALERT
    return Severity.RECOVERY if kind in _RECOVERIES else Severity.INFO


_COMPOSERS: Mapping[NoticeKind, Callable[[Notice], Message]] = {
    NoticeKind.FAILED: _failed,
    NoticeKind.REMINDER: _reminder,
    NoticeKind.ESCALATED: _escalated,
    NoticeKind.RECOVERED: _recovered,
    NoticeKind.STARTED: _own,
    NoticeKind.STOPPED: _own,
    NoticeKind.SELF_PROBLEM: _own,
    NoticeKind.SELF_RECOVERED: _own,
    NoticeKind.EXPIRING: _own,
    NoticeKind.RENEWED: _own,
    NoticeKind.UNLISTED: _unlisted,
    NoticeKind.TEST: _own,
}


def _about_task(notice: Notice, severity: Severity, title: str, *lines: str) -> Message:
    return replace(
        _cleaned(severity, title, *lines, notice.url or ""),
        log=tuple(map(clean, _log(notice))),
        url=notice.url,
        name=notice.name,
        process=notice.process,
        server=notice.server,
        cause=notice.cause,
        notices=(notice,),
    )


def _cleaned(severity: Severity, title: str, *lines: str) -> Message:
    """Return a message in which no foreign text can end a line or reorder the text."""
    return Message(severity, clean(title), tuple(map(clean, lines)))


def _situation(notice: Notice) -> Iterator[str]:
    yield f"Reason: {_reason(notice)}"
    if remedy := remedy_of(notice.fault):
        yield f"Remedy: {remedy}"
    yield f"Since: {timestamp(notice.opened or notice.at)}"
    yield from _run_times(notice)
    if notice.dependants:
        yield f"Dependent tasks failing too: {notice.dependants}"
    yield from (f"Warning: {cut(warning, _SHORT_REASON)}" for warning in notice.warnings[:WARNINGS_SHOWN])


def _reason(notice: Notice) -> str | None:
    """Return the reason; if it is the end of the log, which follows, only its last line."""
    last = notice.log[-1] if notice.log else None
    return last if last and notice.reason and notice.reason.endswith(last) else notice.reason


def _log(notice: Notice) -> tuple[str, ...]:
    return ("Log:", *notice.log) if notice.log else ()


def _run_times(notice: Notice) -> Iterator[str]:
    """Yield what was expected, if the task has ever reported it."""
    if notice.lastrun is None or notice.frequency is None:
        return
    expected = f"Last run: {timestamp(notice.lastrun)}, {_expected(notice, notice.frequency)}"
    due = notice.deadline
    yield f"{expected}, due by {timestamp(due)}" if due and due != MAX_TIME else expected


def _expected(notice: Notice, frequency: timedelta) -> str:
    """Return when the next run was or is expected, and by which schedule or frequency."""
    if not (notice.schedule and notice.expected and notice.timezone):
        return f"expected {f'by {notice.schedule}' if notice.schedule else f'every {minutes(frequency)}'}"
    word = "next" if notice.expected > notice.at else "was"
    time = local_time(notice.expected, notice.timezone, notice.at)
    return f"{word} expected {time} ({notice.schedule})"


def _name(notice: Notice) -> str:
    name = notice.name or notice.process or notice.url or ""
    return f"{name} on {notice.server}" if notice.server else name


def _duration(notice: Notice) -> str:
    return duration(notice.at - (notice.opened or notice.at))


def _period(notice: Notice) -> str:
    return f"{timestamp(notice.opened or notice.at)} to {timestamp(notice.at)}"


def _groups_that_fit(*kinds: Sequence[Notice]) -> tuple[str, ...]:
    """Return the lines of the groups of notices of each kind, with as many tasks named as fit."""
    candidates = [
        tuple(line for notices in kinds for line in _groups(notices, named)) for named in NAMED_IN_GROUP
    ]
    return next((lines for lines in candidates if len("\n".join(lines)) <= LONGEST_DIGEST), candidates[-1])


def _groups(notices: Sequence[Notice], named: int) -> Iterator[str]:
    """Yield a heading and the tasks' lines for each server and cause, the largest group first."""
    groups: dict[str, list[Notice]] = {}
    for notice in notices:
        groups.setdefault(_heading(notice), []).append(notice)
    ranked = sorted(groups.items(), key=lambda group: -len(group[1]))
    for heading, members in ranked[:NAMED_GROUPS]:
        yield f"{heading} ({len(members)}):"
        yield from (_item(member) for member in members[:named])
        if rest := members[named:]:
            yield f"- {f'and {len(rest)} more' if named else 'all'}: {_times(rest)}"
    if unnamed := sum(len(members) for _, members in ranked[NAMED_GROUPS:]):
        yield f"And {unnamed} more on other servers or for other causes."


def _times(notices: Sequence[Notice]) -> str:
    """Return the period as text, of tasks that all fail or have all recovered."""
    first = timestamp(min(notice.opened or notice.at for notice in notices))
    if notices[0].kind is NoticeKind.UNLISTED:
        return "each was missing for a day"
    if notices[0].kind is NoticeKind.RECOVERED:
        return f"failed between {first} and {timestamp(max(notice.at for notice in notices))}"
    return f"since {first} or later"


def _heading(notice: Notice) -> str:
    where = f"On {notice.server}" if notice.server else "Server not named"
    if notice.kind is NoticeKind.RECOVERED:
        return f"{where}, recovered"
    if notice.kind is NoticeKind.UNLISTED:
        return f"{where}, no longer listed"
    return f"{where}, {notice.cause}"


def _item(notice: Notice) -> str:
    name = notice.name or notice.process
    who = f"{name}, {notice.url}" if name else notice.url
    if notice.kind is NoticeKind.UNLISTED:
        return f"- {who}: {notice.text}"
    if notice.kind is NoticeKind.RECOVERED:
        return f"- {who}: failed from {_period(notice)}, {cut(notice.reason or '', _SHORT_REASON)}"
    return (
        f"- {who}: since {timestamp(notice.opened or notice.at)}, {cut(notice.reason or '', _SHORT_REASON)}"
    )
