"""The table of keys, and the pages that tell people of it."""

from __future__ import annotations

from pathlib import Path
from re import findall, fullmatch, sub

import pytest
from tests.support.ini_texts import codes

from py_pinger.channels import KINDS
from py_pinger.config import SECTIONS, ChannelSettings, MainSettings, load

ROOT = Path(__file__).parents[3]
TEMPLATE = ROOT / "pinger.ini.template"
PAGE = ROOT / "docs" / "configuration.md"

MODELS = {**SECTIONS, **{name: kind.model for name, kind in KINDS.items()}}
SHARED = ChannelSettings.model_fields
OF_CHANNELS = {(name, key) for name in KINDS for key in SHARED}
ALL = {(section, key) for section, model in MODELS.items() for key in model.model_fields}
# What all channels have in common is told once, of several for Slack.
TABLE = (ALL - OF_CHANNELS) | {("slack", key) for key in SHARED}


def template_texts() -> dict[tuple[str, str], list[str]]:
    """Return each key of the template with its texts, commented out or not."""
    found: dict[tuple[str, str], list[str]] = {}
    section = ""
    for line in TEMPLATE.read_text().splitlines():
        heading = fullmatch(r"#?\[(\w+)[^]]*\]", line)
        pair = fullmatch(r"#?(\w+)=(.*)", line)
        section = heading[1] if heading else section
        if pair:
            found.setdefault((section, pair[1]), []).append(pair[2])
    return found


def page_rows() -> dict[tuple[str, str], str]:
    """Return each key of the page's tables with the cell beside it."""
    sections = PAGE.read_text().split("\n## ")
    return {
        (heading[0], key): cell.strip()
        for section in sections
        if (heading := findall(r"\A\[(\w+)", section))
        for key, cell in findall(r"\n\| `(\w+)` \|([^|]*)\|", section)
    }


def test_the_template_knows_each_key() -> None:
    """The template names each key there is, and no other."""
    assert set(template_texts()) == TABLE


def test_the_page_knows_each_key() -> None:
    """The page about the configuration names each key there is, and no other."""
    assert set(page_rows()) == TABLE


# What the template has instead of the default.
EXAMPLES = {"only_log": "true", "link": "https://pinger.example.com"}


@pytest.mark.parametrize("key", MainSettings.model_fields)
def test_defaults_are_documented_right(key: str) -> None:
    """The defaults of the template and the page are the defaults, apart from keys that show an example."""
    value = MainSettings().model_dump()[key]
    default = "" if value is None else str(value)
    assert template_texts()["main", key] == [EXAMPLES.get(key, default)]
    assert page_rows()["main", key].startswith(f"`{default}`" if default else "empty")


@pytest.mark.parametrize(("section", "key"), [("slack", "url"), ("hipchat", "url"), ("token_auth", "header")])
def test_defaults_of_optional_sections_are_documented_right(section: str, key: str) -> None:
    """So are those of the optional sections."""
    default = MODELS[section].model_fields[key].default
    plain = default.get_secret_value() if hasattr(default, "get_secret_value") else default
    assert template_texts()[section, key][0] == plain
    assert page_rows()[section, key] == f"`{plain}`"


@pytest.mark.parametrize("name", ["pinger.ini.template", "pinger_template.ini"])
def test_a_fresh_copy_loads(tmp_path: Path, name: str) -> None:
    """Copied under either of its names, the template loads, sends nothing, and asks for URLs."""
    copy = tmp_path / "pinger.ini"
    copy.write_text((ROOT / name).read_text())
    settings = load(copy, {}, KINDS)
    assert settings.main.only_log
    assert codes(settings.warnings) == (("no_tasks", "[urls] prod"),)


def test_the_template_with_debug(tmp_path: Path) -> None:
    """With debug on, the template watches the samples."""
    copy = tmp_path / "pinger.ini"
    copy.write_text(TEMPLATE.read_text().replace("debug=false", "debug=true"))
    names = ["healthy", "late", "failing", "asleep", "clock", "broken", "http-500", "slow"]
    assert [task.url for task in load(copy, {}, KINDS).tasks] == [
        f"http://localhost:3002/sample/{name}" for name in names
    ]


@pytest.mark.parametrize("block", findall(r"(?m)^#\[.*\]\n(?:#\w+=.*\n)+", TEMPLATE.read_text()))
def test_each_block_of_the_template_works(tmp_path: Path, block: str) -> None:
    """Each block that is commented out loads once the marks before its lines are taken away."""
    path = tmp_path / "pinger.ini"
    path.write_text("[urls]\nprod=https://my-backend.com/task1\n" + sub("(?m)^#", "", block))
    secrets = dict.fromkeys(
        ("SLACK_TOKEN", "HIPCHAT_TOKEN", "BACKEND_TOKEN", "BACKEND_PASSWORD", "MAIL_PASSWORD"), "secret"
    )
    addresses = {"SENTRY_DSN": "https://key@sentry.example/1", "APPRISE_URLS": "json://a.example/"}
    pushes = {"PUSH_KEY": "k" * 20, "BACKUP_UUID": "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"}
    environ = {**secrets, **addresses, **pushes, "WEBHOOK_SECRET": f"whsec_{'A' * 32}"}
    settings = load(path, environ, KINDS)
    own = (
        *settings.channels,
        settings.token_auth,
        settings.push,
        settings.api,
        settings.tasks[-1].name,
        *settings.maintenance,
        *settings.sleep,
        *settings.status,
    )
    assert len([one for one in (*own, *settings.pages) if one is not None]) == 1
