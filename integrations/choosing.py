"""Between the key and the company: what was typed waits in the person's session, sealed, until the company is chosen.

A user may work in several companies there. Nothing is stored before one of them was chosen and asked who it is (R11).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from busy.lib import secrets
from busy.workspaces.models import Workspace
from integrations.kernel.connector import Choice
from integrations.kernel.facts import CredentialField, ProviderFacts

LIFE = timedelta(minutes=15)
_KEY = "choosing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What a person typed and may choose from."""

    project_sync: bool
    choices: tuple[Choice, ...]
    given: Mapping[str, str] = field(repr=False)


def field_of(facts: ProviderFacts) -> CredentialField | None:
    """The credential that is chosen instead of typed."""
    return next((asked for asked in facts.credentials if asked.choices), None)


def keep(
    session: MutableMapping[str, Any],
    provider: str,
    given: Mapping[str, str],
    *,
    project_sync: bool,
    choices: Sequence[Choice],
    workspace: Workspace,
) -> None:
    """In place of what waited before."""
    session[_KEY] = {
        "provider": provider,
        "workspace": workspace.pk,
        "project_sync": project_sync,
        "choices": [[choice.value, choice.label, choice.is_usual] for choice in choices],
        "given": secrets.seal(json.dumps(dict(given)), context=_context(provider, workspace)),
        "until": (timezone.now() + LIFE).isoformat(),
    }


def kept(session: MutableMapping[str, Any], provider: str, *, workspace: Workspace) -> Waiting | None:
    """None when nothing waits for this provider, or it waited for too long."""
    found = session.get(_KEY)
    if not found or (found["provider"], found["workspace"]) != (provider, workspace.pk):
        return None
    if datetime.fromisoformat(found["until"]) < timezone.now():
        return None
    try:
        given = json.loads(secrets.unseal(found["given"], context=_context(provider, workspace)))
    except secrets.CannotDecrypt:
        return None
    choices = tuple(Choice(value=value, label=label, is_usual=usual) for value, label, usual in found["choices"])
    return Waiting(project_sync=found["project_sync"], choices=choices, given=given)


def forget(session: MutableMapping[str, Any]) -> None:
    session.pop(_KEY, None)


def _context(provider: str, workspace: Workspace) -> str:
    return f"{workspace.pk}:{provider}:choosing"
