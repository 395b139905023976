"""The sections of single tasks: those that have a url of their own, and how all of them are asked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.certificates import Authority
from tests.support.ini_texts import CodesOf, LoadText, codes

from py_pinger.config import TokenAuth, masked_ini
from py_pinger.config.sections.task_options import UNVERIFIED_WARNING
from py_pinger.core.model.task import DIRECT, ConnectionProfile, Expectations, Pem, Task

PAGE = Path(__file__).parents[3] / "docs" / "tasks.md"
SECRETS = {"BILLING_KEY": "planted", "PROXY_PASSWORD": "planted", "BILLING_TOKEN": "planted"}
URLS = "[urls]\nprod=https://a.example/?token=s,https://b.example/\n"


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """Return a folder with the files of the page's example, beside the ini file."""
    folder = tmp_path / "certificates"
    folder.mkdir()
    authority = Authority(tmp_path)
    key, _, certificate = authority.identity().partition(b"-----BEGIN CERT")
    (folder / "company-ca.pem").write_bytes(authority.certificate.read_bytes())
    (folder / "pinger.pem").write_bytes(b"-----BEGIN CERT" + certificate)
    (folder / "pinger.key").write_bytes(key)
    return folder


def example() -> str:
    """Return the example of the page."""
    return PAGE.read_text().partition("```ini\n")[2].partition("```")[0]


def test_the_example(load_text: LoadText, certificates: Path) -> None:
    """The page's example says all that it seems to say."""
    listed, named = load_text(example(), **SECRETS).tasks
    pems = {file.name: Pem(str(file), file.read_bytes()) for file in certificates.iterdir()}
    assert listed == Task(
        "https://my-backend.com/task1",
        "https://my-backend.com/task1",
        token_auth=None,
        profile=ConnectionProfile(proxy="http://pinger:planted@proxy.example:3128"),
    )
    assert named == Task(
        "https://billing.example.com:8443/status",
        "https://billing.example.com:8443/status",
        name="Nightly billing",
        grace=timedelta(minutes=30),
        headers=(("X-Api-Key", "planted"), ("X-Tenant", "europe")),
        token_auth="billing",
        profile=ConnectionProfile(
            ca=pems["company-ca.pem"], certificate=pems["pinger.pem"], key=pems["pinger.key"]
        ),
        expectations=Expectations(timedelta(days=1)),
    )


@pytest.mark.usefixtures("certificates")
def test_it_is_written_masked(load_text: LoadText) -> None:
    """The masked ini has every key and no secret, loads again, and the log knows what to mask."""
    settings = load_text(f"{example()}[task b]\nurl=https://b/\nverify=false\n", **SECRETS)
    written = masked_ini(settings)
    again = load_text(written)
    assert "planted" not in written
    assert masked_ini(again) == written
    assert [task.profile.ca for task in again.tasks] == [task.profile.ca for task in settings.tasks]
    assert [task.expectations for task in again.tasks] == [task.expectations for task in settings.tasks]
    assert settings.secrets() >= {"planted", "europe"}
    assert "planted" not in repr(settings)
    assert isinstance(settings.token_auths["billing"], TokenAuth)


def test_named_tasks(load_text: LoadText) -> None:
    """A task with a url of its own is watched after the list that it counts to, and called by its heading."""
    text = f"{URLS}[task C]\nurl=https://me:s@c/\n[task d]\nurl=https://d/\nurls=dev\nname=D\n"
    assert [(task.url, task.name) for task in load_text(text).tasks] == [
        ("https://a.example/?token=***", None),
        ("https://b.example/", None),
        ("https://***@c/", "C"),
    ]
    assert [(task.url, task.name) for task in load_text(f"[main]\ndebug=true\n{text}").tasks] == [
        ("https://d/", "D")
    ]


def test_plain_tasks_go_the_direct_way(load_text: LoadText) -> None:
    """A task whose section says nothing of it shares the one way of all tasks."""
    assert all(
        task.profile is DIRECT for task in load_text(f"{URLS}[task https://b.example/]\nname=B\n").tasks
    )


@pytest.mark.usefixtures("certificates")
def test_tasks_share_what_they_name(load_text: LoadText) -> None:
    """A file that many tasks name is read once, and they share one way."""
    sections = [
        f"[task {number}]\nurl=https://a/{number}\nca=certificates/company-ca.pem\n" for number in range(3)
    ]
    ways = [task.profile for task in load_text("".join(sections)).tasks]
    assert len(set(ways)) == 1
    assert len({id(way.ca) for way in ways}) == 1


def test_unverified(load_text: LoadText) -> None:
    """A task that believes any certificate carries a warning, in the log and beside its verdicts."""
    settings = load_text("[task b]\nurl=https://b/\nverify=false\n")
    assert codes(settings.warnings) == (("unverified", "[task b]"),)
    assert settings.tasks[0].expectations == Expectations(warnings=(UNVERIFIED_WARNING,))


def test_all_is_told_at_once(codes_of: CodesOf) -> None:
    """A value that is wrong hides nothing else that is."""
    text = "[task b]\nurl=https://b/\nverify=maybe\nca=none.pem\ntoken_auth=c\n"
    assert codes_of(text) == (
        ("invalid_value", "[task b] verify"),
        ("no_match", "[task b] token_auth"),
        ("invalid_value", "[task b] ca"),
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "[task https://b.example/]\nurl=https://c/\n",
            (("conflict", "[task https://b.example/]")),
        ),
        (
            "[task b]\nurl=https://b.example/\n",
            ("duplicate", "[task b]"),
        ),
        (
            "[task c]\nurl=https://c/\n[task d]\nurl=https://c/\n",
            ("duplicate", "[task d]"),
        ),
        (
            "[task b]\nname=x\n",
            ("no_match", "[task b]"),
        ),
        (
            "[task b]\nurl=c?planted\n",
            ("invalid_value", "[task b] url"),
        ),
        (
            "[task ${B}]\nurl=https://c/\n",
            ("unset_variable", "[task ${B}]"),
        ),
        (
            "[task b]\nurl=https://${B}/\n",
            ("unset_variable", "[task b] url"),
        ),
        (
            "[task https://b.example/]\nurls=dev\n",
            ("conflict", "[task https://b.example/] urls"),
        ),
        (
            "[task b]\nurl=https://me:planted@b/\nheaders=authorization: planted\n",
            ("conflict", "[task b] headers"),
        ),
        (
            "[task b]\nurl=https://b/\nkey=pinger.ini\n",
            ("conflict", "[task b] key"),
        ),
        (
            "[token_auth billing]\ntoken=t\n[task b]\nurl=https://b/\ntoken_auth=biling\n",
            ("no_match", "[task b] token_auth"),
        ),
        (
            "[token_auth billing]\ntoken=t\n[task b]\nurl=https://b/\ntoken_auth=planted\n",
            ("no_match", "[task b] token_auth"),
        ),
    ],
)
def test_what_fits_no_task(codes_of: CodesOf, text: str, problem: tuple[str, str]) -> None:
    """A section that contradicts itself or the others is refused with what to do, and without secrets."""
    assert codes_of(f"{URLS}{text}") == (problem,)
