"""What stands behind `/task/`, from all that a WSGI server says of a request."""

import pytest

from py_pinger.web.pages.target import readings, requested_url


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
    ],
)
def test_our_parameters_are_taken_from_the_end_alone(
    requested: str, expected: list[tuple[str, dict[str, str]]]
) -> None:
    """The whole is read first, as the task's own URL; then what is ours at its end is taken off."""
    assert list(readings(requested, OURS)) == expected
