"""Notices as people read them, word for word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import Cause
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.model.notification import Link, Message, Notice, NoticeKind, Severity
from py_pinger.core.notification.message import LONGEST_DIGEST, compose, compose_digest, compose_late
from py_pinger.core.remedy.remedy import remedy_of
from py_pinger.core.times import MAX_TIME

OPENED = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
SECOND = timedelta(seconds=1)
URL = "https://a.example/import"
FAILED = Notice(
    kind=NoticeKind.FAILED,
    at=OPENED,
    url=URL,
    opened=OPENED,
    cause=Cause.LATE,
    reason="last ran 19 min ago, should run every 10 min",
    process="Import",
    server="web-1",
    lastrun=datetime(2026, 11, 22, 9, 46, tzinfo=UTC),
    frequency=timedelta(minutes=10),
    deadline=datetime(2026, 11, 22, 9, 56, tzinfo=UTC),
)
REMINDER = replace(FAILED, kind=NoticeKind.REMINDER, at=OPENED + timedelta(hours=4))
RECOVERED = replace(
    FAILED,
    kind=NoticeKind.RECOVERED,
    at=OPENED + timedelta(minutes=15),
    lastrun=datetime(2026, 11, 22, 10, 19, tzinfo=UTC),
    deadline=datetime(2026, 11, 22, 10, 29, tzinfo=UTC),
)
UNLISTED = replace(
    FAILED,
    kind=NoticeKind.UNLISTED,
    opened=None,
    cause=None,
    reason=None,
    deadline=None,
    text="is no longer listed by Jobs; it was last seen 2026-11-21 10:04:00 UTC",
)
BARE = Notice(
    kind=NoticeKind.FAILED,
    at=OPENED,
    url=URL,
    opened=OPENED,
    cause=Cause.UNREACHABLE,
    reason="connection refused",
)


def about_task(tone: Severity, title: str, *lines: str) -> Message:
    """Return a message about the import task, with its tags."""
    return Message(tone, title, (*lines, URL), url=URL, process="Import", server="web-1", cause=Cause.LATE)


@pytest.mark.parametrize(
    ("notice", "message"),
    [
        (
            FAILED,
            about_task(
                Severity.ALERT,
                "FAILED: Import on web-1 is late",
                "Reason: last ran 19 min ago, should run every 10 min",
                "Since: 2026-11-22 10:05:00 UTC",
                "Last run: 2026-11-22 09:46:00 UTC, expected every 10 min, due by 2026-11-22 09:56:00 UTC",
            ),
        ),
        (
            UNLISTED,
            replace(
                about_task(
                    Severity.ALERT,
                    "REMOVED: Import on web-1 is no longer listed by Jobs; it was last seen "
                    "2026-11-21 10:04:00 UTC",
                    "Last run: 2026-11-22 09:46:00 UTC, expected every 10 min",
                ),
                cause=None,
            ),
        ),
        (
            replace(UNLISTED, cause=Cause.FAILED, reason="full", lastrun=None, server=None, name="photos"),
            Message(
                Severity.ALERT,
                "REMOVED: photos is no longer listed by Jobs; it was last seen 2026-11-21 10:04:00 UTC",
                ("Was failing: full", URL),
                url=URL,
                name="photos",
                process="Import",
                cause=Cause.FAILED,
            ),
        ),
        (
            REMINDER,
            about_task(
                Severity.ALERT,
                "STILL FAILING for 4 h: Import on web-1 is late",
                "Reason: last ran 19 min ago, should run every 10 min",
                "Since: 2026-11-22 10:05:00 UTC",
                "Last run: 2026-11-22 09:46:00 UTC, expected every 10 min, due by 2026-11-22 09:56:00 UTC",
            ),
        ),
        (
            RECOVERED,
            about_task(
                Severity.RECOVERY,
                "RECOVERED: Import on web-1 is ok again after 15 min",
                (
                    "Failing from 2026-11-22 10:05:00 UTC to 2026-11-22 10:20:00 UTC: "
                    "last ran 19 min ago, should run every 10 min"
                ),
                "Last run: 2026-11-22 10:19:00 UTC, expected every 10 min, due by 2026-11-22 10:29:00 UTC",
            ),
        ),
        (
            BARE,
            Message(
                Severity.ALERT,
                f"FAILED: {URL} is unreachable",
                ("Reason: connection refused", "Since: 2026-11-22 10:05:00 UTC", URL),
                url=URL,
                cause=Cause.UNREACHABLE,
            ),
        ),
        (
            replace(BARE, dependants=3),
            Message(
                Severity.ALERT,
                f"FAILED: {URL} is unreachable",
                (
                    "Reason: connection refused",
                    "Since: 2026-11-22 10:05:00 UTC",
                    "Dependent tasks failing too: 3",
                    URL,
                ),
                url=URL,
                cause=Cause.UNREACHABLE,
            ),
        ),
        (
            Notice(NoticeKind.STARTED, OPENED, text="Hello World! Watching 3 tasks, 0 incidents open."),
            Message(Severity.INFO, "Hello World! Watching 3 tasks, 0 incidents open."),
        ),
        (Notice(NoticeKind.STOPPED, OPENED, text="Good-bye."), Message(Severity.INFO, "Good-bye.")),
        (Notice(NoticeKind.TEST, OPENED, text="Testing."), Message(Severity.INFO, "Testing.")),
        (
            Notice(NoticeKind.SELF_PROBLEM, OPENED, text="Py Pinger may be offline."),
            Message(Severity.ALERT, "Py Pinger may be offline."),
        ),
        (
            Notice(NoticeKind.SELF_RECOVERED, OPENED, text="I was cut off."),
            Message(Severity.RECOVERY, "I was cut off."),
        ),
        (Notice(NoticeKind.EXPIRING, OPENED, text="It ends."), Message(Severity.ALERT, "It ends.")),
        (
            Notice(NoticeKind.RENEWED, OPENED, text="It is renewed."),
            Message(Severity.RECOVERY, "It is renewed."),
        ),
    ],
    ids=[
        "failed",
        "unlisted",
        "unlisted while failing",
        "reminder",
        "recovered",
        "failed, nothing known",
        "failed, and others with it",
        "started",
        "stopped",
        "test",
        "troubled",
        "mended",
        "expiring",
        "renewed",
    ],
)
def test_each_kind_of_notice_in_words(notice: Notice, message: Message) -> None:
    """What, where, since when, why, and what was expected; the facts go with the words."""
    assert compose(notice) == replace(message, notices=(notice,))


def test_an_incident_that_ended_before_it_could_be_notified_is_one_message() -> None:
    """It says that it failed, that it is over, and why it is late."""
    message = compose_late(RECOVERED)
    assert message.notices == (RECOVERED,)
    assert replace(message, notices=()) == about_task(
        Severity.RECOVERY,
        "FAILED AND RECOVERED: Import on web-1 is ok again after 15 min",
        (
            "Failing from 2026-11-22 10:05:00 UTC to 2026-11-22 10:20:00 UTC; "
            "the notification was not sent at the time."
        ),
        "Reason: last ran 19 min ago, should run every 10 min",
        "Last run: 2026-11-22 10:19:00 UTC, expected every 10 min, due by 2026-11-22 10:29:00 UTC",
    )


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        (Cause.UNREACHABLE, "unreachable"),
        (Cause.HTTP, "returning an HTTP error"),
        (Cause.INVALID, "returning an invalid report"),
        (Cause.FAILED, "reporting an error"),
        (Cause.CLOCK, "running with a wrong clock"),
        (Cause.LATE, "late"),
    ],
)
def test_each_cause_has_its_words(cause: Cause, text: str) -> None:
    """The title says what is the matter without a code."""
    assert compose(replace(FAILED, cause=cause)).title == f"FAILED: Import on web-1 is {text}"


@pytest.mark.parametrize(
    ("names", "who"),
    [
        ({"name": "Nightly import"}, "Nightly import on web-1"),
        ({}, "Import on web-1"),
        ({"server": None}, "Import"),
        ({"process": None}, f"{URL} on web-1"),
        ({"process": None, "server": None}, URL),
    ],
    ids=["a name of ours", "its own tag", "no server", "no process", "neither"],
)
def test_a_task_goes_by_the_best_name_there_is(names: dict[str, str | None], who: str) -> None:
    """The configuration's name, else the task's own, else its address."""
    assert compose(replace(FAILED, **names)).title == f"FAILED: {who} is late"  # type: ignore[arg-type]


def test_warnings_come_with_the_alert_but_do_not_flood_it() -> None:
    """Three warnings, each cut, a line each."""
    message = compose(replace(BARE, warnings=("one; two", "x" * 500, "three", "four")))
    assert message.lines[2:-1] == ("Warning: one; two", f"Warning: {'x' * 159}…", "Warning: three")


@pytest.mark.parametrize(
    ("reason", "shown"), [("copying / no space", "no space"), ("exit code 3", "exit code 3"), (None, "None")]
)
def test_the_log_of_a_failed_run_ends_the_message(reason: str | None, shown: str) -> None:
    """A reason that is the end of the log is not said twice; foreign text stays on its line."""
    message = compose(replace(FAILED, reason=reason, log=("copying\x1b", "no space")))
    assert message.lines[0] == f"Reason: {shown}"
    assert (message.lines[-1], message.log) == (URL, ("Log:", "copying", "no space"))
    links = (Link("Details", "https://pinger.example/task/x"),)
    assert replace(message, links=links).text.endswith(
        f"{URL}\nDetails: https://pinger.example/task/x\nLog:\ncopying\nno space"
    )


def test_a_task_that_is_never_due_has_no_due_time() -> None:
    """Forever is not a date for people."""
    assert compose(replace(FAILED, deadline=MAX_TIME)).lines[2] == (
        "Last run: 2026-11-22 09:46:00 UTC, expected every 10 min"
    )


SCHEDULED = replace(FAILED, schedule="0 10 * * *", timezone="Europe/Berlin")
BEGINNING = "Last run: 2026-11-22 09:46:00 UTC, "


@pytest.mark.parametrize(
    ("notice", "line"),
    [
        (
            replace(SCHEDULED, expected=FAILED.at - timedelta(minutes=30)),
            "was expected Sun 10:35 CET (0 10 * * *)",
        ),
        (
            replace(SCHEDULED, expected=FAILED.at + timedelta(days=1)),
            "next expected Mon 11:05 CET (0 10 * * *)",
        ),
        (SCHEDULED, "expected by 0 10 * * *"),
    ],
)
def test_a_schedule_says_when_a_run_was_expected(notice: Notice, line: str) -> None:
    """The scheduled time is by the clocks of its zone; the deadline follows it."""
    due = ", due by 2026-11-22 09:56:00 UTC"
    assert compose(notice).lines[2] == f"{BEGINNING}{line}{due}"


def test_a_digest_groups_by_server_and_cause() -> None:
    """Our own words come first, then the largest group, what is over after what is not."""
    disk = replace(FAILED, cause=Cause.FAILED, reason="disk full", name="Backup", url="https://b.example/")
    hello = Notice(NoticeKind.STARTED, OPENED, text="Hello!")
    nameless = replace(BARE, reason="no answer within 10 s")
    notices = (RECOVERED, hello, nameless, FAILED, disk, replace(disk, name="Dump"))
    assert compose_digest(notices) == Message(
        severity=Severity.ALERT,
        title="Several notices: 4 failing, 1 recovered, 1 about Py Pinger",
        lines=(
            "Hello!",
            "On web-1, failed (2):",
            "- Backup, https://b.example/: since 2026-11-22 10:05:00 UTC, disk full",
            "- Dump, https://b.example/: since 2026-11-22 10:05:00 UTC, disk full",
            "Server not named, unreachable (1):",
            f"- {URL}: since 2026-11-22 10:05:00 UTC, no answer within 10 s",
            "On web-1, late (1):",
            (f"- Import, {URL}: since 2026-11-22 10:05:00 UTC, last ran 19 min ago, should run every 10 min"),
            "On web-1, recovered (1):",
            (
                f"- Import, {URL}: failed from 2026-11-22 10:05:00 UTC to 2026-11-22 10:20:00 UTC, "
                "last ran 19 min ago, should run every 10 min"
            ),
        ),
        notices=notices,
    )


@pytest.mark.parametrize(
    ("notices", "tone"),
    [
        ([FAILED, RECOVERED], Severity.ALERT),
        ([REMINDER], Severity.ALERT),
        ([RECOVERED, Notice(NoticeKind.TEST, OPENED, text="Testing.")], Severity.RECOVERY),
        ([Notice(NoticeKind.TEST, OPENED, text="Testing.")], Severity.INFO),
        ([RECOVERED, Notice(NoticeKind.SELF_PROBLEM, OPENED, text="The disk is full.")], Severity.ALERT),
        ([Notice(NoticeKind.SELF_RECOVERED, OPENED, text="The disk was full.")], Severity.RECOVERY),
    ],
    ids=[
        "something fails",
        "something still fails",
        "all is over",
        "nothing about tasks",
        "we fail",
        "we are well",
    ],
)
def test_a_digest_is_as_alarming_as_its_worst(notices: list[Notice], tone: Severity) -> None:
    """Red while anything in it fails."""
    assert compose_digest(notices).severity is tone


def test_a_digest_of_a_thousand_is_of_bounded_length() -> None:
    """Large groups and many groups are counted; no notice drops out of the count, no channel cuts it."""
    crowd = [replace(FAILED, server=f"web-{number % 30}") for number in range(900)]
    lines = compose_digest([*crowd, *(replace(FAILED, server="db") for _ in range(100))]).lines
    assert lines[0] == "On db, late (100):"
    assert lines[2] == "- and 99 more: since 2026-11-22 10:05:00 UTC or later"
    assert lines[-1] == "And 330 more on other servers or for other causes."
    assert len(lines) == 20 * 3 + 1
    assert len("\n".join(lines)) <= LONGEST_DIGEST


def test_a_digest_too_long_for_any_name_still_counts() -> None:
    """Where not even one task of each group fits, the groups and their times remain."""
    crowd = [replace(FAILED, server=f"web-{number}", url=URL * 20) for number in range(20)]
    lines = compose_digest(crowd).lines
    assert lines[:2] == ("On web-0, late (1):", "- all: since 2026-11-22 10:05:00 UTC or later")
    assert len(lines) == 20 * 2


def test_many_that_failed_and_recovered_are_one_digest_with_their_times() -> None:
    """Tasks that a digest does not name are counted, with their times."""
    ends = [replace(RECOVERED, opened=OPENED + n * SECOND, at=OPENED + 2 * n * SECOND) for n in range(500)]
    lines = compose_digest(ends).lines
    assert lines[0] == "On web-1, recovered (500):"
    assert lines[1] == (
        f"- Import, {URL}: failed from 2026-11-22 10:05:00 UTC to 2026-11-22 10:05:00 UTC, "
        "last ran 19 min ago, should run every 10 min"
    )
    assert lines[11] == ("- and 490 more: failed between 2026-11-22 10:05:10 UTC and 2026-11-22 10:21:38 UTC")
    assert len(lines) == 12


def test_our_own_trouble_stands_first_and_whole() -> None:
    """Trouble of Py Pinger's own may explain all the rest; a greeting comes after it."""
    cut_off = Notice(
        NoticeKind.SELF_RECOVERED, OPENED, text="I was cut off. " * 40, topic="network", opened=OPENED
    )
    full = Notice(NoticeKind.SELF_PROBLEM, OPENED, text="The disk is full.", topic="database", opened=OPENED)
    hello = Notice(NoticeKind.STARTED, OPENED, text="Hello!")
    message = compose_digest([hello, FAILED, cut_off, full])
    assert message.title == "Several notices: 1 failing, 3 about Py Pinger"
    assert message.lines[:4] == (
        ("I was cut off. " * 40).strip(),
        "The disk is full.",
        "Hello!",
        "On web-1, late (1):",
    )


