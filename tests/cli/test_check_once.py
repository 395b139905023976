"""Asking tasks once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from pydantic import SecretStr
from tests.conftest import TaskPages

from py_pinger.cli.check_once import CheckResult, check_once
from py_pinger.config import MainSettings, Settings, TokenAuth
from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.task import Task

AT = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)


def task(url: str, grace: timedelta = timedelta(0)) -> Task:
    """Return a task that is asked once only."""
    return Task(url, url, retries=0, grace=grace)


def settings(token_auth: TokenAuth | None = None, per_host: int = 10) -> Settings:
    """Return settings that matter to a check."""
    main = MainSettings(database="sqlite:///unused.db", log=Path("unused.log"), per_host=per_host)
    return Settings(main=main, token_auth=token_auth)


def silent() -> None:
    """Do nothing for each task."""


async def test_findings(task_pages: TaskPages) -> None:
    """Each verdict comes with its arithmetic, in the order of the tasks, as of the moment asked for."""
    urls = [
        task_pages.show("/ok"),
        task_pages.show("/late", lastrun="2026-11-22T09:00:00Z", frequency=60),
        task_pages.show("/failing", status="error", reason="Disk full"),
        f"{task_pages.origin}/nowhere",
    ]
    tasks = [task(url, timedelta(minutes=2)) for url in urls]
    findings = await check_once(settings(), tasks, AT, silent)
    assert [found.task for found in findings] == tasks
    assert [(found.verdict.status, found.verdict.cause) for found in findings] == [
        (Status.OK, None),
        (Status.ERROR, Cause.LATE),
        (Status.ERROR, Cause.FAILED),
        (Status.ERROR, Cause.HTTP),
    ]
    assert [found.explanation for found in findings] == [
        "lastrun 10:00:00Z + 10 min + grace 2 min = 10:12:00Z; now 10:05:00Z → ok, due in 7 min",
        "lastrun 09:00:00Z + 60 min + grace 2 min = 10:02:00Z; now 10:05:00Z → late by 3 min",
        "lastrun 10:00:00Z + 10 min + grace 2 min = 10:12:00Z; now 10:05:00Z → failed: Disk full",
        "http: HTTP 404 Not Found",
    ]
    assert all(found.duration > timedelta(0) for found in findings)


async def test_as_of_now(task_pages: TaskPages) -> None:
    """Without a moment a task is judged as of when it answered."""
    before = datetime.now(UTC)
    url = task_pages.show("/a", lastrun=before.isoformat(), frequency=10)
    (found,) = await check_once(settings(), [task(url)], None, silent)
    assert found.verdict.status is Status.OK


@pytest.mark.parametrize(
    ("main", "at", "explanation"),
    [
        pytest.param(
            {"debug": True, "debug_now": True},
            None,
            "sleeping until 11:05:00Z",
            id="asleep",
        ),
        pytest.param(
            {"debug": True, "debug_now": datetime(2020, 1, 3, tzinfo=UTC)},
            None,
            "late by 12 h 50 min",
            id="a moment",
        ),
        pytest.param({"debug": True, "debug_now": True}, AT, "late by 2515 d 22 h", id="--at goes first"),
    ],
)
async def test_as_of_debug_now(
    task_pages: TaskPages, main: dict[str, datetime | bool], at: datetime | None, explanation: str
) -> None:
    """A check goes by the clock that a run in debug mode would go by, unless a moment is asked for."""
    url = task_pages.show(
        "/a",
        lastrun="2020-01-02T10:00:00Z",
        sleep=[{"start": "2020-01-02T10:05:00Z", "duration": 60}],
    )
    chosen = settings()
    debugging = replace(chosen, main=chosen.main.model_copy(update=main))
    (found,) = await check_once(debugging, [task(url)], at, silent)
    assert found.explanation.partition("→ ")[2] == explanation


async def test_on_found(task_pages: TaskPages) -> None:
    """Progress is told once for each task."""
    told: list[int] = []
    tasks = [task(task_pages.show(f"/{number}")) for number in range(3)]
    await check_once(settings(), tasks, AT, lambda: told.append(len(task_pages.asked)))
    assert len(told) == 3


async def test_no_more_at_once_than_a_host_is_used_to(task_pages: TaskPages) -> None:
    """However many tasks a host has, it is asked by as few at once as when they are watched."""
    task_pages.gate = Barrier(2)
    tasks = [task(task_pages.show(f"/{number}")) for number in range(8)]
    findings = await check_once(settings(per_host=2), tasks, AT, silent)
    assert (task_pages.most_inside, len(findings)) == (2, 8)


async def test_with_the_token(task_pages: TaskPages) -> None:
    """Tasks are asked with the token of the settings."""
    auth = TokenAuth(token=SecretStr("s3cret"), prefix="Bearer ")
    await check_once(settings(auth), [task(task_pages.show("/a"))], AT, silent)
    assert task_pages.asked == [("/a", "Bearer s3cret")]


async def test_no_response() -> None:
    """A task that does not respond is a result like any other."""
    (found,) = await check_once(settings(), [task("http://127.0.0.1:1/")], AT, silent)
    assert isinstance(found, CheckResult)
    assert (found.verdict.cause, found.explanation) == (
        Cause.UNREACHABLE,
        "unreachable: connection refused",
    )


async def test_no_tasks() -> None:
    """Without tasks there are no results."""
    assert await check_once(settings(), [], AT, silent) == []
