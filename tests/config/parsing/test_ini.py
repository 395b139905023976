"""The file as text: what cannot be read, and its environment variables."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.ini_texts import CodesOf, LoadText, codes

from py_pinger.channels import KINDS
from py_pinger.config import ConfigError, load
from py_pinger.config.parsing.ini import Environment, escape


def refusal(path: Path) -> tuple[tuple[str, str], ...]:
    """Return why a file is refused."""
    with pytest.raises(ConfigError) as caught:
        load(path, {}, KINDS)
    return codes(caught.value.problems)


def test_a_missing_file(tmp_path: Path) -> None:
    """A file that is not there is answered with how to come by one."""
    path = tmp_path / "pinger.ini"
    assert refusal(path) == (("unreadable", f"{path}"),)


def test_a_folder(tmp_path: Path) -> None:
    """A folder is no file."""
    assert refusal(tmp_path) == (("unreadable", f"{tmp_path}"),)


def test_an_unreadable_file() -> None:
    """What the system says about an unreadable file is passed on; this one not even root can read."""
    path = Path("/proc/self/mem")
    assert refusal(path) == (("unreadable", f"{path}"),)


def test_a_file_below_a_file(tmp_path: Path) -> None:
    """A path that leads through a file cannot be read."""
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "pinger.ini"
    assert refusal(path) == (("unreadable", f"{path}"),)


def test_a_name_that_is_none(tmp_path: Path) -> None:
    """A NUL character stands in no file's name."""
    ((code, _),) = refusal(tmp_path / "a\0b")
    assert code == "unreadable"


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are told with their line."""
    path = tmp_path / "pinger.ini"
    path.write_bytes(b"[main]\ngreeting=Gr\xfc\xdfe\n")
    assert refusal(path) == (("unreadable", f"{path}"),)


def test_a_byte_order_mark_is_fine(tmp_path: Path) -> None:
    """Editors on Windows put a mark first and end lines their way."""
    path = tmp_path / "pinger.ini"
    path.write_bytes(b"\xef\xbb\xbf[main]\r\ngreeting=Gr\xc3\xbc\xc3\x9fe\r\n")
    assert load(path, {}, KINDS).main.greeting == "Grüße"


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("${NAME}", "value"),
        ("a${NAME}b${NAME}", "avaluebvalue"),
        ("$$", "$"),
        ("$${NAME}", "${NAME}"),
        ("$$${NAME}", "$value"),
        ("5$ $NAME {NAME}", "5$ $NAME {NAME}"),
        ("${RAW}", "${NAME}"),
    ],
)
def test_expansion(text: str, expanded: str) -> None:
    """Variables are filled in once, and a doubled dollar is one."""
    environment = Environment({"NAME": "value", "RAW": "${NAME}"})
    assert environment.problem(text) is None
    assert environment.expand(text) == expanded


@pytest.mark.parametrize("value", ["$", "$$", "${NAME}", "a$$b", "plain"])
def test_escaping_is_undone_by_expanding(value: str) -> None:
    """An escaped value is read as it was."""
    assert Environment({}).expand(escape(value)) == value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "${UNSET}",
            (("unset_variable", "[main] greeting")),
        ),
        (
            "${BROKEN}",
            ("unset_variable", "[main] greeting"),
        ),
        (
            "${no name}",
            (("unset_variable", "[main] greeting")),
        ),
        (
            "${OPEN",
            (("unset_variable", "[main] greeting")),
        ),
    ],
)
def test_variables_that_cannot_be_filled_in(codes_of: CodesOf, text: str, problem: tuple[str, str]) -> None:
    """A variable that is not there is a problem, not an empty value."""
    assert codes_of(f"[main]\ngreeting={text}\n", BROKEN="\udcff") == (problem,)


def test_variables_reach_every_value(load_text: LoadText) -> None:
    """Values, headings and URLs take variables alike."""
    settings = load_text(
        "[main]\nport=${PORT}\n[urls]\nprod=${URLS}\n[task https://${HOST}/]\nname=${HOST}\n",
        PORT="80",
        URLS="https://a.example/,https://b.example/",
        HOST="b.example",
    )
    assert settings.main.port == 80
    assert [(task.url, task.name) for task in settings.tasks] == [
        ("https://a.example/", None),
        ("https://b.example/", "b.example"),
    ]
