"""The section [email]."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from py_pinger.channels.email.email_settings import EmailSettings, Security

KEYS = {"to": "ops@example.com", "from": "pinger@example.com", "server": "mail.example.com"}


@pytest.mark.parametrize(
    ("server", "security", "written", "encryption"),
    [
        ("mail.example.com", None, "mail.example.com:587", Security.STARTTLS),
        ("mail.example.com:465", None, "mail.example.com:465", Security.TLS),
        ("mail.example.com:25", "NONE", "mail.example.com:25", Security.NONE),
        ("[::1]:2525", "tls", "[::1]:2525", Security.TLS),
    ],
)
def test_servers(server: str, security: str | None, written: str, encryption: Security) -> None:
    """A port has its usual encryption, unless the section says otherwise."""
    more = {"security": security} if security else {}
    given = EmailSettings.model_validate({**KEYS, "server": server, **more})
    assert (str(given.server), given.encryption) == (written, encryption)
    again = EmailSettings.model_validate({**KEYS, "server": given.model_dump()["server"]})
    assert again.server == given.server


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"to": ""}, "is not a list of mail addresses"),
        ({"to": "ops"}, "is not a list of mail addresses"),
        ({"to": "a@example.com, b@"}, "is not a list of mail addresses"),
        ({"to": "ä@example.com"}, "is not a list of mail addresses"),
        ({"from": "Py Pinger"}, "is not a mail address"),
        ({"server": "smtp://mail.example.com"}, "is not a mail server"),
        ({"server": "me:secret@mail.example.com:25"}, "is not a mail server"),
        ({"server": "mail.example.com:0"}, "is not a mail server"),
        ({"server": "mail.example.com:65536"}, "is not a mail server"),
        ({"security": "ssl"}, "is not one of starttls, tls, none"),
        ({"user": "me"}, "user and password belong together"),
        ({"password": "x"}, "user and password belong together"),
        ({"user": "me", "password": "x", "security": "none"}, "would send the password in plain text"),
    ],
)
def test_rejected(keys: dict[str, str], why: str) -> None:
    """What cannot work is an error with an example, before any mail is sent."""
    with pytest.raises(ValidationError, match=why):
        EmailSettings.model_validate({**KEYS, **keys})


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_a_password_stays_on_this_machine(host: str) -> None:
    """To a server on the same machine a password may go without encryption; its repr shows none."""
    keys = {"server": f"{host}:25", "user": "me", "password": "planted", "security": "none"}
    given = EmailSettings.model_validate({**KEYS, **keys})
    assert given.encryption is Security.NONE
    assert "planted" not in repr(given) + str(given.model_dump())


def test_names() -> None:
    """Each recipient once has a channel, named as the section, and with a number from the second on."""
    given = EmailSettings.model_validate({**KEYS, "to": "a@example.com,\n b@example.com, a@example.com"})
    assert given.names("email ops") == ("email ops", "email ops #2")
    assert given.sender == "pinger@example.com"
