"""What to do about a page that is not a valid report, and about a report of a task that fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from py_pinger.core.model.fault import FaultCode

_SECTION: Final = "`pinger look URL` prints a [page NAME] section"
_EXAMPLE: Final = 'return an object such as {{"status": "ok", "lastrun": null, "frequency": 10}}'
_TIME: Final = 'write it in ISO 8601 and UTC, for example "2018-06-28T11:37:48Z"'

REPORT_REMEDIES: Final[Mapping[FaultCode, str]] = {
    FaultCode.EMPTY_PAGE: _EXAMPLE,
    FaultCode.HTML_PAGE: (
        f"return JSON at this URL, or correct the URL; to read a page of another program, {_SECTION}"
    ),
    FaultCode.LOGIN_PAGE: (
        "set [token_auth]: a token, or url, username and password; if it is set, the server rejects its token"
    ),
    FaultCode.REDIRECTED_PAGE: "set the URL to the page with the JSON; if it needs a login, set [token_auth]",
    FaultCode.NOT_UTF_8: "encode the page in UTF-8, and compress it with gzip or deflate only",
    FaultCode.PYTHON_PAGE: "write the page with json.dumps: JSON has double quotes, true, false and null",
    FaultCode.NOT_JSON: f"correct the JSON of the page; to read a page of another program, {_SECTION}",
    FaultCode.TASK_LIST: f"to monitor each item of this list as a task, {_SECTION} for it",
    FaultCode.NOT_AN_OBJECT: _EXAMPLE,
    FaultCode.MISSING_KEY: "add {detail} to the page; to read a page of another program, " + _SECTION,
    FaultCode.MISSPELLED_KEY: "rename {detail}",
    FaultCode.STATUS_WORD: 'write "ok" or "error"',
    FaultCode.STATUS_MEANING: "write {detail}",
    FaultCode.TIME_NOTATION: _TIME,
    FaultCode.TIME_INCOMPLETE: _TIME,
    FaultCode.TIME_ORDER: _TIME,
    FaultCode.TIME_ZONE: "write Z or an offset such as +02:00 instead of the zone",
    FaultCode.TIME_MILLISECONDS: "write seconds: if these are milliseconds, divide them by 1000",
    FaultCode.MINUTES: "write minutes as a number such as 60, or a duration of ISO 8601 such as PT1H",
    FaultCode.OTHER_FREQUENCY: "correct frequency on the page, or in the task's section",
    FaultCode.ZONE_NAME: "write a name such as Europe/Berlin or UTC",
    FaultCode.LONG_REPORT: "send a shorter report; to send the output of the task, use /log",
    FaultCode.PAGE_SECTION: (
        "correct the task's [page] section: `pinger look URL` lists the places of the page"
    ),
    FaultCode.PAGE_STATUS: "set ok and error in the task's [page] section to the words that the page has",
    FaultCode.PAGE_ITEM: "correct the name behind # in the URL, or remove the task",
    FaultCode.PAGE_LIMIT: "make the page smaller: filter it in the URL",
    FaultCode.PAGE_KIND: "set as in the task's [page] section to what the page is, or correct the URL",
    FaultCode.NO_REASON: "read the log of the task, and add reason to its page",
    FaultCode.SHORT_RUN: "read the log of the task: the run may have ended early; or lower least_runtime",
    FaultCode.CLOCK_AHEAD: (
        "write lastrun in UTC or with its offset; if it is, synchronise the clock of the task's machine"
    ),
    FaultCode.LOCAL_TIME: "add the offset to lastrun, which fits local time of {detail}, or write it in UTC",
    FaultCode.LATE: "start the task, and check what should start it; or correct its frequency or grace",
    FaultCode.NEVER_RAN: "start the task, and check that it writes lastrun at its end",
    FaultCode.NEVER_REPORTED: "start the task, and check that it sends its reports: `pinger push` prints how",
    FaultCode.LONG_RUN: "check whether the run hangs; if it may take longer, raise runtime",
}
