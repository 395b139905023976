"""Services by way of apprise: a channel for each URL."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from re import DOTALL, search

import pytest
from tests.support.ini_texts import codes
from tests.support.scripted_service import CLOSE, RESET, ScriptedService, answer

from py_pinger.channels import KINDS, routes
from py_pinger.channels import build as build_all
from py_pinger.channels.apprise import AppriseChannel, AppriseSettings, build
from py_pinger.config import ConfigError, Settings, load, masked_ini
from py_pinger.core.model.notification import Message, SendFailed, SendResult, Sent, Severity

SECRET = "planted-secret-1"


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Keep all that reaches the root of the loggers, as our own logbook does."""
    kept = StringIO()
    handler, root = logging.StreamHandler(kept), logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.DEBUG)
    yield kept
    root.setLevel(level)
    root.removeHandler(handler)


def channels(*urls: str, name: str = "apprise") -> tuple[AppriseChannel, ...]:
    """Return the channels of a section with these URLs."""
    return build(name, AppriseSettings.model_validate({"urls": "\n".join(urls)}))


def json_url(service: ScriptedService) -> str:
    """Return the URL of a service that takes JSON, with secrets in it."""
    return f"{service.url.replace('http', 'json')}/{SECRET}?+X-Key={SECRET}"


def loaded(folder: Path, urls: str, **environ: str) -> Settings:
    """Load settings with these URLs."""
    (folder / "pinger.ini").write_text(f"[apprise]\nurls={urls}\n[urls]\nprod=http://a/\n", "utf-8")
    return load(folder / "pinger.ini", environ, KINDS)


@pytest.mark.parametrize(
    ("tone", "type_"), [(Severity.ALERT, "failure"), (Severity.RECOVERY, "success"), (Severity.INFO, "info")]
)
def test_what_is_sent(service: ScriptedService, tone: Severity, type_: str) -> None:
    """The title and the lines arrive as they are, and what kind of message it is."""
    (channel,) = channels(json_url(service))
    lines = ("Why: <b>late</b> & *so*", "http://a/?b=1")
    assert channel.send(Message(tone, "FAILED: Import", lines), None) == Sent()
    channel.close()
    [request] = service.requests
    assert (request.method, request.path, request.headers["x-key"]) == ("POST", f"/{SECRET}", SECRET)
    assert (request.json["title"], request.json["message"]) == ("FAILED: Import", "\n".join(lines))
    assert request.json["type"] == type_


def test_a_message_of_one_line(service: ScriptedService) -> None:
    """Services that have no titles, or want a body, get the one line there is."""
    (channel,) = channels(json_url(service))
    assert channel.send(Message(Severity.INFO, "Good-bye."), None) == Sent()
    assert (service.requests[0].json["title"], service.requests[0].json["message"]) == ("", "Good-bye.")


def test_pages_cannot_call_people(service: ScriptedService) -> None:
    """What a page says mentions nobody, in none of the forms that services know."""
    (channel,) = channels(json_url(service))
    said = "lastrun '@everyone x@here <@123> <@&456> <!channel> <users/all>'"
    assert channel.send(Message(Severity.ALERT, f"FAILED: {said}", (said, said)), None) == Sent()
    [request] = service.requests
    assert not search(r"@[\w&]|<!|<users/", request.json["title"] + request.json["message"])
    assert request.json["message"].replace("\N{WORD JOINER}", "") == f"{said}\n{said}"


CHECK = "check urls in [apprise] in pinger.ini"


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (answer(500), SendFailed("answered HTTP 500 Internal Server Error")),
        (answer(429), SendFailed("answered HTTP 429 Too Many Requests")),
        (answer(403), SendFailed(f"answered HTTP 403 Forbidden: {CHECK}", permanent=True)),
        (
            answer(302, headers={"Location": "http://127.0.0.1:1/"}),
            SendFailed(f"answered HTTP 302 Found: {CHECK}", permanent=True),
        ),
        (CLOSE, SendFailed("cannot be reached")),
        (RESET, SendFailed("cannot be reached")),
    ],
)
def test_failures_are_distinguished(
    reply: bytes, outcome: SendFailed, service: ScriptedService, alarm: Message, log: StringIO
) -> None:
    """A service's status is reported, or that it did not respond; after one attempt, without a secret."""
    service.answers = [reply]
    (channel,) = channels(json_url(service))
    assert channel.send(alarm, None) == SendFailed(
        f"URL 1 of [apprise] (json) {outcome.error}", permanent=outcome.permanent
    )
    assert len(service.requests) == 1
    assert SECRET not in log.getvalue()


