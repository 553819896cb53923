"""Giving up what ties a connection to its company: for another company after a full preview (R40), or for good.

What is in Busy stays. Orders that were sent keep the number they got there.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from integrations import appliers, set_up
from integrations.conversations import connector_of
from integrations.deliveries import HOURS, RECORD
from integrations.kernel.facts import Switch
from integrations.kernel.records import Kind
from integrations.linking_models import LinkRun
from integrations.models import (
    Connection,
    CustomerLink,
    Delivery,
    KeptRecord,
    LinkChange,
    MemberLink,
    ProductLink,
    ProjectLink,
    ProviderEmployee,
    PulledPage,
    PullState,
    WorkTypeLink,
)
from integrations.policy import State
from integrations.shared_models import SharedRecord, TaskLink

_LINKS = (CustomerLink, ProductLink, TaskLink, ProjectLink, WorkTypeLink, MemberLink)


class CannotGiveUp(Exception):
    """Something at the provider would be lost sight of; the message says what."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class StillOnTheWay(CannotGiveUp):
    """An order may be at the provider without our knowing yet."""

    def __init__(self) -> None:
        super().__init__(
            _("An order is on its way, or it is not clear yet whether it arrived. Wait until that is settled.")
        )


def ensure_nothing_on_the_way(connection: Connection) -> None:
    """Raises StillOnTheWay. What is in doubt can only be looked up in the company it was sent to."""
    rows = Delivery.objects.filter(connection=connection).exclude(state__in=[State.TRANSFERRED, State.CANCELLED])
    if rows.filter(state=State.TRANSFERRING).exists() or rows.filter(is_unclear=True).exists():
        raise StillOnTheWay


def give_up_company(connection: Connection) -> None:
    """No link, no employee and no cursor of the company is left; what waits is drafted anew for the next one.

    The caller holds the connection's row and saves. Raises StillOnTheWay, and CannotGiveUp once hours were transferred:
    they are state (R91), and the next company would get them all again.
    """
    ensure_nothing_on_the_way(connection)
    if Delivery.objects.filter(connection=connection, state=State.TRANSFERRED, kind=HOURS).exists():
        raise CannotGiveUp(
            _("Hours were transferred to %(company)s, and all would be sent again to the other company. Ask support.")
            % {"company": connection.company_name}
        )
    waiting = Delivery.objects.filter(connection=connection, state__in=[State.WAITING, State.ATTENTION])
    waiting.update(payload=None, checks=None)
    for kind in appliers.TARGETS:
        appliers.release(connection, kind)
    forget(connection)
    connection.company_id = ""
    set_up.forget(connection)
    wishes = {appliers.archives_local(kind): True for kind in _kept_out(connection)}
    connection.settings = {**connection.settings, **wishes}


def forget(connection: Connection) -> None:
    # What both sides kept is Busy's alone now.
    records = Delivery.objects.filter(connection=connection, kind=RECORD).exclude(state=State.TRANSFERRED)
    records.update(state=State.CANCELLED)
    for model in (*_LINKS, SharedRecord, ProviderEmployee, PulledPage, PullState, KeptRecord, LinkChange, LinkRun):
        model.objects.filter(connection=connection).delete()


def _kept_out(connection: Connection) -> list[Kind]:
    """The kinds whose records that only Busy has are archived again, once the new company's were listed: not those that
    both keep."""
    on = {
        Switch.PROJECT_SYNC: connection.project_sync,
        Switch.WORK_TYPE_SYNC: connection.settings.get("work_type_sync"),
    }
    kinds = {Switch.PROJECT_SYNC: Kind.PROJECTS, Switch.WORK_TYPE_SYNC: Kind.WORK_TYPES}
    facts = connector_of(connection).facts
    return [kinds[switch] for switch, is_on in on.items() if is_on and not facts.shares(kinds[switch])]
