"""`pinger manual`: the manual page, made of the help texts of the commands."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc
from typing import Final

import click

from py_pinger import __version__

_ENVIRONMENT: Final = {
    "PINGER_PASSWORD": "The password of a running server, for status and tasks. By default that in ~/.netrc.",
    "NO_COLOR": "If set, output has no colours.",
}
_FILES: Final = {
    "pinger.ini": "The settings. Searched in the current directory, next to the program, and in "
    "/etc/py-pinger.",
}


_HELP: Final = """\b
To read it if it is not installed:
  pinger manual | man -l -
"""


@click.command("manual", epilog=_HELP)
@click.pass_context
def command(context: click.Context) -> None:
    """Print the manual page."""
    click.echo("\n".join(_page(context.find_root())))


def _page(root: click.Context) -> Iterator[str]:
    program = root.command
    yield f'.TH PINGER 1 "" "Py Pinger {__version__}" "User commands"'
    yield ".SH NAME"
    yield r"pinger \- monitors the freshness of scheduled tasks by their status pages"
    yield ".SH SYNOPSIS"
    yield ".B pinger\n.RI [ COMMAND ]\n.RI [ OPTION ...]\n.RI [ ARGUMENT ...]"
    yield ".SH DESCRIPTION"
    yield from _text(program.help)
    yield from _options(program, root)
    yield from _text(program.epilog)
    yield ".SH COMMANDS"
    if isinstance(program, click.Group):
        for name in program.list_commands(root):
            yield from _section(name, program.get_command(root, name), root)
    yield from _definitions("ENVIRONMENT", _ENVIRONMENT)
    yield from _definitions("FILES", _FILES)


def _section(name: str, each: click.Command | None, root: click.Context) -> Iterator[str]:
    if each is None or each.hidden:
        return
    context = click.Context(each, info_name=name, parent=root)
    yield f".SS {_plain(' '.join([name, *each.collect_usage_pieces(context)]))}"
    yield from _text(each.help)
    yield from _options(each, context)
    yield from _text(each.epilog)


def _options(each: click.Command, context: click.Context) -> Iterator[str]:
    shown = (parameter for parameter in each.get_params(context) if parameter.name != "help")
    for record in filter(None, (parameter.get_help_record(context) for parameter in shown)):
        names, meaning = record
        if meaning:
            yield f".TP\n.B {_plain(names)}\n{_plain(meaning)}"


def _text(written: str | None) -> Iterator[str]:
    """Yield paragraphs; one that click does not rewrap is not rewrapped either."""
    for paragraph in filter(None, cleandoc(written or "").split("\n\n")):
        if paragraph.startswith("\b\n"):
            yield f".PP\n.nf\n{_plain(paragraph.removeprefix(chr(8)).strip(chr(10)))}\n.fi"
        else:
            yield f".PP\n{_plain(paragraph)}"


def _definitions(heading: str, meanings: dict[str, str]) -> Iterator[str]:
    yield f".SH {heading}"
    for name, meaning in meanings.items():
        yield f".TP\n.B {_plain(name)}\n{_plain(meaning)}"


def _plain(text: str) -> str:
    """Return text escaped for roff."""
    safe = text.replace("\\", r"\e").replace("-", r"\-")
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in safe.split("\n"))
