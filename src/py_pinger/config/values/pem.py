"""Files of certificates and keys, read and verified before they are used."""

from __future__ import annotations

from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext, SSLError

from py_pinger.core.model.task import Pem
from py_pinger.core.text.system_error import system_cause

_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
_KEY = b"PRIVATE KEY-----"
_ENCRYPTED = b"ENCRYPTED"


def read_pem(path: Path) -> Pem | str:
    """Return a file with its text, or a predicate that says why it cannot be read."""
    try:
        return Pem(str(path), path.read_bytes())
    except FileNotFoundError:
        return "does not exist; name a PEM file, or remove the line"
    except IsADirectoryError:
        return "is a directory; name a PEM file in it"
    except OSError as error:
        return f"cannot be read ({system_cause(error).lower()}); check its permissions"


def ca_problem(pem: Pem) -> str | None:
    """Return what is wrong with a file of trusted authorities, as a predicate; or None."""
    if _CERTIFICATE not in pem.text:
        return "contains no certificate; name a PEM file, which has a line BEGIN CERTIFICATE"
    try:
        SSLContext(PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem.text.decode("ascii", "ignore"))
    except SSLError:
        return "contains an invalid certificate; copy the file again"
    return None


def client_certificate_problem(certificate: Pem, key: Pem | None) -> str | None:
    """Return what is wrong with a client certificate and its key, as a predicate; or None."""
    keys = key or certificate
    if _CERTIFICATE not in certificate.text:
        return "contains no certificate; name a PEM file, which has a line BEGIN CERTIFICATE"
    if _KEY not in keys.text:
        return "contains no private key; set key to the PEM file that contains it"
    if _ENCRYPTED in keys.text:
        return "has a key with a passphrase; remove it with `openssl pkey -in FILE -out NEW_FILE`"
    return _mismatch(certificate, keys)


def _mismatch(certificate: Pem, keys: Pem) -> str | None:
    try:
        # An empty passphrase, so that OpenSSL does not prompt for one.
        SSLContext(PROTOCOL_TLS_CLIENT).load_cert_chain(certificate.path, keys.path, password="")
    except SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            return "does not match its key; name the certificate and the key that were created together"
        return "cannot be used together with its key; copy both files again"
    except OSError:
        return "or its key changed while it was read; start again"
    return None
