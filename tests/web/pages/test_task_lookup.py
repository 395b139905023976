"""What stands behind `/task/`, from all that a WSGI server says of a request."""

from time import process_time
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from py_pinger.web.pages.task_lookup import MOST_PARAMETERS, TaskIndex, interpretations, requested_url


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"REQUEST_URI": "/task/https://h/x?y=1"}, "https://h/x?y=1"),
        ({"REQUEST_URI": "//task/https%3A%2F%2Fh%2Fx"}, "https%3A%2F%2Fh%2Fx"),
        ({"REQUEST_URI": "/p/task/https://h/x", "SCRIPT_NAME": "/p"}, "https://h/x"),
        ({"REQUEST_URI": "/task/https%3A%2F%2Fh", "SCRIPT_NAME": "/p"}, "https%3A%2F%2Fh"),
        ({"REQUEST_URI": "/task/https://h/gr\xc3\xb6\xc3\x9fe"}, "https://h/größe"),
        ({"REQUEST_URI": "/task/https://h/\xff"}, "https://h/�"),
        ({"REQUEST_URI": "/elsewhere/task/https://h/x"}, "path"),
        ({"REQUEST_URI": "http://pinger/task/https://h/x", "QUERY_STRING": "a=b"}, "path?a=b"),
        ({"QUERY_STRING": "y=1"}, "path?y=1"),
        ({"QUERY_STRING": ""}, "path"),
        ({}, "path"),
    ],
)
def test_the_raw_target_counts_where_there_is_one(environ: dict[str, str], expected: str) -> None:
    """The raw target is taken where the server hands it on and it fits; else path and query string."""
    assert requested_url(environ, "path") == expected


def test_another_route_has_its_own_place() -> None:
    """What stands behind the route that is asked for is taken."""
    assert requested_url({"REQUEST_URI": "/badge/https://h/x.svg"}, "path", "badge") == "https://h/x.svg"


OURS = frozenset({"format", "days"})


@pytest.mark.parametrize(
    ("requested", "expected"),
    [
        ("u", [("u", {})]),
        ("u?format=json", [("u?format=json", {}), ("u", {"format": "json"})]),
        ("u?a=1&format=json", [("u?a=1&format=json", {}), ("u?a=1", {"format": "json"})]),
        ("u?format=json&a=1", [("u?format=json&a=1", {})]),
        (
            "u?days=7&format=js+on",
            [
                ("u?days=7&format=js+on", {}),
                ("u?days=7", {"format": "js on"}),
                ("u", {"days": "7", "format": "js on"}),
            ],
        ),
        ("u?format=a=b", [("u?format=a=b", {})]),
        ("u?_=17", [("u?_=17", {}), ("u", {})]),
        (
            "u?format=json&utm_source=x",
            [("u?format=json&utm_source=x", {}), ("u?format=json", {}), ("u", {"format": "json"})],
        ),
    ],
)
def test_our_parameters_are_taken_from_the_end_alone(
    requested: str, expected: list[tuple[str, dict[str, str]]]
) -> None:
    """The whole is read first, as the task's own URL; then what is ours at its end is taken off."""
    assert list(interpretations(requested, OURS)) == expected


PLAIN = "https://my-backend.com/task1"
QUERY = "https://my-backend.com/task?name=import&mode=a%20b"
CREDENTIALS = "https://***@my-backend.com/secret?token=***"
SLASH = "https://my-backend.com/a/b"
CODED_SLASH = "https://my-backend.com/a%2Fb"
QUESTION = "https://my-backend.com/x?y=1"
CODED_QUESTION = "https://my-backend.com/x%3Fy=1"
ONLY_CODED = "https://my-backend.com/only%2Fcoded%3Fhere"
UMLAUT = "https://my-backend.com/größe"
DOUBLE = "https://my-backend.com/deep//path"
SINGLE = "https://my-backend.com/deep/path"

ALL = (
    PLAIN,
    QUERY,
    CREDENTIALS,
    SLASH,
    CODED_SLASH,
    QUESTION,
    CODED_QUESTION,
    ONLY_CODED,
    UMLAUT,
    DOUBLE,
    SINGLE,
)


@pytest.fixture(scope="module")
def index() -> TaskIndex:
    """Return an index of all the URLs above."""
    return TaskIndex(ALL)


@pytest.mark.parametrize("url", ALL)
def test_a_url_means_itself(index: TaskIndex, url: str) -> None:
    """Every URL is found raw, wholly encoded, and encoded but for its slashes."""
    assert [index.find(each) for each in (url, quote(url, safe=""), quote(url))] == [url] * 3


@pytest.mark.parametrize("url", [each for each in ALL if each not in (DOUBLE, SINGLE)])
def test_slashes_that_a_proxy_merged_do_no_harm(index: TaskIndex, url: str) -> None:
    """Every URL is found with `//` behind its scheme merged to `/`, raw and encoded."""
    merged = url.replace("://", ":/")
    assert [index.find(each) for each in (merged, quote(merged, safe=""))] == [url] * 2


