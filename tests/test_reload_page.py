"""docs/reload.md: its examples are valid."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from py_pinger.app.reconfigure import FIXED
from py_pinger.channels import KINDS
from py_pinger.config import try_load
from py_pinger.core.selfcheck import reload

PAGE = (Path(__file__).parents[1] / "docs" / "reload.md").read_text("utf-8")
AT = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)


def block(language: str) -> str:
    """Return the page's first code block in a language."""
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


@pytest.mark.parametrize("mode", ["auto", "signal"])
def test_the_example_loads(tmp_path: Path, mode: str) -> None:
    """The example is a valid configuration, with both values of `reload`."""
    ini = tmp_path / "pinger.ini"
    ini.write_text(block("ini").replace("auto", mode))
    loading = try_load(ini, {}, KINDS)
    assert loading.settings is not None
    assert loading.settings.main.reload == mode


def test_the_answer_of_healthz(tmp_path: Path) -> None:
    """The page quotes the warning of /healthz about an invalid file."""
    ini = tmp_path / "pinger.ini"
    ini.write_text("[main]\ninterval=sixty\n")
    problems = list(map(str, try_load(ini, {}, KINDS).problems))
    assert orjson.loads(block("json")) == {"status": "ok", "warnings": [reload.warning(problems, AT).text]}


def test_settings_that_need_a_restart() -> None:
    """The page names exactly the settings that take effect at the next start."""
    (line,) = (line for line in PAGE.splitlines() if "**take effect at the next start**" in line)
    assert tuple(re.findall(r"`(\w+)`", line.partition("**")[0])) == FIXED
