"""The address that an administrator pastes at a provider, so that it tells of changes (R101), and its silence (R102).

The provider signs nothing, and stops for good when a call fails. So whatever comes to such an address is answered with
200 at once, what it says is a hint and no more, and how it fares is looked at from our side.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from busy.workspaces.models import Membership
from busy.workspaces.scope import scope
from integrations import health, kinds, wakeups
from integrations.conversations import connector_of, conversation
from integrations.kernel.errors import ProviderError
from integrations.kernel.records import Kind
from integrations.models import RUNNING_STATES, Connection, PullState
from integrations.watching import KEY, NUMBER, OLD_UNTIL, address_of, number_of, old_until

LOOKED_EVERY = timedelta(hours=1)
EXPECTED = timedelta(hours=2)  # hints of a kind are noted once an hour
GRACE = timedelta(hours=24)  # that an old address keeps working
_STATE = "silence"  # of the connection's settings, under watching.KEY
_RENEWALS, _KEPT = "renewals", 20


class State(StrEnum):
    NEVER = "never"  # nothing was ever heard
    HEARD = "heard"
    STOPPED = "stopped"  # the provider says that a call failed, and that it tells nothing more
    SILENT = "silent"  # the schedule found changes that nobody told of


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeUrl:
    """How the address of a connection fares. ``message`` is the provider's."""

    address: str
    state: State
    last_heard_at: datetime | None
    message: str = ""
    old_until: datetime | None = None  # so long the address before this one works as well

    @property
    def is_silent(self) -> bool:
        return self.state in (State.STOPPED, State.SILENT)

    @property
    def shown(self) -> str:
        """The secret at its end is masked."""
        return f"{self.address[: self.address.index('/hints/') + 7]}…{self.address[-5:]}"


def has_one(connection: Connection) -> bool:
    watch = connector_of(connection).watch
    return watch is not None and watch.by_hand


def is_silent(connection: Connection) -> bool:
    """Whether the provider has stopped telling (R102). Asks nobody."""
    told = (connection.settings.get(KEY) or {}).get(_STATE) or {}
    return bool(told.get("stopped") or told.get("unheard")) and has_one(connection)


def change_url(connection: Connection) -> ChangeUrl:
    noted = connection.settings.get(KEY) or {}
    told = noted.get(_STATE) or {}
    heard = [datetime.fromisoformat(at) for at in noted.get("heard", {}).values()]
    last = max(heard, default=None)
    state = State.HEARD if last else State.NEVER
    if told.get("stopped"):
        state = State.STOPPED
    elif told.get("unheard"):
        state = State.SILENT
    return ChangeUrl(
        address=address_of(connection),
        state=state,
        last_heard_at=last,
        message=str(told.get("message", "")),
        old_until=old_until(connection),
    )


# --- Another address --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """That somebody made another address, or shut the one before; for the history."""

    at: datetime
    by_id: int
    sentence: str
    by: str = ""


@transaction.atomic
def renew(connection: Connection, *, keeps_old: bool, by: Membership) -> Connection:
    """Another address, since the one there was may be known to somebody. ``keeps_old``: that one works for a while yet,
    so that no change is missed until the new one is pasted. Nothing is known of the new one."""
    connection = health.lock(connection.pk)
    noted = connection.settings.get(KEY) or {}
    until = (timezone.now() + GRACE).isoformat() if keeps_old else None
    kept = {name: value for name, value in noted.items() if name not in (_STATE, "heard")}
    changed = {**kept, NUMBER: number_of(connection) + 1, OLD_UNTIL: until}
    return _noted(connection, changed, "kept" if keeps_old else "shut", by)


@transaction.atomic
def shut_old(connection: Connection, *, by: Membership) -> Connection:
    """The address before this one is listened to no more. Does nothing when it is shut."""
    connection = health.lock(connection.pk)
    if old_until(connection) is None:
        return connection
    return _noted(connection, {**(connection.settings.get(KEY) or {}), OLD_UNTIL: None}, "old_shut", by)


