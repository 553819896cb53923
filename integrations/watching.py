"""Being told of changes: a hint leads to a look at once, and nothing else is believed of it.

Correctness rests on the schedule. So a hint may be lost, late, doubled or replayed: it only makes the next look come
sooner, and a look that finds nothing new costs next to nothing. The address names the connection and is signed, the
message is signed by the provider; neither is stored, both follow from the deployment's key.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from busy.workspaces.scope import scope
from integrations import credentials, health, kinds, quotas, wakeups
from integrations.conversations import connector_of, conversation, ensure_no_transaction
from integrations.kernel import registry
from integrations.kernel.connector import Access
from integrations.kernel.errors import ProviderError
from integrations.kernel.facts import KindFacts
from integrations.kernel.records import Kind
from integrations.models import RUNNING_STATES, Connection, ConnectionState

logger = logging.getLogger(__name__)

KEY = "watch"  # of the connection's settings: what `unregister` needs, the address, and when it was last seen to
SEEN_TO = timedelta(hours=20)
TRUSTED = timedelta(hours=24)  # so long after a hint more are expected
DESERTED = timedelta(days=3)  # so long after the last change by anybody; longer than a weekend
RARER = 5
RAREST = 2_700  # seconds between looks where nobody works: a change still shows within the hour (R60)
BY_HAND = "by_hand"
NUMBER, OLD_UNTIL = "number", "old_until"  # of the settings, under KEY: which address, and how long the one before
A_MINUTE = 240  # hints of one connection; a provider that says more says nothing new
_signer = Signer(salt="integrations.hints")


@dataclass(frozen=True, slots=True)
class Address:
    """Whose hints come here."""

    workspace_id: int
    connection_id: int
    is_by_hand: bool = False  # pasted by a person; the provider gives up when a call fails (R102)
    number: int = 0  # which of the connection's addresses: it may get new ones


def address_of(connection: Connection) -> str:
    """Where the provider tells us of changes; the same for a connection until somebody wants another one, and not to
    be guessed."""
    watch = connector_of(connection).watch
    named: list[Any] = [connection.workspace_id, connection.pk]
    if watch is not None and watch.by_hand:
        named.append(BY_HAND)
    if number := number_of(connection):
        named.append(number)
    token = _signer.sign_object(named)
    return f"{settings.BASE_URL}{reverse('hints', args=[token])}"


def read_address(token: str) -> Address | None:
    """None when it is none of ours."""
    try:
        workspace_id, connection_id, *marks = _signer.unsign_object(token)
    except (BadSignature, ValueError, TypeError):
        return None
    number = next((mark for mark in marks if isinstance(mark, int)), 0)
    return Address(int(workspace_id), int(connection_id), is_by_hand=BY_HAND in marks, number=number)


def number_of(connection: Connection) -> int:
    """Which of its addresses the connection has now."""
    return int((connection.settings.get(KEY) or {}).get(NUMBER, 0))


def old_until(connection: Connection) -> datetime | None:
    """Until when the address before this one is listened to as well; None when it is shut."""
    until = (connection.settings.get(KEY) or {}).get(OLD_UNTIL)
    told = datetime.fromisoformat(until) if until else None
    return told if told is not None and told > timezone.now() else None


def _is_listened_to(connection: Connection, number: int) -> bool:
    now = number_of(connection)
    return number == now or (number == now - 1 and old_until(connection) is not None)


def secret_of(connection: Connection) -> str:
    """What the provider signs its messages with."""
    said = f"{connection.workspace_id}:{connection.pk}"
    return salted_hmac("integrations.hints.secret", said, algorithm="sha256").hexdigest()


# --- Registering ------------------------------------------------------------------------------------------------------


def is_reachable() -> bool:
    """Providers only call public addresses with TLS."""
    return urlsplit(settings.BASE_URL).scheme == "https"


def keep(workspace_id: int, connection_id: int) -> bool:
    """Have the provider tell us, and see to it once a day; True when it was asked to. A provider that will not is asked
    again the next day, and looked at by the schedule meanwhile."""
    if not is_reachable():
        return False
    with scope(workspace_id):
        connection = Connection.objects.get(pk=connection_id)
        watch = connector_of(connection).watch
        if watch is None or connection.state not in RUNNING_STATES or not _is_due(connection):
            return False
    kept: Mapping[str, object] = {}
    try:
        with conversation(connection) as api:
            kept = watch.register(api, address_of(connection), secret_of(connection))
    except ProviderError as error:
        logger.info("no hints from the provider", extra={"connection": connection_id, "code": error.problem.code})
    with scope(workspace_id), transaction.atomic():
        connection = health.lock(connection_id)
        noted = {
            **(connection.settings.get(KEY) or {}),
            "kept": dict(kept),
            "address": address_of(connection),
            "key_of": _key_of(connection),
            "at": timezone.now().isoformat(),
        }
        connection.settings = {**connection.settings, KEY: noted}
        connection.save(update_fields=["settings"])
    return bool(kept)


@dataclass(frozen=True, slots=True)
class Subscribed:
    """That a provider tells us, and what it takes to have it stop."""

    provider: str
    credentials: Mapping[str, str] = field(repr=False)
    kept: Mapping[str, Any]


def subscribed(connection: Connection) -> Subscribed | None:
    """Asked before the credentials are forgotten; None when the provider was not asked to tell. Call in a scope."""
    kept = (connection.settings.get(KEY) or {}).get("kept")
    if not kept or connector_of(connection).watch is None or connection.state == ConnectionState.DISCONNECTED:
        return None
    try:
        return Subscribed(connection.provider, credentials.read(connection), kept)
    except credentials.CannotDecrypt:
        return None


def stop(told: Subscribed | None) -> None:
    """Have the provider tell us no more. That it may not hear of it changes nothing here: hints of a connection that is
    gone are not listened to, and a provider gives up after a while. No transaction may be open."""
    if told is None:
        return
    ensure_no_transaction()
    connector = registry.connector(told.provider)
    access = Access(credentials=told.credentials, settings=connector.facts.settings_from(os.environ))
    try:
        with connector.open(access) as api:
            if connector.watch is not None:
                connector.watch.unregister(api, told.kept)
    except ProviderError as error:
        logger.info("hints could not be stopped", extra={"provider": told.provider, "code": error.problem.code})


def _key_of(connection: Connection) -> str:
    """Subscriptions belong to the key: a new one needs new ones."""
    return connection.credentials_set_at.isoformat() if connection.credentials_set_at else ""


def _is_due(connection: Connection) -> bool:
    noted = connection.settings.get(KEY) or {}
    is_same = noted.get("address") == address_of(connection) and noted.get("key_of") == _key_of(connection)
    return not is_same or datetime.fromisoformat(noted["at"]) < timezone.now() - SEEN_TO


# --- Hints ------------------------------------------------------------------------------------------------------------


class NoSuchAddress(Exception):
    """Nobody's, or the connection is gone: the provider may stop telling."""


