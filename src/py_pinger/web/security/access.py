"""The security settings of the web."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from py_pinger.config import MainSettings
from py_pinger.config.values.lists import Network

_DEFAULTS = MainSettings()


@dataclass(frozen=True, slots=True)
class Access:
    """Who may send requests, to which host names, and through which proxies.

    `host` is where the server listens. `password` is a hash or the password itself; None requires none.
    `public` are the endpoints that need no password. `names` are the allowed host names; empty means the
    default rule. `proxies` are those whose headers about a request are trusted.
    """

    host: str = _DEFAULTS.host
    password: str | None = field(default=None, repr=False)
    public: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    proxies: tuple[Network, ...] = _DEFAULTS.trusted_proxies

    @classmethod
    def of(cls, main: MainSettings) -> Self:
        """Return the security settings of pinger.ini."""
        return cls(
            host=main.host,
            password=main.web_password.get_secret_value() if main.web_password else None,
            public=frozenset(main.web_public),
            names=frozenset(main.web_hosts),
            proxies=main.trusted_proxies,
        )


# The settings of an empty pinger.ini.
DEFAULT = Access()