def test_a_digest_of_certificates() -> None:
    """Words on certificates stand whole in a digest, and are counted by themselves."""
    started = Notice(NoticeKind.STARTED, OPENED, text="Hello")
    ending = Notice(NoticeKind.EXPIRING, OPENED, text="It ends.", topic="a", opened=OPENED)
    message = compose_digest([started, ending, ending])
    assert message.title == "Several notices: 2 about certificates, 1 about Py Pinger"
    assert (message.severity, message.lines) == (Severity.ALERT, ("It ends.", "It ends.", "Hello"))


@pytest.mark.parametrize("ending", ["\n", "\r", "\u2028", "\x85"])
def test_no_foreign_text_forges_a_line_or_turns_it_around(ending: str) -> None:
    """Whatever a page, a name or an address has in it, a title is one line, and each line is one."""
    forged = f"x{ending}RECOVERED: all is well\u202egnihton\x1b[2K\u2066"
    hostile = replace(FAILED, reason=forged, server=forged, process=forged, warnings=(forged,), url=forged)
    whole = [compose(hostile), compose_late(replace(hostile, kind=NoticeKind.RECOVERED))]
    whole += [compose_digest([hostile, replace(hostile, kind=NoticeKind.RECOVERED)])]
    whole += [compose(Notice(NoticeKind.SELF_PROBLEM, OPENED, text=forged))]
    for message in whole:
        assert not set("\n\r\u2028\x85\u202e\x1b\u2066") & set("".join((message.title, *message.lines)))


