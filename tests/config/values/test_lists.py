"""Values that hold several things."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network

import pytest
from pydantic import BaseModel, ValidationError

from py_pinger.config.values.lists import DayList, Hosts, Networks, PublicPages, Urls


class Sample(BaseModel):
    """One of each."""

    hosts: Hosts = ()
    networks: Networks = ()
    doors: PublicPages = ()
    days: DayList = ()
    urls: Urls = ()


READ = [
    ("hosts", "Pinger.example.com, b.example\n[::1],", ("pinger.example.com", "b.example", "::1")),
    ("hosts", "a.example, a.example", ("a.example",)),
    ("networks", "127.0.0.1, 10.0.0.0/8", (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"))),
    ("networks", "", ()),
    ("days", "1, 21,7,7", (timedelta(days=21), timedelta(days=7), timedelta(days=1))),
    ("days", "", ()),
    ("doors", "healthz,badge", ("healthz", "badge")),
    (
        "urls",
        "https://a.example/?q=1,2, http://b.example/",
        ("https://a.example/?q=1,2", "http://b.example/"),
    ),
    ("urls", "http://b.example/, http://b.example/", ("http://b.example/",)),
    (
        "urls",
        "\n    https://a.example/\n    https://b.example/",
        ("https://a.example/", "https://b.example/"),
    ),
]


@pytest.mark.parametrize(("key", "text", "values"), READ)
def test_reading(key: str, text: str, values: tuple[object, ...]) -> None:
    """Commas and line breaks part items, blanks and repetitions fall away."""
    assert getattr(Sample.model_validate({key: text}), key) == values


REFUSED = [
    ("hosts", "a b", "has an item that is not a valid host name or IP address"),
    ("networks", "10.0.0.1/8", "has an item that is not an IP address or a network"),
    ("days", "21, 0", "has an item that is not a whole number of days from 1 to 398"),
    ("days", "399", "has an item that is not a whole number of days from 1 to 398"),
    ("days", "1.5", "has an item that is not a whole number of days from 1 to 398"),
    ("doors", "healthz, all", "has an item other than healthz, task, badge, metrics, wall"),
    ("urls", "https://a.example/,HTTP:/me:secret@b.example/", "has an item that has no host name"),
    (
        "urls",
        "https://a.example/, ftp://b.example/",
        "has an item that does not begin with http:// or https://",
    ),
]


@pytest.mark.parametrize(("key", "text", "why"), REFUSED)
def test_refusals(key: str, text: str, why: str) -> None:
    """What is no such item is refused in words."""
    with pytest.raises(ValidationError) as refused:
        Sample.model_validate({key: text})
    assert why in str(refused.value.errors()[0]["ctx"]["error"])


WRITTEN = [
    ("networks", "10.0.0.0/8,::1", "10.0.0.0/8, ::1/128"),
    ("hosts", "a.example,b.example", "a.example, b.example"),
    ("days", "1,7", "7, 1"),
    ("doors", "task", "task"),
    ("urls", "https://me:secret@a.example/,https://b.example/", "https://***@a.example/, https://b.example/"),
]


@pytest.mark.parametrize(("key", "text", "written"), WRITTEN)
def test_writing(key: str, text: str, written: str) -> None:
    """Items are written as they are read, without their secrets."""
    assert Sample.model_validate({key: text}).model_dump()[key] == written
