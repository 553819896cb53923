"""The ledger and the runs as a person reads them: what happened, in words, with what came back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from integrations.conversations import connector_of
from integrations.deliveries import HOURS, RECORD
from integrations.kernel.errors import Problem
from integrations.kernel.records import Kind
from integrations.models import Attempt, Connection, PullRun
from integrations.pages import with_orders
from integrations.policy import Event
from integrations.problems import explain
from integrations.selectors import kind_label

EVENTS = {
    Event.STARTED: _("Started"),
    Event.LOOKING: _("Looked for an earlier attempt"),
    Event.SENT: _("Sent and confirmed"),
    Event.ADOPTED: _("Found from an earlier attempt"),
    Event.UNCHANGED: _("Stands there already"),
    Event.MISSING: _("Not there yet"),
    Event.REFUSED: _("Refused"),
    Event.NOT_READY: _("Waits for something in Busy"),
    Event.TEMPORARY: _("Did not get through, tried again later"),
    Event.UNCLEAR: _("Answer not seen"),
    Event.LOGIN_NEEDED: _("The key was refused"),
    Event.FAILED: _("Failed"),
    Event.LATE: _("An overtaken worker came back"),
    Event.PRESSED: _("Somebody pressed retry"),
    Event.CAUSE_CHANGED: _("The cause changed, goes on"),
    Event.CANCELLED: _("Taken back"),
}


def told_attempts(attempts: Iterable[Attempt]) -> list[dict[str, Any]]:
    """Newest first, as given. The order's name is read once for all."""
    rows = list(attempts)
    labels = {shown["pk"]: shown for shown in with_orders({row.delivery_id: row.delivery for row in rows}.values())}
    return [
        {
            "at": row.at,
            "label": labels[row.delivery_id]["label"],
            "order_id": row.delivery.order_id,
            "event": EVENTS[Event(row.event)],
            "problem": explain(
                Problem.from_json(row.problem),
                connection=row.delivery.connection,
                is_hours=row.delivery.kind == HOURS,
                is_record=row.delivery.kind == RECORD,
            ).title
            if row.problem
            else "",
            "answers": _answers(row),
            "by": str(row.started_by.user) if row.started_by else "",
        }
        for row in rows
    ]


def _answers(row: Attempt) -> list[str]:
    """One line per request: what was asked, what came, how long it took, and the provider's number of the request."""
    sent: list[dict[str, Any]] = row.sent or []
    received: list[dict[str, Any]] = row.answer if isinstance(row.answer, list) else []
    lines = []
    for index, asked in enumerate(sent):
        came = received[index] if index < len(received) else {}
        # Which fields were asked for says nothing to the reader; the stored ledger has it.
        path = str(asked.get("path", "")).partition("?")[0]
        parts = [f"{asked.get('method', '')} {path}", str(came.get("status") or "–")]
        if came.get("milliseconds") is not None:
            parts.append(f"{came['milliseconds']} ms")
        if came.get("request_id"):
            parts.append(str(came["request_id"]))
        lines.append(" · ".join(parts))
    return lines


def told_runs(connection: Connection, runs: Iterable[PullRun]) -> list[dict[str, Any]]:
    facts = connector_of(connection).facts
    told = []
    for run in runs:
        kind = facts.of_kind(Kind(run.kind))
        seconds = (run.finished_at - run.started_at).total_seconds() if run.finished_at else None
        problem = explain(Problem.from_json(run.problem), connection=connection) if run.problem else None
        told.append(
            {
                "run": run,
                "kind": kind_label(Kind(run.kind)),
                "there": kind.there if kind else "",
                "seconds": seconds,
                "problem": problem,
            }
        )
    return told
