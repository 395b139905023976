"""`pinger token`."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.pinger_command import pinger, write

from py_pinger.channels import KINDS
from py_pinger.config import load
from py_pinger.config.values.api_tokens import ApiToken, TokenScope, token_hash

pytestmark = pytest.mark.usefixtures("logbooks", "folder")


@pytest.mark.parametrize(
    ("options", "scope"), [((), TokenScope.READ), (("--write",), TokenScope.WRITE)], ids=["read", "write"]
)
def test_a_token_is_shown_once(folder: Path, options: tuple[str, ...], scope: TokenScope) -> None:
    """The token is printed with its line for pinger.ini, which has its hash alone."""
    result = pinger("token", "deploy", *options)
    assert (result.exit_code, result.stderr) == (0, "")
    secret = next(line for line in result.stdout.splitlines() if line.startswith("pinger_"))
    assert len(secret) > len("pinger_") + 40
    pasted = result.stdout[result.stdout.rindex("[api]") :]
    assert secret not in pasted
    write(folder / "pinger.ini", "", pasted, "[urls]", "prod=http://a/")
    api = load(folder / "pinger.ini", {}, KINDS).api
    assert api
    assert api.tokens == (ApiToken("deploy", scope, token_hash(secret)),)


def test_each_token_is_another() -> None:
    """Two tokens of the same name differ."""
    assert pinger("token", "deploy").stdout != pinger("token", "deploy").stdout


@pytest.mark.parametrize("name", ["", "a b", "-", "x" * 41, "a,b"])
def test_a_name_that_cannot_be(name: str) -> None:
    """A name with other characters is refused in one sentence."""
    result = pinger("token", "--", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "The name of a token is 1 to 40 letters" in result.stderr
