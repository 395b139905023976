"""Files of certificates and keys, read and tried out while nothing depends on them yet."""

from __future__ import annotations

from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext, SSLError

from py_pinger.core.model.task import Pem

_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
_KEY = b"PRIVATE KEY-----"
_SEALED = b"ENCRYPTED"


def read_pem(path: Path) -> Pem | str:
    """Return a file with its text, or the end of a sentence that says why there is none."""
    try:
        return Pem(str(path), path.read_bytes())
    except FileNotFoundError:
        return "does not exist; name a PEM file, or remove the line"
    except IsADirectoryError:
        return "is a folder; name a PEM file inside it"
    except OSError as error:
        return f"cannot be read ({(error.strerror or 'unknown error').lower()}); let Py Pinger read it"


def fault_of_authorities(pem: Pem) -> str | None:
    """Return what is wrong with a file of authorities to trust, as the end of a sentence, or None."""
    if _CERTIFICATE not in pem.text:
        return "has no certificate inside; name a PEM file, which has a line BEGIN CERTIFICATE"
    try:
        SSLContext(PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem.text.decode("ascii", "ignore"))
    except SSLError:
        return "has a certificate inside that cannot be read; copy the file once more"
    return None


def fault_of_identity(certificate: Pem, key: Pem | None) -> str | None:
    """Return what is wrong with a client certificate and its key, as the end of a sentence, or None."""
    keys = key or certificate
    if _CERTIFICATE not in certificate.text:
        return "has no certificate inside; name a PEM file, which has a line BEGIN CERTIFICATE"
    if _KEY not in keys.text:
        return "comes without its private key; name the PEM file that holds it as key"
    if _SEALED in keys.text:
        return "has a key with a passphrase; write one without by `openssl pkey -in FILE -out NEW_FILE`"
    return _mismatch(certificate, keys)


def _mismatch(certificate: Pem, keys: Pem) -> str | None:
    try:
        # A passphrase is never asked for, since somebody would have to be there to type it.
        SSLContext(PROTOCOL_TLS_CLIENT).load_cert_chain(certificate.path, keys.path, password="")
    except SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            return "does not belong to its key; name the certificate and the key that were made together"
        return "or its key cannot be read; copy both files once more"
    except OSError:
        return "or its key was changed while it was read; start once more"
    return None
