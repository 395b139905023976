"""Tasks that mean harm: script, quotes, markup, marks that reorder text, and text without end."""

from __future__ import annotations

from tests.browser.sites import DAY, HOUR, MINUTE, NOW, checked, report

from py_pinger.core.model.check import Response
from py_pinger.core.model.task import Task
from py_pinger.core.notification.route import Route
from py_pinger.store import Store

SCRIPT = """"'><script>harmed = 1</script><img src=x onerror="harmed = 1"><svg onload=harmed=1>"""
TEMPLATE = "{{ 7 * 7 }} ${7 * 7} &lt;b&gt; ]]> --> </title></textarea></style>"
# They turn the direction of text, end a line, or steer a terminal.
MARKS = "\u202e\u2066\u200f\u061c\x00\x1b\u2028"
LONG = "W" * 10_000

TEXTS = {"script": SCRIPT, "template": TEMPLATE, "marks": f"paid{MARKS}txt.exe{MARKS}", "long": LONG}
URLS = {name: f"https://evil.example.com/{text}?next={text}#{text}" for name, text in TEXTS.items()}


def write_hostile(store: Store) -> tuple[Task, ...]:
    """Give a new store one task of each kind, well an hour ago and in error now, with harm in all it says."""
    tasks = {name: Task(url, url, interval=DAY, error_interval=DAY) for name, url in URLS.items()}
    store.set_tasks(tuple(tasks.values()))
    for name, task in tasks.items():
        steps = list(checked(task, [(NOW - HOUR, report()), (NOW - MINUTE, _harm(TEXTS[name]))]))
        store.record(steps, [], [Route("slack")])
    return tuple(tasks.values())


def _harm(text: str) -> Response:
    sleep = [{"start": text, "duration": text}]
    return report(status="error", reason=text, process=text, server=text, sleep=sleep)
