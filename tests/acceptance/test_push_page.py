"""docs/push.md: its three steps, taken as they are written."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from textwrap import dedent

from tests.support.program import Pinger, command, environment

PAGE = (Path(__file__).parents[2] / "docs" / "push.md").read_text("utf-8")
KEY = "p1nger-0123456789-abcdefghij"
ADDRESS = "https://pinger.example.com"


def block(language: str) -> str:
    """Return the first block of a language."""
    found = re.search(rf"(?ms)^ *```{language}\n(.*?)^ *```", PAGE)
    assert found
    return dedent(found[1])


def has_status(status: str, row: Mapping[str, object]) -> bool:
    """Return True if a task has a status."""
    return row["status"] == status


def test_the_three_steps(tmp_path: Path) -> None:
    """The ini file is read, `pinger push` prints the URL, and the script's line reports its exit code."""
    (tmp_path / "pinger.ini").write_text(f"[main]\nport=0\n{block('ini')}", "utf-8")
    environ = {"PUSH_KEY": KEY}
    printed = command(tmp_path, "push", environ=environ).stdout.splitlines()
    assert f"{ADDRESS}/ping/{KEY}/nightly-backup" in printed
    with Pinger(tmp_path, environ=environ) as pinger:
        assert pinger.rows()["push:nightly-backup"]["status"] == "pending"
        line = block("sh").replace(ADDRESS, f"http://127.0.0.1:{pinger.port}")
        for code, status in ((3, "error"), (0, "ok")):
            script = f"(exit {code})\n{line}"
            subprocess.run(["sh", "-c", script], env=environment(environ), check=True, timeout=30)
            pinger.rows_where(partial(has_status, status), status)
