"""What a person who helps needs to see of a problem, as one file: the provider's words as they came, every attempt, the
state of the connection. Secrets are masked once more on the way out, whatever let them in."""

from __future__ import annotations

import json
from typing import Any

from django.utils import timezone

from integrations import credentials
from integrations.kernel.redact import Secrets
from integrations.models import Attempt, Connection, Delivery, PullRun, PullState
from integrations.selectors import kind_statuses

_RUNS = 20


def of_delivery(delivery: Delivery) -> bytes:
    """One thing on its way out, with all its attempts."""
    attempts = Attempt.objects.filter(delivery=delivery).order_by("pk")
    return _packed(
        delivery.connection,
        {
            "delivery": {
                "id": delivery.pk,
                "kind": delivery.kind,
                "key": delivery.key,
                "reference": delivery.reference,
                "state": delivery.state,
                "is_unclear": delivery.is_unclear,
                "sends": delivery.sends,
                "attempts": delivery.attempts,
                "created_at": delivery.created_at,
                "changed_at": delivery.changed_at,
                "external_id": delivery.external_id,
                "payload": delivery.payload,
                "problem": delivery.problem,
                "checks": delivery.checks,
            },
            "attempts": [
                {
                    "at": attempt.at,
                    "event": attempt.event,
                    "by": "person" if attempt.started_by_id else "Busy",
                    "sent": attempt.sent,
                    "answer": attempt.answer,
                    "problem": attempt.problem,
                }
                for attempt in attempts
            ],
        },
    )


def of_connection(connection: Connection) -> bytes:
    """The connection itself, with its latest runs."""
    states = PullState.objects.filter(connection=connection).order_by("kind")
    runs = PullRun.objects.filter(connection=connection).order_by("-pk")[:_RUNS]
    return _packed(
        connection,
        {
            "kinds": [{"kind": one.kind, "is_on": one.is_on} for one in kind_statuses(connection)],
            "pulls": [
                {
                    "kind": state.kind,
                    "failures": state.failures,
                    "problem": state.problem,
                    "last_success_at": state.last_success_at,
                    "last_complete_at": state.last_complete_at,
                }
                for state in states
            ],
            "runs": [
                {
                    "kind": run.kind,
                    "outcome": run.outcome,
                    "started_at": run.started_at,
                    "finished_at": run.finished_at,
                    "pages": run.pages,
                    "seen": run.seen,
                    "problem": run.problem,
                }
                for run in runs
            ],
        },
    )


def _packed(connection: Connection, content: dict[str, Any]) -> bytes:
    whole = {
        "made_at": timezone.now(),
        "connection": {
            "id": connection.pk,
            "provider": connection.provider,
            "company_id": connection.company_id,
            "state": connection.state,
            "failures": connection.failures,
            "problem": connection.problem,
            "problem_since": connection.problem_since,
            "connected_at": connection.connected_at,
            "project_sync": connection.project_sync,
        },
        **content,
    }
    text = json.dumps(whole, default=_plain, ensure_ascii=False, indent=2)
    return _secrets(connection).mask(text).encode()


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _secrets(connection: Connection) -> Secrets:
    """The key and its sessions; what cannot be unsealed any more cannot have leaked either."""
    found = Secrets()
    for text in credentials.everything(connection):
        found.add(text)
    return found
