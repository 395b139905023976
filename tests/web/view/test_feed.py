"""The Atom feed: ids that stay, dates, absolute links, and text that XML can carry."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from xml.etree.ElementTree import Element, fromstring

import pytest

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.check import Cause
from py_pinger.core.model.history import PastIncident
from py_pinger.core.model.incident import CauseChange
from py_pinger.core.text.formatting import iso, timestamp
from py_pinger.web.view.feed import FeedAddress, create_feed

NOW = datetime(2026, 11, 22, 10, 0, 0, 250_000, tzinfo=UTC)
HOUR = timedelta(hours=1)
STARTED = datetime(2026, 11, 1, tzinfo=UTC)
URL = "https://my-backend.com/a?b=c"
ATOM = {"a": "http://www.w3.org/2005/Atom"}

ADDRESS = FeedAddress(
    own="https://pinger.example/p/incidents.atom",
    incidents="https://pinger.example/p/incidents",
    page=lambda url: f"https://pinger.example/p/task/{quote(url, safe='')}",
)
TURNS = (
    CauseChange(NOW - 3 * HOUR, Cause.LATE, "too old"),
    CauseChange(NOW - 2 * HOUR, Cause.HTTP, "says 500"),
)
OPEN = PastIncident(URL, "Import", None, "app-1", NOW - 3 * HOUR, None, TURNS, 0)
OVER = PastIncident(URL, None, "Import", None, NOW - 9 * HOUR, NOW - 8 * HOUR, TURNS[:1], 0)
BARE = PastIncident(URL, None, None, None, NOW - 9 * HOUR, None, (), 0)


def parsed(*incidents: PastIncident, address: FeedAddress = ADDRESS) -> Element:
    """Return the feed of these incidents, read by an XML parser."""
    return fromstring(create_feed(incidents, address, STARTED))  # noqa: S314 - it is our own


def text(parent: Element, path: str) -> str | None:
    """Return the text of an element."""
    return parent.findtext(path, namespaces=ATOM)


def links(parent: Element) -> dict[str, str]:
    """Return the links of a feed or an entry."""
    return {each.attrib["rel"]: each.attrib["href"] for each in parent.findall("a:link", ATOM)}


def test_a_feed_says_what_it_is() -> None:
    """The feed has a stable id, an author, its own address, and is as new as its newest entry."""
    root = parsed(OVER, OPEN)
    assert text(root, "a:id") == "tag:pinger.example,2026:py-pinger/incidents"
    assert text(root, "a:updated") == "2026-11-22T08:00:00Z"
    assert text(root, "a:author/a:name") == "Py Pinger"
    assert links(root) == {"self": ADDRESS.own, "alternate": ADDRESS.incidents}


def test_an_empty_feed_is_as_old_as_the_start() -> None:
    """Without incidents there are no entries, and the date is that of the start."""
    root = parsed()
    assert (text(root, "a:updated"), root.findall("a:entry", ATOM)) == ("2026-11-01T00:00:00Z", [])


def test_an_entry_describes_an_incident() -> None:
    """Title, id, dates, link, cause and the cause changes as text; a closed one says how long it took."""
    first, second, third = parsed(OPEN, OVER, BARE).findall("a:entry", ATOM)
    coded = quote(URL, safe="")
    assert text(first, "a:title") == "Import on app-1: http"
    assert text(first, "a:id") == f"tag:pinger.example,2026:py-pinger/{coded}/20261122T070000.250000Z"
    assert text(first, "a:published") == "2026-11-22T07:00:00Z"
    assert text(first, "a:updated") == "2026-11-22T08:00:00Z"
    assert links(first) == {"alternate": f"https://pinger.example/p/task/{coded}"}
    assert [each.attrib["term"] for each in first.findall("a:category", ATOM)] == ["late"]
    assert text(first, "a:content") == (
        f"{URL}\n2026-11-22 07:00:00 UTC: late, too old\n2026-11-22 08:00:00 UTC: http, says 500"
    )
    assert text(second, "a:title") == "Import: late, resolved after 1 h"
    assert text(second, "a:updated") == "2026-11-22T02:00:00Z"
    assert (text(second, "a:content") or "").endswith("\n2026-11-22 02:00:00 UTC: ok again")
    assert (text(third, "a:title"), text(third, "a:updated")) == (URL, "2026-11-22T01:00:00Z")


@pytest.mark.parametrize("reason", ["<b>&\"'</b>", "]]>", "a\x00\x1b\ufffe\uffffb\u202e", "\ud800"])
def test_whatever_a_task_says_is_text(reason: str) -> None:
    """Markup is escaped, and what XML cannot carry is removed."""
    incident = PastIncident(URL, reason, None, None, NOW, None, (CauseChange(NOW, Cause.FAILED, reason),), 0)
    (entry,) = parsed(incident).findall("a:entry", ATOM)
    kept = reason.translate(dict.fromkeys((0, 0x1B, 0xFFFE, 0xFFFF, 0x202E, 0xD800)))
    assert text(entry, "a:title") == f"{kept}: failed"


@pytest.mark.parametrize(
    ("own", "authority"),
    [
        ("http://localhost:3002/incidents.atom", "localhost"),
        ("http://[::1]:3002/incidents.atom", "1"),
        ("/incidents.atom", "localhost"),
    ],
)
def test_an_id_names_a_host(own: str, authority: str) -> None:
    """The authority of the ids is the host under which the feed was asked for, in characters it may have."""
    root = parsed(address=FeedAddress(own, "", str))
    assert text(root, "a:id") == f"tag:{authority},2026:py-pinger/incidents"


def test_an_acknowledged_incident() -> None:
    """The entry says who acknowledged it and why, and is as new as that."""
    at = OPEN.opened + timedelta(hours=9)
    acknowledged = replace(OPEN, acknowledgement=Acknowledgement(URL, OPEN.opened, at, "on it", "anna"))
    (entry,) = parsed(acknowledged).findall("a:entry", ATOM)
    assert (text(entry, "a:content") or "").endswith(f"{timestamp(at)}: acknowledged, on it (anna)")
    assert text(entry, "a:updated") == iso(at)
