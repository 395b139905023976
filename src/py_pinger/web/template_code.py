"""The compiled code of the templates, shared by the apps of all settings."""

from __future__ import annotations

from types import CodeType

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class TemplateCode(BytecodeCache):
    """Keeps the code of each template in memory, so that a reload compiles none again.

    Compiling those of the overview takes 100 ms, all of them 260 ms of processor time.
    """

    def __init__(self) -> None:
        self._codes: dict[str, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket of a template if its code is known: the files do not change meanwhile."""
        bucket.code = self._codes.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template that was compiled."""
        if bucket.code:
            self._codes[bucket.key] = bucket.code
