"""What `pinger check` says of tasks whose pages other programs answer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import orjson
from tests.support.config_files import watching, write_ini
from tests.support.program import command

Keys = Mapping[str, object]

OK = ("ok", None)
LATE = ("error", "late")
FAILED = ("error", "failed")
INVALID = ("error", "invalid")


def write_tasks(folder: Path, tasks: Mapping[str, Keys], pages: Mapping[str, Keys] | None = None) -> None:
    """Write pinger.ini with these tasks and pages."""
    named = {f"task {name}": keys for name, keys in tasks.items()}
    write_ini(folder, watching(), {f"page {name}": keys for name, keys in (pages or {}).items()}, named)


def verdicts(folder: Path, *arguments: str) -> dict[str, tuple[str, str | None]]:
    """Return status and cause of each task, by its URL."""
    found = command(folder, "check", "--json", *arguments)
    assert found.stderr == ""
    return {row["url"]: (row["status"], row["cause"]) for row in orjson.loads(found.stdout)}
