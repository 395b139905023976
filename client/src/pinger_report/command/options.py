"""The options of `pinger exec`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from pinger_report.task import Task

_PART = re.compile(r"(\d+(?:\.\d+)?)([smhdw]?)", re.ASCII)
_DURATION = re.compile(r"\d+(\.\d+)?|(\d+(\.\d+)?[smhdw]\s*)+", re.ASCII)
_MINUTES = {"s": 1 / 60, "m": 1, "h": 60, "d": 1440, "w": 10_080}

# Minutes: a thousand years.
_LONGEST = 525_960_000

DESCRIPTION: Final = """\
Run a command and report its runs to Py Pinger. The exit code is the command's:
128 + N after signal N, 127 or 126 if it cannot be started; 2 after a usage error."""

EPILOG: Final = """\
Examples:
  pinger exec --name backup --frequency 1d --push https://example.com/ping/KEY -- backup.sh --fast
  pinger exec --name sync --schedule "*/10 * * * *" --write /var/lib/reports --quiet -- sync.sh
  ExecStopPost=pinger exec --name %N --frequency 1d --from-systemd

Durations may have units (90s, 5m, 2h, 1d); a bare number is minutes.
Without --push and --write, PINGER_PUSH and PINGER_REPORTS name the same."""


def minutes(written: str) -> float:
    """Return a duration such as `90`, `2h` or `1d 12h` as minutes. Raises argparse.ArgumentTypeError."""
    parts = _PART.findall(written) if _DURATION.fullmatch(written) else ()
    length = sum(float(number) * _MINUTES[unit or "m"] for number, unit in parts)
    if not 0 < length < _LONGEST:
        raise argparse.ArgumentTypeError(f"invalid duration {written!r}; use for example 90m, 2h or 1d")
    return int(length) if length == int(length) else length


class Option(NamedTuple):
    """An option, as its help describes it; without `metavar` it is a flag. `settings` are for argparse."""

    name: str
    help: str
    metavar: str | None = None
    settings: Mapping[str, Any] = {}


# Py Pinger's own help, manual page and documentation read this table too.
OPTIONS: Final = (
    Option("--name", "name the task; its slug is made from this", "NAME", {"required": True}),
    Option("--frequency", "expect a run this often", "DURATION", {"type": minutes}),
    Option("--schedule", "expect runs by this cron expression instead", "CRON"),
    Option("--timezone", "read the schedule in this time zone; by default UTC", "ZONE"),
    Option("--runtime", "expect a run to end within this time", "DURATION", {"type": minutes}),
    Option("--push", "send reports to this ping address", "URL"),
    Option("--write", "write the task's page into this folder", "FOLDER"),
    Option("--timeout", "end the command after this time", "DURATION", {"type": minutes}),
    Option("--lock", "do nothing while another run is under way"),
    Option("--quiet", "print the output of failed runs only"),
    Option(
        "--log",
        "push the last 10,000 bytes of output: never, on failure (default) or always",
        "WHEN",
        {"choices": ("never", "failure", "always"), "default": "failure"},
    ),
    Option("--process", "show this process; by default the name", "NAME"),
    Option("--server", "show this server; by default the host name", "NAME"),
    Option("--from-systemd", "report the service that has ended; for ExecStopPost="),
)


class ExecOptions(NamedTuple):
    """What the command line says."""

    task: Task
    command: Sequence[str]
    push: str | None
    folder: str | None
    seconds: float | None
    lock: bool
    quiet: bool
    log: str
    from_systemd: bool


def parse(arguments: Sequence[str]) -> ExecOptions:
    """Return the options. Raises SystemExit(2) after printing what is wrong."""
    own, separator, command = _split(arguments)
    parser = _parser()
    stated = parser.parse_args(own)
    if stated.from_systemd and command:
        parser.error("--from-systemd reports the service that runs it; remove the command")
    if not stated.from_systemd and not command:
        parser.error("no command" + ("" if separator else "; put it after --"))
    if stated.frequency and stated.schedule:
        parser.error("use either --frequency or --schedule")
    task = Task(
        stated.name,
        frequency=stated.frequency,
        schedule=stated.schedule,
        timezone=stated.timezone,
        runtime=stated.runtime,
        process=stated.process,
        server=stated.server,
    )
    seconds = stated.timeout * 60 if stated.timeout else None
    return ExecOptions(
        task,
        command,
        stated.push,
        stated.write,
        seconds,
        stated.lock,
        stated.quiet,
        stated.log,
        stated.from_systemd,
    )


def _split(arguments: Sequence[str]) -> tuple[Sequence[str], bool, Sequence[str]]:
    """Return the options of `pinger exec`, whether there is a `--`, and the command behind it."""
    if "--" not in arguments:
        return arguments, False, ()
    position = list(arguments).index("--")
    return arguments[:position], True, arguments[position + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pinger exec",
        usage="pinger exec --name NAME [OPTION ...] -- COMMAND [ARGUMENT ...]",
        description=DESCRIPTION,
        epilog=EPILOG,
        # A stated width saves the import of shutil, which finds that of the terminal.
        formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=100),
        allow_abbrev=False,
    )
    for option in OPTIONS:
        if option.metavar:
            parser.add_argument(option.name, help=option.help, metavar=option.metavar, **option.settings)
        else:
            parser.add_argument(option.name, help=option.help, action="store_true")
    return parser
