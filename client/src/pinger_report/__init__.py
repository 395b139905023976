"""Reports the runs of a task to Py Pinger: `with report("nightly import", frequency=1440): …`.

`PINGER_REPORTS` names a folder with a page for each task, `PINGER_PUSH` an address that takes pushes; one of
them is enough. `wsgi` and `asgi` serve such a folder. `python -m pinger_report exec` does the same for any
command.
"""

from pinger_report.report import Report, report
from pinger_report.run import Run
from pinger_report.serve import asgi, wsgi

__version__ = "0.1.0"

__all__ = ["Report", "Run", "asgi", "report", "wsgi"]
