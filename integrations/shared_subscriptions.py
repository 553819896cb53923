"""Which changes of the catalogue travel to a system that keeps it as well. This is the only place that says so.

RecordWritten    a project, work type or task that was made or changed here, in the same transaction (R63, R66, R69)
"""

from __future__ import annotations

from busy.catalog.events import RecordWritten
from busy.lib.events import listen
from integrations import shared
from integrations.kernel.records import Kind


@listen(RecordWritten)
def record_written(event: RecordWritten) -> None:
    kind = Kind(event.kind)
    connection = shared.connections().get(kind)
    if connection is not None:
        shared.request(connection, kind, event.record_id, event.before)
