"""Documents of backups, data pipelines, registries, reports and metrics, read as docs/pages.md says."""

from __future__ import annotations

from tests.support.scheduler_pages import Document

BACKUPS = {
    "Elasticsearch SLM policies": Document(
        "each=@\nname=@key\nunit=ms\nlastrun=last_success.time\n"
        "status=not_null(last_failure.time, `0`) < last_success.time",
        '{"nightly-snapshots":{"version":1,"last_success":{"snapshot_name":"n-1","time":1785553200123},'
        '"last_failure":{"time":1785466800000},"next_execution_millis":1785639600000}}',
        '{"nightly-snapshots":{"last_success":{"time":1785553200123},"last_failure":{"time":1785553300000}}}',
        '{"nightly-snapshots":{"version":1,"next_execution_millis":1785639600000}}',
        item="nightly-snapshots",
    ),
    "Elasticsearch snapshots": Document(
        "each=snapshots\nname=metadata.policy\nlastrun=end_time_in_millis\nunit=ms\nstatus=state\n"
        "ok=SUCCESS\nwarn=PARTIAL",
        '{"snapshots":[{"snapshot":"n-1","state":"SUCCESS","end_time_in_millis":1785553200123,'
        '"metadata":{"policy":"nightly"}},{"snapshot":"n-2","state":"IN_PROGRESS","end_time_in_millis":0,'
        '"metadata":{"policy":"nightly"}}],"total":2}',
        '{"snapshots":[{"state":"FAILED","end_time_in_millis":1785553200123,'
        '"metadata":{"policy":"nightly"}}]}',
        '{"snapshots":[{"state":"IN_PROGRESS","end_time_in_millis":0,"metadata":{"policy":"nightly"}}]}',
        item="nightly",
    ),
    "restic snapshots --json": Document(
        "each=@\nname=hostname\nlastrun=time",
        '[{"time":"2026-07-01T05:00:00.123456789+02:00","hostname":"db","paths":["/etc"],"short_id":"a"},'
        '{"time":"2026-08-01T05:00:00.123456789+02:00","hostname":"db","paths":["/etc"],"short_id":"b"}]',
        item="db",
    ),
    "borg list --json": Document(
        "lastrun=archives[].time\ntimezone=Europe/Berlin",
        '{"archives":[{"archive":"db-2026-08-01","start":"2026-08-01T05:00:00.000000",'
        '"time":"2026-08-01T05:00:00.000000"}],"repository":{"last_modified":"2026-08-01T05:00:10.000000"}}',
        never='{"archives":[],"repository":{"last_modified":"2026-08-01T05:00:10.000000"}}',
    ),
    "borgmatic info --json": Document(
        "lastrun=[].archives[].end\ntimezone=Europe/Berlin",
        '[{"archives":[{"end":"2026-08-01T05:00:00.000000","name":"x"}],"repository":{"label":"nas"}}]',
        never='[{"archives":[],"repository":{"label":"nas"}}]',
    ),
    "Duplicati backups": Document(
        "each=@\nname=Backup.Name\nlastrun=Backup.Metadata.LastBackupFinished\n"
        "status=Backup.Metadata.LastErrorMessage == `null`\nreason=Backup.Metadata.LastErrorMessage",
        '[{"Backup":{"ID":"1","Name":"photos","Metadata":{"LastBackupFinished":"20260801T030000Z"}}}]',
        '[{"Backup":{"Name":"photos","Metadata":{"LastBackupFinished":"20260801T030000Z",'
        '"LastErrorMessage":"disk full"}}}]',
        '[{"Backup":{"Name":"photos","Metadata":{}}}]',
        item="photos",
    ),
    "Veeam sessions": Document(
        "each=data[?sessionType=='BackupJob' && state=='Stopped']\nname=name\nlastrun=endTime\n"
        "status=result.result\nok=Success\nwarn=Warning\nreason=result.message",
        '{"data":[{"sessionType":"BackupJob","state":"Stopped","name":"vms",'
        '"endTime":"2026-08-01T05:00:00.1234567+02:00",'
        '"result":{"result":"Success","message":""}}]}',
        '{"data":[{"sessionType":"BackupJob","state":"Stopped","name":"vms",'
        '"endTime":"2026-08-01T05:00:00.1234567+02:00",'
        '"result":{"result":"Failed","message":"no space"}}]}',
        item="vms",
    ),
    "Bareos jobs": Document(
        "each=result.jobs\nname=name\nlastrun=realendtime\ntimezone=Europe/Berlin\nstatus=jobstatus\n"
        "ok=T\nwarn=W",
        '{"jsonrpc":"2.0","result":{"jobs":[{"name":"db","jobstatus":"T",'
        '"realendtime":"2026-08-01 05:00:00"}]}}',
        '{"result":{"jobs":[{"name":"db","jobstatus":"f","realendtime":"2026-08-01 05:00:00"}]}}',
        '{"result":{"jobs":[{"name":"db","jobstatus":"C","realendtime":"0000-00-00 00:00:00"}]}}',
        item="db",
    ),
    "TrueNAS replication": Document(
        "each=@\nname=name\nlastrun=state.datetime\nstatus=state.state\nok=FINISHED, RUNNING\n"
        "reason=state.error",
        '[{"name":"offsite","state":{"state":"FINISHED","datetime":{"$date":1785553200000}}}]',
        '[{"name":"offsite","state":{"state":"ERROR","datetime":{"$date":1785553200000},'
        '"error":"no route"}}]',
        '[{"name":"offsite","state":{"state":"PENDING"}}]',
        item="offsite",
    ),
    "Proxmox Backup Server groups": Document(
        'each=data\nname="backup-id"\nlastrun="last-backup"',
        '{"data":[{"backup-id":"100","backup-type":"vm","last-backup":1785553200,"backup-count":7}]}',
        never='{"data":[{"backup-id":"100","last-backup":0}]}',
        item="100",
    ),
    "Synology tasks": Document(
        "each=data.task_list\nname=name\nlastrun=last_bkp_end_time\nformat=%Y/%m/%d %H:%M\n"
        "timezone=Europe/Berlin\n"
        "status=last_bkp_result\nok=done",
        '{"data":{"task_list":[{"name":"nas","last_bkp_end_time":"2026/08/01 05:00",'
        '"last_bkp_result":"done"}]}}',
        '{"data":{"task_list":[{"name":"nas","last_bkp_end_time":"2026/08/01 05:00",'
        '"last_bkp_result":"failed"}]}}',
        '{"data":{"task_list":[{"name":"nas","last_bkp_end_time":"","last_bkp_result":"none"}]}}',
        item="nas",
    ),
    "pgBackRest info --output=json": Document(
        "each=@\nname=name\nlastrun=backup[].timestamp.stop\nstatus=status.message\nok=ok",
        '[{"name":"main","backup":[{"timestamp":{"start":1785552000,"stop":1785553200}}],'
        '"status":{"code":0,"message":"ok"}}]',
        '[{"name":"main","backup":[{"timestamp":{"stop":1785553200}}],"status":{"code":99,'
        '"message":"other"}}]',
        '[{"name":"main","backup":[],"status":{"code":2,"message":"no valid backups"}}]',
        item="main",
    ),
    "restic backup --json in lines": Document(
        "lastrun=[?message_type=='summary'].backup_end",
        '{"message_type":"status","percent_done":1}\n'
        '{"message_type":"summary","snapshot_id":"a","backup_end":"2026-08-01T05:00:00.123456789+02:00"}\n',
        never='{"message_type":"status","percent_done":0.1}\n{"message_type":"status","percent_done":0.2}\n',
    ),
}

