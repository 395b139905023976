"""Secrets that a server sends back."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from py_pinger.core.text.redaction import redact


@pytest.mark.parametrize(
    ("body", "secrets", "expected"),
    [
        (b"you sent s3cret", {"s3cret"}, b"you sent ***"),
        (b"s3cret and s3cret-2", {"s3cret", "s3cret-2"}, b"*** and ***"),
        (b"abc", {"abc", "", "a"}, b"abc"),
        (b"nothing", {"s3cret"}, b"nothing"),
        (b"nothing", set(), b"nothing"),
        (b"\xff\0 s3cret", {"s3cret"}, b"\xff\0 ***"),
        (rb'{"a": "dXNlcjpw\/Xc="}', {"dXNlcjpw/Xc="}, b'{"a":"***"}'),
        (rb'{"a": "p\"w\\d\n1"}', {'p"w\\d\n1'}, b'{"a":"***"}'),
        (rb'{"a": "\u0073\u0033cret"}', {"s3cret"}, b'{"a":"***"}'),
        (rb'{"a": "p\u00E4ss"}', {"päss"}, b'{"a":"***"}'),
        ('{"a": "päss"}'.encode(), {"päss"}, b'{"a": "***"}'),
        (rb'{"a": "key\ud83d\ude00"}', {"key😀"}, b'{"a":"***"}'),
        (rb'{"a": "\ud83d s3cret"}', {"s3cret"}, rb'{"a": "\ud83d ***"}'),
        (rb'{"a": "\\u0073ecret \u0041"}', {"secret"}, rb'{"a": "\\u0073ecret \u0041"}'),
        (rb'{"a": "C:\temp \u0041"}', {"secret"}, rb'{"a": "C:\temp \u0041"}'),
        (rb"<b>C:\temp \u0041 s3cret</b>", {"s3cret"}, rb"<b>C:\temp \u0041 ***</b>"),
        (rb"<b>\u00733cret</b>", {"s3cret"}, b"***"),
        (rb"<b>a\/b\/c</b>", {"a/b/c"}, b"***"),
        (b"[" * 500 + rb'"\u00733cret"' + b"]" * 500, {"s3cret"}, b"***"),
        (b"\xef\xbb\xbf" + rb'{"a": "\u00733cret"}', {"s3cret"}, b'{"a":"***"}'),
        (b"ends with \\", {"secret"}, b"ends with \\"),
    ],
)
def test_without(body: bytes, secrets: set[str], expected: bytes) -> None:
    """A secret of four characters or more is replaced, however JSON spells it; nothing else changes."""
    assert redact(body, secrets) == expected


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=4), st.text(), st.booleans(), st.data())
def test_no_spelling_gets_through(secret: str, around: str, every: bool, data: st.DataObject) -> None:  # noqa: FBT001 - hypothesis fills it in
    """Whatever characters of a secret are escaped, what a reader of the JSON gets does not have it."""
    if "***" in secret or secret in "***" * 2:
        return
    spelled = "".join(_spelled(one, escaped=every or data.draw(st.booleans())) for one in secret)
    quoted = orjson.dumps(around).decode()[1:-1]
    body = f'{{"a": "{quoted}{spelled}{quoted}"}}'.encode()
    masked = redact(body, {secret})
    try:
        seen = orjson.loads(masked)["a"]
    except orjson.JSONDecodeError:
        # The secret is part of the JSON around the text, such as `": "`, or of an escape (`0000`).
        rest = masked.split(b"***")
        assert not [part for part in rest if secret.encode() in part or spelled.encode() in part]
    else:
        assert seen.count(secret) <= (around + "***" + around).count(secret)


def _spelled(character: str, *, escaped: bool) -> str:
    if not escaped:
        return orjson.dumps(character).decode()[1:-1]
    units = character.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
