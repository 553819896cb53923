"""One customer in the systems that exchange customers: what it is linked to there, and linking it by its number."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from busy.catalog.models import Customer
from busy.workspaces.scope import scope
from integrations import customer_exchange, reviving, shared_pages, shared_services, snapshot
from integrations.changes import Changes
from integrations.conversations import connector_of, conversation
from integrations.kernel.errors import ProviderError
from integrations.kernel.records import Kind
from integrations.models import RUNNING_STATES, Connection, CustomerLink
from integrations.policy import State
from integrations.problems import Explained, explain
from integrations.shared_models import SharedRecord
from integrations.shared_pages import BothSaid


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """``number`` is what the customer is there, "" while it is not linked."""

    provider: str
    system: str
    number: str
    is_tagged: bool
    is_running: bool
    state: str = ""  # of what goes out, as the pages show states; "" when nothing ever did
    problem: Explained | None = None
    conflict: tuple[BothSaid, ...] = ()  # what both sides changed, until a person has seen it
    can_retry: bool = False
    can_take_theirs: bool = False

    @property
    def is_moving(self) -> bool:
        """Whether it changes by itself."""
        return self.state in (State.WAITING, State.TRANSFERRING, "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    is_linked: bool
    sentence: str


def lines(customer: Customer) -> list[Line]:
    return [_line(connection, customer) for connection in customer_exchange.exchanging()]


def _line(connection: Connection, customer: Customer) -> Line:
    link = CustomerLink.objects.filter(connection=connection, local=customer).first()
    shared = SharedRecord.objects.filter(connection=connection, kind=Kind.CUSTOMERS, local_id=customer.pk)
    row = shared.select_related("delivery__connection__workspace").first()
    delivery = row.delivery if row else None
    is_tagged = bool(customer_exchange.tagged_ids(connection, [customer.pk]))
    state = shared_pages.state_of(delivery, connection) if is_tagged else ""
    stuck = state == State.ATTENTION
    is_unclear = shared_pages.delivery_is_unclear(delivery)
    return Line(
        provider=connection.provider,
        system=connector_of(connection).facts.name,
        number=link.external_id if link else "",
        is_tagged=is_tagged,
        is_running=connection.state in RUNNING_STATES,
        state=state,
        problem=shared_pages.problem_of(delivery, connection) if stuck or state == "failed" else None,
        conflict=shared_pages.both_said(connection, row),
        can_retry=connection.is_running and (stuck or state == "failed"),
        can_take_theirs=connection.is_running and stuck and link is not None and not is_unclear,
    )


def link_by_number(connection: Connection, customer: Customer, number: str) -> Told:
    """Ask the system for the customer of this number, with no transaction open, and link the two."""
    system = connector_of(connection).facts.name
    save = connector_of(connection).save(Kind.CUSTOMERS)
    if save is None or not number or len(number) > 100:
        return Told(is_linked=False, sentence=_("Write the customer's number in %(system)s.") % {"system": system})
    try:
        with conversation(connection) as api:
            stands = save.read(api, number)
    except ProviderError as error:
        with scope(connection.workspace_id):
            explained = explain(error.problem, connection=connection)
        return Told(is_linked=False, sentence=explained.title)
    named = {"system": system, "number": number, "name": customer.name}
    if stands is None:
        return Told(is_linked=False, sentence=_("%(system)s has no customer with the number %(number)s.") % named)
    with scope(connection.workspace_id):
        if not _linked(connection, customer, stands.external_id):
            sentence = _("Another customer in Busy is linked with %(number)s in %(system)s already.") % named
            return Told(is_linked=False, sentence=sentence)
        shared_services.keep_here(connection, Kind.CUSTOMERS, customer.pk)  # it was to be made, and is there
        reviving.go_on(connection, kind=Kind.CUSTOMERS, changed=Changes({stands.external_id}))
    return Told(
        is_linked=True,
        sentence=_("%(name)s is linked with %(there)s in %(system)s.") % {**named, "there": stands.record.name},
    )


def _linked(connection: Connection, customer: Customer, external_id: str) -> bool:
    """False when the other one is taken."""
    mine = CustomerLink.objects.filter(connection=connection, local=customer)
    snapshot.keep(connection, Kind.CUSTOMERS, [customer.pk])
    try:
        with transaction.atomic():
            if not mine.update(external_id=external_id, fingerprint=None):
                CustomerLink.objects.create(connection=connection, local=customer, external_id=external_id)
    except IntegrityError:
        return False
    return True
