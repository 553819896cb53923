"""Faults: what goes wrong between us and a provider, armed per method and path and used up by count."""

from __future__ import annotations

import fnmatch
import threading
from dataclasses import dataclass, replace
from enum import StrEnum


class FaultKind(StrEnum):
    DROP_BEFORE = "drop_before"  # cut the connection, nothing done
    DROP_AFTER = "drop_after"  # do it, then cut the connection without an answer
    HANG_BEFORE = "hang_before"  # silent for `seconds`, then cut, nothing done
    HANG_AFTER = "hang_after"  # do it, then silent for `seconds`, then cut
    DROP_LATE = "drop_late"  # cut the connection now, do it `seconds` later
    DELAY = "delay"  # answer properly, `seconds` late
    TRUNCATE = "truncate"  # do it, answer half a body and cut
    BROKEN_JSON = "broken_json"  # do it, answer half a body as if it were whole
    HTML_200 = "html_200"  # a page for people with status 200; `after`: having done it
    STATUS = "status"  # `status`, with Retry-After when `retry_after` is given; `after`: having done it
    UNAUTHORIZED = "unauthorized"  # 401 as the provider says it; count 1 or None for ever
    REDIRECT = "redirect"  # 302 to another host
    DRIP = "drip"  # the answer a byte at a time, `seconds` apart
    HUGE = "huge"  # an answer of `size` bytes
    MOVING = "moving"  # after the answer, the first row of the list goes away
    DOUBLED = "doubled"  # every row of the list twice
    NULL_FIELD = "null_field"  # `field` of the first row is null
    MISSING_FIELD = "missing_field"  # `field` of the first row is not there
    WRONG_TYPE = "wrong_type"  # `field` of the first row is a list


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`method` and `path` are shell patterns, the path without the API's prefix, e.g. "/order" or "/project*"."""

    kind: FaultKind
    method: str = "*"
    path: str = "*"
    count: int | None = 1  # None: until disarmed
    skip: int = 0  # let this many matching requests pass first
    seconds: float = 0
    status: int = 0
    retry_after: int | None = None
    field: str = ""
    size: int = 0
    after: bool = False

    def matches(self, method: str, path: str) -> bool:
        return fnmatch.fnmatchcase(method, self.method) and fnmatch.fnmatchcase(path, self.path)


class Faults:
    """The armed faults, oldest first; safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[Fault] = []

    def arm(self, fault: Fault) -> None:
        with self._lock:
            self._armed.append(fault)

    def disarm(self) -> None:
        with self._lock:
            self._armed.clear()

    def armed(self) -> list[Fault]:
        with self._lock:
            return list(self._armed)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault this request meets, used up by one."""
        with self._lock:
            for index, fault in enumerate(self._armed):
                if not fault.matches(method, path):
                    continue
                if fault.skip:
                    self._armed[index] = replace(fault, skip=fault.skip - 1)
                    continue
                if fault.count is None:
                    return fault
                if fault.count <= 1:
                    del self._armed[index]
                else:
                    self._armed[index] = replace(fault, count=fault.count - 1)
                return fault
        return None
