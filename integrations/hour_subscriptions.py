"""Which events have which cells of hours carried. This is the only place that says so.

HoursChanged                              a cell that was sent is sent again, as the new total (R91)
HoursSubmitted, HoursApproved, OrderFinished
                                          hours that have come as far as the administrator chose are sent (R85-R87)
SubmissionWithdrawn, HoursRejected, ApprovalUndone, OrderReopened
                                          what was sent is computed anew, down to nothing (R93)

EmployeeNumberChanged                     what was sent for somebody else moves to whom the number belongs (R89)

Each in the transaction of the change. What a cell comes to is computed from the hours themselves, so that every event
may be told to every choice: a cell that is already as it should be asks for nothing.
"""

from __future__ import annotations

from busy.lib.events import listen
from busy.workspaces.events import EmployeeNumberChanged
from integrations import hour_cells, hours
from orders.events import OrderFinished, OrderReopened
from orders.models import OrderEntry
from timesheets.events import (
    ApprovalUndone,
    Cell,
    HoursApproved,
    HoursChanged,
    HoursRejected,
    HoursSubmitted,
    SubmissionWithdrawn,
)

_OfCells = HoursChanged | HoursSubmitted | HoursApproved | SubmissionWithdrawn | HoursRejected | ApprovalUndone


def cells_changed(event: _OfCells) -> None:
    for connection in hours.hour_connections():
        hour_cells.request(connection, event.cells)


_EVENTS: tuple[type[_OfCells], ...] = (
    HoursChanged,
    HoursSubmitted,
    HoursApproved,
    SubmissionWithdrawn,
    HoursRejected,
    ApprovalUndone,
)
for _event_type in _EVENTS:
    listen(_event_type)(cells_changed)


@listen(EmployeeNumberChanged)
def number_changed(event: EmployeeNumberChanged) -> None:
    """Without a number nothing is known to be wrong there: what stands, stands."""
    for connection in hours.hour_connections() if event.number else []:
        hour_cells.look_at_again(connection, member=event.member_id)


@listen(OrderFinished)
def order_finished(event: OrderFinished) -> None:
    _order_changed(event.order_id)


@listen(OrderReopened)
def order_reopened(event: OrderReopened) -> None:
    _order_changed(event.order_id)


def _order_changed(order_id: int) -> None:
    if not (connections := hours.hour_connections()):
        return
    places = ("entry__member_id", "entry__project_id", "entry__work_type_id", "entry__day")
    cells = {Cell(*row) for row in OrderEntry.objects.filter(order=order_id).values_list(*places)}
    for connection in connections:
        hour_cells.request(connection, cells)
