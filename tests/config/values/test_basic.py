"""Plain values: how their text is read, and how they are written again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.ini_texts import LoadText, ProblemsOf, lines

from py_pinger.config import MainSettings

LENGTHS = ["interval", "error_interval", "timeout", "grace", "remind", "history"]

NO_NODE = "is not a name of up to 64 letters, digits, -, _ and .; use for example a"
NO_LIMIT = "is not yes, no or a whole number; use for example 10000"


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("host", "0.0.0.0", "0.0.0.0"),  # noqa: S104 - nothing is bound
        ("port", "0", 0),
        ("port", "65535", 65535),
        ("only_log", "TRUE", True),
        ("only_log", "off", False),
        ("debug", "1", True),
        ("greeting", "", ""),
        ("greeting", "100 % # of; it", "100 % # of; it"),
        ("interval", "60", timedelta(seconds=60)),
        ("interval", "0.25", timedelta(seconds=0.25)),
        ("interval", ".5", timedelta(seconds=0.5)),
        ("error_interval", "480.", timedelta(minutes=8)),
        ("timeout", "3600", timedelta(hours=1)),
        ("interval", "90s", timedelta(seconds=90)),
        ("interval", "5m", timedelta(minutes=5)),
        ("timeout", "500ms", timedelta(seconds=0.5)),
        ("grace", "2h", timedelta(hours=2)),
        ("grace", "1d 12h", timedelta(hours=36)),
        ("remind", "0h", None),
        ("remind", "1d", timedelta(days=1)),
        ("history", "2w", timedelta(days=14)),
        ("offline_grace", "90s", timedelta(seconds=90)),
        ("certificate_days", "3w, 7d, 1", (timedelta(days=21), timedelta(days=7), timedelta(days=1))),
        ("retries", "0", 0),
        ("grace", "0", timedelta(0)),
        ("grace", "1.5", timedelta(seconds=90)),
        ("remind", "0", None),
        ("remind", "0.0", None),
        ("remind", "240", timedelta(hours=4)),
        ("history", "0.5", timedelta(hours=12)),
        ("max_body", "1048576", 2**20),
        ("max_body", "1 MiB", 2**20),
        ("max_body", "1.5mib", 3 * 2**19),
        ("max_body", "500 KiB", 500 * 2**10),
        ("max_body", "1 GiB", 2**30),
        ("max_body", "7 B", 7),
        ("log", "/var/log/pinger.log", Path("/var/log/pinger.log")),
        ("debug_now", "false", False),
        ("debug_now", "true", True),
        ("debug_now", "2026-11-22T10:05:00Z", datetime(2026, 11, 22, 10, 5, tzinfo=UTC)),
        ("debug_now", "2026-11-22 10:05", datetime(2026, 11, 22, 10, 5, tzinfo=UTC)),
        ("debug_now", "2026-11-22T10:05:00+02:00", datetime(2026, 11, 22, 8, 5, tzinfo=UTC)),
    ],
)
def test_values_of_main(load_text: LoadText, key: str, text: str, value: object) -> None:
    """Each kind of text becomes the value it means."""
    assert getattr(load_text(f"[main]\n{key}={text}\n").main, key) == value


@pytest.mark.parametrize(
    ("key", "text", "why"),
    [
        ("host", "", "is not a valid host name or IP address; use for example localhost or 0.0.0.0"),
        ("host", "a b", "is not a valid host name or IP address; use for example localhost or 0.0.0.0"),
        ("port", "65536", "is not a whole number from 0 to 65535; use for example 3002"),
        ("port", "-1", "is not a whole number from 0 to 65535; use for example 3002"),
        ("port", "80.0", "is not a whole number from 0 to 65535; use for example 3002"),
        (
            "port",
            "\N{ARABIC-INDIC DIGIT ONE}",
            "is not a whole number from 0 to 65535; use for example 3002",
        ),
        ("port", "", "is not a whole number from 0 to 65535; use for example 3002"),
        ("retries", "11", "is not a whole number from 0 to 10; use for example 2"),
        ("concurrency", "0", "is not a whole number from 1 to 100000; use for example 10"),
        ("per_host", "1_0", "is not a whole number from 1 to 100000; use for example 10"),
        ("only_log", "maybe", "is neither true nor false; use one of them"),
        ("debug", "", "is neither true nor false; use one of them"),
        ("interval", "0", "is out of range; use a duration from 0.01s to 366d"),
        ("timeout", "3601", "is out of range; use a duration from 0.01s to 60m"),
        ("grace", "-1", "is not a number of minutes or a duration; use for example 5, 90s or 2h"),
        ("grace", "367d", "is out of range; use a duration from 0s to 366d"),
        ("history", "0", "is out of range; use a duration from 864s to 36525d"),
        ("node", "a b", NO_NODE),
        ("node", "a/b", NO_NODE),
        ("node", "n" * 65, NO_NODE),
        ("node", "\N{LATIN SMALL LETTER E WITH ACUTE}", NO_NODE),
        ("metrics_tasks", "some", NO_LIMIT),
        ("metrics_tasks", "-1", NO_LIMIT),
        ("metrics_tasks", "", NO_LIMIT),
        ("max_body", "0", "is not a size up to 1 GiB; use for example 1048576, 500 KiB or 1 MiB"),
        ("max_body", "2 GiB", "is not a size up to 1 GiB; use for example 1048576, 500 KiB or 1 MiB"),
        ("max_body", "1.2.3", "is not a size up to 1 GiB; use for example 1048576, 500 KiB or 1 MiB"),
        ("max_body", "1 MB", "is not a size up to 1 GiB; use for example 1048576, 500 KiB or 1 MiB"),
        ("log", "", "is empty; write a file name, or remove the line"),
        (
            "debug_now",
            "soon",
            "is not true, false or a date and time; use for example 2026-11-22T10:05:00Z",
        ),
        (
            "debug_now",
            "0001-01-01T00:00+05:00",
            "is not true, false or a date and time; use for example 2026-11-22T10:05:00Z",
        ),
        (
            "debug_now",
            "2026-11-22T10:05:00+10:60",
            "is not true, false or a date and time; use for example 2026-11-22T10:05:00Z",
        ),
        (
            "debug_now",
            "9999-01-01",
            "is not true, false or a date and time; use for example 2026-11-22T10:05:00Z",
        ),
    ],
)
def test_values_that_make_no_sense(problems_of: ProblemsOf, key: str, text: str, why: str) -> None:
    """A value outside of its kind is quoted, with what would do instead."""
    assert lines(problems_of(f"[main]\n{key}={text}\n")) == (f"[main] {key}: '{text}' {why}",)


@pytest.mark.parametrize("key", LENGTHS)
@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e3", "1_000", "9" * 5000, "1:00", "10 x", "s", ""])
def test_lengths_that_are_none(problems_of: ProblemsOf, key: str, text: str) -> None:
    """No odd, endless or overlong number passes for a length of time."""
    (problem,) = problems_of(f"[main]\n{key}={text}\n")
    assert str(problem).startswith(f"[main] {key}: '{text[:80]}")
    assert "is not a number of" in problem.text


def test_a_line_swallowed_by_the_one_above(problems_of: ProblemsOf) -> None:
    """An indented line goes on with the value above, which a greeting does not take silently."""
    (problem,) = problems_of("[main]\ngreeting=Hello\n  interval=5\n")
    assert str(problem) == (
        "[main] greeting: 'Hello…' contains a line break or an unprintable character; write it on one line,"
        " and begin the next key at the start of its line"
    )


def test_values_are_taken_as_they_are() -> None:
    """Settings can be built from values as well as from text."""
    main = MainSettings(interval=timedelta(seconds=1), log=Path("x"), debug=True)
    assert (main.interval, main.log, main.debug) == (timedelta(seconds=1), Path("x"), True)


@given(st.sampled_from(LENGTHS), st.decimals(min_value="0.01", max_value=3600, places=6))
def test_lengths_are_written_as_they_are_read(key: str, number: object) -> None:
    """A length of time, written in the ini's unit, is read as the same length."""
    main = MainSettings.model_validate({key: str(number)})
    written = main.model_dump(include={key})
    assert MainSettings.model_validate(written) == main


