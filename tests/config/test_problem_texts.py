"""The texts of problems and warnings: one example of each, as people read it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.ini_texts import LoadText, ProblemsOf, lines

from py_pinger.config import ProblemCode

SLACK = "[slack]\nurl=https://hooks.slack.com/services/x\n"

PROBLEMS = [
    ("[mian]\n", "[mian]: unknown section; did you mean main?"),
    ("[main]\nintervall=5\n", "[main]: unknown key intervall; did you mean interval?"),
    ("[urls]\nx=y\n", "[urls]: unknown key x; use one of prod, dev"),
    ("[slack]\ntoken: s==\n", "[slack] token: the key is not followed by =; write token=VALUE"),
    (
        "[main]\ngreeting=${D}\n",
        "[main] greeting: environment variable D is not set; set it, or write the value itself",
    ),
    (
        "[main]\ngreeting=${D\n",
        "[main] greeting: '${' does not begin a ${NAME}; write $${ for the characters themselves",
    ),
    (
        "[main]\ninterval=sixty\n",
        ("[main] interval: 'sixty' is not a number of seconds or a duration; use for example 60, 90s or 5m"),
    ),
    (
        "[slack]\ntoken=<token>\nchannel=c\n",
        "[slack] token: still a placeholder; fill in your token, or remove the [slack] section",
    ),
    (
        "[hipchat]\nroom=1\n",
        "[hipchat]: auth is missing; give both room and auth, or remove the section",
    ),
    (
        "[token_auth]\nusername=u\n",
        (
            "[token_auth]: url and password are missing; give token, or url, username and password, or"
            " remove the section"
        ),
    ),
    (
        "[token_auth]\ntoken=t\nurl=http://a/\n",
        "[token_auth]: both a token and a login are set; keep token, or url, username and password",
    ),
    (
        "[maintenance a@b]\nstart=02:00\nduration=60\n",
        (
            "[maintenance…]: the name is longer than 40 characters or has characters other than letters,"
            " digits, blanks and . _ -; use a short name such as [maintenance backup]"
        ),
    ),
    (
        f"{SLACK}[slack  A]\nurl=https://b/\n[slack a]\nurl=https://b/\n",
        (
            "[slack a]: another section defines the same channel; rename one, or put their keys under one"
            " heading"
        ),
    ),
    (
        "[token_auth none]\ntoken=t\n",
        "[token_auth…]: the name none stands for requests without a token; use another name",
    ),
    (
        "[maintenance w]\nstart=noon\nduration=60\n",
        (
            "[maintenance w] start: 'noon' is not a start time; use a time of day (02:00), weekdays with a"
            " time (sat,sun 02:00), a date and time (2026-12-01 22:00), or a cron expression of five fields"
            " (0 2 * * sun)"
        ),
    ),
    (
        "[maintenance w]\nstart=0 0 */31 2 mon#5\nduration=60\n",
        (
            "[maintenance w] start: '0 0 */31 2 mon#***' never occurs, as the calendar has no such date; use"
            " for example 0 2 * * mon-fri or @daily"
        ),
    ),
    (
        "[maintenance w]\nstart=02:00\nduration=60\ntimezone=Berlin\n",
        (
            "[maintenance w] timezone: 'Berlin' is not a time zone name; use for example Europe/Berlin,"
            " America/New_York or UTC"
        ),
    ),
    (
        "[urls]\nprod=a.example\n",
        (
            "[urls] prod, URL 1: 'a.example' does not begin with http:// or https://; separate URLs by"
            " commas or line breaks, and begin each with http:// or https://"
        ),
    ),
    (
        "[urls]\nprod=https://me:s,@host/\n",
        (
            "[urls] prod, URL 1: 'https://***@host/' has a comma before its @; write the comma as %2C, or"
            " the @FILE on a separate line"
        ),
    ),
    (
        "[urls]\nprod=http://a/,http://a/\n",
        "[urls] prod, URL 2: 'http://a/' is listed twice; remove one of them",
    ),
    (
        "[urls]\nprod=http://a/?sig=1,http://a/?sig=2\n",
        (
            "[urls] prod, URL 2: 'http://a/?sig=***' differs from another URL of the list only in its"
            " secrets; remove one of them, or append a name such as #second"
        ),
    ),
    (
        "[urls]\nprod=@none\n",
        (
            "[urls] prod, {}/none: the file does not exist; create it with one URL per line, or correct the"
            " name after the @"
        ),
    ),
    ("[task b]\nname=x\n", "[task b]: not in a list of [urls]; add it there, or give the section a url"),
    (
        "[task http://a/]\nurl=http://b/\n",
        (
            "[task http://a/]: the heading is a URL, and url is set too; keep one of them, or make the"
            " heading a name"
        ),
    ),
    (
        "[task b]\nurl=http://b/\ntoken_auth=x\n",
        "[task b] token_auth: there is no section [token_auth x]; add it, or use none for no token",
    ),
    (
        "[task b]\nurl=http://b/\nkey=x.pem\n",
        "[task b] key: set without certificate; set certificate, or remove the line",
    ),
    (
        "[task b]\nurl=http://b/\ndepends_on=c\n",
        "[task http://b/] depends_on: 'c' matches no task; use one of http://b/, b",
    ),
    (
        "[task b]\nurl=http://b/\ndepends_on=b\n",
        "[task http://b/] depends_on: has a cycle: http://b/ -> http://b/; remove one of them",
    ),
]


@pytest.mark.parametrize(("text", "line"), PROBLEMS)
def test_problems(problems_of: ProblemsOf, tmp_path: Path, text: str, line: str) -> None:
    """A problem says where it is, what is wrong, and what to do."""
    assert lines(problems_of(text))[0] == line.replace("{}", str(tmp_path))


WARNINGS = [
    ("[hipchat]\nroom=\n", "[hipchat]: not set up; give both room and auth, or remove the section"),
    ("", "[urls] prod: no tasks to monitor; add their URLs"),
    ("[main]\ndebug_now=true\n", "[main] debug_now: no effect without debug=true"),
    (
        "[token_auth a]\ntoken=t\n",
        ("[token_auth a]: not used by a task; set token_auth in a [task …] section, or remove this section"),
    ),
    (
        "[task b]\nurl=http://b/\nverify=no\n",
        (
            "[task b]: its certificate is not verified (verify=false); anyone on the network path can"
            " impersonate the server"
        ),
    ),
    (
        f"{SLACK}tasks=*a.example*\n[urls]\nprod=http://a.example/,http://b/,http://c/\n",
        "no channel receives notifications for http://b/ and 1 more task; see `pinger config`",
    ),
    (
        f"{SLACK}tasks=*,*x.org*\n[urls]\nprod=http://a.example/\n",
        "[slack] tasks: *x.org* matches no task; correct it, or add the task to [urls]",
    ),
]


@pytest.mark.parametrize(("text", "line"), WARNINGS)
def test_warnings(load_text: LoadText, text: str, line: str) -> None:
    """A warning has the same form."""
    assert lines(load_text(text).warnings)[0] == line


def test_every_code_has_a_name() -> None:
    """Codes are the lower-case names of their members, which JSON and tests can rely on."""
    assert [code.value for code in ProblemCode] == [code.name.lower() for code in ProblemCode]
