"""Files of certificates and keys that are none, told when pinger.ini is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from tests.config.conftest import ProblemsOf
from tests.support.certificates import Authority

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


NO_PEM = "has no certificate inside; name a PEM file, which has a line BEGIN CERTIFICATE"


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ("ca=none", "ca = {}/none does not exist; name a PEM file, or remove the line"),
        ("ca=folder", "ca = {}/folder is a folder; name a PEM file inside it"),
        ("ca=loop", "ca = {}/loop cannot be read (too many levels of symbolic links); let Py Pinger read it"),
        ("ca=nothing", f"ca = {{}}/nothing {NO_PEM}"),
        ("ca=broken", "ca = {}/broken has a certificate inside that cannot be read; copy the file once more"),
        (
            "ca=snowman",
            "ca = {}/snowman has a certificate inside that cannot be read; copy the file once more",
        ),
        ("certificate=key", f"certificate = {{}}/key {NO_PEM}"),
        (
            "certificate=certificate",
            (
                "certificate = {}/certificate comes without its private key;"
                " name the PEM file that holds it as key"
            ),
        ),
        (
            "certificate=certificate\nkey=sealed",
            (
                "certificate = {}/certificate has a key with a passphrase; write one without by"
                " `openssl pkey -in FILE -out NEW_FILE`"
            ),
        ),
        (
            "certificate=certificate\nkey=other-key",
            (
                "certificate = {}/certificate does not belong to its key; name the certificate and the key"
                " that were made together"
            ),
        ),
        (
            "certificate=certificate\nkey=broken-key",
            "certificate = {}/certificate or its key cannot be read; copy both files once more",
        ),
        (
            "certificate=certificate\nkey=none",
            "key = {}/none does not exist; name a PEM file, or remove the line",
        ),
    ],
)
def test_unusable_files(problems_of: ProblemsOf, folder: Path, keys: str, why: str) -> None:
    """One sentence says which file it is, what is wrong with it, and what to do."""
    text = f"[task b]\nurl=https://b/\n{keys}\n"
    assert problems_of(text) == (f"[task b] {why.format(folder)}.",)
