"""The sections [page NAME], and the tasks that use them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.ini_texts import CodesOf, LoadText

from py_pinger.config import masked_ini
from py_pinger.config.schema.presets import preset_definition, presets
from py_pinger.core.model.page import PageDefinition, PageKind, Unit
from py_pinger.core.reading.check import problems_of, warnings_of

PAGE = (
    "[page backups]\neach=jobs\nname=name\nlastrun=history[].finished\nunit=ms\n"
    "status=last.result\nok=success, done\n"
)
TASK = "[task photos]\nurl=https://b.example/api/jobs#photos\npage=backups\nfrequency=1440\n"


def test_a_page(load_text: LoadText) -> None:
    """A task's page is read as the section that it names says."""
    (task,) = load_text(PAGE + TASK).tasks
    assert task.url == "https://b.example/api/jobs#photos"
    assert task.expectations.frequency == timedelta(days=1)
    assert task.expectations.page == PageDefinition(
        "backups",
        each="jobs",
        item_name="name",
        lastrun="history[].finished",
        unit=Unit.MILLISECONDS,
        status="last.result",
        ok=("success", "done"),
    )


def test_the_masked_file_loads_again(load_text: LoadText) -> None:
    """What `pinger config` prints of pages, schedules and sleep loads as the same settings."""
    sleep = "[sleep w]\nstart=sat 00:00\nduration=2880\ntimezone=Europe/Berlin\n"
    second = "[task nightly]\nurl=https://b.example/x\nschedule=0 2 * * mon-fri\ntimezone=Europe/Berlin\n"
    first = load_text(PAGE + TASK + second + sleep)
    again = load_text(masked_ini(first))
    assert (again.tasks, again.sleep, again.pages) == (first.tasks, first.sleep, first.pages)


@pytest.mark.parametrize("name", presets())
def test_a_preset(load_text: LoadText, name: str) -> None:
    """Each preset is valid, says what it is for, and is found by its name."""
    page = preset_definition(name)
    assert (list(problems_of(page)), list(warnings_of(page))) == ([], [])
    assert presets()[name].about.endswith((".", "name", "run"))
    fragment = "#x" if page.has_items else ""
    (task,) = load_text(f"[task t]\nurl=https://b.example/{fragment}\npage={name}\nfrequency=60\n").tasks
    assert task.expectations.page == page


def test_there_are_fifteen_presets() -> None:
    """The presets of the documentation are there."""
    assert len(presets()) == 15


def test_a_section_replaces_a_preset(load_text: LoadText) -> None:
    """A section with the name of a preset counts instead of it."""
    text = "[page rss]\nas=xml\nlastrun=entry/date\n[task t]\nurl=https://b.example/\npage=rss\nfrequency=5\n"
    (task,) = load_text(text).tasks
    assert task.expectations.page == PageDefinition("rss", PageKind.XML, "entry/date")


@pytest.mark.parametrize(
    ("text", "method", "body"),
    [
        ("page=last-modified\nfrequency=60", "HEAD", None),
        ("page=last-modified\nmethod=get\nfrequency=60", "GET", None),
        ('page=rss\nfrequency=60\nbody={"query": "x"}', "GET", '{"query": "x"}'),
    ],
)
def test_requests(load_text: LoadText, text: str, method: str, body: str | None) -> None:
    """A page that is not read is requested by HEAD, and one with a body by POST."""
    (task,) = load_text(f"[task t]\nurl=https://b.example/\n{text}\n").tasks
    assert (task.method, task.body) == (method, body)
    assert "query" not in repr(task)


@pytest.mark.parametrize(
    ("page", "code", "where"),
    [
        ("each=a\nname=b", "invalid_value", " lastrun"),
        ("lastrun=last-run", "invalid_value", " lastrun"),
        ("lastrun=a\neach=b", "invalid_value", " each"),
        ("lastrun=a\nname=b", "invalid_value", " name"),
        ("lastrun=a\nas=yaml", "invalid_value", " as"),
        ("lastrun=a\nunit=h", "invalid_value", " unit"),
        ("lastrun=a\nfrequency_unit=y", "invalid_value", " frequency_unit"),
        ("lastrun=a\ntimezone=Berlin", "invalid_value", " timezone"),
        ("lastrun=a\nschedule_timezone=b", "invalid_value", " schedule_timezone"),
        ("lastrun=a\nschedule=cron-expression", "invalid_value", " schedule"),
        ("as=headers\nlastrun=a", "invalid_value", " lastrun"),
        ("as=text\nlastrun=Date:", "invalid_value", " lastrun"),
        ("as=xml\nlastrun=a[", "invalid_value", " lastrun"),
        ("as=metrics\nlastrun=a b", "invalid_value", " lastrun"),
        ("as=metrics\nlastrun=a\nname=x-y", "invalid_value", " name"),
        ("as=text\nlastrun=*\neach=a\nname=b", "invalid_value", " each"),
        ("lastrun=newest(a)", "invalid_value", " lastrun"),
        ("lastrun=header:a b", "invalid_value", " lastrun"),
        ("lastrun=header:", "invalid_value", " lastrun"),
        ("lastrun='2026-08-01T03:00:00Z'", "invalid_value", " lastrun"),
        ("lastrun=`0`", "invalid_value", " lastrun"),
        ("lastrun=a\nformat=%H:%M", "invalid_value", " format"),
        ("lastrun=@key", "invalid_value", " lastrun"),
        ("lastrun=a\neach=@key\nname=b", "invalid_value", " each"),
        ("lastrun=a\neach='x'\nname=b", "invalid_value", " each"),
        ("lastrun=a\neach=header:x\nname=b", "invalid_value", " each"),
        ("lastrun=a\nok=success", "invalid_value", " ok"),
        ("lastrun=a\nwarn=x", "invalid_value", " warn"),
        ("lastrun=a\nerror=x", "invalid_value", " error"),
        ('lastrun=a\nstatus=b\nok="success"', "invalid_value", " ok"),
        ("lastrun=a\nstatus=b\nerror=x, 'y'", "invalid_value", " error"),
        ("lastrun=a\nfrequency_unit=h", "invalid_value", " frequency_unit"),
        ("lastrun=max_by(a, b)", "invalid_value", " lastrun"),
        ("as=xml\nlastrun=atom:updated", "invalid_value", " lastrun"),
        ("lastrun=a\nlastrum=b", "unknown_key", ""),
    ],
)
def test_an_invalid_page(codes_of: CodesOf, page: str, code: str, where: str) -> None:
    """Each mistake is reported when the file is read, with its key."""
    found = codes_of(f"[page p]\n{page}\n")
    assert (code, f"[page p]{where}") in found


