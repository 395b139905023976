"""The presets on what their programs answer: each status, runs under way, and more than one run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from py_pinger.config.schema.presets import preset_definition, presets
from py_pinger.core.evaluation.evaluate import evaluate_report, read
from py_pinger.core.model.check import Cause, InvalidReport, Status
from py_pinger.core.model.task import Expectations
from py_pinger.core.reading.opened_page import open_page
from py_pinger.core.reading.read import read_page

SOON = datetime(2026, 8, 1, 4, tzinfo=UTC)
DAILY = Expectations(frequency=timedelta(days=1))
RUN, OLD = "2026-08-01T03:00:00Z", "2026-07-30T03:00:00Z"

OK, WARNING, FAILED, LATE, INVALID = "ok", "warning", Cause.FAILED, Cause.LATE, Cause.INVALID


def outcome(preset: str, body: str, item: str | None = None, headers: dict[str, str] | None = None) -> str:
    """Return what a preset makes of a page: ok, a warning, or the cause of an error."""
    report = read_page(open_page(preset_definition(preset), body.encode()), headers or {}, item, DAILY).report
    if isinstance(report, InvalidReport):
        return INVALID
    verdict = evaluate_report(200, read(report, timedelta(0)), SOON)
    if verdict.status is Status.OK:
        return WARNING if report.warnings else OK
    return verdict.cause or ""


def gitlab(*runs: tuple[str, str]) -> str:
    """Return a list of pipelines with these states, updated at these times."""
    listed = (f'{{"id":1,"status":"{state}","updated_at":"{at}","web_url":"x"}}' for state, at in runs)
    return f"[{','.join(listed)}]"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        *((gitlab((state, RUN)), OK) for state in ("success", "manual")),
        *((gitlab((state, RUN)), FAILED) for state in ("failed", "canceled", "skipped")),
        # What has not finished says nothing: the one before counts.
        *((gitlab((state, RUN), ("success", RUN)), OK) for state in ("running", "pending", "created")),
        *((gitlab((state, RUN), ("failed", RUN)), FAILED) for state in ("running", "pending", "preparing")),
        *((gitlab((state, RUN), ("success", OLD)), LATE) for state in ("running", "pending", "scheduled")),
        *((gitlab((state, RUN)), INVALID) for state in ("running", "waiting_for_resource")),
        ("[]", INVALID),
        ('{"message":"401 Unauthorized"}', INVALID),
    ],
)
def test_gitlab_pipelines(body: str, expected: str) -> None:
    """The newest pipeline that has finished counts; one that waits for ever becomes late."""
    assert outcome("gitlab-pipelines", body) == expected


def jenkins(last: str, key: str = "lastCompletedBuild", succeeded: int = 1785553200123) -> str:
    """Return a job whose last build has this result."""
    return (
        f'{{"_class":"hudson.model.Hudson","jobs":[{{"name":"x","{key}":{{"timestamp":1785553260000,'
        f'"result":{last}}},"lastSuccessfulBuild":{{"timestamp":{succeeded}}}}}]}}'
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (jenkins('"SUCCESS"'), OK),
        (jenkins('"UNSTABLE"'), WARNING),
        *((jenkins(f'"{result}"'), FAILED) for result in ("FAILURE", "ABORTED", "NOT_BUILT")),
        (jenkins('"SUCCESS"', succeeded=1785380400000), LATE),
        # By lastBuild, a build under way has no result.
        (jenkins('"SUCCESS"', "lastBuild"), OK),
        (jenkins("null", "lastBuild"), WARNING),
        ('{"jobs":[{"name":"x","lastCompletedBuild":null,"lastSuccessfulBuild":null}]}', INVALID),
        ('{"jobs":[]}', INVALID),
    ],
)
def test_jenkins(body: str, expected: str) -> None:
    """The last completed build says the status, the last successful one the last run."""
    assert outcome("jenkins", body, "x") == expected


def proxmox(status: str | None, machine: str = "100") -> str:
    """Return the tasks of a node: a backup with this status, and one under way."""
    ended = f',"status":"{status}","endtime":1785553200' if status else ""
    return (
        f'{{"data":[{{"upid":"UPID:pve:1","type":"vzdump","id":"{machine}","starttime":1785550000{ended}}},'
        f'{{"type":"vzdump","id":"{machine}","starttime":1785556000}},'
        f'{{"type":"vncproxy","id":"100","endtime":1785556000}}]}}'
    )


@pytest.mark.parametrize(
    ("body", "item", "expected"),
    [
        (proxmox("OK"), "100", OK),
        (proxmox("OK", ""), "vzdump", OK),
        (proxmox("WARNINGS: 2"), "100", WARNING),
        *(
            (proxmox(status), "100", FAILED)
            for status in ("job errors", "interrupted by signal", "unexpected status")
        ),
        (proxmox(None), "100", INVALID),
        ('{"data":[]}', "100", INVALID),
    ],
)
def test_proxmox_tasks(body: str, item: str, expected: str) -> None:
    """A backup is ok or has warnings; any other status, which is free text, is a failure."""
    assert outcome("proxmox-tasks", body, item) == expected


@pytest.mark.parametrize(
    ("conclusion", "expected"),
    [
        *((each, OK) for each in ("success", "skipped", "neutral")),
        *(
            (each, FAILED)
            for each in ("failure", "cancelled", "timed_out", "action_required", "stale", "startup_failure")
        ),
    ],
)
def test_github_actions(conclusion: str, expected: str) -> None:
    """Each conclusion of a completed run has its verdict; one under way says nothing."""
    body = (
        f'{{"total_count":2,"workflow_runs":[{{"name":"nightly","status":"in_progress","conclusion":null,'
        f'"updated_at":"{RUN}"}},{{"name":"nightly","status":"completed","conclusion":"{conclusion}",'
        f'"updated_at":"{RUN}","html_url":"u"}}]}}'
    )
    assert outcome("github-actions", body, "nightly") == expected
    assert outcome("github-actions", '{"total_count":0,"workflow_runs":[]}', "nightly") == INVALID


# Pages with a run of a status in place of STATUS.
STATUSES = {
    "airflow": (
        {"success": OK, "failed": FAILED},
        (
            '{"dag_runs":[{"dag_id":"x","state":"running","end_date":null},'
            '{"dag_id":"x","state":"STATUS","end_date":"2026-08-01T03:00:00+00:00"}]}'
        ),
    ),
    "rundeck": (
        {"succeeded": OK, **dict.fromkeys(("failed", "aborted", "timedout", "failed-with-retry"), FAILED)},
        (
            '{"executions":[{"status":"running","job":{"name":"x"}},{"status":"STATUS",'
            '"date-ended":{"unixtime":1785553200123,"date":"2026-08-01T03:00:00Z"},"job":{"name":"x"}}]}'
        ),
    ),
    "spring-scheduledtasks": (
        {"SUCCESS": OK, "STARTED": OK, "ERROR": FAILED},
        (
            '{"fixedRate":[{"runnable":{"target":"x"},"lastExecution":{"status":"STATUS",'
            '"time":"2026-08-01T03:00:00.123456789Z"}}]}'
        ),
    ),
    "healthchecks": (
        {"up": OK, "grace": OK, "down": FAILED, "new": FAILED, "paused": INVALID},
        '{"checks":[{"name":"x","status":"STATUS","last_ping":"2026-08-01T03:00:00+00:00","timeout":86400}]}',
    ),
}


@pytest.mark.parametrize("preset", STATUSES)
def test_statuses(preset: str) -> None:
    """Each status of the program has its verdict."""
    expected, body = STATUSES[preset]
    assert {word: outcome(preset, body.replace("STATUS", word), "x") for word in expected} == expected


@pytest.mark.parametrize(
    ("preset", "body", "expected"),
    [
        ("rss", "<lastBuildDate>Sat, 01 Aug 2026 03:00:00 GMT</lastBuildDate>", INVALID),
        ("rss", "<item><pubDate>Sat, 01 Aug 2026 05:00:00 +0200</pubDate></item>", OK),
        ("rss", "<item><pubDate>Thu, 30 Jul 2026 05:00:00 EDT</pubDate></item>", LATE),
        ("atom", "<updated>2026-08-01T03:00:00Z</updated>", INVALID),
        ("atom", "<entry><updated>2026-07-30T03:00:00.5+02:00</updated></entry>", LATE),
        ("sitemap", "<sitemap><lastmod>2026-08-01T05:00:00+02:00</lastmod></sitemap>", OK),
        ("sitemap", "<url><lastmod>2026-07-30</lastmod></url>", LATE),
        ("sitemap", "<url><loc>x</loc></url>", INVALID),
        ("s3", "<Contents><LastModified>2026-07-30T03:00:00.000Z</LastModified></Contents>", LATE),
        ("s3", "<KeyCount>0</KeyCount>", INVALID),
        ("s3", "<Code>AccessDenied</Code>", INVALID),
    ],
)
def test_feeds_and_listings(preset: str, body: str, expected: str) -> None:
    """Feeds and listings are ok, late, or without a last run, which only their items have."""
    assert outcome(preset, f"<root>{body}</root>") == expected


KUBERNETES = '{"kind":"CronJobList","items":[{"metadata":{"namespace":"a","name":"b"},SPEC}]}'
TIMES = '"status":{"lastSuccessfulTime":"2026-07-30T03:00:00Z"}'


@pytest.mark.parametrize(
    ("preset", "body", "expected"),
    [
        ("kube-state-metrics", 'cronjob_status_last_successful_time{namespace="a",cronjob="b"} 1.7e9', LATE),
        ("kube-state-metrics", 'cronjob_info{namespace="a",cronjob="b"} 1', INVALID),
        ("kubernetes-cronjobs", f'"spec":{{"suspend":false}},{TIMES}', LATE),
        ("kubernetes-cronjobs", f'"spec":{{"suspend":true}},{TIMES}', INVALID),
        ("kubernetes-cronjobs", '"spec":{},"status":{}', INVALID),
    ],
)
def test_kubernetes(preset: str, body: str, expected: str) -> None:
    """Kubernetes states successes only: a job is late, new, or suspended."""
    text = KUBERNETES.replace("SPEC", body) if preset == "kubernetes-cronjobs" else f"kube_{body}\n"
    assert outcome(preset, text, "a/b") == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"last-modified": "Sat, 01 Aug 2026 03:00:00 GMT"}, OK),
        ({"last-modified": "Sat Aug  1 03:00:00 2026"}, OK),
        ({"last-modified": "Thu, 30 Jul 2026 03:00:00 GMT"}, LATE),
        ({"last-modified": "Thu, 01 Jan 1970 00:00:00 GMT"}, INVALID),
        ({"last-modified": "0"}, INVALID),
        ({"date": "Sat, 01 Aug 2026 03:00:00 GMT"}, INVALID),
    ],
)
def test_last_modified(headers: dict[str, str], expected: str) -> None:
    """The header counts; without it there is no last run."""
    assert outcome("last-modified", "", None, headers) == expected


def test_every_preset_is_tried() -> None:
    """Each preset is in a test above."""
    source = Path(__file__).read_text("utf-8")
    assert [name for name in presets() if f'"{name}"' not in source] == []
