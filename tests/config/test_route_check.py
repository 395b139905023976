"""What a channel's section says of what it gets, and what is told of that."""

from __future__ import annotations

from pathlib import Path
from re import DOTALL, search

import pytest
from tests.support.ini_texts import CodesOf, LoadText, codes

from py_pinger.config import masked_ini
from py_pinger.core.model.check import Cause
from py_pinger.core.notification.route import Route

SENTRY = "[sentry]\nurl=https://planted@sentry.example/1\n"
TASKS = (
    "[urls]\nprod=https://planted@a.example/billing/run,https://b.example/import\ndev=http://c.example/\n"
    "[task https://b.example/import]\nname=Nightly import\n"
)


@pytest.mark.parametrize(
    ("keys", "route"),
    [
        pytest.param("", Route("sentry"), id="everything"),
        pytest.param("tasks=\nservers=\nabout_itself=\n", Route("sentry"), id="keys left empty"),
        pytest.param("about_itself=no\n", Route("sentry", own=False), id="all about tasks"),
        pytest.param(
            "tasks=*/billing/*,nightly*\n",
            Route("sentry", tasks=("*/billing/*", "nightly*"), own=False),
            id="tasks",
        ),
        pytest.param(
            "tasks=https://me:secret@a.example/*\n",
            Route("sentry", tasks=("https://***@a.example/*",), own=False),
            id="a task by its credentials",
        ),
        pytest.param(
            "servers=web-?,\n    db-*\nprocesses=Import\n",
            Route("sentry", servers=("web-?", "db-*"), processes=("Import",), own=False),
            id="servers and processes",
        ),
        pytest.param(
            "causes=Late, http\nabout_itself=true\n",
            Route("sentry", causes=(Cause.LATE, Cause.HTTP), own=True),
            id="causes, and what Py Pinger says of itself",
        ),
    ],
)
def test_what_a_section_says(load_text: LoadText, keys: str, route: Route) -> None:
    """What is left out means all; what Py Pinger says of itself goes to those who get all else."""
    settings = load_text(SENTRY + keys + TASKS)
    assert [channel.routes() for channel in settings.channels] == [(route,)]
    assert [channel.routes() for channel in load_text(masked_ini(settings)).channels] == [(route,)]


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (
            "causes=late,slow",
            (("invalid_value", "[sentry] causes")),
        ),
        (
            "tasks=a\N{ZERO WIDTH SPACE}b",
            ("invalid_value", "[sentry] tasks"),
        ),
        ("about_itself=2", ("invalid_value", "[sentry] about_itself")),
    ],
)
def test_what_a_section_cannot_say(codes_of: CodesOf, key: str, problem: tuple[str, str]) -> None:
    """What means nothing is refused."""
    assert codes_of(f"{SENTRY}{key}\n{TASKS}") == (problem,)


@pytest.mark.parametrize(
    ("pattern", "advice"),
    [
        ("*/biling/*", "did you mean https://***@a.example/billing/run?"),
        ("nightly", "did you mean Nightly import?"),
        ("https://planted@a.example/billing/runs", "did you mean https://***@a.example/billing/run?"),
        ("xyz", "correct it, or add the task to [urls]"),
    ],
)
def test_a_pattern_that_matches_no_task(load_text: LoadText, pattern: str, advice: str) -> None:
    """It is a warning, which suggests the nearest task, without its secrets."""
    (warning,) = load_text(f"{SENTRY}tasks=*,{pattern}\n{TASKS}").warnings
    assert codes([warning]) == (("no_match", "[sentry] tasks"),)
    assert str(warning).endswith(advice)


def test_patterns_for_the_other_list(load_text: LoadText) -> None:
    """What means a task of the list that is not watched just now is no slip."""
    assert codes(load_text(f"{SENTRY}tasks=*a.example*,*b.example*,http://c*\n{TASKS}").warnings) == ()
    assert (
        codes(load_text(f"[main]\ndebug=true\n{SENTRY}tasks=*a.example*,http://c*\n{TASKS}").warnings) == ()
    )


@pytest.mark.parametrize(
    ("tasks", "lonely"),
    [
        ("*a.example*", "https://b.example/import"),
        ("http://c*", "https://***@a.example/billing/run and 1 more task"),
    ],
)
def test_tasks_without_a_channel(load_text: LoadText, tasks: str, lonely: str) -> None:
    """Where there are channels, but none for some tasks, there is a warning."""
    (warning,) = load_text(f"{SENTRY}tasks={tasks}\n{TASKS}").warnings
    assert (warning.code, warning.where) == ("unrouted", "")
    assert f" for {lonely};" in warning.text


def test_the_recipients_of_each_task(load_text: LoadText) -> None:
    """The effective settings list the recipients of each task, and their conditions."""
    ops = (
        "[sentry ops]\nurl=https://planted@sentry.example/2\nservers=web-*,db-*\ncauses=late\ntasks=*import\n"
    )
    settings = load_text(f"[main]\nonly_log=true\n{SENTRY}tasks=*billing*\n{ops}{TASKS}")
    assert masked_ini(settings).partition("# ")[2] == (
        "Notifications go to the log and, once only_log=false, to these channels:\n"
        "# https://***@a.example/billing/run: sentry\n"
        "# https://b.example/import: sentry ops (servers web-*, db-*; causes late)\n"
        "# Py Pinger itself: none\n"
    )


def test_recipients_that_come_later(load_text: LoadText) -> None:
    """The list says which channels are notified after some time, or send within some hours."""
    boss = "[sentry boss]\nurl=https://planted@sentry.example/2\nafter=90\nhours=mon-fri 08:00-18:00\n"
    settings = load_text(f"{boss}[urls]\nprod=http://a/\n")
    assert masked_ini(settings).endswith(
        "# http://a/: sentry boss (after 1 h 30 min; within its hours)\n# Py Pinger itself: none\n"
    )


def test_without_channels(load_text: LoadText) -> None:
    """Without any channel nothing is amiss, and nobody but the log is told."""
    settings = load_text("[urls]\nprod=http://a/\n")
    assert codes(settings.warnings) == ()
    assert masked_ini(settings).endswith("# http://a/: none\n# Py Pinger itself: none\n")


def test_the_example_of_the_page(load_text: LoadText) -> None:
    """What the page about channels shows is what comes of its example."""
    page = (Path(__file__).parents[2] / "docs" / "channels.md").read_text("utf-8")
    found = search(r"## Who gets what.*?```\n(.*?)```.*?```\n(# Notifications.*?)```", page, DOTALL)
    assert found
    run = "https://billing.example.com/run"
    tasks = f"[urls]\nprod={run},https://shop.example.com/cron\n[task {run}]\nname=Nightly run\n"
    settings = load_text(found[1] + tasks, SLACK_TOKEN="t")
    assert masked_ini(settings).endswith(found[2])
    assert codes(settings.warnings) == ()
