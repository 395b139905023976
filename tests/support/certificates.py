"""A certificate authority of a test, and the certificates that it signs for servers and clients."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from ssl import CERT_REQUIRED, PROTOCOL_TLS_SERVER, SSLContext

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import (
    BasicConstraints,
    CertificateBuilder,
    DNSName,
    ExtensionType,
    GeneralName,
    IPAddress,
    Name,
    NameAttribute,
    SubjectAlternativeName,
    random_serial_number,
)
from cryptography.x509.oid import NameOID

# While a good certificate of these tests is valid.
YEARS = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


class Authority:
    """Signs certificates for servers, which write them where they can load them from."""

    def __init__(self, folder: Path, end: datetime = YEARS[1]) -> None:
        self._folder = folder
        self._key = generate_private_key(SECP256R1())
        self._name = Name([NameAttribute(NameOID.COMMON_NAME, "Authority")])
        self.certificate = folder / "authority.pem"
        itself = self._builder(self._name, YEARS[0], end).public_key(self._key.public_key())
        itself = itself.add_extension(BasicConstraints(ca=True, path_length=None), critical=True)
        self.certificate.write_bytes(self._signed(itself))

    def server(
        self, host: str = "127.0.0.1", start: datetime = YEARS[0], end: datetime = YEARS[1]
    ) -> SSLContext:
        """Return what a server needs to show a certificate for `host`, good from `start` to `end`."""
        return self._context(self.identity(host, start, end))

    def demanding_server(self) -> SSLContext:
        """Return what a server needs to talk to those alone who show a certificate of this authority."""
        context = self.server()
        context.verify_mode = CERT_REQUIRED
        context.load_verify_locations(self.certificate)
        return context

    def identity(
        self, host: str = "127.0.0.1", start: datetime = YEARS[0], end: datetime = YEARS[1]
    ) -> bytes:
        """Return a key, and a certificate for `host` that is good from `start` to `end`."""
        return self._identity(host, start, end)

    def server_with(self, extension: ExtensionType, *, critical: bool) -> SSLContext:
        """Return what a server needs to show a certificate with one more extension."""
        return self._context(self._identity("127.0.0.1", *YEARS, (extension, critical)))

    def _identity(
        self, host: str, start: datetime, end: datetime, *extensions: tuple[ExtensionType, bool]
    ) -> bytes:
        key = generate_private_key(SECP256R1())
        try:
            alternative: GeneralName = IPAddress(ip_address(host))
        except ValueError:
            alternative = DNSName(host)
        builder = self._builder(Name([]), start, end).public_key(key.public_key())
        builder = builder.add_extension(SubjectAlternativeName([alternative]), critical=True)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return _pem(key) + self._signed(builder)

    def self_signed_server(self) -> SSLContext:
        """Return what a server needs to show the authority's own certificate."""
        return self._context(_pem(self._key) + self.certificate.read_bytes())

    def _builder(self, subject: Name, start: datetime, end: datetime) -> CertificateBuilder:
        return CertificateBuilder(
            issuer_name=self._name,
            subject_name=subject,
            serial_number=random_serial_number(),
            not_valid_before=start,
            not_valid_after=end,
        )

    def _signed(self, builder: CertificateBuilder) -> bytes:
        return builder.sign(self._key, SHA256()).public_bytes(Encoding.PEM)

    def _context(self, identity: bytes) -> SSLContext:
        file = self._folder / "server.pem"
        file.write_bytes(identity)
        context = SSLContext(PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _pem(key: EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
