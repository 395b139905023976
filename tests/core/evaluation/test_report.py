"""The contract: what is read from a task's page, what is refused, and what people are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.faultless import faultless

from py_pinger.core.evaluation.report import read_report
from py_pinger.core.evaluation.report_values import LONGEST
from py_pinger.core.evaluation.sleep import plan
from py_pinger.core.model.check import (
    DailySleep,
    InvalidReport,
    ReportWarning,
    ReportWarningKind,
    SingleSleep,
    SleepWindow,
    TaskReport,
)
from py_pinger.core.model.task import Expectations

MINUTE = timedelta(minutes=1)
LASTRUN = datetime(2018, 6, 28, 11, 37, 48, tzinfo=UTC)
SOUND = TaskReport(healthy=True, lastrun=LASTRUN, frequency=timedelta(minutes=10))
TOO_DEEP = b"[" * 1000 + b"]" * 1000


def page(**keys: object) -> bytes:
    """Return a sound page with some keys otherwise."""
    return orjson.dumps({"status": "ok", "lastrun": "2018-06-28T11:37:48Z", "frequency": 10, **keys})


def page_without(key: str) -> bytes:
    """Return a sound page that lacks a key."""
    return orjson.dumps({name: value for name, value in orjson.loads(page()).items() if name != key})


def sound_page_with(raw: bytes) -> bytes:
    """Return a sound page with some more JSON in it, letter by letter."""
    return page()[:-1] + b"," + raw + b"}"


def report(body: bytes) -> TaskReport:
    """Return what is read from a page that is by the contract."""
    read = read_report(body)
    assert isinstance(read, TaskReport)
    return read


WARNED = ReportWarning(ReportWarningKind.UNVERIFIED_CERTIFICATE, "anybody may answer")
IGNORED = ReportWarning(ReportWarningKind.SLEEP_LIST, "sleep 1 is not a list of windows; it is ignored")


def texts(read: TaskReport) -> tuple[str, ...]:
    """Return the warnings as people read them."""
    return tuple(warning.text for warning in read.warnings)


@pytest.mark.parametrize(
    ("body", "terms", "read"),
    [
        pytest.param(page(), Expectations(timedelta(minutes=10)), SOUND, id="as expected"),
        pytest.param(
            page_without("frequency"), Expectations(timedelta(minutes=10)), SOUND, id="not on the page"
        ),
        pytest.param(
            page(frequency=60),
            Expectations(timedelta(minutes=10)),
            InvalidReport("frequency 60 is not the 10 min that pinger.ini expects of this task"),
            id="another",
        ),
        pytest.param(
            page(frequency="often"),
            Expectations(timedelta(minutes=10)),
            InvalidReport('frequency "often" is not a number of minutes above 0'),
            id="none",
        ),
        pytest.param(
            page(sleep=1),
            Expectations(warnings=(WARNED,)),
            replace(SOUND, warnings=(WARNED, IGNORED)),
            id="warnings",
        ),
    ],
)
def test_terms(body: bytes, terms: Expectations, read: TaskReport | InvalidReport) -> None:
    """What the settings expect is what the page must say, or may leave out; their warnings come first."""
    report = read_report(body, terms)
    assert (faultless(report) if isinstance(report, InvalidReport) else report) == read


def test_the_example_of_the_users_page_is_read_whole() -> None:
    """Each key of the example ends up where it belongs, without a warning."""
    body = b"""{
       "status":"error",
       "reason":"There was an error",
       "lastrun":"2018-06-28T11:37:48Z",
       "frequency":10,
       "sleep":[
          {
             "start":"22:00:00",
             "duration":450
          }
       ],
       "process":"My Process",
       "server":"My Server"
    }"""
    assert read_report(body) == TaskReport(
        healthy=False,
        lastrun=LASTRUN,
        frequency=timedelta(minutes=10),
        reason="There was an error",
        sleep=(DailySleep(timedelta(hours=22), timedelta(minutes=450)),),
        process="My Process",
        server="My Server",
    )


@pytest.mark.parametrize(
    ("keys", "started", "running", "took"),
    [
        ({}, None, None, None),
        ({"started": None}, None, None, None),
        ({"started": 0}, None, None, None),
        ({"started": "2018-06-28T11:32:48Z"}, LASTRUN - 5 * MINUTE, None, 5 * MINUTE),
        ({"started": "2018-06-28T11:37:48Z"}, LASTRUN, None, timedelta(0)),
        ({"started": "2018-06-28T11:38:48Z"}, LASTRUN + MINUTE, LASTRUN + MINUTE, None),
        ({"started": "2018-06-28T11:32:48Z", "lastrun": None}, *2 * [LASTRUN - 5 * MINUTE], None),
    ],
)
def test_a_start_after_the_last_run_is_a_run_under_way(
    keys: dict[str, object], started: datetime | None, running: datetime | None, took: timedelta | None
) -> None:
    """A start before the last run gives that its length; one after it, or without one, is still running."""
    said = report(page(**keys))
    assert (said.started, said.running_since, said.took) == (started, running, took)


def test_a_start_in_another_notation_is_read_with_a_warning() -> None:
    """What only the lenient parser reads is named, as for lastrun."""
    said = report(page(started="28 Jun 2018 11:32:48", runtime="30"))
    assert (said.started, said.runtime) == (LASTRUN - 5 * MINUTE, 30 * MINUTE)
    assert "started" in said.warnings[0].text


@pytest.mark.parametrize(
    ("status", "healthy"),
    [("ok", True), ("OK", True), ("\tOk ", True), ("error", False), (" ERROR\n", False)],
)
def test_status_is_taken_in_any_case_and_with_blanks(status: str, *, healthy: bool) -> None:
    """Ok and error are words, not spellings."""
    assert report(page(status=status)).healthy is healthy


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (page_without("status"), "the page has no status"),
        (page(status=None), "status null is neither ok nor error"),
        (page(status=True), "status true is neither ok nor error"),
        (page(status="okay"), 'status "okay" is neither ok nor error'),
        (page(status=""), 'status "" is neither ok nor error'),
        (page(status=["ok"]), 'status ["ok"] is neither ok nor error'),
        (page(status="\u202eko\x1b"), 'status "ko\\u001b" is neither ok nor error'),
        (page(status="x" * 5000), f'status "{"x" * 78}… is neither ok nor error'),
        (page_without("lastrun"), "the page has no lastrun"),
        (page(lastrun=""), 'lastrun "" is not a date and time'),
        (page(lastrun=False), "lastrun false is not a date and time"),
        (page(lastrun="soon"), 'lastrun "soon" is not a date and time'),
        (page(lastrun="11:37"), 'lastrun "11:37" does not name year, month, day and time'),
        (
            page(lastrun=1530185868000),
            "lastrun 1530185868000 is out of range for Unix seconds",
        ),
        (page(started="soon"), 'started "soon" is not a date and time'),
        (page(runtime=0), "runtime 0 is not a number of minutes above 0"),
        (page(runtime="long"), 'runtime "long" is not a number of minutes above 0'),
        (page(frequency=None), "frequency null is not a number of minutes above 0"),
        (page(frequency=0), "frequency 0 is not a number of minutes above 0"),
        (page(frequency=-0.0), "frequency -0.0 is not a number of minutes above 0"),
        (page(frequency=-1), "frequency -1 is not a number of minutes above 0"),
        (page(frequency=True), "frequency true is not a number of minutes above 0"),
        (page(frequency=[10]), "frequency [10] is not a number of minutes above 0"),
        (page(frequency=""), 'frequency "" is not a number of minutes above 0'),
        (page(frequency="often"), 'frequency "often" is not a number of minutes above 0'),
        (page(frequency="1_0"), 'frequency "1_0" is not a number of minutes above 0'),
        (page(frequency="inf"), 'frequency "inf" is not a number of minutes above 0'),
        (page(frequency="nan"), 'frequency "nan" is not a number of minutes above 0'),
        (page(frequency="Infinity"), 'frequency "Infinity" is not a number of minutes above 0'),
        (page(frequency="1e400"), 'frequency "1e400" is not a number of minutes above 0'),
        (page(frequency="１０"), 'frequency "１０" is not a number of minutes above 0'),  # noqa: RUF001 - full width
        (page(frequency="0x10"), 'frequency "0x10" is not a number of minutes above 0'),
        (page(frequency="true"), 'frequency "true" is not a number of minutes above 0'),
        (page(frequency='"10"'), 'frequency "\\"10\\"" is not a number of minutes above 0'),
        (page(frequency="10 min"), 'frequency "10 min" is not a number of minutes above 0'),
        (b"", "the page is empty"),
        (b" \r\n", "the page is empty"),
        (b"[]", "the page is not a JSON object but []"),
        (b"null", "the page is not a JSON object but null"),
        (b'"ok"', 'the page is not a JSON object but "ok"'),
        (b"17.5", "the page is not a JSON object but 17.5"),
        (TOO_DEEP, "the page is not a JSON object but […]"),
        (b'{"status":' + TOO_DEEP + b"}", "status […] is neither ok nor error"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_a_breach_names_key_and_value(body: bytes, problem: str) -> None:
    """What breaks the contract is one sentence, with the value as the page has it."""
    report = read_report(body)
    assert isinstance(report, InvalidReport)
    assert report.problem == problem


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>503</body></html>",
        b"OK",
        b"{'status': 'ok'}",
        page()[:-1],
        page() + b"}",
        page() * 2,
        page().decode().encode("utf-16"),
        page().decode().encode("utf-16-be"),
        page().replace(b"ok", "ök".encode("latin-1")),
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        b"\x00" * 100,
        b"[" * 1_048_576,
        b'{"a":' * 200_000,
        sound_page_with(b'"x":NaN'),
        sound_page_with(b'"x":Infinity'),
        sound_page_with(b'"x":-Infinity'),
        sound_page_with(b'"x":1e400'),
        sound_page_with(b'"x":' + b"9" * 400),
        sound_page_with(b'"x":"\\ud83d"'),
        sound_page_with(b'"x":"\\ud83d\\ud83d"'),
        sound_page_with(b'"x":"\xed\xa0\xbd"'),
        sound_page_with(b'"x":1,'),
        sound_page_with(b'"x":010'),
    ],
    ids=[
        "HTML",
        "plain text",
        "single quotes",
        "cut off",
        "one brace too many",
        "two pages",
        "UTF-16 with its mark",
        "UTF-16",
        "Latin-1",
        "an image",
        "zeros",
        "1 MiB of [",
        "1 MB of {",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "400 digits",
        "lone surrogate",
        "two high surrogates",
        "encoded surrogate",
        "trailing comma",
        "leading zero",
    ],
)
def test_what_is_not_json_is_said_to_be_that(body: bytes) -> None:
    """No bytes raise; the sentence is one printable line of moderate length."""
    broken = read_report(body)
    assert isinstance(broken, InvalidReport)
    assert broken.problem.startswith("the page is not JSON")
    assert broken.problem.isprintable()
    assert len(broken.problem) < 200


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + page(),
        b" \n" + page() + b"\r\n",
        page(colour="blue", nested={"a": [None]}),
        sound_page_with(b'"x":' + TOO_DEEP),
        sound_page_with(b'"x":123456789012345678901234567890'),
        b'{"status":"error","status":"ok","lastrun":"never",' + page()[1:],
        page(reason=None, sleep=None, process=None, server=None),
        page(reason="", sleep=[], process=" ", server="\x00"),
    ],
    ids=[
        "byte-order mark",
        "blanks around",
        "unknown keys",
        "deep unknown key",
        "huge unknown number",
        "the last of repeated keys counts",
        "null for absent",
        "empty",
    ],
)
def test_what_does_not_matter_is_ignored(body: bytes) -> None:
    """A page may be written by any JSON library, and say more than we ask."""
    assert read_report(body) == SOUND


@pytest.mark.parametrize(
    ("frequency", "length"),
    [
        (60, timedelta(hours=1)),
        (0.5, timedelta(seconds=30)),
        ("10", timedelta(minutes=10)),
        (" 10.5\n", timedelta(seconds=630)),
        ("1e2", timedelta(minutes=100)),
        (5e-324, timedelta(microseconds=1)),
        (1e308, LONGEST),
        (2**64 - 1, LONGEST),
        ("1e308", LONGEST),
        (525_959_999, timedelta(minutes=525_959_999)),
    ],
)
def test_frequency_is_a_number_of_minutes_above_0(frequency: object, length: timedelta) -> None:
    """Any number that JSON knows is taken, as text too, and kept inside what can be computed with."""
    assert report(page(frequency=frequency)).frequency == length


def test_an_absent_frequency_is_ten_minutes_with_a_warning() -> None:
    """The one default of the contract is told to people."""
    read = report(page_without("frequency"))
    assert (read.frequency, texts(read)) == (
        timedelta(minutes=10),
        ("the page has no frequency; 10 minutes are assumed",),
    )


def test_an_odd_lastrun_is_taken_with_a_warning() -> None:
    """People see both what the page says and how it was understood."""
    read = report(page(lastrun="06/28/2018 11:37:48"))
    assert (read.lastrun, texts(read)) == (
        LASTRUN,
        ('lastrun "06/28/2018 11:37:48" is not ISO 8601; it was read as 2018-06-28T11:37:48Z',),
    )


@pytest.mark.parametrize(
    ("given_text", "text"),
    [
        ("disk full", "disk full"),
        (" two\nlines ", "two lines"),
        ("\x1b[31m\u202etxet\u2069", "[31mtxet"),
        ("x" * 1000, "x" * 1000),
        ("x" * 10_000, "x" * 999 + "…"),
        (False, "false"),
        (0, "0"),
        (3.5, "3.5"),
        ({"code": 7, "why": ["a", None]}, '{"code":7,"why":["a",null]}'),
        ({"code": "\x07\u202e"}, '{"code":"\\u0007"}'),
        (list(range(2000)), f"[{','.join(map(str, range(2000)))}]"[:999] + "…"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_reason_is_text_fit_to_be_shown(given_text: object, text: str) -> None:
    """Other JSON is compact JSON; controls go; 1,000 characters are enough."""
    assert report(page(reason=given_text)).reason == text


@pytest.mark.parametrize("key", ["process", "server"])
@pytest.mark.parametrize(
    ("tag", "text"),
    [("web-1", "web-1"), (17, "17"), (True, "true"), ("x" * 300, "x" * 199 + "…"), ({}, "{}")],
)
def test_tags_are_turned_to_text(key: str, tag: object, text: str) -> None:
    """A number for a server is as good as its name."""
    assert getattr(report(page(**{key: tag})), key) == text


def test_a_reason_that_nests_too_deeply_is_hinted_at() -> None:
    """What can be decoded but not encoded costs its text, never the verdict."""
    assert report(sound_page_with(b'"reason":' + TOO_DEEP)).reason == "[…]"


def daily(hours: float, duration: float) -> DailySleep:
    """Return a daily window, from hours and minutes."""
    return DailySleep(timedelta(hours=hours), timedelta(minutes=duration))


@pytest.mark.parametrize(
    ("start", "duration", "window"),
    [
        ("22:00", 450, daily(22, 450)),
        ("22:00:00", 450, daily(22, 450)),
        (" 22:30:00.5 ", 1, DailySleep(timedelta(hours=22.5, milliseconds=500), timedelta(minutes=1))),
        ("00:00", 1440, daily(0, 1440)),
        ("22:00Z", 450, daily(22, 450)),
        ("22:00z", 450, daily(22, 450)),
        ("00:30+02:00", 60, daily(22.5, 60)),
        ("23:00-0200", 60, daily(1, 60)),
        ("12:00+14", 60, daily(22, 60)),
        ("22:00", "450", daily(22, 450)),
        ("22:00", 0.25, daily(22, 0.25)),
        ("22:00", 1e308, DailySleep(timedelta(hours=22), LONGEST)),
        (
            "2018-06-28T22:00:00Z",
            60,
            SingleSleep(LASTRUN.replace(hour=22, minute=0, second=0), daily(0, 60).duration),
        ),
        ("2018-06-28 13:37:48+02:00", 60, SingleSleep(LASTRUN, timedelta(hours=1))),
        (1530185868, 60, SingleSleep(LASTRUN, timedelta(hours=1))),
        ("0001-01-01T00:00:00Z", 1, SingleSleep(datetime(1, 1, 1, tzinfo=UTC), timedelta(minutes=1))),
        ("9999-12-31T23:00:00Z", 1e308, SingleSleep(datetime(9999, 12, 31, 23, tzinfo=UTC), LONGEST)),
    ],
)
def test_a_sleep_window_repeats_daily_or_opens_once(
    start: object, duration: object, window: SleepWindow
) -> None:
    """A time of day is daily, a date and time is once; without an offset both are in UTC."""
    read = report(page(sleep=[{"start": start, "duration": duration, "note": "ignored"}]))
    assert read.sleep == (window,)
    assert [warning.kind for warning in read.warnings] == ([] if plan((window,)).awake_a_day else [ALWAYS])


# Each as a page has it, and as it is quoted.
BAD_STARTS: list[tuple[object, str]] = [
    ("24:00", '"24:00"'),
    ("25:00", '"25:00"'),
    ("22:60", '"22:60"'),
    ("22:00:60", '"22:00:60"'),
    ("22", '"22"'),
    ("10 PM", '"10 PM"'),
    ("２２:00", '"２２:00"'),  # noqa: RUF001 - full-width digits
    ("22:00+25:00", '"22:00+25:00"'),
    ("22:00+10:60", '"22:00+10:60"'),
    ("2018-06-28", '"2018-06-28"'),
    (None, "null"),
    (True, "true"),
    ([], "[]"),
    (1e10, "10000000000.0"),
]

ALWAYS = ReportWarningKind.SLEEP_ALWAYS
NO_DURATION = "its duration is not a number of minutes above 0"
NO_START = "its start is neither a time of day nor a date and time"


@pytest.mark.parametrize(
    ("window", "warning"),
    [
        (None, "sleep window null is skipped: it is not an object"),
        ("22:00", 'sleep window "22:00" is skipped: it is not an object'),
        ([], "sleep window [] is skipped: it is not an object"),
        ({}, f"sleep window {{}} is skipped: {NO_DURATION}"),
        ({"start": "22:00"}, f'sleep window {{"start":"22:00"}} is skipped: {NO_DURATION}'),
        *(
            (
                {"start": "22:00", "duration": duration},
                f'sleep window {{"start":"22:00","duration":{shown}}} is skipped: {NO_DURATION}',
            )
            for duration, shown in [(0, "0"), (-5, "-5"), (True, "true"), ("1_0", '"1_0"'), ([], "[]")]
        ),
        ({"duration": 5}, f'sleep window {{"duration":5}} is skipped: {NO_START}'),
        *(
            (
                {"start": start, "duration": 5},
                f'sleep window {{"start":{shown},"duration":5}} is skipped: {NO_START}',
            )
            for start, shown in BAD_STARTS
        ),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_a_bad_window_is_skipped_with_a_warning(window: object, warning: str) -> None:
    """One bad window costs itself alone: the report stands on the rest."""
    read = report(page(sleep=[window, {"start": "22:00", "duration": 450}]))
    assert (read.sleep, texts(read)) == ((daily(22, 450),), (warning,))


@pytest.mark.parametrize(
    ("sleep", "shown"),
    [({"start": "22:00", "duration": 5}, '{"start":"22:00","duration":5}'), ("", '""'), (0, "0")],
)
def test_sleep_that_is_not_a_list_is_ignored_with_a_warning(sleep: object, shown: str) -> None:
    """The verdict does not depend on it, and the warning is shown."""
    read = report(page(sleep=sleep))
    assert (read.sleep, texts(read)) == ((), (f"sleep {shown} is not a list of windows; it is ignored",))


def test_an_odd_single_start_is_taken_with_a_warning() -> None:
    """A lenient reading is never silent."""
    read = report(page(sleep=[{"start": "06/28/2018 11:37:48", "duration": 60}]))
    assert read.sleep == (SingleSleep(LASTRUN, timedelta(hours=1)),)
    assert texts(read) == (
        'sleep start "06/28/2018 11:37:48" is not ISO 8601; it was read as 2018-06-28T11:37:48Z',
    )


def test_a_hundred_thousand_windows_are_read_in_part() -> None:
    """The work that a page can cause is bounded, and what was left out is said."""
    read = report(page(sleep=[{"start": "22:00", "duration": 1}] * 100_000))
    assert len(read.sleep) == 366
    assert texts(read) == ("sleep has 100000 windows; the first 366 are read",)


def test_many_warnings_are_counted_rather_than_kept() -> None:
    """A page that is wrong all over says so in a bounded number of words."""
    read = report(page(sleep=[None] * 50))
    assert len(read.warnings) == 21
    assert read.warnings[-1] == ReportWarning(ReportWarningKind.MORE, "and 30 more warnings")


def test_warnings_come_in_the_order_of_the_contract() -> None:
    """All that is slightly off is told at once."""
    body = orjson.dumps({"status": "ok", "lastrun": "06/28/2018 11:37:48", "sleep": {}})
    assert [warning.kind for warning in report(body).warnings] == [
        ReportWarningKind.TIME_FORMAT,
        ReportWarningKind.NO_FREQUENCY,
        ReportWarningKind.SLEEP_LIST,
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@settings(deadline=None, max_examples=50)
@given(
    st.dictionaries(
        st.sampled_from(["status", "reason", "lastrun", "frequency", "sleep", "process", "server"]), JSON
    ).map(lambda keys: page(**keys))
    | st.binary(max_size=200)
    | st.lists(st.fixed_dictionaries({"start": JSON, "duration": JSON}), max_size=3).map(
        lambda s: page(sleep=s)
    )
)
def test_no_page_is_too_hostile(body: bytes) -> None:
    """Whatever comes is a report with sane values, or one sentence."""
    read = read_report(body)
    if isinstance(read, InvalidReport):
        assert read.problem.splitlines() == [read.problem]
    else:
        assert timedelta(0) < read.frequency <= LONGEST
        assert all(timedelta(0) < window.duration <= LONGEST for window in read.sleep)


@pytest.mark.parametrize(
    "windows", [[("22:00", 1440)], [("22:00", 10_000)], [("00:00", 720), ("12:00", 720)]], ids=str
)
def test_sleep_of_the_whole_day_is_a_warning(windows: list[tuple[str, int]]) -> None:
    """A task whose sleep windows cover the whole day is always asleep, which is a warning."""
    read = report(page(sleep=[{"start": start, "duration": minutes} for start, minutes in windows]))
    assert [warning.kind for warning in read.warnings] == [ALWAYS]
    shorter = report(page(sleep=[{"start": "22:00", "duration": 1439}]))
    assert shorter.warnings == ()


def test_a_page_in_latin_1() -> None:
    """A page that is not in UTF-8 is said to be that, in other words than the library's."""
    report = read_report('{"status": "gestört"}'.encode("latin-1"))
    assert isinstance(report, InvalidReport)
    assert report.problem == "the page is not JSON: it is not text in UTF-8 (byte 0xf6 at position 16)"


@pytest.mark.parametrize(
    "lastrun", [None, 0, "0", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", -1], ids=str
)
def test_a_task_that_has_not_run_yet(lastrun: object) -> None:
    """null, 0 and times before 1971 say that the task has not run yet."""
    assert report(page(lastrun=lastrun)).never_ran
    assert not report(page()).never_ran
