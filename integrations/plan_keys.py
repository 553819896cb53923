"""The credentials of a plan: sealed in its row for as long as somebody looks at it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

from busy.lib import secrets
from busy.workspaces.scope import scope
from integrations.kernel.errors import Code, LoginNeeded, Problem, Temporary, Turn
from integrations.models import Plan


def seal(plan: Plan, given: Mapping[str, str]) -> None:
    plan.credentials = secrets.seal(json.dumps(dict(given)), context=_context(plan))
    plan.save(update_fields=["credentials"])


def _context(plan: Plan) -> str:
    return f"{plan.workspace_id}:{plan.pk}:plan"


def credentials_of(plan: Plan) -> dict[str, str]:
    """Raises LoginNeeded when the key they were sealed with is gone."""
    try:
        found: dict[str, str] = json.loads(secrets.unseal(plan.credentials, context=_context(plan)))
    except secrets.CannotDecrypt as error:
        raise LoginNeeded(Problem(code="credentials_unreadable", turn=Turn.ADMINISTRATOR)) from error
    return found


class PlanKeyring:
    """The kernel's Keyring over a plan's row. A plan is one person's, who reads one list after the other, and its
    access token is young: nobody else renews at the same time."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def __repr__(self) -> str:
        return f"<PlanKeyring of plan {self._plan.pk}>"

    def read(self) -> Mapping[str, str]:
        with scope(self._plan.workspace_id):
            self._plan.refresh_from_db(fields=["credentials"])
        return credentials_of(self._plan)

    def exclusive(self) -> AbstractContextManager[None]:
        return nullcontext()

    def write(self, credentials: Mapping[str, str]) -> None:
        with scope(self._plan.workspace_id):
            if not Plan.objects.filter(pk=self._plan.pk).exists():  # given up meanwhile
                raise Temporary(Code.NOT_SETTLED, reason="renewal")
            seal(self._plan, credentials)
