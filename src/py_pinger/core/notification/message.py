"""Notices become words: what, where, since when, why, and what was expected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from py_pinger.core.model.check import Cause
from py_pinger.core.model.notification import Message, Notice, NoticeKind, Severity
from py_pinger.core.text.formatting import clean, count, cut, duration, minutes, timestamp
from py_pinger.core.times import MAX_TIME

# Tasks that a digest names in each group, the most that its length allows; the rest are counted.
NAMED_IN_GROUP = (10, 5, 3, 1, 0)

# Characters below a digest's title that every channel shows whole.
LONGEST_DIGEST = 6_500

# Groups that a digest shows; the rest are counted.
NAMED_GROUPS = 20

# Warnings about a task's page that its alert shows; the task's own page on the web shows them all.
WARNINGS_SHOWN = 3

# Long enough to see what is wrong, short enough for a line of a digest.
_SHORT_REASON = 160

_ALARMS = (NoticeKind.FAILED, NoticeKind.REMINDER, NoticeKind.SELF_PROBLEM, NoticeKind.EXPIRING)
_RELIEFS = (NoticeKind.RECOVERED, NoticeKind.SELF_RECOVERED, NoticeKind.RENEWED)
_OF_CERTIFICATES = (NoticeKind.EXPIRING, NoticeKind.RENEWED)

_TROUBLE: Mapping[Cause, str] = {
    Cause.UNREACHABLE: "does not answer",
    Cause.HTTP: "answers with an HTTP error",
    Cause.INVALID: "has a page that cannot be read",
    Cause.FAILED: "reports an error",
    Cause.CLOCK: "has a wrong clock",
    Cause.LATE: "is late",
}


def compose(notice: Notice) -> Message:
    """Return the message for one notice."""
    return _COMPOSERS[notice.kind](notice)


def compose_late(recovered: Notice) -> Message:
    """Return the one message for an incident that was over before its alert could be sent."""
    return _about_task(
        recovered,
        Severity.RECOVERY,
        f"FAILED AND RECOVERED: {_who(recovered)} is ok again after {_lasted(recovered)}",
        f"It failed from {_stretch(recovered)}; this could not be sent at the time.",
        f"Why: {recovered.reason}",
        *_run_times(recovered),
    )


def compose_digest(notices: Sequence[Notice]) -> Message:
    """Return one message for many notices: our own words whole, then tasks grouped by server and cause."""
    recovered = [notice for notice in notices if notice.kind is NoticeKind.RECOVERED]
    failing = [notice for notice in notices if notice.url and notice.kind is not NoticeKind.RECOVERED]
    words = sorted((notice for notice in notices if notice.url is None), key=_is_small_talk)
    certificates = sum(notice.kind in _OF_CERTIFICATES for notice in words)
    counts = (
        (len(failing), "failing"),
        (len(recovered), "ok again"),
        (certificates, "about certificates"),
        (len(words) - certificates, "of Py Pinger itself"),
    )
    tones = {_tone(notice.kind) for notice in notices}
    digest = _worded(
        next((tone for tone in (Severity.ALERT, Severity.RECOVERY) if tone in tones), Severity.INFO),
        f"Several notices at once: {', '.join(f'{count} {what}' for count, what in counts if count)}",
        *(line for notice in words for line in (notice.text or "", *notice.warnings)),
        *_groups_that_fit(failing, recovered),
    )
    return replace(digest, notices=tuple(notices))


def headline(failing: Notice) -> str:
    """Return what is the matter with a task in a few words: `Import on web-1 is late`."""
    return f"{_who(failing)} {_trouble(failing)}"


def _is_small_talk(notice: Notice) -> bool:
    return notice.kind not in (NoticeKind.SELF_PROBLEM, NoticeKind.SELF_RECOVERED, *_OF_CERTIFICATES)


def _failed(notice: Notice) -> Message:
    return _about_task(notice, Severity.ALERT, f"FAILED: {headline(notice)}", *_situation(notice))


def _reminder(notice: Notice) -> Message:
    title = f"STILL FAILING for {_lasted(notice)}: {headline(notice)}"
    return _about_task(notice, Severity.ALERT, title, *_situation(notice))


def _recovered(notice: Notice) -> Message:
    return _about_task(
        notice,
        Severity.RECOVERY,
        f"RECOVERED: {_who(notice)} is ok again after {_lasted(notice)}",
        f"It failed from {_stretch(notice)}: {notice.reason}",
        *_run_times(notice),
    )


def _own_word(notice: Notice) -> Message:
    return replace(_worded(_tone(notice.kind), notice.text or "", *notice.warnings), notices=(notice,))


def _tone(kind: NoticeKind) -> Severity:
    if kind in _ALARMS:
        return Severity.ALERT
    return Severity.RECOVERY if kind in _RELIEFS else Severity.INFO


_COMPOSERS: Mapping[NoticeKind, Callable[[Notice], Message]] = {
    NoticeKind.FAILED: _failed,
    NoticeKind.REMINDER: _reminder,
    NoticeKind.RECOVERED: _recovered,
    NoticeKind.STARTED: _own_word,
    NoticeKind.STOPPED: _own_word,
    NoticeKind.SELF_PROBLEM: _own_word,
    NoticeKind.SELF_RECOVERED: _own_word,
    NoticeKind.EXPIRING: _own_word,
    NoticeKind.RENEWED: _own_word,
    NoticeKind.TEST: _own_word,
}


def _about_task(notice: Notice, tone: Severity, title: str, *lines: str) -> Message:
    return replace(
        _worded(tone, title, *lines, notice.url or ""),
        url=notice.url,
        name=notice.name,
        process=notice.process,
        server=notice.server,
        cause=notice.cause,
        notices=(notice,),
    )


def _worded(tone: Severity, title: str, *lines: str) -> Message:
    """Return a message in which no foreign text can end a line, or reorder what people read."""
    return Message(tone, clean(title), tuple(map(clean, lines)))


def _situation(notice: Notice) -> Iterator[str]:
    yield f"Why: {notice.reason}"
    yield f"Since: {timestamp(notice.opened or notice.at)}"
    yield from _run_times(notice)
    if notice.dependants:
        yield f"Depending on it and failing too: {count(notice.dependants, 'task')}"
    yield from (f"Warning: {cut(warning, _SHORT_REASON)}" for warning in notice.warnings[:WARNINGS_SHOWN])


def _run_times(notice: Notice) -> Iterator[str]:
    """Say what was expected, where the task has ever told it."""
    if notice.lastrun is None or notice.frequency is None:
        return
    expected = f"Last run: {timestamp(notice.lastrun)}, expected every {minutes(notice.frequency)}"
    due = notice.deadline
    yield f"{expected}, due by {timestamp(due)}" if due and due != MAX_TIME else expected


def _who(notice: Notice) -> str:
    name = notice.name or notice.process or notice.url or ""
    return f"{name} on {notice.server}" if notice.server else name


def _trouble(notice: Notice) -> str:
    return _TROUBLE[notice.cause or Cause.FAILED]


def _lasted(notice: Notice) -> str:
    return duration(notice.at - (notice.opened or notice.at))


def _stretch(notice: Notice) -> str:
    return f"{timestamp(notice.opened or notice.at)} to {timestamp(notice.at)}"


def _groups_that_fit(failing: Sequence[Notice], recovered: Sequence[Notice]) -> tuple[str, ...]:
    """Return the groups' lines, with as many tasks named in each as there is room for."""
    tries = [(*_groups(failing, named), *_groups(recovered, named)) for named in NAMED_IN_GROUP]
    return next((lines for lines in tries if len("\n".join(lines)) <= LONGEST_DIGEST), tries[-1])


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
    """Say from when to when, of tasks that all fail or are all ok again."""
    first = timestamp(min(notice.opened or notice.at for notice in notices))
    if notices[0].kind is NoticeKind.RECOVERED:
        return f"failed within {first} to {timestamp(max(notice.at for notice in notices))}"
    return f"since {first} or later"


def _heading(notice: Notice) -> str:
    where = f"On {notice.server}" if notice.server else "On servers not named"
    if notice.kind is NoticeKind.RECOVERED:
        return f"{where}, ok again"
    return f"{where}, {notice.cause}"


def _item(notice: Notice) -> str:
    name = notice.name or notice.process
    who = f"{name}, {notice.url}" if name else notice.url
    if notice.kind is NoticeKind.RECOVERED:
        return f"- {who}: failed from {_stretch(notice)}, {cut(notice.reason or '', _SHORT_REASON)}"
    return (
        f"- {who}: since {timestamp(notice.opened or notice.at)}, {cut(notice.reason or '', _SHORT_REASON)}"
    )