PIPELINES = {
    "dbt run_results.json": Document(
        "lastrun=metadata.generated_at\nstatus=length(results[?status=='error' || status=='fail']) == `0`\n"
        "reason=results[?status=='error' || status=='fail'].message | [0]",
        '{"metadata":{"generated_at":"2026-08-01T03:00:00.123456Z"},"results":[{"status":"success"},'
        '{"status":"pass"}]}',
        '{"metadata":{"generated_at":"2026-08-01T03:00:00.123456Z"},"results":[{"status":"error",'
        '"message":"no table"}]}',
    ),
    "Fivetran connectors": Document(
        "each=data.items\nname=id\nlastrun=[succeeded_at, failed_at]\nstatus=status.setup_state\n"
        "ok=connected",
        '{"code":"Success","data":{"items":[{"id":"crm","succeeded_at":"2026-08-01T03:00:00.123456Z",'
        '"failed_at":null,'
        '"status":{"setup_state":"connected"}}]}}',
        '{"data":{"items":[{"id":"crm","succeeded_at":"2026-08-01T03:00:00Z",'
        '"status":{"setup_state":"broken"}}]}}',
        '{"data":{"items":[{"id":"crm","succeeded_at":null,"failed_at":null,'
        '"status":{"setup_state":"incomplete"}}]}}',
        item="crm",
    ),
    "Airbyte jobs": Document(
        "each=data\nname=connectionId\nlastrun=lastUpdatedAt\nstatus=status\nok=succeeded, running, pending",
        '{"data":[{"jobId":7,"connectionId":"c-1","status":"succeeded",'
        '"lastUpdatedAt":"2026-08-01T03:00:00Z"}]}',
        '{"data":[{"jobId":7,"connectionId":"c-1","status":"failed",'
        '"lastUpdatedAt":"2026-08-01T03:00:00Z"}]}',
        item="c-1",
    ),
    "Flink checkpoints": Document(
        "lastrun=latest.completed.latest_ack_timestamp\nunit=ms",
        '{"latest":{"completed":{"id":9,"status":"COMPLETED","latest_ack_timestamp":1785553200123},'
        '"failed":null}}',
        never='{"latest":{"completed":null,"failed":null}}',
    ),
    "Spark history": Document(
        "each=@\nname=name\nlastrun=attempts[].endTimeEpoch\nunit=ms\nstatus=attempts[0].completed",
        '[{"id":"app-1","name":"etl","attempts":[{"endTime":"2026-08-01T03:00:00.000GMT",'
        '"endTimeEpoch":1785553200000,'
        '"completed":true}]}]',
        '[{"name":"etl","attempts":[{"endTimeEpoch":1785553200000,"completed":false}]}]',
        '[{"name":"etl","attempts":[{"endTimeEpoch":-1,"completed":false}]}]',
        item="etl",
    ),
    "Power BI refreshes": Document(
        "lastrun=value[].endTime\nstatus=value[0].status\nok=Completed\nreason=value[0].serviceExceptionJson",
        '{"value":[{"refreshType":"Scheduled","endTime":"2026-08-01T03:00:00.123Z","status":"Completed"}]}',
        '{"value":[{"endTime":"2026-08-01T03:00:00.123Z","status":"Failed","serviceExceptionJson":"{}"}]}',
        '{"value":[]}',
    ),
    "Spring page with LocalDateTime": Document(
        "each=jobs\nname=name\nlastrun=finished\ntimezone=Europe/Berlin\nstatus=result\nok=COMPLETED",
        '{"jobs":[{"name":"invoices","finished":[2026,8,1,5,0,0,123456000],"result":"COMPLETED"}]}',
        '{"jobs":[{"name":"invoices","finished":[2026,8,1,5,0],"result":"FAILED"}]}',
        '{"jobs":[{"name":"invoices","finished":null,"result":"UNKNOWN"}]}',
        item="invoices",
    ),
    "A map of names to times": Document(
        "each=jobs\nname=@key\nlastrun=@",
        '{"jobs":{"dump":1785553200,"mail":1785553200}}',
        never='{"jobs":{"dump":0,"mail":1785553200}}',
        item="dump",
    ),
    "Ansible AWX job templates": Document(
        "each=results\nname=name\nlastrun=last_job_run\nstatus=last_job_failed == `false`",
        '{"count":1,"results":[{"name":"patch","last_job_run":"2026-08-01T03:00:00.123456Z",'
        '"last_job_failed":false}]}',
        '{"results":[{"name":"patch","last_job_run":"2026-08-01T03:00:00.123456Z","last_job_failed":true}]}',
        '{"results":[{"name":"patch","last_job_run":null,"last_job_failed":false}]}',
        item="patch",
    ),
    "Home Assistant states": Document(
        "each=@\nname=entity_id\nlastrun=last_updated\nstatus=state\nerror=unavailable, unknown",
        '[{"entity_id":"sensor.meter","state":"41.5","last_updated":"2026-08-01T03:00:00.123456+00:00"}]',
        '[{"entity_id":"sensor.meter","state":"unavailable",'
        '"last_updated":"2026-08-01T03:00:00.123456+00:00"}]',
        item="sensor.meter",
    ),
}

