"""The connection profiles of [task …] sections, with the certificate files that they name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from py_pinger.config.parsing.problems import Problems
from py_pinger.config.schema.problem import ProblemCode
from py_pinger.config.schema.settings import TaskSettings
from py_pinger.config.values.pem import ca_problem, client_certificate_problem, read_pem
from py_pinger.core.model.task import DIRECT, ConnectionProfile, Pem


class ProfileReader:
    """Makes profiles from sections whose files are relative to a folder, and reports files that are wrong."""

    def __init__(self, folder: Path, problems: Problems) -> None:
        self._folder = folder
        self._problems = problems
        # Thousands of tasks may name the same file, and to verify one takes a millisecond.
        self._read_pem = cache(read_pem)
        self._ca_problem = cache(ca_problem)
        self._client_certificate_problem = cache(client_certificate_problem)

    def profile(self, label: str, settings: TaskSettings) -> ConnectionProfile:
        """Return how to connect to the server of the section's task."""
        ca = self._pem(label, "ca", settings.ca)
        certificate = self._pem(label, "certificate", settings.certificate)
        key = self._pem(label, "key", settings.key)
        if ca and (why := self._ca_problem(ca)):
            self._invalid(label, "ca", ca.path, why)
        # A key that is set but cannot be read is reported already.
        readable = certificate if bool(key) == bool(settings.key) else None
        if readable and (why := self._client_certificate_problem(readable, key)):
            self._invalid(label, "certificate", readable.path, why)
        profile = ConnectionProfile(settings.proxy, ca, certificate, key, settings.verify is not False)
        return profile if profile != DIRECT else DIRECT

    def _pem(self, label: str, key: str, name: Path | None) -> Pem | None:
        if name is None:
            return None
        path = self._folder / name
        self._problems.add_source(path)
        read = self._read_pem(path)
        if isinstance(read, Pem):
            return read
        self._invalid(label, key, str(path), read)
        return None

    def _invalid(self, label: str, key: str, path: str, why: str) -> None:
        self._problems.add(ProblemCode.INVALID_VALUE, f"[{label}] {key}", f"'{path}' {why}")