@pytest.mark.parametrize(
    ("requested", "found"),
    [
        ("HTTPS://My-Backend.COM/task1", PLAIN),
        ("https%3A//my-backend.com/task1", PLAIN),
        ("https:///my-backend.com/task1", PLAIN),
        ("https://my-backend.com/t%61sk1", PLAIN),
        ("https://my-backend.com/secret?token=abc", CREDENTIALS),
        ("https://my-backend.com/secret?token=***", CREDENTIALS),
        ("https://user:pass@my-backend.com/secret?token=abc", CREDENTIALS),
        ("https:/user:pass@my-backend.com/secret?token=abc", CREDENTIALS),
        ("https%3A%2F%2Fuser%3Apass%40my-backend.com%2Fsecret%3Ftoken%3Dabc", CREDENTIALS),
        ("https://my-backend.com/a%2fb", CODED_SLASH),
        ("https:/my-backend.com/a%2fb", CODED_SLASH),
        ("https://my-backend.com/only/coded?here", ONLY_CODED),
        ("https://my-backend.com/gr%C3%B6%C3%9Fe", UMLAUT),
        ("https://my-backend.com/task?name=import&mode=a b", QUERY),
    ],
)
def test_other_spellings_are_understood(index: TaskIndex, requested: str, found: str) -> None:
    """Case of scheme and host, merged slashes, encoding and credentials may all differ."""
    assert index.find(requested) == found


@pytest.mark.parametrize(
    "requested",
    [
        "",
        "https://my-backend.com/",
        "https://my-backend.com/TASK1",
        "http://my-backend.com/task1",
        "https://my-backend.com/task1?",
        "https://my-backend.com/task1?x=1",
        "https://my-backend.com/task",
        "my-backend.com/task1",
        "../healthz",
        "%00",
        "%",
        "https://[",
        "https:/my-backend.com/deep/path",
    ],
)
def test_anything_else_is_not_found(index: TaskIndex, requested: str) -> None:
    """Another path, scheme or query is another URL, and what could mean two tasks means neither."""
    assert index.find(requested) is None


def test_nothing_is_found_where_nothing_is_monitored() -> None:
    """An empty index finds nothing."""
    assert TaskIndex(()).find(PLAIN) is None


def test_few_parameters_are_looked_at() -> None:
    """A request with thousands of parameters costs no more than one with a few."""
    assert len(list(interpretations("u?" + "&format=json" * 2600, OURS))) == MOST_PARAMETERS + 1


# What a URL or a query may consist of, and what a client may append.
PIECES = ["&format=json", "&_=1", "&utm_a=b", "&token=a", "?", "&", "=", ";", "%", "%25", "%3A%2F%2F", "://"]
PIECES += ["a:b@", "#", "/", "//", ".", "xn--a.", "%C3%BC.", "ü.", "[", "]", "http://"]


@settings(max_examples=15, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=4))
def test_each_byte_of_a_request_costs_little(pieces: list[str]) -> None:
    """The longest request costs little CPU, even beside a long URL that is monitored."""
    index = TaskIndex([f"http://h/?{'a=b&' * 2000}", PLAIN])
    requested = f"http://h/?{''.join(pieces) * 31_000}"[:31_000]
    began = process_time()
    for url, _ in interpretations(requested, OURS):
        index.find(url)
    assert process_time() - began < 2.0


@pytest.mark.parametrize(
    ("monitored", "requested"),
    [
        ("http://h:1", "http://h:1/"),
        ("http://h:1/", "http://h:1"),
        ("http://h?a=1", "http://h/?a=1"),
        ("http://h/x", "http://h:80/x"),
        ("https://h:443/x", "https://h/x"),
        ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
        ("https://xn--bcher-kva.example:8443/x", "https://bücher.example:8443/x"),
        ("https://xn--bcher-kva.example/x", "https://BÜCHER.example/x"),
        ("https://bu\u0308cher.example/", "https://b\u00fccher.example"),
    ],
)
def test_spellings_of_one_host(monitored: str, requested: str) -> None:
    """The slash after the host, the default port and the form of an international name do not matter."""
    index = TaskIndex([monitored])
    assert [index.find(each) for each in (requested, quote(requested, safe=""))] == [monitored] * 2


@pytest.mark.parametrize(
    "requested", ["https://h:80/x", "http://h:443/x", "http://xn--.example/x", "http://xn--\u00fc.example/x"]
)
def test_spellings_of_other_hosts(requested: str) -> None:
    """Another port is another task, and an invalid name finds none."""
    assert TaskIndex(["https://h/x", "http://h/x"]).find(requested) is None


@pytest.mark.parametrize("length", [1, 1000, 20_000])
def test_long_urls_are_found_however_encoded(length: int) -> None:
    """A monitored URL of any length is found raw and encoded; a far longer request finds none."""
    url = "https://my-backend.com/" + "€" * length
    index = TaskIndex([url])
    assert [index.find(each) for each in (url, quote(url, safe=""))] == [url] * 2
    assert index.find(f"{url}?token={'a' * 30 * len(url)}aaaaa") is None
