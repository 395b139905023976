"""The examples on top of docs/cli.md, typed one after the other."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import snapshots
from tests.support.pinger_command import pinger

from py_pinger.web import WebServer

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text("utf-8")


@pytest.mark.usefixtures("logbooks")
def test_the_examples_work(folder: Path, serve: Callable[..., WebServer]) -> None:
    """Each does as it says; the exit code is 1 where something fails, and a file is where one is named."""
    server = serve(*snapshots())
    (examples,) = re.findall(r"(?s)```sh\n(pinger config --template.*?)```", PAGE)
    codes = {}
    for line in examples.splitlines():
        words, _, file = line.partition("#")[0].strip().partition(" > ")
        result = pinger(*shlex.split(words)[1:])
        codes[words] = result.exit_code
        if file:
            said = result.stdout.replace("port=3002", f"port={server.port}").replace("localhost", "127.0.0.1")
            (folder / file).write_text(said, "utf-8")
    assert {words for words, code in codes.items() if code} == {
        "pinger status",
        "pinger status --failing",
        'pinger status "*import*" --json',
    }
    assert set(codes.values()) == {0, 1}
    assert {"pinger.ini", "tasks.csv", "pinger.bash", "pinger.1"} <= {file.name for file in folder.iterdir()}
