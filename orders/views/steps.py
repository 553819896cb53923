"""How far an order is, as steps and as one state for its page and the lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from orders.models import Order, OrderState
from orders.transfer import TransferStatus

# Seconds between two looks at an order on its way; one that waits for a person is looked at now and then, because the
# cure is done on another page and the order goes on by itself.
EVERY, EVERY_WHILE_WAITING = 1, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """``look`` is done, now, coming or attention; ``sign`` what stands in the circle."""

    word: str
    look: str
    at: datetime | None = None
    note: str = ""

    @property
    def sign(self) -> str:
        return {"done": "yes", "now": "moving", "attention": "no"}.get(self.look, "")

    @property
    def icon(self) -> str:
        return {"done": "tick", "now": "sync", "attention": "cross"}.get(self.look, "")


def state_of(order: Order, status: TransferStatus | None) -> str:
    """The one word for the order: draft, finished, or how its transfer goes (R30)."""
    if order.state == OrderState.DRAFT:
        return OrderState.DRAFT.value
    return status.state if status else OrderState.FINISHED.value


def poll_every(order: Order, status: TransferStatus | None) -> int:
    """Seconds until the page asks again; 0 when nothing will change."""
    if order.state == OrderState.DRAFT or status is None or status.state == "transferred":
        return 0
    return EVERY_WHILE_WAITING if status.is_settled else EVERY


def steps_of(order: Order, status: TransferStatus | None, system: str) -> list[Step]:
    """Draft, finished, transferring, transferred; without a system that takes orders the first two."""
    is_draft = order.state == OrderState.DRAFT
    steps = [
        Step(word=_("Draft"), look="done", at=order.created_at),
        Step(word=_("Finished"), look="coming" if is_draft else "done", at=order.finished_at),
    ]
    to = status.system if status else system
    if to and (is_draft or status):
        steps += [_transferring(status), _transferred(status, to)]
    return steps


def _transferring(status: TransferStatus | None) -> Step:
    if status is None:
        return Step(word=_("Transferring"), look="coming")
    if status.state == "transferred":
        return Step(word=_("Transferring"), look="done")
    if status.state in {"attention", "failed"}:
        return Step(word=_("Transferring"), look="attention", note=status.message)
    word = _("Waiting") if status.state == "waiting" else _("Transferring")
    return Step(word=word, look="now", at=status.since, note=status.message)


def _transferred(status: TransferStatus | None, system: str) -> Step:
    if status is None or status.state != "transferred":
        return Step(word=_("Transferred"), look="coming", note=_("to %(system)s") % {"system": system})
    return Step(word=_("Transferred"), look="done", at=status.since, note=status.number)
