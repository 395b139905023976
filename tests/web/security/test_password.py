"""The web password, given as it is or as a hash."""

import pytest
from werkzeug.security import generate_password_hash

from py_pinger.web.security import password
from py_pinger.web.security.password import PasswordCheck

# As slow as need be for a test.
QUICK = "scrypt:256:8:1"


@pytest.mark.parametrize("password", ["hunter2", "p\xe4ss w\xf6rd: %@/", "x" * 1000])
def test_it_opens_for_one_password(password: str) -> None:
    """The right password opens, given as it is or as its hash, once and again; no other does."""
    for made in (PasswordCheck(password), PasswordCheck(generate_password_hash(password, QUICK))):
        wrong = ("", password[:-1], password + "x", password.upper() + "!")
        assert [made.matches(each) for each in wrong] == [False] * len(wrong)
        assert [made.matches(password) for _ in range(2)] == [True] * 2
        assert [made.matches(each) for each in wrong] == [False] * len(wrong)


def test_a_hash_is_not_accepted_as_the_password() -> None:
    """Whoever has read the hash cannot get in with it."""
    hashed = generate_password_hash("hunter2", QUICK)
    assert not PasswordCheck(hashed).matches(hashed)


def test_a_masked_password_matches_nothing() -> None:
    """Settings that `pinger config` printed let nobody in, not by the mask either."""
    assert not PasswordCheck("***").matches("***")


def test_the_hash_is_computed_no_more_once_the_password_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only until it was opened for the first time is anything slow."""
    computed: list[str] = []

    def compute(_: str, given: str) -> bool:
        computed.append(given)
        return given == "ok"

    monkeypatch.setattr(password, "check_password_hash", compute)
    made = PasswordCheck(generate_password_hash("ok", QUICK))
    given = ("no", "ok", "no", "ok", "other")
    assert [(made.slow, made.matches(each)) for each in given] == [
        (True, False),
        (True, True),
        (False, False),
        (False, True),
        (False, False),
    ]
    assert computed == ["no", "ok"]


def test_a_plain_password_is_never_slow() -> None:
    """What is no hash needs no computing."""
    assert not PasswordCheck("hunter2").slow
