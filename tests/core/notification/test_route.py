"""Which channels get which notices."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.notification.route import Route, covers, escalation_levels, follows, gets
from py_pinger.core.times import HOUR, MINUTE

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FAILED = Notice(
    kind=NoticeKind.FAILED,
    at=NOON,
    url="https://a.example/import?a=1",
    opened=NOON,
    name="Nightly import",
    cause=Cause.LATE,
    process="importer",
    server="web-1",
)
NEVER_SEEN = replace(FAILED, name=None, process=None, server=None, cause=Cause.UNREACHABLE)
REMINDER, RECOVERED = replace(FAILED, kind=NoticeKind.REMINDER), replace(FAILED, kind=NoticeKind.RECOVERED)
UNLISTED = replace(FAILED, kind=NoticeKind.UNLISTED, opened=None)
HELLO = Notice(NoticeKind.STARTED, NOON, text="Hello!")

ALL = Route("slack")
LATE = Route("slack", causes=(Cause.LATE,))
FAILING = Route("slack", causes=(Cause.FAILED, Cause.HTTP))
BOSS = Route("slack", after=HOUR)
ESCALATED = replace(FAILED, kind=NoticeKind.ESCALATED, at=NOON + HOUR)
EARLY, IN_TIME = NOON + HOUR - MINUTE, NOON + HOUR


@pytest.mark.parametrize(
    ("route", "notice", "got"),
    [
        # The clock was set back after the incident had opened: no channel may miss its beginning for that.
        (ALL, replace(FAILED, at=NOON - HOUR), True),
        pytest.param(ALL, FAILED, True, id="everything"),
        pytest.param(Route("slack", tasks=("https://a.example/import?a=1",)), FAILED, True, id="the URL"),
        pytest.param(Route("slack", tasks=("https://A.example/*",)), FAILED, True, id="a pattern of the URL"),
        pytest.param(Route("slack", tasks=("a.example",)), FAILED, False, id="a part of the URL"),
        pytest.param(Route("slack", tasks=("x", "nightly ?mport")), FAILED, True, id="a pattern of the name"),
        pytest.param(Route("slack", tasks=("nightly*",)), NEVER_SEEN, False, id="a name it has not"),
        pytest.param(Route("slack", servers=("db-*", "WEB-?")), FAILED, True, id="the server"),
        pytest.param(Route("slack", servers=("*",)), NEVER_SEEN, False, id="a server it never told"),
        pytest.param(Route("slack", processes=("imp*",)), FAILED, True, id="the process"),
        pytest.param(Route("slack", processes=("imp",)), FAILED, False, id="a part of the process"),
        pytest.param(LATE, FAILED, True, id="the cause"),
        pytest.param(FAILING, FAILED, False, id="other causes"),
        pytest.param(
            Route("slack", tasks=("*",), servers=("web-*",), processes=("*",), causes=(Cause.LATE,)),
            FAILED,
            True,
            id="all at once",
        ),
        pytest.param(
            Route("slack", tasks=("*",), servers=("db-*",), causes=(Cause.LATE,)), FAILED, False, id="but one"
        ),
        pytest.param(FAILING, UNLISTED, True, id="the end of a task, whatever the causes"),
        pytest.param(Route("slack", servers=("db-*",)), UNLISTED, False, id="the end of another's task"),
        pytest.param(replace(LATE, own=False), HELLO, False, id="not about Py Pinger itself"),
        pytest.param(LATE, HELLO, True, id="about Py Pinger itself"),
    ],
)
def test_what_a_channel_gets(route: Route, notice: Notice, got: bool) -> None:  # noqa: FBT001 - a table's column
    """A notice has to fit each key that is given, by one of its patterns."""
    assert gets(route, notice, set()) is got


@pytest.mark.parametrize(
    ("route", "notice", "told", "got"),
    [
        pytest.param(FAILING, REMINDER, {"log", "slack"}, True, id="reminded though the cause is another"),
        pytest.param(FAILING, RECOVERED, {"log", "slack"}, True, id="told of the end likewise"),
        pytest.param(LATE, REMINDER, {"log"}, True, id="told once the cause is one of its own"),
        pytest.param(LATE, RECOVERED, {"log"}, False, id="no bare recovery"),
        pytest.param(LATE, RECOVERED, set(), False, id="no bare recovery of what nobody was told"),
        pytest.param(LATE, RECOVERED, None, True, id="the record is lost"),
        pytest.param(FAILING, RECOVERED, None, False, id="lost, but never its own"),
        pytest.param(FAILING, FAILED, {"log", "slack"}, False, id="no failure for what came after it"),
        pytest.param(ALL, RECOVERED, {"log"}, True, id="a channel that is new, and gets all"),
        pytest.param(BOSS, FAILED, set(), False, id="a failure that begins"),
        pytest.param(BOSS, replace(FAILED, at=IN_TIME), set(), True, id="a first notice that comes late"),
        pytest.param(BOSS, ESCALATED, {"log"}, True, id="an escalation"),
        pytest.param(BOSS, ESCALATED, None, True, id="an escalation without a record"),
        pytest.param(BOSS, ESCALATED, {"log", "slack"}, False, id="an escalation of what it knows"),
        pytest.param(BOSS, replace(ESCALATED, at=EARLY), {"log"}, False, id="an escalation to others"),
        pytest.param(replace(BOSS, tasks=("x",)), ESCALATED, {"log"}, False, id="of another task"),
        pytest.param(ALL, ESCALATED, {"log"}, False, id="a channel without after"),
        pytest.param(BOSS, replace(REMINDER, at=EARLY), {"log"}, False, id="a reminder to others"),
        pytest.param(BOSS, replace(REMINDER, at=IN_TIME), {"log"}, True, id="a reminder that is late enough"),
        pytest.param(BOSS, replace(REMINDER, at=EARLY), {"slack"}, True, id="a reminder of what it knows"),
        pytest.param(BOSS, replace(RECOVERED, at=IN_TIME), {"log"}, False, id="no end without a beginning"),
        pytest.param(BOSS, RECOVERED, {"log", "slack"}, True, id="the end of what it knows"),
    ],
)
def test_notified_channels_get_the_rest_of_an_incident(
    route: Route,
    notice: Notice,
    told: set[str] | None,
    got: bool,  # noqa: FBT001 - a table's column
) -> None:
    """A channel that got the alert gets its reminders and its end; another one does not get the end."""
    assert gets(route, notice, told) is got


def test_which_notices_follow_others() -> None:
    """Reminders, escalations and recoveries depend on what was sent before."""
    notices = (FAILED, REMINDER, ESCALATED, RECOVERED, HELLO)
    assert [follows(notice) for notice in notices] == [False, True, True, True, False]


def test_the_times_at_which_an_incident_is_escalated() -> None:
    """Those of the routes for the task and its cause, each once, in order."""
    boss, late = replace(BOSS, channel="a"), replace(LATE, after=2 * HOUR)
    other = Route("x", tasks=("other",), after=MINUTE)
    verdict = Verdict(Status.ERROR, Cause.FAILED, server="web-1")
    url = FAILED.url or ""
    assert escalation_levels([late, BOSS, boss, other, ALL], url, "x", verdict) == (HOUR,)
    levels = escalation_levels([late, BOSS, boss, other, ALL], url, "x", replace(verdict, cause=Cause.LATE))
    assert levels == (HOUR, 2 * HOUR)


def test_which_tasks_a_route_covers() -> None:
    """A task is covered by its URL or its name, whatever its server and cause may be."""
    assert covers(LATE, "http://a/", None)
    assert covers(Route("slack", tasks=("*/a",), servers=("x",)), "http://b/a", "B")
    assert not covers(Route("slack", tasks=("*/a",)), "http://a/", None)
