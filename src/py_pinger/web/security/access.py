"""The security settings of the web."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Self

from py_pinger.config import MainSettings, Settings
from py_pinger.config.values.api_tokens import ApiToken
from py_pinger.config.values.lists import Network

_DEFAULTS = MainSettings()


@dataclass(frozen=True, slots=True)
class Access:
    """Who may send requests, to which host names, and through which proxies.

    `host` is where the server listens. `password` is a hash or the password itself; None requires none.
    `tokens` are those of programs.
    `public` are the endpoints that need no password. `names` are the allowed host names; empty means the
    default rule. `proxies` are those whose headers about a request are trusted.
    """

    host: str = _DEFAULTS.host
    password: str | None = field(default=None, repr=False)
    public: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    proxies: tuple[Network, ...] = _DEFAULTS.trusted_proxies
    tokens: tuple[ApiToken, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the security settings of pinger.ini."""
        main = settings.main
        return cls(
            host=main.host,
            password=main.web_password.get_secret_value() if main.web_password else None,
            public=frozenset(main.web_public),
            names=frozenset(main.web_hosts),
            proxies=main.trusted_proxies,
            tokens=settings.api.tokens if settings.api else (),
        )

    def opening(self, endpoints: AbstractSet[str]) -> Self:
        """Return the same with further endpoints that need no password."""
        return replace(self, public=self.public | endpoints)


# The settings of an empty pinger.ini.
DEFAULT = Access()
