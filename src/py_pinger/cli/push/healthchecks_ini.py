"""Checks of healthchecks as sections of pinger.ini: clients keep their UUIDs, keys and slugs.

What cannot be kept is said in comments. A check that is not monitored, because it is paused or has a schedule
that cannot be kept, is a section of comments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from pinger_report.task import slug_of

from py_pinger.cli.push.healthchecks_api import ForeignCheck
from py_pinger.cli.push.on_calendar import as_cron
from py_pinger.config.parsing.ini import escape
from py_pinger.core.evaluation.scheduled_times import is_zone, read_schedule
from py_pinger.core.push.protocol import is_slug, is_uuid
from py_pinger.core.text.formatting import clean, count
from py_pinger.core.times import DAY, HOUR, MINUTE, SECOND

_PAUSED: Final = "paused in healthchecks; remove the # signs below to monitor it"
_NO_UUIDS: Final = (
    "A read-only key does not show UUIDs; for clients that ping by one, add token=UUID to their tasks."
)
_UNITS: Final = ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s"))
_CRON_FIELDS: Final = 5
# Characters of a description that are kept.
_LONGEST: Final = 200


@dataclass(slots=True)
class _TaskLines:
    """The section of one task in the making: its comments, and its keys."""

    heading: str
    active: bool = True
    comments: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def text(self) -> str:
        mark = "" if self.active else "#"
        lines = (f"[task {escape(self.heading)}]", *self.keys)
        return "".join((*(f"# {each}\n" for each in self.comments), *(f"{mark}{each}\n" for each in lines)))


@dataclass(slots=True)
class _Names:
    """The slugs and headings that are given already: each stands once."""

    slugs: set[str] = field(default_factory=set)
    headings: set[str] = field(default_factory=set)

    def slug(self, wanted: str) -> str:
        number, slug = 1, wanted
        while slug in self.slugs:
            number += 1
            slug = f"{wanted[:95]}-{number}"
        self.slugs.add(slug)
        return slug

    def heading(self, name: str, slug: str) -> str:
        heading = slug if not name or "://" in name else name
        if heading in self.headings:
            heading = f"{heading} ({slug})"
        self.headings.add(heading)
        return heading


def imported_ini(checks: Sequence[ForeignCheck], source: str, *, by_slug: bool) -> str:
    """Return the sections for the checks of a server; `by_slug` if clients ping by the project's key."""
    names = _Names()
    # Slugs that clients use go first, so that no made-up one takes theirs.
    tasks = {id(each): _task(each, names, by_slug=by_slug) for each in sorted(checks, key=_without_slug)}
    in_order = [tasks[id(each)] for each in checks]
    head = "".join(f"# {line}\n" for line in _head(checks, source, in_order))
    return "\n".join((head + _push_section(checks, by_slug=by_slug), *(each.text() for each in in_order)))


def _without_slug(check: ForeignCheck) -> bool:
    return not check.slug


def _head(checks: Sequence[ForeignCheck], source: str, tasks: Sequence[_TaskLines]) -> Iterator[str]:
    left_out = sum(not each.active for each in tasks)
    more = f", {left_out} of them not monitored, see their comments" if left_out else ""
    yield f"{count(len(checks), 'check')} of {source}{more}."
    prefixes = sorted({prefix for each in checks if (prefix := _prefix(each))})
    for prefix in prefixes:
        yield f"In the URLs of clients, {prefix} becomes https://ADDRESS-OF-PY-PINGER/ping/"
    if any(_token(each) is None for each in checks):
        yield _NO_UUIDS
    yield "Notification channels and the history of pings are not imported (docs/channels.md)."
    if any(each.uuid for each in checks):
        yield "A UUID is all that a client needs to report for its task. Keep this file private."


def _prefix(check: ForeignCheck) -> str | None:
    """Return what stands before the UUID in the URLs that clients use."""
    if check.uuid is None or check.ping_url is None:
        return None
    return clean(check.ping_url.removesuffix(check.uuid))


