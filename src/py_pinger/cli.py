"""The command line: run, check, config, notify, password."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import click
from werkzeug.security import generate_password_hash

from py_pinger import __version__, app, logbook
from py_pinger.channels import Channel, MutedChannel, build
from py_pinger.checkup import check_up
from py_pinger.config import ConfigError, Settings, load, masked_ini, task_at
from py_pinger.config.ini import escape
from py_pinger.core import timestamp
from py_pinger.core.delivery import Message, Outcome, Sent, Tone
from py_pinger.core.model import Status, Task
from py_pinger.demo import demo_settings
from py_pinger.permissions import exposure, keep_to_ourselves
from py_pinger.store import StoreError
from py_pinger.web import WebError

# Exit codes, the same for every command.
SOMETHING_FAILS, UNUSABLE, INTERRUPTED = 1, 2, 130

DEMO_HOST, DEMO_PORT = "localhost", 3002

_NO_INI = (
    "There is no pinger.ini here: copy pinger.ini.template to pinger.ini and adjust it, "
    "name another file with --config, or see the demo with `pinger run --demo`."
)


class _Unusable(click.ClickException):
    """The configuration cannot be used; what is wrong goes to standard error, a sentence a line."""

    exit_code = UNUSABLE

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, err=True, file=file)


class _CannotStart(_Unusable):
    """The configuration is fine, but what it names cannot be had."""

    exit_code = SOMETHING_FAILS


class _Commands(click.Group):
    """Commands that end without a word on Ctrl-C, and with the exit code that shells have for it."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)


class _Moment(click.ParamType[datetime]):
    """A date and time, in any notation that a task's page may use."""

    name = "time"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        reading = timestamp.read(value)
        if isinstance(reading, timestamp.Unreadable):
            self.fail(f"{value!r} {reading.why}: write it like 2026-11-22T10:05:00Z", param, ctx)
        return reading.at


_config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The ini file; by default pinger.ini in the current folder, then beside the program.",
)


@click.group(
    cls=_Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="Py Pinger")
@click.pass_context
def main(context: click.Context) -> None:
    """Watch the status pages of tasks, and tell people when one stops being fresh.

    Without a command, this does what `run` does.
    """
    _write_what_can_be_written()
    if context.invoked_subcommand is None:
        context.invoke(run)


def _write_what_can_be_written() -> None:
    """Have a character that the output's encoding lacks become a question mark instead of a fault."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


@main.command()
@_config_option
@click.option("--demo", is_flag=True, help="Watch sample pages of its own; needs no file and leaves none.")
@click.option("--port", type=click.IntRange(1, 65535), help="Listen here instead of on the configured port.")
def run(config: Path | None = None, *, demo: bool = False, port: int | None = None) -> None:
    """Watch the tasks, send notices, and serve the results."""
    if demo:
        with TemporaryDirectory(prefix="py-pinger-demo-") as folder:
            settings = demo_settings(Path(folder), DEMO_HOST, port or DEMO_PORT)
            _run(settings, samples=True)
        return
    settings = _loaded(config)
    if port:
        settings = settings.model_copy(update={"main": settings.main.model_copy(update={"port": port})})
    _run(settings, samples=settings.main.debug)


def _run(settings: Settings, *, samples: bool) -> None:
    keep_to_ourselves()
    try:
        logbook.open_logbook(settings.main.log, settings.secrets(), debug=settings.main.debug)
        logbook.note(settings.warnings)
        app.run(settings, os.environ, samples=samples)
    except (logbook.LogbookError, StoreError, WebError) as error:
        raise _CannotStart(f"Py Pinger cannot start: {error}") from None


@main.command()
@_config_option
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("--at", type=_Moment(), metavar="TIME", help="Judge as of this moment instead of now.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.pass_context
def check(
    context: click.Context, config: Path | None, urls: Sequence[str], at: datetime | None, *, as_json: bool
) -> None:
    """Ask each URL once, or every configured task, and explain the verdicts.

    Exit code: 0 all well, 1 something fails, 2 unusable configuration.
    """
    # Loading colours takes a while, and a start has no use for them.
    from py_pinger import findings  # noqa: PLC0415

    settings = _loaded(config, needed=not urls)
    tasks = _chosen(settings, urls)
    with findings.progress(len(tasks), shown=not as_json) as advance:
        found = asyncio.run(check_up(settings, tasks, at, advance))
    if as_json:
        click.echo(findings.as_json(found))
    else:
        findings.print_findings(found)
    if any(finding.verdict.status is Status.ERROR for finding in found):
        context.exit(SOMETHING_FAILS)


@main.command("config")
@_config_option
def show_config(config: Path | None) -> None:
    """Print the effective settings with secrets masked, or all that is wrong with them."""
    settings = _loaded(config)
    click.echo(masked_ini(settings), nl=False)
    for warning in settings.warnings:
        click.echo(f"Warning: {warning}", err=True)


@main.command()
@_config_option
@click.argument("text")
@click.pass_context
def notify(context: click.Context, config: Path | None, text: str) -> None:
    """Send a test message through each channel, and say what each answered."""
    settings = _loaded(config)
    logbook.open_logbook(None, settings.secrets(), debug=False)
    failed = False
    for channel in build(settings):
        outcome = channel.send(Message(Tone.NEUTRAL, text), None)
        failed |= not isinstance(outcome, Sent)
        click.echo(_answer(channel, outcome))
        channel.close()
    if failed:
        context.exit(SOMETHING_FAILS)


@main.command()
def password() -> None:
    """Ask for a password, and print the line with its hash for [main] of pinger.ini.

    Where standard input is no terminal, the password is its first line.
    """
    given = _password()
    if not given.strip():
        raise _Unusable("The password is empty: give one that is hard to guess.")
    click.echo(f"web_password={escape(generate_password_hash(given))}")


def _password() -> str:
    if sys.stdin.isatty():
        answer: str = click.prompt("Password", hide_input=True, confirmation_prompt="Once more", err=True)
        return answer
    return sys.stdin.readline().rstrip("\r\n")


def _answer(channel: Channel, outcome: Outcome) -> str:
    if isinstance(channel, MutedChannel):
        return f"{channel.section}: not sent, only_log=true"
    answer = "delivered" if isinstance(outcome, Sent) else f"not delivered: {outcome.why}"
    return f"{channel.name}: {answer}"


def _loaded(config: Path | None, *, needed: bool = True) -> Settings:
    """Return the settings of the named or found ini file; defaults if none is there and none is needed."""
    path = config or _found()
    if path is None:
        if needed:
            raise _Unusable(_NO_INI)
        return Settings()
    try:
        settings = load(path, os.environ)
    except ConfigError as error:
        raise _Unusable("\n".join(error.problems)) from None
    warning = exposure(path, "configuration") if settings.secrets() else None
    return settings.model_copy(update={"warnings": (*settings.warnings, warning)}) if warning else settings


def _found() -> Path | None:
    beside_program = Path(__file__).resolve().parents[2]
    places = (folder / "pinger.ini" for folder in (Path.cwd(), beside_program))
    return next((path for path in places if path.is_file()), None)


def _chosen(settings: Settings, urls: Sequence[str]) -> Sequence[Task]:
    """Return the tasks at the URLs, with their own settings where they are configured; all without URLs."""
    if not urls:
        return settings.tasks
    try:
        return [task_at(url, settings) for url in urls]
    except ConfigError as error:
        raise _Unusable("\n".join(error.problems)) from None
