"""Signing in at a provider (OAuth 2): sending an administrator there, and taking in who comes back (R51).

The state names the workspace, since the provider knows one address of Busy for all of them. It is good once, for a
while, in the browser and for the member it was made for.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import secrets as random
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from busy.lib import secrets
from busy.workspaces.models import Membership, Workspace
from integrations import credentials, plans
from integrations.conversations import connector_of
from integrations.kernel import oauth, registry
from integrations.kernel.errors import Code, Cure, CurePage, LoginNeeded, Problem, ProviderError, Turn
from integrations.kernel.facts import ProviderFacts
from integrations.models import Connection, Plan
from integrations.problems import Explained
from integrations.services import CannotConnect
from integrations.sign_in_models import SignIn

logger = logging.getLogger(__name__)

LIFE = timedelta(minutes=15)  # a person may have to find a password


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A sign-in that came back where it was asked for."""

    provider: str
    project_sync: bool
    verifier: str = field(repr=False)


def start(provider: str, *, project_sync: bool, browser: str, redirect_uri: str, by: Membership) -> str:
    """Where to send the administrator. ``browser`` is a secret of their session.

    Raises CannotConnect when this deployment is not set up for the provider, registry.UnknownProvider.
    """
    facts = registry.connector(provider).facts
    state = f"{by.workspace.slug}.{random.token_urlsafe(32)}"
    try:
        asked = oauth.authorization(facts, facts.settings_from(os.environ), redirect_uri=redirect_uri, state=state)
    except ProviderError as error:
        raise CannotConnect(error.problem, workspace=by.workspace, provider=provider) from error
    now, digest = timezone.now(), _digest(state)
    SignIn.objects.filter(expires_at__lt=now).delete()
    SignIn.objects.create(
        provider=provider,
        member=by,
        state_digest=digest,
        browser_digest=_digest(browser),
        verifier=secrets.seal(asked.verifier, context=_context(by.workspace_id, digest)),
        project_sync=project_sync,
        expires_at=now + LIFE,
    )
    return asked.url


def slug_of(state: str) -> str:
    """Which workspace a state says it is of; "" for none. Whoever comes with it still goes through that one's door."""
    return state.partition(".")[0] if "." in state else ""


def claim(state: str, *, browser: str, by: Membership) -> Claimed | None:
    """Take the sign-in out; None when there is none, or it is not this browser's, this member's or in time."""
    digest = _digest(state)
    found = SignIn.objects.select_for_update().filter(state_digest=digest).first()
    if found is None:
        return None
    found.delete()
    is_same = hmac.compare_digest(found.browser_digest, _digest(browser)) and found.member_id == by.pk
    if not is_same or found.expires_at < timezone.now():
        return None
    try:
        verifier = secrets.unseal(found.verifier, context=_context(by.workspace_id, digest))
    except secrets.CannotDecrypt:  # the key was taken away in these minutes: ask once more
        return None
    return Claimed(provider=found.provider, project_sync=found.project_sync, verifier=verifier)


def credentials_for(claimed: Claimed, code: str, *, redirect_uri: str, workspace: Workspace) -> dict[str, str]:
    """The code becomes credentials, at the provider: never inside a transaction. Raises CannotConnect."""
    facts = registry.connector(claimed.provider).facts
    try:
        return oauth.exchange(
            facts,
            facts.settings_from(os.environ),
            code=code,
            verifier=claimed.verifier,
            redirect_uri=redirect_uri,
        )
    except ProviderError as error:
        problem = error.problem
        if problem.code == Code.SIGN_IN_ENDED:  # the code was, before it became an access
            problem = replace(problem, code=Code.SIGN_IN_LOST)
        raise CannotConnect(problem, workspace=workspace, provider=claimed.provider) from error


def denied(provider: str, *, error: str, message: str, workspace: Workspace) -> CannotConnect:
    """The provider sent the person back without a code."""
    code = Code.SIGN_IN_DENIED if error == "access_denied" else Code.SIGN_IN_LOST
    params = {"message": message[:500]}
    problem = Problem(code=code, params=params, turn=Turn.ADMINISTRATOR, cure=Cure(page=CurePage.CONNECTION))
    return CannotConnect(problem, workspace=workspace, provider=provider)


def credentials_of(connection: Connection) -> dict[str, str]:
    """What to give back; {} when nobody signed in, or it cannot be read any more."""
    if connector_of(connection).facts.oauth is None:
        return {}
    try:
        return credentials.read(connection)
    except credentials.CannotDecrypt:
        return {}


def given_up(plan: Plan) -> dict[str, str]:
    """Forget a plan. What to give back is {} when another tab confirmed it: it is the connection's by then."""
    with transaction.atomic():
        found = Plan.objects.select_for_update().filter(pk=plan.pk).first()
        if found is None:
            return {}
        given = _given_in(found)
        found.delete()
    return given


def _given_in(plan: Plan) -> dict[str, str]:
    if registry.connector(plan.provider).facts.oauth is None or not plan.credentials:
        return {}
    try:
        return plans.credentials_of(plan)
    except LoginNeeded:
        return {}


def give_back(facts: ProviderFacts, given: Mapping[str, str]) -> None:
    """Tell the provider that we need the sign-in no more; that it may not hear of it changes nothing here."""
    if facts.oauth is None or not given:
        return
    try:
        oauth.revoke(facts, facts.settings_from(os.environ), given)
    except ProviderError as error:
        logger.info("a sign-in could not be given back", extra={"provider": facts.key, "code": error.problem.code})


# --- What a refusal says on the page people come back to ---

_REFUSED = "sign_in_refused"


def keep_refusal(session: MutableMapping[str, Any], provider: str, error: CannotConnect, *, other: str = "") -> None:
    """``other`` is the company that a plan was made for, when it is another than the links are of (R40)."""
    session[_REFUSED] = {"provider": provider, "problem": error.problem.to_json(), "other": other}


def last_refusal(
    session: MutableMapping[str, Any], provider: str, *, workspace: Workspace
) -> tuple[Explained | None, str]:
    """Why the last sign-in did not connect, and the other company; told once."""
    stored = session.pop(_REFUSED, None) if _REFUSED in session else None
    if not stored or stored["provider"] != provider:
        return None, ""
    problem = Problem.from_json(stored["problem"])
    return CannotConnect(problem, workspace=workspace, provider=provider).explained, stored["other"]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _context(workspace_id: int, digest: str) -> str:
    return f"{workspace_id}:sign-in:{digest}"
