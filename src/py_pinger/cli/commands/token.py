"""`pinger token`."""

from __future__ import annotations

from secrets import token_urlsafe

import click

from py_pinger.cli.exits import UsageProblem
from py_pinger.config.values.api_tokens import ApiToken, TokenScope, is_token_name, token_hash

_HELP = """\b
The token is shown once: only its hash is in pinger.ini. Programs send it as
  Authorization: Bearer TOKEN
and the commands silence, unsilence, ack and unack take it from PINGER_TOKEN or
a file. To revoke a token, remove its line.

\b
Examples:
  pinger token grafana
  pinger token deploy --write
"""

# Random bytes, and what secret scanners recognise a token by.
_BYTES = 32
_PREFIX = "pinger_"


@click.command("token", epilog=_HELP)
@click.argument("name")
@click.option("--write", is_flag=True, help="Allow changes: silences, acknowledgements, checks.")
def command(name: str, *, write: bool) -> None:
    """Print a new token for programs, and its line for [api] in pinger.ini."""
    if not is_token_name(name):
        raise UsageProblem(
            "The name of a token is 1 to 40 letters, digits, dots, - and _; use for example deploy."
        )
    secret = _PREFIX + token_urlsafe(_BYTES)
    scope = TokenScope.WRITE if write else TokenScope.READ
    click.echo(f"The token, which is shown only once:\n\n{secret}\n")
    click.echo(
        f"Its line, for tokens= in [api] of pinger.ini:\n\n[api]\ntokens=\n    {_line(name, scope, secret)}"
    )


def _line(name: str, scope: TokenScope, secret: str) -> str:
    return ApiToken(name, scope, token_hash(secret)).line()
