"""docs/security.md: the tests and the limits that it names exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from py_pinger.core.model.push import LOG_KEPT
from py_pinger.core.push.protocol import SHORTEST_KEY
from py_pinger.core.push.routes import LONGEST_BODY, TAIL
from py_pinger.web.http import connection, messages, server
from py_pinger.web.push.push_gate import BURST as AT_ONCE
from py_pinger.web.push.push_gate import INTERVAL as APART
from py_pinger.web.push.push_gate import PER_CLIENT as PER_SENDER
from py_pinger.web.security.login_throttle import (
    BURST,
    FORGOTTEN,
    INTERVAL,
    MOST_CLIENTS,
    PER_CLIENT,
    PER_NETWORK,
    TOTAL_BURST,
    TOTAL_INTERVAL,
)

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
ROWS = PAGE.partition("| threat | defence | test |")[2].splitlines()[2:]
TABLE = [row.strip("| ").split(" | ") for row in ROWS if row]
THREATS = [row for row in TABLE if not row[0].startswith("**")]


@cache
def held_in(file: str) -> frozenset[str]:
    """Return the names of the tests in a file."""
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    functions = (each for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(each.name for each in functions if each.name.startswith("test_"))


@pytest.mark.parametrize("row", THREATS, ids=lambda row: row[0])
def test_each_defence_is_held(row: list[str]) -> None:
    """Each threat has a defence, and each test named with it exists."""
    _, defence, held_by = row
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", held_by)
    assert defence
    assert len(named) == held_by.count("`") / 2 > 0
    assert [name for file, name in named if name not in held_in(file)] == []


@pytest.mark.parametrize(
    ("words", "truth"),
    [
        ("| 32 KiB |", messages.MAX_HEADER == 32 * 1024),
        ("| 16 KiB |", messages.MAX_BODY == 16 * 1024),
        ("| 30 s | connection closed |", connection.ARRIVAL_LIMIT == server.IDLE_LIMIT == 30),
        (
            "| 64 KiB in each 30 s |",
            (connection.READING_MINIMUM, connection.READING_LIMIT) == (64 * 1024, 30),
        ),
        ("| 100 | closed at once |", server.CLIENT_LIMIT == 100),
        ("| 1,000, fewer", server.CONNECTION_LIMIT == 1000),
        ("by eight threads", server.THREADS == 8),
        ("at least 20 characters", SHORTEST_KEY == 20),
        ("From the fifth wrong URL on", PER_SENDER.first == 5),
        ("a second, then two, up to a minute. It gets 429", PER_SENDER.longest == 60),
        ("up to 1 MiB, and the last 16 KiB of it", (LONGEST_BODY, TAIL) == (2**20, 16 * 1024)),
        ("its last 10,000 bytes", LOG_KEPT == 10_000),
        ("ten reports at once, and one more every six seconds", (AT_ONCE, APART) == (10, 6)),
        ("From the fifth wrong password on", PER_CLIENT.first == 5),
        ("up to a quarter of an hour", PER_CLIENT.longest == 15 * 60),
        ("An hour without a wrong one", FORGOTTEN == 3600),
        ("4,096 clients are remembered", MOST_CLIENTS == 4096),
        (
            "from the twentieth on it waits, up to a minute",
            (PER_NETWORK.first, PER_NETWORK.longest) == (20, 60),
        ),
        ("a hundred wrong passwords, and one more every two", (TOTAL_BURST, TOTAL_INTERVAL) == (100, 2)),
        ("ten computations of the hash, and one more every two seconds", (BURST, INTERVAL) == (10, 2)),
    ],
)
def test_the_numbers_are_true(words: str, *, truth: bool) -> None:
    """Each limit on the page is the one in force."""
    assert words in re.sub(r"\s+", " ", PAGE)
    assert truth
