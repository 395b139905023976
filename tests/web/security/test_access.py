"""What the web takes from the settings."""

from ipaddress import ip_network

from pydantic import SecretStr

from py_pinger.config import ApiSection, MainSettings, Settings
from py_pinger.config.values.api_tokens import ApiToken, TokenScope
from py_pinger.web import Access

PUBLIC = ("healthz", "task")


def test_it_is_taken_from_the_settings() -> None:
    """Each key of [main] arrives, and the password is in no repr."""
    network = ip_network("10.0.0.0/8")
    main = MainSettings(
        host="pinger.example",
        web_password=SecretStr("hunter2"),
        web_public=PUBLIC,
        web_hosts=("a.example",),
        trusted_proxies=(network,),
    )
    token = ApiToken("deploy", TokenScope.WRITE, "sha256:0")
    access = Access.of(Settings(main, api=ApiSection(tokens=(token,))))
    assert access == Access(
        "pinger.example", "hunter2", frozenset(PUBLIC), frozenset({"a.example"}), (network,), (token,)
    )
    assert "hunter2" not in repr(access)


def test_it_is_open_unless_the_settings_say_otherwise() -> None:
    """By default nothing is asked for, and the proxies of this machine are believed."""
    assert Access.of(Settings()) == Access()
    assert Access().proxies == (ip_network("127.0.0.1"), ip_network("::1"))
