"""Tasks that are pushed: the section [push], and the keys of their own sections."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.ini_texts import CodesOf, LoadText

from py_pinger.config import masked_ini
from py_pinger.config.ping_urls import ping_url
from py_pinger.core.model.task import PushIdentity, Task

KEY = "0123456789-abcdefghij"
UUID = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"
OTHER_UUID = "9bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"
PUSH = f"[push]\nkey={KEY}\n"
TASK = "[task Nightly backup]\npush=nightly\nfrequency=1440\n"


def test_a_pushed_task(load_text: LoadText) -> None:
    """The slug identifies it, the heading is its name, and its run time may be limited."""
    keys = "runtime=120\nleast_runtime=90s\nleast_runtime_error=true\ngrace=30\n"
    (task,) = load_text(PUSH + TASK + keys).tasks
    assert (task.url, task.address, task.name) == ("push:nightly", "push:nightly", "Nightly backup")
    assert task.push == PushIdentity("nightly")
    assert task.grace == timedelta(minutes=30)
    terms = task.expectations
    assert (terms.runtime, terms.least_runtime) == (timedelta(hours=2), timedelta(seconds=90))
    assert terms.short_run_is_error


def test_the_list_of_tasks_that_are_monitored(load_text: LoadText) -> None:
    """A pushed task belongs to a list like another, and stands after its URLs."""
    text = f"[urls]\nprod=https://a.example/x\n{PUSH}{TASK}[task dev]\npush=dev\nurls=dev\nfrequency=1\n"
    assert [task.url for task in load_text(text).tasks] == ["https://a.example/x", "push:nightly"]


def test_secrets_are_masked_and_known(load_text: LoadText) -> None:
    """Neither the key nor a token is printed, and both are masked in logs."""
    settings = load_text(f"{PUSH}{TASK}token={UUID.upper()}\n")
    assert KEY not in repr(settings)
    assert {KEY, UUID} <= settings.secrets()
    printed = masked_ini(settings)
    assert KEY not in printed
    assert UUID not in printed.lower()


@pytest.mark.parametrize("token", ["", f"token={UUID}\n"])
def test_the_masked_file_loads_again(load_text: LoadText, token: str) -> None:
    """What `pinger config` prints has the same tasks, with masked secrets."""
    keys = "runtime=120\nleast_runtime=1.5\nleast_runtime_error=true\ntimezone=Europe/Berlin\n"
    text = f"{PUSH}post_only=true\n[task Nightly backup]\npush=nightly\nschedule=0 2 * * *\n{keys}{token}"
    first = load_text(text)
    again = load_text(masked_ini(first))
    (task,) = again.tasks
    assert task.push == PushIdentity("nightly", "***" if token else None)
    assert (task.name, task.expectations) == ("Nightly backup", first.tasks[0].expectations)
    assert again.push
    assert again.push.post_only


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (TASK, (("incomplete", "[task Nightly backup] push"),)),
        (PUSH + "[task x]\npush=nightly\n", (("incomplete", "[task x]"),)),
        (PUSH + TASK + "url=https://a.example/\n", (("conflict", "[task Nightly backup]"),)),
        (
            PUSH + "[task https://a.example/]\npush=x\nfrequency=1\n",
            (("conflict", "[task https://a.example/]"),),
        ),
        (PUSH + TASK + "[task other]\npush=nightly\nfrequency=1\n", (("duplicate", "[task other]"),)),
        (PUSH + TASK + "timeout=5\n", (("conflict", "[task Nightly backup] timeout"),)),
        (PUSH + TASK + "token_auth=none\n", (("conflict", "[task Nightly backup] token_auth"),)),
        (
            PUSH + TASK + "least_runtime_error=true\n",
            (("conflict", "[task Nightly backup] least_runtime_error"),),
        ),
        (PUSH + TASK + "token=secret\n", (("invalid_value", "[task Nightly backup] token"),)),
        (PUSH + "[task x]\npush=No Slug\nfrequency=1\n", (("invalid_value", "[task x] push"),)),
        ("[push]\nkey=short\n", (("invalid_value", "[push] key"),)),
        # Not of each task as well.
        ("[push]\nkey=short\n" + TASK, (("invalid_value", "[push] key"),)),
        ("[push]\nkey=\n" + TASK, (("incomplete", "[task Nightly backup] push"),)),
        (f"[push]\nkey={'a b' * 10}\n", (("invalid_value", "[push] key"),)),
        (f"[push]\nkey={UUID}\n", (("invalid_value", "[push] key"),)),
        ("[push]\npost_only=maybe\n", (("invalid_value", "[push] post_only"),)),
        (
            (
                f"[task a]\npush=a\nfrequency=1\ntoken={UUID}\n"
                f"[task b]\npush=b\nfrequency=1\ntoken={UUID.upper()}\n"
            ),
            (("duplicate", "[task b] token"),),
        ),
        (f"[task a]\nurl=https://a.example/\ntoken={UUID}\n", (("conflict", "[task a] token"),)),
        (
            "[task a]\nurl=https://a.example/\nleast_runtime_error=true\n",
            (("conflict", "[task a] least_runtime_error"),),
        ),
    ],
)
def test_problems(codes_of: CodesOf, text: str, problems: tuple[tuple[str, str], ...]) -> None:
    """Each contradiction is named with its place, and no secret is quoted."""
    assert codes_of(text) == problems


@pytest.mark.parametrize(
    "text",
    [
        f"[task a]\npush=a\nfrequency=1\ntoken={UUID}\n[task b]\npush=b\nfrequency=1\ntoken={OTHER_UUID}\n",
        f"{PUSH}{TASK}least_runtime=1\nleast_runtime_error=false\n",
        "[push]\nkey=***\n" + TASK,
        "[task a]\nurl=https://a.example/\nruntime=10\nleast_runtime=1\nleast_runtime_error=true\n",
    ],
)
def test_what_is_allowed(load_text: LoadText, text: str) -> None:
    """Two tokens, a masked key, and run times of polled tasks."""
    assert load_text(text).tasks


@pytest.mark.parametrize(
    ("text", "url", "masked"),
    [
        (PUSH + TASK, f"http://localhost:3002/ping/{KEY}/nightly", "http://localhost:3002/ping/***/nightly"),
        (f"{TASK}token={UUID}\n", f"http://localhost:3002/ping/{UUID}", "http://localhost:3002/ping/***"),
        (
            f"{PUSH}url=https://p.example/pinger/\n{TASK}",
            f"https://p.example/pinger/ping/{KEY}/nightly",
            "https://p.example/pinger/ping/***/nightly",
        ),
        (
            f"[main]\nhost=::\nport=80\n{PUSH}{TASK}",
            f"http://localhost:80/ping/{KEY}/nightly",
            "http://localhost:80/ping/***/nightly",
        ),
        (
            f"[main]\nhost=::1\n{PUSH}{TASK}",
            f"http://[::1]:3002/ping/{KEY}/nightly",
            "http://[::1]:3002/ping/***/nightly",
        ),
    ],
)
def test_ping_urls(load_text: LoadText, text: str, url: str, masked: str) -> None:
    """The URL that the sender of a task needs, and the same for the eyes of others."""
    settings = load_text(text)
    (task,) = settings.tasks
    assert ping_url(settings, task) == url
    assert ping_url(settings, task, masked=True) == masked
    assert f"# push:nightly sends its reports to {masked}\n" in masked_ini(settings)


def test_a_polled_task_has_no_ping_url(load_text: LoadText) -> None:
    """Nothing is sent for a task that has a page."""
    assert ping_url(load_text(PUSH), Task("https://a.example/", "https://a.example/")) is None
