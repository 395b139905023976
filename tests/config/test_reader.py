"""The whole way from a file to settings."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy.engine import make_url
from tests.support.ini_texts import CodesOf, LoadText, ProblemsOf, codes
from tests.support.users_page import OF_THE_PAGE

from py_pinger.channels import KINDS
from py_pinger.config import SECTIONS, ConfigError, MainSettings, Settings, TokenAuth, load
from py_pinger.core.model.task import Task

# One of each secret there can be, the word "planted" in all of them.
SECRETS = """\
[main]
database=postgresql://planted:planted@host/db?password=planted
[hipchat]
room=1
auth=planted
url=https://planted@chat.example/
[slack]
url=https://hooks.slack.com/services/planted
channel=c
token=planted
[sentry]
url=https://planted:planted@sentry.example/1
[token_auth]
url=https://planted:planted@b.example/?token=planted
username=me
password=planted
[urls]
prod=https://planted:planted@a.example/?api_key=planted
[task https://planted:planted@a.example/?api_key=planted]
name=A
"""


def test_the_guides_example(load_text: LoadText, tmp_path: Path) -> None:
    """The installation guide's own example loads as it stands, and says what is still to be filled in."""
    urls = [f"https://my-backend.com/task{number}" for number in (1, 2, 3)]
    settings = load_text(OF_THE_PAGE)
    assert codes(settings.warnings) == (
        ("not_set_up", "[hipchat]"),
        ("not_set_up", "[slack]"),
        ("not_set_up", "[sentry]"),
    )
    assert settings == Settings(
        main=MainSettings(
            only_log=True, database=f"sqlite:///{tmp_path}/pinger.db", log=tmp_path / "pinger.log"
        ),
        tasks=tuple(Task(url=url, address=url) for url in urls),
        token_auth=TokenAuth(
            username="my-user",
            password=SecretStr("my-secret-password"),
            url="https://my-backend.com/login",
            header="Authorization",
        ),
        warnings=settings.warnings,
    )


def test_the_guides_example_with_messages(codes_of: CodesOf) -> None:
    """Once messages are sent, the example's placeholders have to go."""
    assert codes_of(OF_THE_PAGE.replace("only_log=true", "only_log=false")) == (
        ("placeholder", "[slack] token"),
        ("placeholder", "[sentry] url"),
    )


def test_an_empty_file(load_text: LoadText, tmp_path: Path) -> None:
    """Nothing has to be configured; without URLs there is a warning."""
    settings = load_text("")
    assert codes(settings.warnings) == (("no_tasks", "[urls] prod"),)
    assert settings == Settings(
        main=MainSettings(database=f"sqlite:///{tmp_path}/pinger.db", log=tmp_path / "pinger.log"),
        warnings=settings.warnings,
    )


def test_defaults(load_text: LoadText) -> None:
    """What is left out is as documented."""
    main = load_text("").main
    assert (main.host, main.port, main.only_log, main.greeting) == ("localhost", 3002, False, "Hello World!")
    assert (main.debug, main.debug_now, main.retries) == (False, False, 2)
    assert (main.interval, main.error_interval) == (timedelta(seconds=60), timedelta(seconds=480))
    assert (main.timeout, main.grace, main.remind) == (
        timedelta(seconds=10),
        timedelta(0),
        timedelta(minutes=240),
    )
    assert (main.max_body, main.concurrency, main.per_host) == (1_048_576, 500, 10)
    assert main.history == timedelta(days=90)


def test_warnings_of_debug(load_text: LoadText) -> None:
    """An empty dev list, and a clock that nothing is judged by, are worth a word."""
    assert codes(load_text("[main]\ndebug=true\ndebug_now=true\n").warnings) == (("no_tasks", "[urls] dev"),)
    assert codes(load_text("[main]\ndebug_now=true\n[urls]\nprod=http://a/\n").warnings) == (
        ("no_effect", "[main] debug_now"),
    )


def test_relative_files_start_at_the_ini(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Relative names mean the ini's folder, wherever Py Pinger is started."""
    folder = tmp_path / "a b é"
    folder.mkdir()
    (folder / "pinger.ini").write_text("[main]\ndatabase=sqlite:///data/p.db\nlog=logs/p.log\n")
    monkeypatch.chdir(tmp_path)
    main = load(Path("a b é/pinger.ini"), {}, KINDS).main
    assert main.log == folder / "logs/p.log"
    assert make_url(main.database).database == str(folder / "data/p.db")


def test_absolute_files_stay(load_text: LoadText) -> None:
    """Absolute names mean what they say."""
    main = load_text("[main]\ndatabase=sqlite:////srv/p.db\nlog=/srv/p.log\n").main
    assert (main.database, main.log) == ("sqlite:////srv/p.db", Path("/srv/p.log"))


def test_all_is_told_at_once(codes_of: CodesOf) -> None:
    """Each problem of each section is listed, also those of a key that others hang on."""
    text = (
        "[mian]\n[main]\nintervall=5\nport=x\nonly_log=x\ndebug=${D}\n[slack]\ntoken=t\ncolour=red\n"
        "[sentry]\nurl=x\n[urls]\nprd=\ndev=x\n[task http://a/]\ntimeout=x\n"
    )
    assert codes_of(text) == (
        ("unknown_section", "[mian]"),
        ("unknown_key", "[main]"),
        ("unset_variable", "[main] debug"),
        ("invalid_value", "[main] port"),
        ("invalid_value", "[main] only_log"),
        (("unknown_key", "[slack]")),
        (("incomplete", "[slack]")),
        ("invalid_value", "[sentry] url"),
        ("unknown_key", "[urls]"),
        (("invalid_value", "[urls] dev, URL 1")),
        ("no_match", "[task http://a/]"),
        (("invalid_value", "[task http://a/] timeout")),
    )


def test_settings_show_no_secret(load_text: LoadText) -> None:
    """Nothing that settings are printed as gives a secret away."""
    settings = load_text(SECRETS)
    assert [channel.name for channel in settings.channels] == ["hipchat", "slack", "sentry"]
    assert "planted" not in repr(settings) + str(settings)


@pytest.mark.parametrize("line", [line for line in SECRETS.splitlines() if "planted" in line])
@pytest.mark.parametrize("damage", ["\\", " x", "\N{SNOWMAN}", "\n  x", "${NO}"])
def test_problems_show_no_secret(load_text: LoadText, line: str, damage: str) -> None:
    """However a secret is broken, no problem quotes it."""
    broken = f"{line[:-1]}{damage}]" if line.endswith("]") else line + damage
    text = f"{SECRETS.replace(line, broken)}[tokens]\npasword=planted\n"
    with pytest.raises(ConfigError) as caught:
        load_text(text)
    assert "planted" not in str(caught.value) + repr(caught.value)
    assert caught.value.__cause__ is None


# Where a secret goes astray: the ini, and the environment variable T in some, hold it in place of {}.
ASTRAY = [
    "[slack]\nchannel=c\n  token={}\n",
    "[slack]\nchannel=\n  token={}\n",
    "[slack]\nchannel=c\x85token={}\n",
    "[token_auth]\nurl=http://a/\nusername=u\n  password={}\n",
    "[main]\nport=1\n  token={}\n",
    "[main]\nport=1 token={}\n",
    "[main]\nhost=a\n  {}\n",
    "[main]\nhost=a\n  me:{}@b\n",
    "[urls]\nprod=http://a/\n  token={}\n",
    "[urls]\nprod=http://a/\n  token: {}\n",
    "[urls]\nprod=http://a/\n  {}\n",
    "[urls]\nprod=http://a/ {}\n",
    "[urls]\nprod=http://me:{} x@a/\n",
    "[urls]\nprod=a:{}@b\n",
    "[urls]\nprod=a.{}@b\n",
    "[urls]\nprod=@http://me:{}@a/\n",
    "[urls]\nprod=@http://a/?token={}\n",
    "[urls]\nprod=\nhttp://me:{}@a/?b=c\n",
    "[slack]\ntoken: {}==\n",
    "[slack]\ntoken {}=\n",
    "[slack]\ntoken:{}==\n",
    "[slack]\ntoken=\n{}==\n",
    "[slack]\ntoken=\n{}\n",
    "[slack]\ntoken {}\n",
    "[slack]\ntoken: {}==\ntoken: {}==\n",
    "[slack]\n{}==\n{}==\n",
    "[token_auth]\npassword: {}=\n",
    "[token_auth]\nmy_password {}=\n",
    "[token_auth]\ntoken=t\nheader=Authorization: Bearer {}\n",
    "[token_auth]\ntoken=t\nprefix=Bearer {}\N{SNOWMAN}\n",
    "{}\n[main]\n",
    "token={}\n[main]\n",
    "[slack: {}]\n",
    "[slack] {}]\n",
    "[{}]\n",
    "[slack: {}]\n[slack: {}]\n",
    "[{}]\na=1\na=2\n",
    "[slack token={}\n",
    "[task {}]\n",
    "[task token={}]\n",
    "[task http://a/ {}]\n",
    *(f"[main]\n{key}=${{T}}\n" for key in ("port", "interval", "debug", "debug_now", "max_body")),
    "[main]\nhost=${T} x\n",
    "[main]\nport=1${T}\n",
    "[main]\ngreeting=${T}\N{ZERO WIDTH SPACE}\n",
    "[urls]\nprod=${T}\n",
    "[urls]\nprod=http://a/\n  ${T}\n",
    "[urls]\nprod=http://a/ ${T}\n",
    "[urls]\nprod=http://a/${T},http://a/${T}\n",
    "[urls]\nprod=@${T}\n",
    "[urls]\nprod=${T}.example\n",
    "[task ${T}]\n",
    "[task http://a/${T}]\nretries=x\n",
]


@pytest.mark.parametrize("place", ASTRAY)
@pytest.mark.parametrize("secret", ["xoxb-PLANTED-1", "PLANTEDpw", "eyJh/PLANTED+x", "PLANTED:1", "1PLANTED"])
def test_what_went_astray_is_not_shown(problems_of: ProblemsOf, place: str, secret: str) -> None:
    """A secret that stands where none belongs is in no problem, in no letter case."""
    for told in problems_of(place.replace("{}", secret), T=secret):
        assert "planted" not in str(told).casefold()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[slack]\ntoken: s==\n", ("unknown_key", "[slack] token")),
        (
            "[slack]\nxoxb-s=\n",
            (("unknown_key", "[slack]")),
        ),
        ("[slack: xoxb-s]\n", ("unknown_section", "[slack…]")),
        (
            "[main]\nport=${T}\n",
            ("invalid_value", "[main] port"),
        ),
        (
            "[urls]\nprod=${T}\n",
            (("invalid_value", "[urls] prod, URL 1")),
        ),
        (
            "[task ${T}]\n",
            ("no_match", "[task ${T}]"),
        ),
    ],
)
def test_misplaced_text_is_reported_safely(codes_of: CodesOf, text: str, problem: tuple[str, str]) -> None:
    """Misplaced text is quoted as far as is safe, with what to do."""
    assert codes_of(text, T="s") == (problem,)