def _noted(connection: Connection, noted: dict[str, object], what: str, by: Membership) -> Connection:
    told = {"at": timezone.now().isoformat(), "by": by.pk, "what": what}
    renewals = [told, *((connection.settings.get(KEY) or {}).get(_RENEWALS) or [])][:_KEPT]
    connection.settings = {**connection.settings, KEY: {**noted, _RENEWALS: renewals}}
    connection.save(update_fields=["settings"])
    return connection


def renewals(connection: Connection) -> list[Renewal]:
    """Newest first. One query."""
    told = (connection.settings.get(KEY) or {}).get(_RENEWALS) or []
    sentences = {
        "kept": _("A new change URL was made. The old one kept working for 24 hours."),
        "shut": _("A new change URL was made. The old one was shut at once."),
        "old_shut": _("The old change URL was shut."),
    }
    people = Membership.objects.filter(pk__in=[one["by"] for one in told]).select_related("user")
    names = {member.pk: str(member.user) for member in people} if told else {}
    return [
        Renewal(
            at=datetime.fromisoformat(one["at"]),
            by_id=one["by"],
            by=names.get(one["by"], ""),
            sentence=sentences[one["what"]],
        )
        for one in told
    ]


def look(workspace_id: int, connection_id: int) -> None:
    """Once an hour: what does the provider say of our address? When it has stopped, and when it goes on after a
    silence, everything is read anew, so that no change made meanwhile is lost (R103)."""
    with scope(workspace_id):
        connection = Connection.objects.get(pk=connection_id)
        watch = connector_of(connection).watch
        noted = (connection.settings.get(KEY) or {}).get(_STATE) or {}
        looked = noted.get("at")
        is_early = looked is not None and datetime.fromisoformat(looked) > timezone.now() - LOOKED_EVERY
        if watch is None or watch.silence is None or connection.state not in RUNNING_STATES or is_early:
            return
    try:
        with conversation(connection) as api:
            said = watch.silence(api, address_of(connection))
    except ProviderError:
        return  # the pulls tell of what is wrong with the connection
    with scope(workspace_id):
        was_stopped = bool(noted.get("stopped"))
        stopped = bool(said and said.has_stopped)
        told = {"at": timezone.now().isoformat(), "stopped": stopped, "message": said.message if said else ""}
        if said is None and noted.get("unheard"):
            told["unheard"] = noted["unheard"]
        connection = _note(connection_id, told)
        if was_stopped != stopped:  # what was not told since is lost, and so is what comes before it goes on
            catch_up(connection)


def catch_up(connection: Connection) -> None:
    """Read everything, now."""
    pulled = [facts.kind for facts in kinds.pulled_kinds(connection)]
    PullState.objects.filter(connection=connection).update(wants_everything=True)
    wakeups.nudge(connection, *pulled)


def found_unheard(connection: Connection, kind: Kind) -> None:
    """The schedule found a change. Once hints of this kind did arrive, and none did for hours, that is a silence; call
    in the scope."""
    if not has_one(connection):
        return
    noted = connection.settings.get(KEY) or {}
    at = noted.get("heard", {}).get(str(kind))
    if at is None or datetime.fromisoformat(at) > timezone.now() - EXPECTED:
        return
    told = {**(noted.get(_STATE) or {}), "unheard": timezone.now().isoformat()}
    _note(connection.pk, told)


def heard(connection: Connection) -> None:
    """Something was told: the silence is over, and what came during it is looked for (R103). Call in the scope."""
    told = (connection.settings.get(KEY) or {}).get(_STATE) or {}
    if not (told.get("stopped") or told.get("unheard")):
        return
    _note(connection.pk, {"at": told.get("at", timezone.now().isoformat())})
    catch_up(connection)


def _note(connection_id: int, told: dict[str, object]) -> Connection:
    connection = health.lock(connection_id)
    connection.settings = {
        **connection.settings,
        KEY: {**(connection.settings.get(KEY) or {}), _STATE: told},
    }
    connection.save(update_fields=["settings"])
    return connection