REPORTS = {
    "npm registry": Document(
        "lastrun=time.modified",
        '{"name":"left","time":{"created":"2020-01-01T00:00:00.000Z","modified":"2026-08-01T03:00:00.000Z"}}',
    ),
    "PyPI": Document(
        "lastrun=urls[].upload_time_iso_8601",
        '{"info":{"name":"x"},"urls":[{"upload_time":"2026-08-01T03:00:00",'
        '"upload_time_iso_8601":"2026-08-01T03:00:00.123456Z"}]}',
        never='{"info":{"name":"x"},"urls":[]}',
    ),
    "Docker Hub tags": Document(
        "each=results\nname=name\nlastrun=last_updated",
        '{"count":1,"results":[{"name":"latest","last_updated":"2026-08-01T03:00:00.123456Z"}]}',
        item="latest",
    ),
    "GitHub commits": Document(
        "lastrun=[].commit.committer.date",
        '[{"sha":"a","commit":{"committer":{"date":"2026-08-01T03:00:00Z"}}}]',
        never="[]",
    ),
    "JUnit report": Document(
        "as=xml\nlastrun=testsuite/@timestamp\nstatus=@failures\nok=0\nreason=.//failure/@message",
        '<?xml version="1.0"?><testsuites failures="0" errors="0"><testsuite name="t" tests="2" failures="0" '
        'timestamp="2026-08-01T03:00:00"><testcase name="a"/></testsuite></testsuites>',
        '<testsuites failures="1"><testsuite timestamp="2026-08-01T03:00:00"><testcase name="a">'
        '<failure message="1 != 2">trace</failure></testcase></testsuite></testsuites>',
    ),
    "Maven metadata": Document(
        "as=xml\nlastrun=versioning/lastUpdated",
        "<metadata><groupId>g</groupId><versioning><latest>1.2</latest>"
        "<lastUpdated>20260801030000</lastUpdated></versioning></metadata>",
    ),
    "OAI-PMH": Document(
        "as=xml\nlastrun=ListRecords/record/header/datestamp",
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        "<responseDate>2026-08-01T09:00:00Z</responseDate>"
        "<ListRecords><record><header><datestamp>2026-08-01T03:00:00Z</datestamp></header></record>"
        "</ListRecords></OAI-PMH>",
    ),
    "CCTray": Document(
        "as=xml\neach=Project\nname=@name\nlastrun=@lastBuildTime\nstatus=@lastBuildStatus\nok=Success",
        '<Projects><Project name="nightly" activity="Sleeping" lastBuildStatus="Success" lastBuildLabel="7" '
        'lastBuildTime="2026-08-01T03:00:00Z"/></Projects>',
        '<Projects><Project name="nightly" lastBuildStatus="Failure" '
        'lastBuildTime="2026-08-01T03:00:00Z"/></Projects>',
        '<Projects><Project name="nightly" lastBuildStatus="Unknown"/></Projects>',
        item="nightly",
    ),
    "WebDAV PROPFIND": Document(
        "as=xml\nlastrun=response/propstat/prop/getlastmodified",
        '<d:multistatus xmlns:d="DAV:"><d:response><d:propstat><d:prop>'
        "<d:getlastmodified>Sat, 01 Aug 2026 03:00:00 GMT</d:getlastmodified>"
        "</d:prop></d:propstat></d:response></d:multistatus>",
    ),
    "RSS 1.0": Document(
        "as=xml\nlastrun=item/date",
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<item><title>x</title><dc:date>2026-08-01T05:00:00+02:00</dc:date></item></rdf:RDF>",
    ),
    "Nagios status in XML": Document(
        "as=xml\neach=service\nname=description\nlastrun=last_check\ntimezone=Europe/Berlin\nstatus=state\n"
        "ok=OK\nwarn=WARNING\nreason=output",
        "<services><service><description>backup</description>"
        "<last_check>2026-08-01 05:00:00 CEST</last_check>"
        "<state>OK</state><output>fine</output></service></services>",
        "<services><service><description>backup</description>"
        "<last_check>2026-08-01 05:00:00 CEST</last_check>"
        "<state>CRITICAL</state><output>disk full</output></service></services>",
        "<services><service><description>backup</description><last_check>-</last_check>"
        "<state>PENDING</state></service></services>",
        item="backup",
    ),
    "Pushgateway": Document(
        "as=metrics\nname=job\nlastrun=push_time_seconds\nstatus=job_success\nok=1",
        '# TYPE push_time_seconds gauge\npush_time_seconds{instance="",job="dump"} 1.7855532001234567e+09\n'
        'job_success{instance="",job="dump"} 1\n',
        'push_time_seconds{instance="",job="dump"} 1.7855532e+09\njob_success{instance="",job="dump"} 0\n',
        item="dump",
    ),
    "node_exporter textfile": Document(
        "as=metrics\nname=file\nlastrun=node_textfile_mtime_seconds",
        "# HELP node_textfile_mtime_seconds Unixtime mtime of textfiles successfully read.\n"
        'node_textfile_mtime_seconds{file="/var/lib/node/backup.prom"} 1.7855532e+09\n',
        item="/var/lib/node/backup.prom",
    ),
    "OpenMetrics with an exemplar": Document(
        'as=metrics\nlastrun=job_last_success_timestamp_seconds{job="dump"}\nstatus=job_failures\nok=0',
        'job_last_success_timestamp_seconds{job="dump"} 1.7855532e+09 1785553200.5\njob_failures 0\n# EOF\n',
        'job_last_success_timestamp_seconds{job="dump"} 1.7855532e+09\njob_failures 3.0\n# EOF\n',
        'job_last_success_timestamp_seconds{job="dump"} NaN\njob_failures 0\n',
    ),
    "Velero metrics": Document(
        "as=metrics\nname=schedule\nlastrun=velero_backup_last_successful_timestamp\n"
        "status=velero_backup_last_status\nok=1",
        'velero_backup_last_successful_timestamp{schedule="daily"} 1.7855532e+09\n'
        'velero_backup_last_status{schedule="daily"} 1\nvelero_backup_last_status{schedule=""} 1\n',
        'velero_backup_last_successful_timestamp{schedule="daily"} 1.7855532e+09\n'
        'velero_backup_last_status{schedule="daily"} 0\n',
        'velero_backup_last_successful_timestamp{schedule="daily"} 0\n',
        item="daily",
    ),
    "APT Release": Document(
        "as=text\nlastrun=Date: *",
        "Origin: x\nSuite: stable\nDate: Sat, 01 Aug 2026 03:00:00 UTC\nValid-Until: Sat,"
        " 08 Aug 2026 03:00:00 UTC\n",
    ),
    "iCalendar": Document(
        "as=text\nlastrun=DTSTAMP:*",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTAMP:20260801T030000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    ),
    "iCalendar in a zone": Document(
        "as=text\nlastrun=DTSTART;TZID=Europe/Berlin:*\ntimezone=Europe/Berlin",
        "BEGIN:VEVENT\r\nDTSTART;TZID=Europe/Berlin:20260801T050000\r\nEND:VEVENT\r\n",
    ),
    "logrotate state": Document(
        'as=text\nlastrun="/var/log/syslog" *\nformat=%Y-%m-%d-%H:%M:%S\ntimezone=Europe/Berlin',
        'logrotate state -- version 2\n"/var/log/syslog" 2026-8-1-5:0:0\n"/var/log/x" 2026-8-2-5:0:0\n',
    ),
    "A line of HTML": Document(
        "as=text\nlastrun=<td>Last run: *</td>\nstatus=<td>Result: *</td>\nok=OK",
        "<html><table><tr>\n<td>Last run: Aug 1, 2026 3:00:00 AM UTC</td>\n<td>Result: OK</td>\n</tr>"
        "</table>\n",
        "<td>Last run: Aug 1, 2026 3:00:00 AM UTC</td>\n<td>Result: failed</td>\n",
        "<td>Last run: never</td>\n<td>Result: OK</td>\n",
    ),
    "systemctl show": Document(
        "as=text\nlastrun=ExecMainExitTimestamp=*\ntimezone=Europe/Berlin\nstatus=Result=*\nok=success",
        "Id=backup.service\nResult=success\nExecMainExitTimestamp=Sat 2026-08-01 05:00:00 CEST\n",
        "Result=exit-code\nExecMainExitTimestamp=Sat 2026-08-01 05:00:00 CEST\n",
        "Result=success\nExecMainExitTimestamp=\n",
    ),
}

DATA = BACKUPS | PIPELINES | REPORTS
