"""Files of certificates and keys that are none, told when pinger.ini is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from tests.support.certificates import Authority
from tests.support.ini_texts import ProblemsOf, lines

MARKS = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def sealed() -> bytes:
    """Return a key with a passphrase."""
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the ini file's folder with files of every kind."""
    authority = Authority(tmp_path)
    both = authority.identity()
    key, _, certificate = both.partition(b"-----BEGIN CERT")
    files = {
        "both": both,
        "certificate": b"-----BEGIN CERT" + certificate,
        "key": key,
        "other-key": authority.identity().partition(b"-----BEGIN CERT")[0],
        "sealed": sealed(),
        "broken": MARKS.encode(),
        "broken-key": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "snowman": MARKS.replace("AAAA", "\N{SNOWMAN}").encode(),
        "nothing": b"nothing\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    return tmp_path


NO_PEM = "contains no certificate; name a PEM file, which has a line BEGIN CERTIFICATE"


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ("ca=none", "ca: '{}/none' does not exist; name a PEM file, or remove the line"),
        ("ca=folder", "ca: '{}/folder' is a directory; name a PEM file in it"),
        (
            "ca=loop",
            "ca: '{}/loop' cannot be read (too many levels of symbolic links); check its permissions",
        ),
        ("ca=nothing", f"ca: '{{}}/nothing' {NO_PEM}"),
        ("ca=broken", "ca: '{}/broken' contains an invalid certificate; copy the file again"),
        (
            "ca=snowman",
            "ca: '{}/snowman' contains an invalid certificate; copy the file again",
        ),
        ("certificate=key", f"certificate: '{{}}/key' {NO_PEM}"),
        (
            "certificate=certificate",
            (
                "certificate: '{}/certificate' contains no private key; set key"
                " to the PEM file that contains it"
            ),
        ),
        (
            "certificate=certificate\nkey=sealed",
            (
                "certificate: '{}/certificate' has a key with a passphrase; remove it with"
                " `openssl pkey -in FILE -out NEW_FILE`"
            ),
        ),
        (
            "certificate=certificate\nkey=other-key",
            (
                "certificate: '{}/certificate' does not match its key; name the certificate and the key"
                " that were created together"
            ),
        ),
        (
            "certificate=certificate\nkey=broken-key",
            "certificate: '{}/certificate' cannot be used together with its key; copy both files again",
        ),
        (
            "certificate=certificate\nkey=none",
            "key: '{}/none' does not exist; name a PEM file, or remove the line",
        ),
    ],
)
def test_unusable_files(problems_of: ProblemsOf, folder: Path, keys: str, why: str) -> None:
    """One sentence says which file it is, what is wrong with it, and what to do."""
    text = f"[task b]\nurl=https://b/\n{keys}\n"
    assert lines(problems_of(text)) == (f"[task b] {why.format(folder)}",)
