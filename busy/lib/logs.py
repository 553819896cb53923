"""Log lines are sentences with fields; the fields come through ``extra`` and never carry secrets or names."""

from __future__ import annotations

import logging

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class FieldFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        fields = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        # A line break inside a field could pass for a log line of its own.
        shown = " ".join(f"{key}={str(value)!r}" for key, value in sorted(fields.items()) if key != "request")
        return f"{line} {shown}" if shown else line
