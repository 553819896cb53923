"""Signing in: credentials, the clients a user may work in, sessions that are in one of them at a time."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from integrations.kernel.sandbox.store import Object, Store
from integrations.providers.twentyfoursevenoffice.sandbox.envelopes import NOT_AUTHENTICATED, Fault
from integrations.providers.twentyfoursevenoffice.sandbox.seed import APPLICATION


@dataclass(slots=True, kw_only=True)
class Caller:
    """Whose request it is; no client without a living session."""

    session: str = ""
    user: str = ""
    identity: Object = field(default_factory=dict)
    client: str = ""
    missing: tuple[str, ...] = ()
    most_rows: int = 1000


def caller_of(store: Store, session: str) -> Caller:
    kept = store.get("", "sessions", session) if session else None
    if kept is None:
        return Caller(session=session)
    account = store.get("", "accounts", kept["user"]) or {}
    identity = _identity(account, kept["identity"])
    if identity is None:
        return Caller(session=session)
    return Caller(
        session=session,
        user=kept["user"],
        identity=identity,
        client=identity["client"],
        missing=tuple(account.get("missing", ())),
    )


def _login(_: Caller, store: Store, params: Object) -> str:
    credential = params.get("credential") or {}
    account = _account(store, credential)
    if account is None:
        return ""
    wanted = credential.get("IdentityId")
    default = next((one for one in account["identities"] if one.get("default")), account["identities"][0])
    identity = _identity(account, wanted) if wanted else default
    if identity is None or identity.get("disabled"):
        raise Fault(
            "Provided IdentityId is blocked. Please use GetIdentitiesWithCredential to get a list of available "
            "Identities and reauthenticate with a valid IdentityId"
        )
    session = uuid.uuid4().hex[:24]
    store.put("", "sessions", {"Id": session, "user": account["Id"], "identity": identity["id"]})
    return session


def _account(store: Store, credential: Object) -> Object | None:
    if credential.get("ApplicationId") != APPLICATION:
        raise Fault("ApplicationId is not valid.")
    account = store.get("", "accounts", (credential.get("Username") or "").lower())
    return account if account is not None and credential.get("Password") == account["password"] else None


def _identity(account: Object, identity_id: str) -> Object | None:
    found: list[Object] = account.get("identities", [])
    return next((one for one in found if one["id"] == identity_id), None)


def _shown(store: Store, identity: Object, *, current: str = "") -> Object:
    client = store.get("", "clients", identity["client"]) or {}
    return {
        "Id": identity["id"],
        "User": {
            "ContactId": identity["contact"], "Id": identity["id"], "Name": identity["name"],
            "EmployeeId": identity["employee"],
        },
        "Client": {"Id": int(identity["client"]), "Name": client.get("Name", "")},
        "IsCurrent": identity["id"] == current,
        "IsDefault": bool(identity.get("default")),
        "IsProtected": False,
        "Servers": [],
        "IsDisabled": bool(identity.get("disabled")),
    }  # fmt: skip


def _identities(_: Caller, store: Store, params: Object) -> list[Object]:
    account = _account(store, params.get("credential") or {})
    return [_shown(store, one) for one in account["identities"]] if account is not None else []


def _own_identity(caller: Caller, store: Store, _: Object) -> Object:
    return _shown(store, caller.identity, current=caller.identity["id"])


def _has_session(caller: Caller, _: Store, __: Object) -> bool:
    return bool(caller.client)


def switch(store: Store, session: str, identity_id: str) -> None:
    """The session is in another client from now on, for whoever holds it."""
    kept = store.get("", "sessions", session)
    if kept is None:
        raise Fault(NOT_AUTHENTICATED)
    store.put("", "sessions", {**kept, "identity": identity_id})


def _client(caller: Caller, store: Store, _: Object) -> Object:
    client = store.get("", "clients", caller.client) or {}
    return {
        "Name": client["Name"], "OrganizationNumber": client["number"], "Country": "NO", "IsUsingFactoring": False,
        "ReminderDays": 14, "ReminderDays2": 14, "ReminderDays3": 14, "UserId": 1, "DefaultCurrency": "NOK",
    }  # fmt: skip


HANDLERS: dict[str, Any] = {
    "Login": _login,
    "GetIdentitiesWithCredential": _identities,
    "GetIdentity": _own_identity,
    "HasSession": _has_session,
    "GetClientInformation": _client,
}
