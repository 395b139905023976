"""The tokens of [api]: what a line may be, and how it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.pinger_command import write

from py_pinger.config import ConfigError, differences, load, masked_ini
from py_pinger.config.values.api_tokens import ApiToken, TokenScope, token_hash

HASH = token_hash("secret")


def ini(folder: Path, *lines: str) -> Path:
    """Write a file with these lines of tokens."""
    file = folder / "pinger.ini"
    write(file, "", "[api]", "tokens=", *(f"    {line}" for line in lines), "[urls]", "prod=http://a/")
    return file


def test_tokens_are_read_and_masked(tmp_path: Path) -> None:
    """Each line is a token; the effective settings hide the hash, and can be read again."""
    file = ini(tmp_path, f"deploy write {HASH}", f"grafana read {HASH}")
    settings = load(file, {}, {})
    assert settings.api
    assert settings.api.tokens == (
        ApiToken("deploy", TokenScope.WRITE, HASH),
        ApiToken("grafana", TokenScope.READ, HASH),
    )
    text = masked_ini(settings)
    assert "tokens=deploy write ***, grafana read ***" in text
    assert HASH not in text + repr(settings)
    file.write_text(text, "utf-8")
    masked = load(file, {}, {})
    assert masked.api
    assert [token.hash for token in masked.api.tokens] == ["***", "***"]
    assert [str(each) for each in differences(settings, masked)] == ["[api] tokens: changed"]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["deploy write"], "has an item that is not NAME SCOPE HASH; use the line that `pinger token NAME`"),
        ([f"a/b read {HASH}"], "has an item that is not NAME SCOPE HASH"),
        ([f"deploy all {HASH}"], "has a token whose scope is neither read nor write"),
        (["deploy write secret"], "has a token without a valid hash"),
        ([f"deploy write {HASH}", f"Deploy read {HASH}"], "has two tokens of one name"),
    ],
)
def test_what_is_not_a_token(tmp_path: Path, lines: list[str], words: str) -> None:
    """Anything else is an error in one sentence, which does not repeat the value."""
    with pytest.raises(ConfigError) as caught:
        load(ini(tmp_path, *lines), {}, {})
    assert words in str(caught.value)
    assert HASH not in str(caught.value)


def test_an_empty_section_has_no_tokens(tmp_path: Path) -> None:
    """A section without tokens opens nothing."""
    settings = load(ini(tmp_path), {}, {})
    assert settings.api
    assert settings.api.tokens == ()