def _push_section(checks: Sequence[ForeignCheck], *, by_slug: bool) -> str:
    post_only = bool(checks) and all(each.post_only for each in checks)
    by_key = by_slug or any(_token(each) is None for each in checks)
    if not (post_only or by_key):
        return ""
    comment = "# the project's ping key, so that URLs with a slug stay as they are\n" if by_key else ""
    key = "key=${PUSH_KEY}\n" if by_key else ""
    method = "post_only=true\n" if post_only else ""
    return f"[push]\n{comment}{key}{method}"


def _task(check: ForeignCheck, names: _Names, *, by_slug: bool) -> _TaskLines:
    name, wanted = clean(check.name), check.slug if is_slug(check.slug) else slug_of(check.name or "check")
    slug = names.slug(wanted)
    lines = _TaskLines(names.heading(name, slug))
    lines.comments += _descriptions(check)
    if name and lines.heading != name:
        lines.keys.append(f"name={escape(name)}")
    lines.keys.append(f"push={slug}")
    if not check.slug:
        lines.comments.append(f"it has no slug in healthchecks; {slug} is made from its name")
    elif slug != check.slug:
        lines.comments.append(f"its slug {clean(check.slug)} is that of another check too")
    if not by_slug and (token := _token(check)):
        lines.keys.append(f"token={token}")
    _add_times(check, lines)
    _add_rest(check, lines)
    return lines


def _descriptions(check: ForeignCheck) -> Iterator[str]:
    if description := clean(check.description, _LONGEST):
        yield description
    if tags := clean(check.tags, _LONGEST):
        yield f"tags: {tags}"


def _token(check: ForeignCheck) -> str | None:
    return check.uuid if check.uuid and is_uuid(check.uuid) else None


def _add_times(check: ForeignCheck, lines: _TaskLines) -> None:
    if check.timeout is not None:
        lines.keys.append(f"frequency={_duration(check.timeout)}")
    else:
        _add_schedule(check.schedule or "", check.zone, lines)
    lines.keys.append(f"grace={_duration(check.grace)}")
    if check.has_starts:
        lines.comments.append("it reports its starts; as in healthchecks, a run may take its grace time")
        lines.keys.append(f"runtime={_duration(check.grace)}")


def _add_schedule(text: str, zone: str, lines: _TaskLines) -> None:
    cron = text
    if len(text.split()) != _CRON_FIELDS or isinstance(read_schedule(text), str):
        found = as_cron(text) if "\n" not in text.strip() else None
        lines.comments.append(f"OnCalendar in healthchecks: {clean(text)}")
        cron, zone = (found.expression, found.zone or zone) if found else ("", zone)
    if not cron:
        lines.active = False
        lines.comments.append("no cron expression has these times; set schedule or frequency to monitor it")
    elif not is_zone(zone):
        lines.active = False
        lines.comments.append("this machine does not know its time zone; correct it to monitor it")
    lines.keys.append(f"schedule={escape(cron)}")
    if zone != "UTC":
        lines.keys.append(f"timezone={escape(clean(zone))}")


def _add_rest(check: ForeignCheck, lines: _TaskLines) -> None:
    if check.filters:
        lines.comments.append(
            "words in the body or the subject decide there what a ping means; here only its URL does"
        )
    if check.post_only:
        lines.comments.append("it ignores GET there; here post_only=true in [push] is for all tasks")
    if check.status == "new":
        lines.comments.append("it has never been pinged; it is late when its first report does not come")
    if check.status == "paused":
        lines.active = False
        lines.comments.append(_PAUSED)


def _duration(length: timedelta) -> str:
    """Return a duration with the largest unit that is exact."""
    unit, name = next((each for each in _UNITS if length % each[0] == timedelta()), _UNITS[-1])
    return f"{length / unit:g}{name}" if length else "0"
