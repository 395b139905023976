"""What tells one state of a file from another."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from py_pinger.channels import KINDS
from py_pinger.config import try_load
from py_pinger.config.parsing.quoting import quotable, suggest
from py_pinger.config.parsing.sources import stamp_at
from py_pinger.config.schema.problem import ConfigError, ConfigProblem, ProblemCode


def put_another_in_its_place(path: Path) -> None:
    """Replace a file by one that looks the same."""
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=(0, path.stat().st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_text("otherwise"),
        lambda path: os.utime(path, ns=(0, 0)),
        lambda path: path.chmod(0o640),
        put_another_in_its_place,
        Path.unlink,
    ],
    ids=["written", "touched", "readable by others", "replaced", "removed"],
)
def test_a_change_shows(tmp_path: Path, change: Callable[[Path], object]) -> None:
    """Whatever happens to a file makes another stamp of it; looking at it makes none."""
    path = tmp_path / "pinger.ini"
    path.write_text("as it was")
    path.chmod(0o600)
    before = stamp_at(str(path))
    path.read_text()
    assert stamp_at(str(path)) == before
    change(path)
    assert stamp_at(str(path)) != before


@pytest.mark.parametrize("name", ["nowhere", "a\0b"])
def test_no_file(tmp_path: Path, name: str) -> None:
    """What is not there has no stamp."""
    assert stamp_at(str(tmp_path / name)) is None


def test_all_files_are_known(tmp_path: Path) -> None:
    """Every file that a configuration names is one of its sources, whether or not it could be read."""
    ini = tmp_path / "pinger.ini"
    (tmp_path / "urls").write_text("https://a.example/")
    ini.write_text("[urls]\nprod=@urls,@missing\n[task https://a.example/]\nca=ca.pem\n")
    loading = try_load(ini, {}, KINDS)
    assert loading.settings is None
    assert len(loading.problems) == 2
    names = ("pinger.ini", "urls", "missing", "ca.pem")
    assert loading.sources == {str(tmp_path / name): stamp_at(str(tmp_path / name)) for name in names}
    assert (loading.sources[str(ini)] is None, loading.sources[str(tmp_path / "missing")]) == (False, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("https://host/path", "https://host/path"),
        ("https://user:se/cret@host/pa th", "https://***@host/pa th"),
        ("user:secret@host", "***@host"),
        ("https://host/pa th?token=secret", "https://host/pa th?***"),
        ("https://user:sec#ret@host/", "https://***"),
        ("https://host/?token=sec@ret", "https://***"),
        ("https:user:secret@host", "***@host"),
        ("bell\a and\nbreak", "bell\N{REPLACEMENT CHARACTER} and\N{REPLACEMENT CHARACTER}break"),
        ("x" * 81, "x" * 80 + "…"),
        ("", ""),
    ],
)
def test_shown(text: str, expected: str) -> None:
    """A quoted value is short, printable and free of all that may be secret."""
    assert quotable(text) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("intervall", "did you mean interval?"),
        ("xyz", "use one of interval, timeout"),
    ],
)
def test_suggestion(name: str, expected: str) -> None:
    """An unknown name is answered with the nearest known one, or with all of them."""
    assert suggest(name, ["interval", "timeout"]) == expected


def test_an_error_reads_as_its_problems() -> None:
    """Printed, a ConfigError is its problems, one a line."""
    assert (
        str(
            ConfigError(
                [
                    ConfigProblem(ProblemCode.SYNTAX, "f, line 1", "One"),
                    ConfigProblem(ProblemCode.UNROUTED, "", "Two"),
                ]
            )
        )
        == "f, line 1: One\nTwo"
    )