@given(st.integers(1, 2**30))
def test_sizes_are_written_as_they_are_read(size: int) -> None:
    """A size, written in its largest whole unit, is read as the same size."""
    written = MainSettings(max_body=size).model_dump()["max_body"]
    assert MainSettings.model_validate({"max_body": written}).max_body == size


@pytest.mark.parametrize(
    ("text", "most", "written"),
    [("yes", None, "yes"), ("no", 0, "no"), ("0", 0, "no"), ("On", None, "yes"), ("500", 500, "500")],
)
def test_limits(text: str, most: int | None, written: str) -> None:
    """A limit is a number, yes for none at all, or no for zero, and is written so that it reads the same."""
    main = MainSettings.model_validate({"metrics_tasks": text})
    assert (main.metrics_tasks, main.model_dump()["metrics_tasks"]) == (most, written)


POSTGRESQL = "postgresql+psycopg://pinger@db.example/pinger"


@pytest.mark.parametrize(
    ("written", "name"),
    [("a", "a"), ("web-1.example_B", "web-1.example_B"), ("${HOSTNAME}", "b2"), ("", None)],
)
def test_the_name_of_a_node(load_text: LoadText, written: str, name: str | None) -> None:
    """A node of a cluster has a name, which may be that of its machine; empty is no cluster."""
    main = load_text(f"[main]\ndatabase={POSTGRESQL}\nnode={written}\n", HOSTNAME="b2").main
    assert (main.node, main.model_dump()["node"]) == (name, name)


@pytest.mark.parametrize("driver", ["postgresql", "postgresql+psycopg"])
def test_nodes_share_a_server(problems_of: ProblemsOf, load_text: LoadText, driver: str) -> None:
    """A node needs a database that other machines reach, and another problem of it is reported once."""
    why = "needs a PostgreSQL database, which all nodes share; set [main] database, or remove node"
    assert lines(problems_of("[main]\nnode=a\n")) == (f"[main] node: {why}",)
    assert load_text(f"[main]\nnode=a\ndatabase={driver}://db.example/pinger\n").main.node == "a"
    (problem,) = problems_of("[main]\nnode=a\ndatabase=mysql://db.example/pinger\n")
    assert problem.where == "[main] database"
