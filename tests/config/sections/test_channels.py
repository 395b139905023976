"""Several channels of one kind, each under a name of its own."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from tests.support.ini_texts import CodesOf, LoadText

from py_pinger.config import masked_ini

OPS = "[slack ops]\ntoken=xoxb-1\nchannel=ops\n"
BILLING = "[slack  Billing 2]\ntoken=xoxb-2\nchannel=b\n"


def test_several_of_a_kind(load_text: LoadText) -> None:
    """Each section of a kind is a channel; they come in their order, and load again as they are called."""
    settings = load_text(f"{BILLING}{OPS}[slack]\ntoken=xoxb-3\nchannel=c\n")
    called = [(channel.name, channel.kind) for channel in settings.channels]
    assert called == [("slack Billing 2", "slack"), ("slack ops", "slack"), ("slack", "slack")]
    assert settings.secrets() == {"xoxb-1", "xoxb-2", "xoxb-3"}
    again = load_text(masked_ini(settings))
    assert [(channel.name, channel.kind) for channel in again.channels] == called
    assert dict(again.channels[1].settings)["token"] == SecretStr("***")


@pytest.mark.parametrize("other", ["slack ops ", "slack  OPS", "slack\tOps"])
def test_two_of_one_name(codes_of: CodesOf, other: str) -> None:
    """Names that differ in blanks or in the case of their letters would be taken for each other."""
    assert codes_of(f"{OPS}[{other}]\ntoken=xoxb-2\nchannel=b\n") == (
        (("duplicate", f"[{' '.join(other.split())}]")),
    )


@pytest.mark.parametrize(
    "own", ["x" * 41, "(only_log)", "a/b", "https://secret@host/", "-", "a\N{ZERO WIDTH SPACE}", "${NO}"]
)
def test_names_that_are_too_odd(codes_of: CodesOf, own: str) -> None:
    """A name that may be a secret gone astray, or be mistaken for another, is refused and not shown."""
    assert codes_of(f"[hipchat {own}]\nroom=7\nauth=\n") == (
        (("invalid_name", "[hipchat…]")),
        ("incomplete", "[hipchat…]"),
    )


def test_problems_name_the_section(codes_of: CodesOf) -> None:
    """What is wrong with one of several is told of that one."""
    assert codes_of(f"{OPS}[slack  billing]\nchanel=\n[slak x]\n") == (
        ("unknown_section", "[slak…]"),
        ("unknown_key", "[slack billing]"),
    )
