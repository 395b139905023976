"""Documents made to exhaust whoever reads them: each is refused in a sentence, and the others are checked."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.config_files import watching, write_ini
from tests.support.program import Pinger
from tests.support.task_server import Server, says

MIB = 2**20

# Each document, the keys of the section that reads it, and how the reason begins.
DOCUMENTS: dict[str, tuple[bytes, dict[str, str], str]] = {
    "deep JSON": (b"[" * MIB, {"lastrun": "a"}, "the page is not JSON"),
    "many values": (
        json.dumps({"t": ["n/a"] * 170_000}).encode()[:MIB],
        {"lastrun": "t[]"},
        "the page is not JSON",
    ),
    "no moment in many": (
        b'{"t":[' + b'"x",' * 200_000 + b'"x"]}',
        {"lastrun": "t[]"},
        "lastrun: finds ",
    ),
    "many objects": (
        b"[" + b'{"a":"-"},' * 90_000 + b'{"a":"-"}]',
        {"lastrun": "[].a"},
        "has never run",
    ),
    "many items": (
        b"[" + b",".join(b'{"n":%d,"t":1}' % number for number in range(40_000)) + b"]",
        {"each": "@", "name": "n", "lastrun": "t"},
        'the page lists no "x"; it lists 0, 1, 2 and 997 more',
    ),
    "long names": (
        json.dumps([{"n": "\x1b[31m" + "n" * 100_000}] * 9).encode(),
        {"each": "@", "name": "n", "lastrun": "t"},
        'the page lists no "x"; it lists ',
    ),
    "a bomb of entities": (
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><x>&a;</x>',
        {"as": "xml", "lastrun": "a"},
        "the page has a DOCTYPE",
    ),
    "deep XML": (b"<a>" * 200_000, {"as": "xml", "lastrun": "a"}, "the page nests more than 64"),
    "many elements": (
        b"<r>" + b"<a/>" * 200_000 + b"</r>",
        {"as": "xml", "lastrun": "a"},
        "the page has more than 50,000 elements",
    ),
    "many lines": (
        b"".join(b'm{a="%d"} 1\n' % number for number in range(60_000)),
        {"as": "metrics", "lastrun": "m"},
        "the page has more than 10,000 lines of m",
    ),
    "long lines": (
        b'm{a="' + b"x" * 1_000_000 + b'"} 1785553200\n',
        {"as": "metrics", "lastrun": "m"},
        "has never run",
    ),
    "one long line": (b"Date: " + b"x" * 1_000_000, {"as": "text", "lastrun": "Date: *"}, "lastrun: finds "),
    "too large": (b" " * (MIB + 1), {"lastrun": "a"}, "the answer is larger than 1 MiB"),
}


def test_hostile_documents(tmp_path: Path, tasks: Server) -> None:
    """No document of a MiB stops the program, and each is named as what it is."""
    sections: dict[str, dict[str, object]] = {}
    for number, (name, (body, keys, _)) in enumerate(DOCUMENTS.items()):
        tasks.behaviours[f"/{number}"] = says(body)
        sections[f"page page-{number}"] = {**keys}
        url = tasks.url(f"/{number}#x" if "each" in keys else f"/{number}")
        sections[f"task {name}"] = {"url": url, "page": f"page-{number}", "frequency": 10}
    write_ini(tmp_path, watching(), sections)
    with Pinger(tmp_path) as pinger:
        rows = pinger.rows_where(lambda row: row["status"] == "error", "a verdict on each")
        shown = {row["name"]: row["reason"] for row in rows.values()}
        assert {row["status"] for row in rows.values()} == {"error"}
        assert "Internal error" not in pinger.output
        assert "Traceback" not in pinger.output
    wrong = {
        name: shown[name] for name, (_, _, reason) in DOCUMENTS.items() if not shown[name].startswith(reason)
    }
    assert wrong == {}
