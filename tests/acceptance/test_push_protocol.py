"""The ping protocol as healthchecks answers it: sessions recorded with the original, sent again.

`healthchecks_answers.json` has what clients sent to the original and what it answered: `requests` are single
ones, each for another task, and `clients` whole sessions of real programs. `{uuid}`, `{key}` and `{slug}`
stand for those of the task, `{x*100}` for a hundred x. `here` is the status where we differ on purpose.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.support.config_files import write_ini
from tests.support.planted_secrets import PUSH_KEY
from tests.support.program import Pinger
from tests.support.push_tasks import exchange, merged, pushed, receiving, request

RECORDED = json.loads(Path(__file__).with_name("healthchecks_answers.json").read_text("utf-8"))
REQUESTS: list[dict[str, Any]] = RECORDED["requests"]
CLIENTS: dict[str, list[dict[str, Any]]] = RECORDED["clients"]


def uuid(number: int) -> str:
    """Return the UUID of a task."""
    return f"5bf66975-d4c7-4bf5-bcc8-{number:012x}"


def filled(text: str, number: int) -> str:
    """Return a recorded text with the secrets of one of the tasks."""
    token, slug = uuid(number), f"job{number}"
    for hole, value in {
        "{uuid}": token,
        "{UUID}": token.upper(),
        "{hex}": token.replace("-", ""),
        "{key}": PUSH_KEY,
        "{encoded-key}": f"%{ord(PUSH_KEY[0]):x}{PUSH_KEY[1:]}",
        "{slug}": slug,
        "{SLUG}": slug.upper(),
        "{encoded-slug}": f"%6a{slug[1:]}",
        "{slug-of-uuid}": f"own{number}",
        "{host}": "localhost",
    }.items():
        text = text.replace(hole, value)
    return re.sub(r"\{(.)\*(\d+)\}", lambda found: found[1] * int(found[2]), text)


def client(number: int) -> str:
    """Return an address of its own for a sender: it has not sent anything before."""
    return f"127.0.7.{number + 1}"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pinger]:
    """Run Py Pinger with two tasks for each request, one of them with a UUID."""
    folder, number = tmp_path_factory.mktemp("protocol"), len(REQUESTS) + len(CLIENTS)
    by_key = receiving(*(f"job{each}" for each in range(number)), interval=60)
    by_uuid = {f"task own{each}": pushed(f"own{each}", token=uuid(each)) for each in range(number)}
    write_ini(folder, merged(by_key, by_uuid))
    with Pinger(folder) as pinger:
        yield pinger


def test_single_requests(running: Pinger) -> None:
    """Each gets the status and the text that the original gave; 200 has the limit of bodies."""
    wrong = []
    for number, row in enumerate(REQUESTS):
        body = row.get("body", "x" * row.get("size", 0))
        given = body.encode("latin-1") if body or row["method"] in {"POST", "PUT", "PATCH"} else None
        kinds = [f"Content-Type: {row['type']}"] if "type" in row else []
        sent = request(row["method"], filled(row["path"], number), given, kinds)
        reply = exchange(running.port, sent, client(number))
        expected = row.get("here", row["status"])
        if reply.status != expected or ("\nPing-Body-Limit: 10000\r" in reply.head) != (expected == 200):
            wrong.append((row, reply))
        if "here" not in row and reply.text != row.get("text", reply.text):
            wrong.append((row, reply))
    assert wrong == []


@pytest.mark.parametrize("name", CLIENTS)
def test_sessions_of_clients(running: Pinger, name: str) -> None:
    """Each request of a real client gets the status that the original gave."""
    number = len(REQUESTS) + list(CLIENTS).index(name)
    fill = partial(filled, number=number)
    answered = []
    for row in CLIENTS[name]:
        body = fill(row.get("body", "")).encode("latin-1")
        length = [f"Content-Length: {len(body)}"] if "body" in row else []
        head = "\r\n".join((*map(fill, row["head"]), *length, "", "")).encode("latin-1")
        answered.append(exchange(running.port, head + body, client(number)).status)
    assert answered == [row["status"] for row in CLIENTS[name]]


def test_the_record_is_of_the_original() -> None:
    """It says which one, and has each answer that clients distinguish."""
    assert RECORDED["original"].startswith("healthchecks, commit 29b5ec251059")
    assert {row["status"] for row in REQUESTS} == {200, 400, 404}
    assert {row["here"] for row in REQUESTS if "here" in row} == {200, 404, 405}
