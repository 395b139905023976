"""Documents of other programs, and the keys of [page NAME] that read them.

The shapes are synthetic. Each row gives a document of a success, of a failure and of a task that has never
run; None where the program has no such document.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from py_pinger.core.model.page import PageDefinition, PageKind, Unit

RUN = datetime(2026, 8, 1, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    """One kind of document."""

    page: PageDefinition
    success: str
    failure: str | None = None
    never: str | None = None
    item: str | None = None
    reason: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


ROWS = {
    "Kubernetes CronJobs": Row(
        PageDefinition(
            "k",
            each="items[?spec.suspend != `true`]",
            item_name="join('/', [metadata.namespace, metadata.name])",
            lastrun="status.lastSuccessfulTime",
        ),
        success='{"items":[{"metadata":{"namespace":"prod","name":"dump"},"spec":{"suspend":false},'
        '"status":{"lastSuccessfulTime":"2026-08-01T03:00:00Z"}},'
        '{"metadata":{"namespace":"prod","name":"off"},"spec":{"suspend":true},"status":{}}]}',
        never='{"items":[{"metadata":{"namespace":"prod","name":"dump"},"spec":{},"status":{}}]}',
        item="prod/dump",
    ),
    "Spring Boot": Row(
        PageDefinition(
            "s",
            each="[cron, fixedDelay, fixedRate, custom][]",
            item_name="runnable.target",
            lastrun="lastExecution.time",
            status="lastExecution.status",
            ok=("success", "started"),
            reason="lastExecution.exception.message",
            frequency="interval",
            frequency_unit=timedelta(milliseconds=1),
        ),
        success='{"cron":[],"fixedDelay":[{"runnable":{"target":"job"},"interval":86400000,'
        '"lastExecution":{"time":"2026-08-01T03:00:00.123456789Z","status":"SUCCESS"}}],"fixedRate":[],"custom":[]}',
        failure='{"cron":[],"fixedDelay":[{"runnable":{"target":"job"},"interval":86400000,"lastExecution":'
        '{"time":"2026-08-01T03:00:00.1Z","status":"ERROR","exception":{"message":"boom"}}}]}',
        never='{"cron":[],"fixedDelay":[{"runnable":{"target":"job"},"interval":86400000}]}',
        item="job",
        reason="boom",
    ),
    "Airflow": Row(
        PageDefinition(
            "a",
            each="dag_runs[?end_date]",
            item_name="dag_id",
            lastrun="end_date",
            status="state",
            ok=("success",),
        ),
        success='{"dag_runs":[{"dag_id":"etl","state":"failed","end_date":"2026-07-31T03:00:00+00:00"},'
        '{"dag_id":"etl","state":"success","end_date":"2026-08-01T03:00:00+00:00"},'
        '{"dag_id":"etl","state":"running","end_date":null}]}',
        failure='{"dag_runs":[{"dag_id":"etl","state":"failed","end_date":"2026-08-01T03:00:00+00:00"},'
        '{"dag_id":"etl","state":"success","end_date":"2026-07-31T03:00:00+00:00"}]}',
        item="etl",
        reason='status is "failed"',
        never='{"dag_runs":[{"dag_id":"etl","state":"running","end_date":null}]}',
    ),
    "GitHub Actions": Row(
        PageDefinition(
            "g",
            each="workflow_runs[?status=='completed']",
            item_name="name",
            lastrun="updated_at",
            status="conclusion",
            ok=("success", "skipped"),
            reason="html_url",
        ),
        success='{"workflow_runs":[{"name":"nightly","status":"completed","conclusion":"success",'
        '"updated_at":"2026-08-01T03:00:00Z","html_url":"https://github.example/1"},'
        '{"name":"nightly","status":"in_progress","conclusion":null,"updated_at":"2026-08-01T03:30:00Z"}]}',
        failure='{"workflow_runs":[{"name":"nightly","status":"completed","conclusion":"failure",'
        '"updated_at":"2026-08-01T03:00:00Z","html_url":"https://github.example/1"}]}',
        item="nightly",
        reason="https://github.example/1",
        never='{"workflow_runs":[{"name":"nightly","status":"queued","conclusion":null,"updated_at":"2026-08-01T03:00:00Z"}]}',
    ),
    "GitLab pipelines": Row(
        PageDefinition(
            "p", lastrun="[].updated_at", status="[0].status", ok=("success", "running", "pending")
        ),
        success='[{"status":"success","updated_at":"2026-08-01T03:00:00.120Z"},'
        '{"status":"failed","updated_at":"2026-07-31T03:00:00.000Z"}]',
        failure='[{"status":"failed","updated_at":"2026-08-01T03:00:00.000Z"}]',
        never="[]",
        reason='status is "failed"',
    ),
    "Jenkins": Row(
        PageDefinition(
            "j",
            each="jobs",
            item_name="name",
            lastrun="lastSuccessfulBuild.timestamp",
            unit=Unit.MILLISECONDS,
            status="lastBuild.result",
            ok=("success",),
            warn=("unstable",),
        ),
        success='{"jobs":[{"name":"x","lastBuild":{"timestamp":1785553200123,"result":"SUCCESS"},'
        '"lastSuccessfulBuild":{"timestamp":1785553200123}}]}',
        failure='{"jobs":[{"name":"x","lastBuild":{"timestamp":1785553200999,"result":"ABORTED"},'
        '"lastSuccessfulBuild":{"timestamp":1785553200123}}]}',
        never='{"jobs":[{"name":"x","lastBuild":null,"lastSuccessfulBuild":null}]}',
        item="x",
        reason='status is "ABORTED"',
    ),
    "Rundeck": Row(
        PageDefinition(
            "r",
            each='executions[?"date-ended"]',
            item_name="job.name",
            lastrun='"date-ended".date',
            status="status",
            ok=("succeeded",),
        ),
        success='{"executions":[{"status":"succeeded","date-ended":{"unixtime":1785553200123,'
        '"date":"2026-08-01T03:00:00Z"},"job":{"name":"b"}},{"status":"running","job":{"name":"b"}}]}',
        failure='{"executions":[{"status":"aborted","date-ended":{"date":"2026-08-01T03:00:00Z"},"job":{"name":"b"}}]}',
        item="b",
        reason='status is "aborted"',
        never='{"executions":[{"status":"running","job":{"name":"b"}}]}',
    ),
    "Backrest": Row(
        PageDefinition(
            "b",
            each="operations[?operationBackup != `null` && unixTimeEndMs]",
            item_name="planId",
            lastrun="unixTimeEndMs",
            unit=Unit.MILLISECONDS,
            status="status",
            ok=("STATUS_SUCCESS",),
        ),
        success='{"operations":[{"planId":"home","status":"STATUS_SUCCESS","unixTimeEndMs":"1785553200123","operationBackup":{}}]}',
        failure='{"operations":[{"planId":"home","status":"STATUS_ERROR","unixTimeEndMs":"1785553200123","operationBackup":{}}]}',
        item="home",
        reason='status is "STATUS_ERROR"',
        never='{"operations":[{"planId":"home","status":"STATUS_INPROGRESS","operationBackup":{}}]}',
    ),
    "mgob": Row(
        PageDefinition(
            "m", each="@", item_name="plan", lastrun="last_run", status="last_run_status", ok=("200",)
        ),
        success='[{"plan":"backup","last_run":"2026-08-01T03:00:00.000226728Z","last_run_status":"200"}]',
        failure='[{"plan":"backup","last_run":"2026-08-01T03:00:00Z","last_run_status":"500"}]',
        never='[{"plan":"backup","last_run":"0001-01-01T00:00:00Z"}]',
        item="backup",
        reason='status is "500"',
    ),
    "Proxmox": Row(
        PageDefinition(
            "v",
            each="data[?type=='vzdump' && endtime]",
            item_name="id",
            lastrun="endtime",
            status="status",
            ok=("OK",),
            reason="status",
        ),
        success='{"data":[{"type":"vzdump","id":"100","status":"OK","endtime":1785553200},{"type":"vzdump","id":"100"}]}',
        failure='{"data":[{"type":"vzdump","id":"100","status":"job errors","endtime":1785553200}]}',
        item="100",
        reason="job errors",
        never='{"data":[{"type":"vzdump","id":"100","starttime":1785553200}]}',
    ),
    "Healthchecks": Row(
        PageDefinition(
            "h",
            each="checks[?status!='paused']",
            item_name="name",
            lastrun="last_ping",
            status="status",
            ok=("up", "grace"),
            frequency="timeout",
            frequency_unit=timedelta(seconds=1),
        ),
        success='{"checks":[{"name":"db","status":"up","last_ping":"2026-08-01T03:00:00+00:00","timeout":86400}]}',
        failure='{"checks":[{"name":"db","status":"down","last_ping":"2026-08-01T03:00:00+00:00","timeout":86400}]}',
        never='{"checks":[{"name":"db","status":"new","last_ping":null,"timeout":86400}]}',
        item="db",
        reason='status is "down"',
    ),
    "Dagster": Row(
        PageDefinition(
            "d",
            each="data.runsOrError.results[?endTime]",
            item_name="jobName",
            lastrun="endTime",
            status="status",
            ok=("success",),
        ),
        success='{"data":{"runsOrError":{"results":[{"status":"SUCCESS","endTime":1785553200.5,"jobName":"etl"},{"status":"STARTED","endTime":null,"jobName":"etl"}]}}}',
        failure='{"data":{"runsOrError":{"results":[{"status":"FAILURE","endTime":1785553200.5,"jobName":"etl"}]}}}',
        item="etl",
        reason='status is "FAILURE"',
        never='{"data":{"runsOrError":{"results":[{"status":"STARTED","endTime":null,"jobName":"etl"}]}}}',
    ),
    "Prefect": Row(
        PageDefinition(
            "p",
            each="[?end_time]",
            item_name="flow_id",
            lastrun="end_time",
            status="state_type",
            ok=("completed",),
        ),
        success='[{"flow_id":"f","end_time":"2026-08-01T03:00:00.5+00:00","state_type":"COMPLETED"},{"flow_id":"f","end_time":null,"state_type":"RUNNING"}]',
        failure='[{"flow_id":"f","end_time":"2026-08-01T03:00:00+00:00","state_type":"CRASHED"}]',
        item="f",
        reason='status is "CRASHED"',
        never='[{"flow_id":"f","end_time":null,"state_type":"SCHEDULED"}]',
    ),
    "kube-state-metrics": Row(
        PageDefinition(
            "m", PageKind.METRICS, "kube_cronjob_status_last_successful_time", item_name="namespace, cronjob"
        ),
        success="# HELP kube_cronjob_status_last_successful_time x\n"
        'kube_cronjob_status_last_successful_time{namespace="prod",cronjob="dump"} 1.7855532e+09\n'
        'kube_cronjob_status_last_successful_time{namespace="prod",cronjob="other"} 1.7e+09\nbroken{ 1\n',
        never='kube_cronjob_status_last_successful_time{namespace="prod",cronjob="dump"} 0\n',
        item="prod/dump",
    ),
    "S3": Row(
        PageDefinition("s", PageKind.XML, "Contents/LastModified"),
        success='<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Contents>'
        "<Key>a</Key><LastModified>2026-07-01T03:00:00.000Z</LastModified></Contents><Contents><Key>b</Key>"
        "<LastModified>2026-08-01T03:00:00.000Z</LastModified></Contents></ListBucketResult>",
        never='<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></ListBucketResult>',
    ),
    "RSS": Row(
        PageDefinition("r", PageKind.XML, ".//item/pubDate"),
        success="<rss><channel><item><pubDate>Sat, 01 Aug 2026 03:00:00 GMT</pubDate></item>"
        "<item><pubDate>Fri, 31 Jul 2026 03:00:00 GMT</pubDate></item></channel></rss>",
        never="<rss><channel><item><title>x</title></item></channel></rss>",
    ),
    "Atom": Row(
        PageDefinition("a", PageKind.XML, "entry/updated"),
        success='<feed xmlns="http://www.w3.org/2005/Atom"><entry><updated>2026-08-01T03:00:00Z</updated></entry></feed>',
        never='<feed xmlns="http://www.w3.org/2005/Atom"><updated>2026-08-01T03:00:00Z</updated></feed>',
    ),
    "sitemap": Row(
        PageDefinition("s", PageKind.XML, "url/lastmod", format="%Y-%m-%d"),
        success='<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><lastmod>2026-08-01</lastmod></url></urlset>',
        never='<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>x</loc></url></urlset>',
    ),
    "last-modified": Row(
        PageDefinition("l", PageKind.HEADERS, "header:Last-Modified"),
        success="",
        headers=(("last-modified", "Sat, 01 Aug 2026 03:00:00 GMT"),),
    ),
    "Debian Release": Row(
        PageDefinition("d", PageKind.TEXT, "Date: *"),
        success="Origin: Debian\nDate: Sat, 01 Aug 2026 03:00:00 UTC\nSuite: x\n",
        never="Origin: Debian\n",
    ),
    "Arch lastsync": Row(PageDefinition("a", PageKind.TEXT, "*"), success="1785553200\n", never="0\n"),
    "Sidekiq-cron": Row(
        PageDefinition("q", each="[?status=='enabled']", item_name="name", lastrun="last_enqueue_time"),
        success='[{"name":"job","status":"enabled","last_enqueue_time":"2026-08-01 03:00:00 UTC"}]',
        item="job",
        never='[{"name":"job","status":"enabled","last_enqueue_time":""}]',
    ),
}
