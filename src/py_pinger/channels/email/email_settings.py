"""The section [email]."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, PlainSerializer, create_model, model_validator

from py_pinger.config import ChannelKind, ChannelSettings
from py_pinger.config.values.basic import Line, from_text, read_line
from py_pinger.config.values.secrets import Password
from py_pinger.config.values.url import is_host

# A part before the @ and a host name with a dot or none; quoted and international addresses are rejected.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+", re.ASCII)
_SERVER = re.compile(r"(?P<host>[^:\[\]/@]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")
_SEPARATOR = re.compile(r"[,\n]")

# Ports for the submission of mail: with STARTTLS, and with TLS from the first byte (RFC 8314).
SUBMISSION, SUBMISSIONS = 587, 465
_LARGEST_PORT = 65_535


class Security(StrEnum):
    """How the connection to a mail server is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """The host and the port of a mail server."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_local(self) -> bool:
        """Whether it is this machine, by its usual name or a loopback address."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def _read_recipients(text: str) -> tuple[str, ...]:
    addresses = tuple(dict.fromkeys(part.strip() for part in _SEPARATOR.split(text) if part.strip()))
    if not addresses or not all(map(_ADDRESS.fullmatch, addresses)):
        raise ValueError("is not a list of mail addresses; use for example ops@example.com, boss@example.com")
    return addresses


def _read_sender(text: str) -> str:
    name, address = parseaddr(read_line(text))
    if not _ADDRESS.fullmatch(address) or not name.isascii():
        raise ValueError("is not a mail address; use for example Py Pinger <pinger@example.com>")
    return f"{name} <{address}>" if name else address


def _read_server(text: str) -> MailServer:
    found = _SERVER.fullmatch(text)
    port = int(found["port"] or SUBMISSION) if found else 0
    if not found or not is_host(found["host"].strip("[]")) or not 0 < port <= _LARGEST_PORT:
        raise ValueError("is not a mail server; use a host with a port, for example mail.example.com:587")
    return MailServer(found["host"].strip("[]"), port)


def _read_security(text: str) -> Security:
    try:
        return Security(text.lower())
    except ValueError:
        raise ValueError(f"is not one of {', '.join(Security)}; use one of them") from None


Recipients = Annotated[tuple[str, ...], from_text(_read_recipients), PlainSerializer(", ".join)]
Sender = Annotated[str, from_text(_read_sender)]
Server = Annotated[MailServer, from_text(_read_server), PlainSerializer(str)]
Encryption = Annotated[Security | None, from_text(_read_security)]


class _EmailKeys(ChannelSettings):
    """The keys of [email] whose names are not words of Python."""

    to: Recipients
    server: Server
    security: Encryption = None
    user: Line | None = None
    password: Password | None = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _login_is_possible(self) -> Self:
        if bool(self.user) != bool(self.password):
            raise ValueError("user and password belong together; give both, or neither")
        if self.password and self.encryption is Security.NONE and not self.server.is_local:
            raise ValueError("security=none would send the password in plain text; use starttls or tls")
        return self

    @property
    def encryption(self) -> Security:
        """How the connection is encrypted: with STARTTLS, but for the port that has TLS from the start."""
        from_start = self.server.port == SUBMISSIONS
        return self.security or (Security.TLS if from_start else Security.STARTTLS)

    @property
    def sender(self) -> str:
        """The value of `from`."""
        return str(getattr(self, "from"))

    def names(self, name: str) -> tuple[str, ...]:
        """Return the names of the channels: that of the section, and the others with numbers."""
        return (name, *(f"{name} #{number}" for number in range(2, len(self.to) + 1)))


if TYPE_CHECKING:
    EmailSettings = _EmailKeys
else:
    EmailSettings = create_model(
        "EmailSettings",
        __base__=_EmailKeys,
        __doc__="[email]: people by their mail addresses, through a mail server.",
        **{"from": (Sender, Field())},
    )

KIND = ChannelKind(EmailSettings, ("to", "from", "server"), "give to, from and server")
