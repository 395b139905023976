"""The command line of `pinger exec`."""

from __future__ import annotations

import argparse

import pytest

from pinger_report.command.options import OPTIONS, minutes, parse
from pinger_report.task import Task


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("90", 90),
        ("90m", 90),
        ("1.5h", 90),
        ("2h", 120),
        ("1d", 1440),
        ("1d 12h", 2160),
        ("2w", 20160),
        ("30s", 0.5),
        ("0.5", 0.5),
    ],
)
def test_durations(written: str, length: float) -> None:
    """A bare number is minutes; units may be combined."""
    assert minutes(written) == length


@pytest.mark.parametrize("written", ["", "0", "-1", "soon", "1y", "nan", "1e3", "90 m", "9999999999d", "٣"])
def test_wrong_durations(written: str) -> None:
    """What is not a duration above 0 is rejected with an example."""
    with pytest.raises(argparse.ArgumentTypeError, match="use for example 90m, 2h or 1d"):
        minutes(written)


def test_all_options() -> None:
    """Each option has its place; what stands behind -- is the command, whatever it looks like."""
    line = (
        "--name a --frequency 1d --runtime 2h --push https://h/ping/KEY --write /pages --timeout 3h --lock"
        " --quiet --log always --process p --server s -- run --name b -- c"
    )
    options = parse(line.split())
    assert options.task == Task("a", frequency=1440, runtime=120, process="p", server="s")
    assert options.command == ["run", "--name", "b", "--", "c"]
    assert options[2:] == ("https://h/ping/KEY", "/pages", 10800, True, True, "always", False)


def test_the_defaults() -> None:
    """Only a name and a command are needed."""
    options = parse(["--name", "a", "--", "run"])
    assert options.task == Task("a")
    assert options[2:] == (None, None, None, False, False, "failure", False)
    assert parse(["--name", "a", "--schedule", "0 2 * * *", "--from-systemd"]).from_systemd


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("-- run", "the following arguments are required: --name"),
        ("--name a run", "unrecognized arguments: run"),
        ("--name a", "no command; put it after --"),
        ("--name a --", "no command"),
        ("--name a --frequency soon -- run", "invalid duration 'soon'"),
        ("--name a --frequency 5 --schedule x -- run", "use either --frequency or --schedule"),
        ("--name a --from-systemd -- run", "remove the command"),
        ("--name a --log sometimes -- run", "invalid choice: 'sometimes'"),
        ("--nam a -- run", "the following arguments are required: --name"),
    ],
)
def test_wrong_lines(line: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong line is explained in one sentence, with exit code 2."""
    with pytest.raises(SystemExit) as caught:
        parse(line.split())
    assert caught.value.code == 2
    assert sentence in capsys.readouterr().err


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    """The help has each option, and ends with success."""
    with pytest.raises(SystemExit) as caught:
        parse(["--help"])
    assert caught.value.code == 0
    said = capsys.readouterr().out
    assert [each.name for each in OPTIONS if f"\n  {each.name}" not in said] == []
