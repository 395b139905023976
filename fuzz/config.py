"""A pinger.ini of any bytes, read in an environment that holds a secret."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from re import MULTILINE
from re import compile as pattern
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from fuzz.line import assert_line
from py_pinger.channels import KINDS
from py_pinger.config import ConfigError, Settings, load, masked_ini

# The value of ${TOKEN}, and a secret in the file itself.
IN_ENVIRONMENT = "Zq8vXw3kNt6m"
IN_FILE = "Jy5rBh9sGd2c"

ENVIRONMENT = {"TOKEN": IN_ENVIRONMENT, "HOST": "a.example", "LIST": "http://a.example/1,http://b.example/2"}

_SECRET_LINE = pattern(rf"^(token|password|auth|web_password)[ \t]?=[ \t]?{IN_FILE}", MULTILINE)

# What a URL shows on the pages, and where it has to be masked.
# Before a path there may be a colon without a port, and within it commas.
_OPEN = pattern(r"(?<=[^:/])([/?]|:/(?!/))\S*")
# A monitored URL, as the pages show it.
_KNOWN = pattern(r"(?<=did you mean )https?://\S+")
_HIDDEN = pattern(
    rf"(://[^/?#\s]*|[?&;#](token|sig)=){IN_ENVIRONMENT}[^\s]*@|[?&;#](token|sig)={IN_ENVIRONMENT}"
)

# A sentence quotes 80 characters of one value, and names a section, a key, a file and what to do.
_SENTENCE = 1000


def check(data: bytes) -> None:
    """Fail unless the file leads to settings that can be written and read again, or to problems."""
    with TemporaryDirectory(dir=_memory()) as folder:
        file = Path(folder) / "pinger.ini"
        file.write_bytes(data)
        try:
            settings = load(file, ENVIRONMENT, KINDS)
        except ConfigError as error:
            _check_sentences(tuple(map(str, error.problems)) or ("",), data)
            return
        _check_sentences(tuple(map(str, settings.warnings)), data)
        _check_masked(settings)
        _check_written_anew(settings, file)


def _memory() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - the folder inside it is our own


def _check_sentences(sentences: tuple[str, ...], data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    # Elsewhere in the file they are not recognisable as secrets.
    in_place = text.count(IN_FILE) == len(_SECRET_LINE.findall(text))
    for sentence in sentences:
        assert_line(sentence, _SENTENCE)
        closed = _OPEN.sub("/", _KNOWN.sub("", sentence))
        assert IN_ENVIRONMENT not in closed, "shows what the environment holds"
        assert not _HIDDEN.search(sentence), "tells what a URL hides"
        assert not (in_place and IN_FILE in sentence), "tells what the file holds"


def _check_masked(settings: Settings) -> None:
    """Hold what is written for people to be free of secrets, unless one is also the value of an open key."""
    told = f"{masked_ini(settings)}{settings!r}"
    open_to_all = "\n".join(_open_values(settings))
    for secret in (IN_ENVIRONMENT, IN_FILE):
        held = any(secret in each for each in settings.secrets())
        assert not held or secret in open_to_all or secret not in told, "writes a secret out"


def _open_values(settings: Settings) -> Iterator[str]:
    """Yield what everybody may read: all but secrets, and of URLs what is left of them when masked."""
    yield from (f"{task.url} {task.name}" for task in settings.tasks)
    channels = (channel.settings for channel in settings.channels)
    for section in (settings.main, *channels, settings.token_auth):
        if section is not None:
            dumped = section.model_dump()
            yield from (
                _open_part(value.get_secret_value()) if isinstance(value, SecretStr) else str(dumped[key])
                for key, value in section
            )


def _open_part(secret: str) -> str:
    """Return a secret URL's host, and what follows it where services say openly what that is."""
    host, _, path = secret.partition("://")[2].rpartition("@")[2].partition("/")
    return f"{host}/{path}" if path.rpartition("/")[2].isdecimal() or host == "slack.com" else host


def _check_written_anew(settings: Settings, file: Path) -> None:
    """Load the masked ini: it gives the same settings but for the secrets, and is written the same."""
    written = masked_ini(settings)
    file.write_text(written, "utf-8")
    try:
        again = load(file, {}, KINDS)
    except ConfigError as error:
        raise AssertionError(f"does not load again: {error}") from error
    assert masked_ini(again) == written
    assert [task.url for task in again.tasks] == [task.url for task in settings.tasks]
