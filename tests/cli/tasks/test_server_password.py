"""Where the password for a server comes from."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from werkzeug.security import generate_password_hash

from py_pinger.cli.exits import UsageProblem
from py_pinger.cli.tasks import server_password
from py_pinger.config import MainSettings

URL = "http://pinger.example:3002"
PLAIN = MainSettings.model_construct(web_password=SecretStr("plain"))
HASHED = MainSettings.model_construct(web_password=SecretStr(generate_password_hash("plain")))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be at home in an empty folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("main", "netrc", "environ", "password"),
    [
        (None, "", {}, None),
        (MainSettings(), "", {}, None),
        (HASHED, "", {}, None),
        (PLAIN, "", {}, "plain"),
        (PLAIN, "machine pinger.example login me password kept", {}, "kept"),
        (None, "machine elsewhere.example login me password kept", {}, None),
        (PLAIN, "machine pinger.example login me password kept", {"PINGER_PASSWORD": "set"}, "set"),
    ],
)
def test_found(
    main: MainSettings | None, netrc: str, environ: dict[str, str], password: str | None, home: Path
) -> None:
    """The environment goes first, then ~/.netrc, then the settings where they have it in plain."""
    if netrc:
        (home / ".netrc").write_text(netrc)
        (home / ".netrc").chmod(0o600)
    assert server_password.find_password(URL, main, environ) == password


def test_a_broken_netrc(home: Path) -> None:
    """A ~/.netrc that cannot be read is told, and nothing of it is quoted."""
    (home / ".netrc").write_text("machine a login me password x s3cret")
    with pytest.raises(
        UsageProblem, match=r"Cannot read ~/.netrc: line 1; correct it, or set PINGER_PASSWORD."
    ):
        server_password.find_password(URL, None, {})


def test_no_prompt_without_a_terminal() -> None:
    """Without a terminal there is no prompt."""
    assert server_password.prompt_password(URL) is None