@pytest.mark.parametrize(
    ("task", "code", "where"),
    [
        ("page=backup\nfrequency=1", "no_match", " page"),
        ("page=rss", "incomplete", ""),
        ("page=jenkins\nfrequency=1", "incomplete", " url"),
        ("schedule=0 2 * * *\nfrequency=1", "conflict", " schedule"),
        ("timezone=Europe/Berlin", "conflict", " timezone"),
        ("schedule=0 25 * * *", "invalid_value", " schedule"),
        ("method=POST", "invalid_value", " method"),
        ("method=HEAD\nbody=x", "conflict", " method"),
    ],
)
def test_a_task_that_contradicts_itself(codes_of: CodesOf, task: str, code: str, where: str) -> None:
    """Keys of a task that do not fit each other, or its page, are reported."""
    assert codes_of(f"[task t]\nurl=https://b.example/\n{task}\n") == ((code, f"[task t]{where}"),)


def test_a_page_with_a_schedule(load_text: LoadText) -> None:
    """A task whose page states its schedule needs no frequency."""
    page = "[page p]\nlastrun=a\nschedule=cron\nschedule_timezone=zone\n"
    settings = load_text(f"{page}[task t]\nurl=https://b.example/\npage=p\n")
    definition = settings.tasks[0].expectations.page
    assert definition == PageDefinition("p", lastrun="a", schedule="cron", schedule_timezone="zone")
    assert load_text(masked_ini(settings)).pages == settings.pages


@pytest.mark.parametrize(
    ("page", "where"),
    [
        ('lastrun=a[?n=="x"].t', "lastrun"),
        ("lastrun=a[?b==null].t", "lastrun"),
        ("lastrun=a[].t | max", "lastrun"),
        ("lastrun=header:Date", "lastrun"),
        ("as=headers\nlastrun=HEADER: date", "lastrun"),
        ("as=text\nlastrun=Date: .*", "lastrun"),
        ("as=text\nlastrun=*\nstatus=State: (.*)", "status"),
        ("lastrun=a\nstatus=b\nok=done, x\nerror=X", "ok"),
        ("lastrun=a\nstatus=b\nwarn=x\nerror=X", "warn"),
        ("lastrun=a\nstatus=b\nok=done|success", "ok"),
    ],
)
def test_traps_are_warned_of(load_text: LoadText, page: str, where: str) -> None:
    """A key that says something else than it seems to say is warned about."""
    settings = load_text(f"[page p]\n{page}\n[task t]\nurl=https://b.example/\npage=p\nfrequency=1\n")
    assert [(each.code, each.where) for each in settings.warnings] == [("ambiguous", f"[page p] {where}")]


def test_an_item_of_a_page_without_items(load_text: LoadText) -> None:
    """A fragment that no page understands is warned about."""
    settings = load_text("[task t]\nurl=https://b.example/feed#x\npage=rss\nfrequency=5\n")
    assert [(each.code, each.where) for each in settings.warnings] == [("ambiguous", "[task t] url")]


@pytest.mark.parametrize(
    "page",
    [
        "lastrun=header:Last-Modified\nprocess='x'\nstatus='ok'",
        "lastrun=@\neach=@\nname=@key",
        "as=text\nlastrun=Date: *\nstatus=State: * (x)",
        "as=xml\nlastrun=//item/pubDate",
        "lastrun=a | values(@)\nstatus=b\nok=O'Neill, x\nfrequency='5'\nfrequency_unit=h",
    ],
)
def test_no_trap(load_text: LoadText, page: str) -> None:
    """What is meant as it stands is not warned about."""
    fragment = "#x" if "name=" in page else ""
    text = f"[page p]\n{page}\n[task t]\nurl=https://b.example/{fragment}\npage=p\nfrequency=1\n"
    assert load_text(text).warnings == ()