MODELS = (*SECTIONS.values(), *(kind.model for kind in KINDS.values()))
NAMES = st.sampled_from([*SECTIONS, *KINDS, "slack  A", "slack a", "task http://a/", "DEFAULT", "x"])
KEYS = st.sampled_from([key for model in MODELS for key in model.model_fields])
VALUES = st.one_of(
    st.text(),
    st.sampled_from(
        ["true", "${A}", "${", "<x>", "", "http://a/", "@.", "0", "1", "9" * 40, "inf", "sqlite://"]
    ),
)
LINES = st.one_of(
    NAMES.map("[{}]".format),
    st.tuples(KEYS, VALUES).map("=".join),
    VALUES.map(" {}".format),
    st.text(),
)


def outcome(text: str) -> Settings | tuple[str, ...]:
    """Return what a text loads as, or why it does not."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pinger.ini"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            return load(path, {"A": "http://a/"}, KINDS)
        except ConfigError as error:
            return tuple(map(str, error.problems))


@settings(max_examples=40, deadline=None)
@given(st.lists(LINES, max_size=12).map("\n".join))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever stands in the file, it loads or is refused in sentences of one line."""
    found = outcome(text)
    problems = () if isinstance(found, Settings) else found
    assert isinstance(found, Settings) or problems
    assert all(len(problem.splitlines()) == 1 for problem in problems)


def test_secrets_are_known_for_masking(load_text: LoadText) -> None:
    """The settings know every secret in them, alone as well as inside its URL, and nothing else."""
    secrets = load_text(SECRETS).secrets()
    assert secrets == {
        "planted",
        "https://hooks.slack.com/services/planted",
        "https://planted:planted@sentry.example/1",
    }
    assert load_text(OF_THE_PAGE).secrets() == {"my-secret-password"}
