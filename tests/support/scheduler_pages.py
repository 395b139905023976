"""Documents of more schedulers and CI servers, with the section that a reader of docs/pages.md writes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Document:
    """The keys of a section, and documents of a good run at 2026-08-01 03:00 UTC, a bad one, and none."""

    section: str
    success: str
    failure: str | None = None
    never: str | None = None
    item: str | None = None


SCHEDULERS = {
    "Nomad allocations": Document(
        "each=@\nname=JobID\nlastrun=ModifyTime\nunit=ns\nstatus=ClientStatus\nok=complete, running,"
        " pending\n"
        "reason=TaskStates.*.Events[-1].DisplayMessage | [0]",
        '[{"JobID":"dump/periodic","ClientStatus":"complete","ModifyTime":1785553200123456789,'
        '"TaskStates":{}},'
        '{"JobID":"dump/periodic","ClientStatus":"failed","ModifyTime":1785466800123456789,"TaskStates":{}}]',
        '[{"JobID":"dump/periodic","ClientStatus":"failed","ModifyTime":1785553200123456789,'
        '"TaskStates":{"t":'
        '{"Events":[{"DisplayMessage":"Exit Code: 1"}]}}}]',
        item="dump/periodic",
    ),
    "Argo Workflows": Document(
        'each=items[?status.finishedAt]\nname=metadata.labels."workflows.argoproj.io/cron-workflow"\n'
        "lastrun=status.finishedAt\nstatus=status.phase\nok=Succeeded\nreason=status.message",
        '{"items":[{"metadata":{"labels":{"workflows.argoproj.io/cron-workflow":"etl"}},'
        '"status":{"phase":"Succeeded","finishedAt":"2026-08-01T03:00:00Z"}},'
        '{"metadata":{"labels":{}},"status":{"phase":"Running","finishedAt":null}}]}',
        '{"items":[{"metadata":{"labels":{"workflows.argoproj.io/cron-workflow":"etl"}},'
        '"status":{"phase":"Failed","finishedAt":"2026-08-01T03:00:00Z","message":"child failed"}}]}',
        item="etl",
    ),
    "Argo CD applications": Document(
        "each=items\nname=metadata.name\nlastrun=status.reconciledAt\nstatus=status.health.status\n"
        "ok=Healthy\nwarn=Progressing\nreason=status.conditions[0].message",
        '{"items":[{"metadata":{"name":"shop"},"status":{"reconciledAt":"2026-08-01T03:00:00Z",'
        '"health":{"status":"Healthy"},"sync":{"status":"Synced"}}}]}',
        '{"items":[{"metadata":{"name":"shop"},"status":{"reconciledAt":"2026-08-01T03:00:00Z",'
        '"health":{"status":"Degraded"}}}]}',
        '{"items":[{"metadata":{"name":"shop"},"status":{}}]}',
        item="shop",
    ),
    "Tekton PipelineRuns": Document(
        'each=items[?status.completionTime]\nname=metadata.labels."tekton.dev/pipeline"\n'
        "lastrun=status.completionTime\nstatus=status.conditions[?type=='Succeeded'].status\nok=True\n"
        "reason=status.conditions[?type=='Succeeded'].message",
        '{"items":[{"metadata":{"labels":{"tekton.dev/pipeline":"nightly"}},"status":{"completionTime":'
        '"2026-08-01T03:00:00Z","conditions":[{"type":"Succeeded","status":"True","message":"Tasks: 3"}]}}]}',
        '{"items":[{"metadata":{"labels":{"tekton.dev/pipeline":"nightly"}},"status":{"completionTime":'
        '"2026-08-01T03:00:00Z","conditions":[{"type":"Succeeded","status":"False","message":"timeout"}]}}]}',
        item="nightly",
    ),
    "CircleCI workflows": Document(
        "each=items\nname=name\nlastrun=stopped_at\nstatus=status\nok=success",
        '{"items":[{"name":"nightly","status":"success","created_at":"2026-08-01T02:30:00Z",'
        '"stopped_at":"2026-08-01T03:00:00Z"},{"name":"nightly","status":"running","stopped_at":null}],'
        '"next_page_token":null}',
        '{"items":[{"name":"nightly","status":"failed","stopped_at":"2026-08-01T03:00:00Z"}]}',
        item="nightly",
    ),
    "Travis builds": Document(
        "each=builds[?event_type=='cron']\nname=branch.name\nlastrun=finished_at\nstatus=state\nok=passed",
        '{"@type":"builds","builds":[{"event_type":"cron","state":"passed",'
        '"finished_at":"2026-08-01T03:00:00Z",'
        '"branch":{"name":"main"}},{"event_type":"push","state":"failed",'
        '"finished_at":"2026-08-01T03:10:00Z",'
        '"branch":{"name":"main"}}]}',
        '{"builds":[{"event_type":"cron","state":"errored","finished_at":"2026-08-01T03:00:00Z",'
        '"branch":{"name":"main"}}]}',
        item="main",
    ),
    "Buildkite builds": Document(
        "each=[?finished_at]\nname=pipeline.slug\nlastrun=finished_at\nstatus=state\nok=passed, blocked",
        '[{"state":"passed","finished_at":"2026-08-01T03:00:00.000Z","pipeline":{"slug":"nightly"}},'
        '{"state":"running","finished_at":null,"pipeline":{"slug":"nightly"}}]',
        '[{"state":"canceled","finished_at":"2026-08-01T03:00:00.000Z","pipeline":{"slug":"nightly"}}]',
        item="nightly",
    ),
    "Drone and Woodpecker builds": Document(
        "lastrun=[?event=='cron'].finished\nstatus=[?event=='cron' && finished > `0`].status | [0]\n"
        "ok=success",
        '[{"event":"cron","status":"running","finished":0},'
        '{"event":"cron","status":"success","finished":1785553200},{"event":"push","finished":1785553300}]',
        '[{"event":"cron","status":"failure","finished":1785553200}]',
        '[{"event":"cron","status":"pending","finished":0}]',
    ),
    "TeamCity builds": Document(
        "each=build[?finishDate]\nname=buildTypeId\nlastrun=finishDate\nstatus=status\nok=SUCCESS\n"
        "reason=statusText",
        '{"count":1,"build":[{"buildTypeId":"Nightly","status":"SUCCESS","finishDate":"20260801T050000+0200",'
        '"statusText":"Tests passed: 12"}]}',
        '{"build":[{"buildTypeId":"Nightly","status":"FAILURE","finishDate":"20260801T050000+0200",'
        '"statusText":"Tests failed: 2"}]}',
        item="Nightly",
    ),
    "Bamboo results": Document(
        "each=results.result\nname=plan.key\nlastrun=buildCompletedDate\nstatus=buildState\nok=Successful",
        '{"results":{"result":[{"plan":{"key":"OPS-DUMP"},"buildState":"Successful",'
        '"buildCompletedDate":"2026-08-01T05:00:00.000+02:00","buildRelativeTime":"3 hours ago"}]}}',
        '{"results":{"result":[{"plan":{"key":"OPS-DUMP"},"buildState":"Failed",'
        '"buildCompletedDate":"2026-08-01T05:00:00.000+02:00"}]}}',
        item="OPS-DUMP",
    ),
    "Azure DevOps builds": Document(
        "each=value[?status=='completed']\nname=definition.name\nlastrun=finishTime\nstatus=result\n"
        "ok=succeeded\nwarn=partiallySucceeded\nreason=_links.web.href",
        '{"count":1,"value":[{"status":"completed","result":"succeeded",'
        '"finishTime":"2026-08-01T03:00:00.1234567Z",'
        '"definition":{"name":"nightly"}}]}',
        '{"value":[{"status":"completed","result":"failed","finishTime":"2026-08-01T03:00:00.1234567Z",'
        '"definition":{"name":"nightly"},"_links":{"web":{"href":"https://dev.example/1"}}}]}',
        item="nightly",
    ),
    "Google Cloud Scheduler jobs": Document(
        "each=jobs\nname=name\nlastrun=lastAttemptTime\nstatus=not_null(status.code, `0`)\nok=0\n"
        "reason=status.message",
        '{"jobs":[{"name":"projects/p/locations/l/jobs/dump","lastAttemptTime":"2026-08-01T03:00:00.123456Z",'
        '"status":{},"schedule":"0 3 * * *","timeZone":"Etc/UTC"}]}',
        '{"jobs":[{"name":"projects/p/locations/l/jobs/dump","lastAttemptTime":"2026-08-01T03:00:00Z",'
        '"status":{"code":14,"message":"unavailable"}}]}',
        '{"jobs":[{"name":"projects/p/locations/l/jobs/dump","state":"ENABLED"}]}',
        item="projects/p/locations/l/jobs/dump",
    ),
    "AWS Glue job runs": Document(
        "each=JobRuns[?CompletedOn]\nname=JobName\nlastrun=CompletedOn\nstatus=JobRunState\nok=SUCCEEDED\n"
        "reason=ErrorMessage",
        '{"JobRuns":[{"JobName":"etl","JobRunState":"SUCCEEDED","CompletedOn":1.785553200123E9}]}',
        '{"JobRuns":[{"JobName":"etl","JobRunState":"FAILED","CompletedOn":1785553200.123,'
        '"ErrorMessage":"oom"}]}',
        item="etl",
    ),
    "AWS Step Functions executions": Document(
        "lastrun=executions[].stopDate\nstatus=executions[?stopDate] | [0].status\nok=SUCCEEDED",
        '{"executions":[{"status":"RUNNING","startDate":1785553260.5},{"status":"SUCCEEDED",'
        '"stopDate":1785553200.5}]}',
        '{"executions":[{"status":"TIMED_OUT","stopDate":1785553200.5}]}',
        '{"executions":[]}',
    ),
    "AWS Backup jobs": Document(
        "each=BackupJobs[?CompletionDate]\nname=ResourceName\nlastrun=CompletionDate\nstatus=State\n"
        "ok=COMPLETED\nreason=StatusMessage",
        '{"BackupJobs":[{"ResourceName":"db","State":"COMPLETED",'
        '"CompletionDate":"2026-08-01T03:00:00.123000+00:00"}]}',
        '{"BackupJobs":[{"ResourceName":"db","State":"FAILED","CompletionDate":"2026-08-01T03:00:00+00:00",'
        '"StatusMessage":"Access denied"}]}',
        item="db",
    ),
    "Quartz triggers": Document(
        "each=triggers\nname=jobKey.name\nlastrun=previousFireTime\nunit=ms\nstatus=state\nok=NORMAL,"
        " BLOCKED",
        '{"triggers":[{"jobKey":{"group":"G","name":"dump"},"previousFireTime":1785553200000,'
        '"state":"NORMAL"}]}',
        '{"triggers":[{"jobKey":{"name":"dump"},"previousFireTime":1785553200000,"state":"ERROR"}]}',
        '{"triggers":[{"jobKey":{"name":"dump"},"previousFireTime":-1,"state":"NORMAL"}]}',
        item="dump",
    ),
    "Hangfire recurring jobs": Document(
        "each=@\nname=Id\nlastrun=LastExecution\nstatus=LastJobState\nok=Succeeded, Processing,"
        " Enqueued\nreason=Error",
        '[{"Id":"dump","Cron":"0 3 * * *","LastJobState":"Succeeded",'
        '"LastExecution":"2026-08-01T03:00:00.1234567"}]',
        '[{"Id":"dump","LastJobState":"Failed","LastExecution":"2026-08-01T03:00:00.1234567",'
        '"Error":"timeout"}]',
        '[{"Id":"dump","LastJobState":null,"LastExecution":"0001-01-01T00:00:00"}]',
        item="dump",
    ),
    "Celery flower tasks": Document(
        "each=@\nname=name\nlastrun=[succeeded, failed]\nstatus=state\nok=SUCCESS\nreason=exception",
        '{"a1-b2":{"uuid":"a1-b2","name":"shop.nightly","state":"SUCCESS","succeeded":1785553200.123,'
        '"failed":null},'
        '"c3":{"uuid":"c3","name":"shop.nightly","state":"STARTED","succeeded":null,"failed":null}}',
        '{"a1-b2":{"name":"shop.nightly","state":"FAILURE","succeeded":null,"failed":1785553200.123,'
        '"exception":"ValueError()"}}',
        item="shop.nightly",
    ),
    "Kestra executions": Document(
        "each=results[?state.endDate]\nname=join('.', [namespace, flowId])\nlastrun=state.endDate\n"
        "status=state.current\nok=SUCCESS\nwarn=WARNING",
        '{"results":[{"namespace":"ops","flowId":"dump","state":{"current":"SUCCESS",'
        '"endDate":"2026-08-01T03:00:00.12Z"}}]}',
        '{"results":[{"namespace":"ops","flowId":"dump","state":{"current":"KILLED",'
        '"endDate":"2026-08-01T03:00:00Z"}}]}',
        item="ops.dump",
    ),
    "Concourse jobs": Document(
        "each=@\nname=name\nlastrun=finished_build.end_time\nstatus=finished_build.status\nok=succeeded",
        '[{"name":"nightly","next_build":null,"finished_build":{"status":"succeeded",'
        '"end_time":1785553200}}]',
        '[{"name":"nightly","finished_build":{"status":"errored","end_time":1785553200}}]',
        '[{"name":"nightly","finished_build":null}]',
        item="nightly",
    ),
    "Kubernetes Jobs": Document(
        "each=items\nname=metadata.ownerReferences[0].name\n"
        "lastrun=status.[completionTime, conditions[?type=='Failed'].lastTransitionTime]\n"
        "status=!(status.failed)",
        '{"items":[{"metadata":{"name":"dump-29","ownerReferences":[{"kind":"CronJob","name":"dump"}]},'
        '"status":{"succeeded":1,"completionTime":"2026-08-01T03:00:00Z"}}]}',
        '{"items":[{"metadata":{"name":"dump-29","ownerReferences":[{"kind":"CronJob","name":"dump"}]},'
        '"status":{"failed":7,"conditions":[{"type":"Failed",'
        '"lastTransitionTime":"2026-08-01T03:00:00Z"}]}}]}',
        '{"items":[{"metadata":{"name":"dump-29","ownerReferences":[{"kind":"CronJob","name":"dump"}]},'
        '"status":{"active":1}}]}',
        item="dump",
    ),
    "cert-manager certificates": Document(
        "each=items\nname=metadata.name\nlastrun=status.notBefore\n"
        "status=status.conditions[?type=='Ready'].status\nok=True",
        '{"items":[{"metadata":{"name":"web"},"status":{"notBefore":"2026-08-01T03:00:00Z",'
        '"conditions":[{"type":"Issuing","status":"False"},{"type":"Ready","status":"True"}]}}]}',
        '{"items":[{"metadata":{"name":"web"},"status":{"notBefore":"2026-08-01T03:00:00Z",'
        '"conditions":[{"type":"Ready","status":"False"}]}}]}',
        item="web",
    ),
}
