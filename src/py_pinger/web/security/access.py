"""Who may ask, by which names, and through whom: what the web has to know of the settings for that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from py_pinger.config import MainSettings
from py_pinger.config.values.lists import Network

_USUAL = MainSettings()


@dataclass(frozen=True, slots=True)
class Access:
    """The doors of the web.

    `host` is where it listens. `password` is a hash or the password itself; None asks for none. `public`
    are the doors that need none all the same. `names` are those that people reach us by, none given
    leaving it to the rule; `proxies` are those whose word about a request is taken.
    """

    host: str = _USUAL.host
    password: str | None = field(default=None, repr=False)
    public: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    proxies: tuple[Network, ...] = _USUAL.trusted_proxies

    @classmethod
    def of(cls, main: MainSettings) -> Self:
        """Return what the settings say of it."""
        return cls(
            host=main.host,
            password=main.web_password.get_secret_value() if main.web_password else None,
            public=frozenset(main.web_public),
            names=frozenset(main.web_hosts),
            proxies=main.trusted_proxies,
        )


# As if pinger.ini said nothing.
DEFAULT = Access()