class NotSigned(Exception):
    """Not from the provider."""


class TooMany(Exception):
    """More hints in a minute than could say anything new."""


def hear(token: str, headers: Mapping[str, str], body: bytes) -> int:
    """Have looked at what a hint names; how many kinds. ``headers`` have names in lower case.

    Raises NoSuchAddress, NotSigned, TooMany.
    """
    address = read_address(token)
    if address is None:
        raise NoSuchAddress
    _count(address)
    from integrations import change_urls  # which asks for addresses here

    with scope(address.workspace_id):
        connection = Connection.objects.filter(pk=address.connection_id).first()
        watch = connector_of(connection).watch if connection is not None else None
        if connection is None or watch is None or not connection.is_connected:
            raise NoSuchAddress
        if not _is_listened_to(connection, address.number):
            raise NoSuchAddress
        if not watch.verify(headers, body, secret_of(connection)):
            raise NotSigned
        pulled = {facts.kind for facts in kinds.pulled_kinds(connection)}
        hinted = [kind for kind in watch.hints(body) if kind in pulled]
        # While the connection waits for a person, nothing is asked of the provider; everything is read afterwards.
        if hinted and connection.is_running:
            if address.number == number_of(connection):  # the one before says nothing of how this one fares
                change_urls.heard(connection)
                _note_heard(connection, hinted)
            wakeups.nudge(connection, *hinted)
    return len(hinted)


def _note_heard(connection: Connection, hinted: list[Kind]) -> None:
    """That hints of these kinds do arrive; written once an hour."""
    now = timezone.now()
    if all(_heard_at(connection, kind) > now - timedelta(hours=1) for kind in hinted):
        return
    connection = health.lock(connection.pk)
    noted = connection.settings.get(KEY) or {}
    heard = {**noted.get("heard", {}), **{str(kind): now.isoformat() for kind in hinted}}
    connection.settings = {**connection.settings, KEY: {**noted, "heard": heard}}
    connection.save(update_fields=["settings"])


def _heard_at(connection: Connection, kind: Kind) -> datetime:
    at = (connection.settings.get(KEY) or {}).get("heard", {}).get(str(kind))
    return datetime.fromisoformat(at) if at else datetime.min.replace(tzinfo=UTC)


def interval(connection: Connection, facts: KindFacts, last_use: datetime | None = None) -> float:
    """Seconds until the schedule looks again: rarer while the provider is known to tell of this kind's changes, while
    nobody works in the workspace, and while the provider's calls of the day are nearly used up."""
    from integrations import change_urls  # which asks for addresses here

    was_heard = _heard_at(connection, facts.kind) > timezone.now() - TRUSTED
    is_told = was_heard and not change_urls.is_silent(connection)
    is_deserted = last_use is not None and last_use < timezone.now() - DESERTED
    seconds = facts.interval * (RARER if is_told else 1)
    if is_deserted:
        seconds = max(seconds, min(facts.interval * RARER, RAREST))
    return quotas.stretched(connection, seconds)


def _count(address: Address) -> None:
    name = f"hints:{address.connection_id}:{timezone.now():%H%M}"
    cache.add(name, 0, 120)
    if cache.incr(name) > A_MINUTE:
        raise TooMany
