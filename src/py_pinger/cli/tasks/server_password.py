"""The password for a running server.

Never an argument, which everyone on the machine could read.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from netrc import NetrcParseError, netrc
from typing import Final
from urllib.parse import urlsplit

import click

from py_pinger.cli.exits import UsageProblem
from py_pinger.config import MainSettings
from py_pinger.config.values.secrets import is_hash
from py_pinger.core.text.system_error import system_cause

VARIABLE: Final = "PINGER_PASSWORD"


def find_password(url: str, main: MainSettings | None, environ: Mapping[str, str]) -> str | None:
    """Return the password for a server.

    From the environment, from ~/.netrc, or from its settings.

    The settings usually have only its hash; they have the password if it came from a variable.
    """
    return find_secret(url, VARIABLE, environ) or _configured(main)


def find_secret(url: str, variable: str, environ: Mapping[str, str]) -> str | None:
    """Return the secret for a server: that of an environment variable, else the password in ~/.netrc."""
    return environ.get(variable) or _in_netrc(urlsplit(url).hostname or "", variable)


def prompt_password(url: str) -> str | None:
    """Prompt for the password; return None if standard input is not a terminal."""
    if not sys.stdin.isatty():
        return None
    given: str = click.prompt(f"Password for {url}", hide_input=True, err=True)
    return given


def _in_netrc(host: str, variable: str) -> str | None:
    try:
        entry = netrc().hosts.get(host)
    except FileNotFoundError:
        return None
    except (NetrcParseError, OSError) as error:
        raise UsageProblem(f"Cannot read ~/.netrc: {_cause(error)}; correct it, or set {variable}.") from None
    return entry[2] if entry else None


def _cause(error: NetrcParseError | OSError) -> str:
    # The parser quotes the text of the line, which may be a password.
    return f"line {error.lineno}" if isinstance(error, NetrcParseError) else system_cause(error)


def _configured(main: MainSettings | None) -> str | None:
    secret = main.web_password.get_secret_value() if main and main.web_password else None
    return None if secret is None or is_hash(secret) else secret
