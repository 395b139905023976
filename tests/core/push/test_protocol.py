"""What the URL of a push says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.model.push import PushKind
from py_pinger.core.push.protocol import PushTarget, read_ping, read_report_route
from py_pinger.core.push.routes import is_push_path

UUID = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"
KEY = "0123456789abcdefghij"


@pytest.mark.parametrize(
    ("rest", "kind", "code"),
    [
        ("", PushKind.SUCCESS, None),
        ("/", PushKind.SUCCESS, None),
        ("/start", PushKind.START, None),
        ("/fail", PushKind.FAIL, None),
        ("/log", PushKind.LOG, None),
        ("/0", PushKind.SUCCESS, 0),
        ("/1", PushKind.FAIL, 1),
        ("/255", PushKind.FAIL, 255),
        ("/256", PushKind.FAIL, 256),
        ("/start/", PushKind.START, None),
    ],
)
def test_the_suffix_says_what_happened(rest: str, kind: PushKind, code: int | None) -> None:
    """The same suffixes follow a UUID, and a key with a slug."""
    assert read_ping(f"/ping/{UUID}{rest}") == PushTarget(kind, token=UUID, exit_code=code)
    by_slug = PushTarget(kind, key=KEY, slug="nightly-backup_2", exit_code=code)
    assert read_ping(f"/ping/{KEY}/nightly-backup_2{rest}") == by_slug


@pytest.mark.parametrize(
    "path",
    [
        "/ping/",
        f"/ping/{KEY}",
        f"/ping/{KEY}/",
        f"/ping//{KEY}",
        f"/ping/{KEY}/UPPER",
        f"/ping/{KEY}/slug/stop",
        f"/ping/{KEY}/slug/-1",
        f"/ping/{KEY}/slug/1234567890",
        f"/ping/{KEY}/slug/start/more",
        f"/ping/{KEY}/slug//",
        f"/ping/{KEY}/{'x' * 101}",
        f"/ping/{UUID}/stop",
        f"/ping/{UUID}/start/more",
        f"/ping/{UUID}//",
        "/ping/\uff15",
    ],
)
def test_another_path_is_not_a_push(path: str) -> None:
    """What the protocol does not have is not guessed at."""
    assert read_ping(path) is None


@pytest.mark.parametrize(("code", "invalid"), [("0", False), ("255", False), ("256", True), ("999", True)])
def test_an_exit_code_ends_at_255(code: str, *, invalid: bool) -> None:
    """The protocol answers others with a code of their own."""
    target = read_ping(f"/ping/{UUID}/{code}")
    assert target
    assert target.has_invalid_code is invalid


def test_a_uuid_in_capitals_is_the_same() -> None:
    """People copy UUIDs from anywhere."""
    assert read_ping(f"/ping/{UUID.upper()}") == PushTarget(PushKind.SUCCESS, token=UUID)


@pytest.mark.parametrize(
    ("path", "key", "target"),
    [
        ("/report/nightly", KEY, PushTarget(PushKind.SUCCESS, key=KEY, slug="nightly")),
        ("/report/nightly/start", KEY, PushTarget(PushKind.START, key=KEY, slug="nightly")),
        ("/report/nightly/3", KEY, PushTarget(PushKind.FAIL, key=KEY, slug="nightly", exit_code=3)),
        ("/report/nightly", None, None),
        ("/report/nightly/begin", KEY, None),
        ("/report/nightly/start/3", KEY, None),
        ("/report/", KEY, None),
    ],
)
def test_a_report_has_its_key_in_a_header(path: str, key: str | None, target: PushTarget | None) -> None:
    """The suffixes are those of pings. Without a key, or without a slug, it names no task."""
    assert read_report_route(path, key) == target


def test_secrets_are_not_in_the_repr() -> None:
    """What is logged by accident has no key."""
    assert KEY not in repr(read_ping(f"/ping/{KEY}/slug"))
    assert UUID not in repr(read_ping(f"/ping/{UUID}"))


@given(st.text(max_size=60))
def test_any_path_is_read(path: str) -> None:
    """No path fails."""
    assert is_push_path(f"/ping/{path}")
    read_ping(f"/ping/{path}")
    read_report_route(f"/report/{path}", KEY)
