"""How a task is asked: headers, proxies, and what is no such thing."""

from __future__ import annotations

import pytest
from tests.support.ini_texts import LoadText, ProblemsOf, lines

TASK = "[task a]\nurl=https://a.example/\n"

NO_PROXY = (
    "is not the URL of a proxy; use for example http://proxy.example:3128, or one with https, socks5 or"
    " socks5h"
)


def test_headers(load_text: LoadText) -> None:
    """Headers stand one a line, whatever else is in their values; a comment between them is none."""
    text = f"{TASK}headers=X-One: a=b: c\n    # X-No: no\n    X-Two:${{TWO}}\n\n    X-Three:\n"
    (task,) = load_text(text, TWO="2").tasks
    assert task.headers == (("X-One", "a=b: c"), ("X-Two", "2"), ("X-Three", ""))


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ("planted", 'has a line that is not "Name: value"; write one header per line'),
        ("X Y: planted", 'has a line that is not "Name: value"; write one header per line'),
        (
            "X-Y: plant\N{SNOWMAN}",
            "has characters that HTTP headers cannot carry; use plain ASCII",
        ),
        ("A: planted\n  a: planted", "has the same header twice; remove one of them"),
        ("Content-Length: 3", "has content-length, which Py Pinger sets itself; remove it"),
    ],
)
def test_invalid_headers(problems_of: ProblemsOf, headers: str, why: str) -> None:
    """An invalid header is reported without its content."""
    assert lines(problems_of(f"{TASK}headers={headers}\n")) == (f"[task a] headers: the value {why}",)


@pytest.mark.parametrize(
    "proxy",
    ["http://me:s@p.example:3128", "https://p.example/", "socks5://127.0.0.1:1080", "socks5h://[::1]:1"],
)
def test_proxies(load_text: LoadText, proxy: str) -> None:
    """Every kind of proxy is taken, with credentials or without."""
    (task,) = load_text(f"{TASK}proxy={proxy}\n").tasks
    assert task.profile.proxy == proxy


@pytest.mark.parametrize(
    "proxy", ["p.example:3128", "ftp://p.example", "http://p/path", "http://p/?q", "http://"]
)
def test_invalid_proxies(problems_of: ProblemsOf, proxy: str) -> None:
    """An invalid proxy is rejected, and not quoted: it may contain a password."""
    assert lines(problems_of(f"{TASK}proxy={proxy}\n")) == (f"[task a] proxy: the value {NO_PROXY}",)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("urls=test", "urls: 'test' is neither prod nor dev; use one of them, or remove the line"),
        (
            "frequency=0",
            "frequency: '0' is out of range; use a duration from 0.6s to 366d",
        ),
    ],
)
def test_other_kinds(problems_of: ProblemsOf, line: str, problem: str) -> None:
    """The list and the frequency are told like every other value."""
    assert lines(problems_of(f"{TASK}{line}\n")) == (f"[task a] {problem}",)