def test_nobody_listens(alarm: Message, capfd: pytest.CaptureFixture[str]) -> None:
    """A port at which nobody listens is a passing failure, told of by us alone."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        (channel,) = channels(f"json://127.0.0.1:{unused.getsockname()[1]}/{SECRET}")
        assert channel.send(alarm, None) == SendFailed("URL 1 of [apprise] (json) cannot be reached")
    assert capfd.readouterr() == ("", "")


def test_each_url_is_a_channel(service: ScriptedService, alarm: Message) -> None:
    """One bad URL among several fails by itself; each is paced, and named by its place."""
    bad, good = channels("json://127.0.0.1:1/a", json_url(service), name="apprise ops")
    names = [(channel.name, channel.place, channel.paced) for channel in (bad, good)]
    assert names == [
        ("apprise ops", "URL 1 of [apprise ops] (json)", True),
        ("apprise ops #2", "URL 2 of [apprise ops] (json)", True),
    ]
    outcomes: list[SendResult] = [channel.send(alarm, None) for channel in (bad, good)]
    assert outcomes == [SendFailed("URL 1 of [apprise ops] (json) cannot be reached"), Sent()]
    assert len(service.requests) == 1


def test_urls_of_all_kinds(tmp_path: Path) -> None:
    """URLs are parted by commas and line breaks, or come from the environment; their parts are secrets."""
    written = f"json://a.example/{SECRET}, ${{MORE}}\n    tgram://123456789:abcdefg_hijklmnop/12315544/"
    settings = loaded(tmp_path, written, MORE="xmls://me:pw-of-mine@b.example/?to=x,y\njson://c/")
    names = [channel.name for channel in build_all(settings)]
    assert names == ["log", "apprise", "apprise #2", "apprise #3", "apprise #4"]
    assert [channel.route.channel for channel in build_all(settings)] == names
    assert [route.channel for route in routes(settings)] == names
    assert {SECRET, "pw-of-mine", "abcdefg_hijklmnop", "12315544"} <= settings.secrets()
    assert not {"a.example", "b.example", "me"} & settings.secrets()


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("mailto://me:pa.ssword@example.com", "pa.ssword"),
        ("mailto://me:short@example.com", "short"),
        ("sendgrid://SG.abcdef.ghijkl:me@example.com/you@example.com", "SG.abcdef.ghijkl"),
    ],
)
def test_passwords_and_keys_are_secrets(tmp_path: Path, url: str, secret: str) -> None:
    """A password is one however short, and dots in it, or in a key, make it no host."""
    assert secret in loaded(tmp_path, url).secrets()
    assert "example.com" not in loaded(tmp_path, url).secrets()


def test_masked_urls_load_again(tmp_path: Path, alarm: Message) -> None:
    """The settings in force show the kinds of URL; loaded again, these can be shown but not sent to."""
    written = masked_ini(loaded(tmp_path, f"json://a.example/{SECRET},xml://b.example/{SECRET}"))
    assert "\nurls=json://***, xml://***\n" in written
    (tmp_path / "again.ini").write_text(written, "utf-8")
    again = load(tmp_path / "again.ini", {}, KINDS)
    assert masked_ini(again) == written
    assert SECRET not in repr(again)
    _, first, _ = build_all(again)
    masked = "URL 1 of [apprise] (json) is masked: write it in full in [apprise]"
    assert first.send(alarm, None) == SendFailed(masked, permanent=True)


@pytest.mark.parametrize(
    "bad", [SECRET, f"nosuch://{SECRET}", "slack://x", f"json://{SECRET}@", "http://a.example/x"]
)
def test_a_url_that_means_nothing(
    tmp_path: Path, bad: str, log: StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is refused before anything starts, by its number and not by what it says."""
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, f"json://a.example/\n {bad}\n xml://a.example/")
    (problem,) = refused.value.problems
    assert (problem.code, problem.where) == ("invalid_value", "[apprise] urls")
    assert "number 2 of 3" in problem.text
    assert SECRET not in log.getvalue() + "".join(capfd.readouterr())


@pytest.mark.parametrize("urls", ["", "<your URLs>"])
def test_no_urls(tmp_path: Path, urls: str) -> None:
    """A section without URLs is not set up; a placeholder is refused."""
    if urls:
        with pytest.raises(ConfigError) as refused:
            loaded(tmp_path, urls)
        assert codes(refused.value.problems) == (("placeholder", "[apprise] urls"),)
    else:
        assert codes(loaded(tmp_path, urls).warnings) == (("not_set_up", "[apprise]"),)


def test_the_example_of_the_page(tmp_path: Path, service: ScriptedService, alarm: Message) -> None:
    """What the page shows is two channels, and the one whose URL stands in the environment sends there."""
    page = (Path(__file__).parents[2] / "docs" / "apprise.md").read_text("utf-8")
    found = search(r"```\n(\[apprise\].*?)```", page, DOTALL)
    assert found
    (tmp_path / "pinger.ini").write_text(found[1], "utf-8")
    settings = load(tmp_path / "pinger.ini", {"CHAT_URL": json_url(service)}, KINDS)
    _, ntfy, chat = build_all(settings)
    assert (ntfy.name, chat.name, chat.send(alarm, None)) == ("apprise", "apprise #2", Sent())
    assert len(service.requests) == 1