def test_a_long_reason_is_cut_in_a_digest() -> None:
    """One task's long story does not bury the others."""
    lines = compose_digest([replace(BARE, reason="x" * 1000)]).lines
    assert lines[1].endswith(", " + "x" * 159 + "…")


def test_a_digest_of_unlisted_tasks() -> None:
    """Tasks that are no longer listed are counted and grouped apart from those that fail."""
    gone = [replace(UNLISTED, url=f"{URL}{number}") for number in range(12)]
    digest = compose_digest([FAILED, *gone])
    assert digest.title == "Several notices: 1 failing, 12 no longer listed"
    assert digest.lines[2] == "On web-1, no longer listed (12):"
    assert digest.lines[3] == f"- Import, {URL}0: {UNLISTED.text}"
    assert digest.lines[-1] == "- and 2 more: each was missing for a day"


@pytest.mark.parametrize("kind", [NoticeKind.FAILED, NoticeKind.REMINDER])
def test_what_to_do_follows_the_reason(kind: NoticeKind) -> None:
    """Whoever reads the reason reads next what to do about it."""
    refused = Fault(FaultCode.REFUSED)
    lines = compose(replace(BARE, kind=kind, fault=refused)).lines
    assert lines[:2] == ("Reason: connection refused", f"Remedy: {remedy_of(refused)}")


def test_nothing_to_do_about_what_the_task_says() -> None:
    """Where the reason says it all, there is no line about it."""
    lines = compose(replace(BARE, fault=Fault(FaultCode.REPORTED))).lines
    assert not [line for line in lines if line.startswith("Remedy")]
