"""What every address answers to whom. A new address needs one line here; the guard test fails until it has one.

Every route is asked as GET and as POST by everybody below. Who may not come in gets the same answer from every route:

| who | answer |
|---|---|
| signed out | sign-in, or 401 for scripts |
| member with too small a role | 403 |
| administrator of another workspace, or a deactivated member | the 404 of a missing page, byte for byte |

So a line says only which role the door asks for and what that role gets: ``get`` and ``post`` are statuses, with a
POST that carries no fields; None leaves the answer to the app's own tests.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

EMPLOYEE, MANAGER, ADMINISTRATOR = "employee", "manager", "administrator"
PERSON, PUBLIC = "person", "public"


@dataclass(frozen=True, slots=True)
class Route:
    """``door`` is the least role, PERSON for anybody signed in, PUBLIC for everybody.

    ``employee`` is what an employee gets who has the role and nothing that the page is about, as no project to lead.
    ``ids`` replaces what PARAMETERS of the guard test would fill in, or says which of its objects a parameter means.
    """

    door: str
    get: int | None = 200
    post: int | None = None
    ids: dict[str, Any] = field(default_factory=dict)
    employee: int | None = None


def page(door: str, *, post: int | None = None, employee: int | None = None, **ids: Any) -> Route:
    """Shows something to everybody the door lets in."""
    return Route(door, get=200, post=post, ids=ids, employee=employee)


def action(door: str, post: int | None = 302, *, employee: int | None = None, **ids: Any) -> Route:
    """Takes a POST and nothing else."""
    return Route(door, get=405, post=post, ids=ids, employee=employee)


def other(door: str, get: int | None, post: int | None = None, *, employee: int | None = None, **ids: Any) -> Route:
    """Neither a page nor a plain action: ``get`` is what a bare GET gets."""
    return Route(door, get=get, post=post, ids=ids, employee=employee)


ROUTES: dict[str, Route] = {
    # --- Health
    "healthz": page(PUBLIC),
    "readyz": page(PUBLIC),
    # --- What providers tell: signed in the address and in the message
    "hints": other(PUBLIC, 405, post=404, address="nobody"),
    # --- The installed app
    "manifest": page(PUBLIC, post=405),
    "service-worker": page(PUBLIC, post=405),
    "offline": page(PUBLIC, post=405),
    # --- allauth: what it answers whom is its own matter, that it writes nothing on GET and sends our headers is ours
    "account_login": page(PUBLIC),
    "account_logout": other(PUBLIC, get=None),
    "account_signup": page(PUBLIC),
    "account_inactive": page(PUBLIC),
    "account_reauthenticate": other(PUBLIC, get=302),
    "account_email": other(PUBLIC, get=302),
    "account_email_verification_sent": other(PUBLIC, get=302),
    "account_change_password": other(PUBLIC, get=302),
    "account_set_password": other(PUBLIC, get=302),
    "account_reset_password": page(PUBLIC),
    "account_reset_password_done": page(PUBLIC),
    "account_reset_password_from_key": page(PUBLIC, uidb36="1", key="none-such"),
    "account_reset_password_from_key_done": page(PUBLIC),
    "account_confirm_login_code": other(PUBLIC, get=302),
    # --- People, outside of any workspace
    "home": other(PERSON, get=302),
    "profile": page(PERSON, post=422),
    "set_language": action(PUBLIC),
    "choose-workspace": page(PERSON),
    "create-workspace": page(PERSON, post=422),
    "switch-workspace": action(PERSON),
    "open-page": other(PERSON, get=302, page="timeline"),
    "join": other(PUBLIC, get=404, post=404, token="no-invitation"),
    # --- A workspace's people and settings
    "workspaces:people": page(ADMINISTRATOR),
    "workspaces:invite": page(ADMINISTRATOR, post=422),
    "workspaces:person": page(ADMINISTRATOR, post=422),
    "workspaces:deactivate-person": action(ADMINISTRATOR),
    "workspaces:reactivate-person": action(ADMINISTRATOR),
    "workspaces:send-invitation": action(ADMINISTRATOR),
    "workspaces:revoke-invitation": action(ADMINISTRATOR),
    "workspaces:settings": page(ADMINISTRATOR, post=422),
    "workspaces:groups": page(ADMINISTRATOR),
    "workspaces:group-new": page(ADMINISTRATOR, post=422),
    "workspaces:group": page(ADMINISTRATOR, post=422),
    "workspaces:group-delete": action(ADMINISTRATOR),
    "workspaces:group-choices": page(ADMINISTRATOR),
    "workspaces:group-add": action(ADMINISTRATOR),
    "workspaces:group-member": action(ADMINISTRATOR, do="remove"),
    "workspaces:find": page(EMPLOYEE),
    "onboarding:start": other(ADMINISTRATOR, get=302),
    "onboarding:colleagues": page(ADMINISTRATOR, post=422),
    # --- The catalogue
    "catalog:projects": page(MANAGER),
    "catalog:project-new": page(MANAGER),
    "catalog:project-choices": page(MANAGER),
    "catalog:project": page(MANAGER, post=422),
    "catalog:project-archive": action(MANAGER),
    "catalog:project-restore": action(MANAGER),
    "catalog:project-work-types": page(MANAGER),
    "catalog:project-work-type": action(MANAGER, do="remove"),
    "catalog:project-members": page(MANAGER),
    "catalog:project-member": action(MANAGER, do="remove"),
    "catalog:project-rates": page(MANAGER),
    "catalog:project-rate-mode": action(MANAGER, post=422),
    "catalog:project-tasks": page(MANAGER, post=422),
    "catalog:project-task-rules": action(MANAGER),
    "catalog:project-task": page(MANAGER, post=422),
    "catalog:project-task-act": action(MANAGER, do="finish"),
    "catalog:project-task-members": action(MANAGER),
    "catalog:project-task-member": action(MANAGER, do="remove"),
    "catalog:customers": page(MANAGER),
    "catalog:customer-new": other(MANAGER, get=302),  # made in the system that Fjell is connected to (R62)
    "catalog:customer-choices": page(MANAGER),
    "catalog:customer": page(MANAGER, post=422),
    "catalog:customer-layout": page(MANAGER, post=422),
    "catalog:customer-tags": action(MANAGER),
    "catalog:customer-tag": action(MANAGER, do="set"),
    "catalog:customer-settings": page(ADMINISTRATOR),
    "catalog:customer-field-new": page(ADMINISTRATOR),
    "catalog:customer-field": page(ADMINISTRATOR, post=422),
    "catalog:customer-field-keep": action(ADMINISTRATOR, do="archive"),
    "catalog:customer-tag-rename": action(ADMINISTRATOR),
    "catalog:customer-tag-delete": action(ADMINISTRATOR),
    "catalog:customer-archive": action(MANAGER),
    "catalog:customer-restore": action(MANAGER),
    "catalog:work-types": page(MANAGER),
    "catalog:work-type-new": page(MANAGER),
    "catalog:work-type": page(MANAGER, post=422),
    "catalog:work-type-archive": action(MANAGER),
    "catalog:work-type-restore": action(MANAGER),
    "catalog:work-type-rate": action(MANAGER),
    "catalog:products": page(MANAGER),
    "catalog:product-new": other(MANAGER, get=302),  # as are products (R24)
    "catalog:product-choices": page(MANAGER),
    "catalog:product": page(MANAGER, post=422),
    "catalog:product-archive": action(MANAGER),
    "catalog:product-restore": action(MANAGER),
    "catalog:rates": page(MANAGER),
    "catalog:rate-why": page(MANAGER),
    "catalog:rate-withdraw": action(MANAGER),
    # --- Hours
    "timesheets:week": page(EMPLOYEE),
    "timesheets:week-of": page(EMPLOYEE),
    "timesheets:week-rows": action(EMPLOYEE, post=None),
    "timesheets:week-acts": action(EMPLOYEE, post=400),
    "timesheets:week-templates": page(EMPLOYEE, post=422),
    "timesheets:week-cells": action(EMPLOYEE, post=400),
    "timesheets:week-cell": action(EMPLOYEE, post=None),
    "timesheets:week-search": page(EMPLOYEE),
    "timesheets:timeline": page(EMPLOYEE, post=None),
    "timesheets:timeline-week": page(EMPLOYEE, post=None),
    "timesheets:timeline-step": action(EMPLOYEE, post=400),
    # --- People's own calendars
    "calendar-signed-in": other(PUBLIC, get=302, post=405),
    "timesheets:calendars": page(EMPLOYEE, post=405),
    "timesheets:calendar-sign-in": action(EMPLOYEE, post=404, vendor="google"),  # not switched on in tests
    "timesheets:calendar-shown": action(EMPLOYEE, post=404, account_id=0),  # nobody's
    "timesheets:calendar-disconnect": action(EMPLOYEE, post=404, account_id=0),
    "timesheets:calendar-events": page(EMPLOYEE, post=405),
    "timesheets:calendar-refresh": action(EMPLOYEE, post=200),
    "timesheets:calendar-answer": action(EMPLOYEE, post=400),
    "timesheets:submission": other(EMPLOYEE, get=302, post=302),
    "timesheets:submission-undo": action(EMPLOYEE, post=404),
    "timesheets:ask-to-reopen": action(EMPLOYEE, post=404),
    # For project managers too: an employee who leads nothing gets 403 (R110)
    "timesheets:approve": page(EMPLOYEE, employee=403),
    "timesheets:approve-projects": page(EMPLOYEE, employee=403),
    "timesheets:approve-hours": action(EMPLOYEE, employee=403),
    "timesheets:approve-hours-undo": action(EMPLOYEE, employee=403),
    "timesheets:correct": other(EMPLOYEE, get=404, post=404, employee=403),  # of an entry that is nobody's
    "timesheets:correct-search": other(EMPLOYEE, get=404, post=405, employee=403),
    "timesheets:correct-undo": action(EMPLOYEE, post=404, employee=403),
    "timesheets:line": page(EMPLOYEE, post=404),
    "timesheets:line-read": page(EMPLOYEE),
    "timesheets:line-undo": action(EMPLOYEE, line_id="00000000-0000-4000-8000-000000000000"),
    "timesheets:approve-week": page(EMPLOYEE, employee=403),
    "timesheets:approve-people": action(EMPLOYEE, employee=403),
    "timesheets:approve-person": page(EMPLOYEE, employee=403),
    "timesheets:approve-undo": action(EMPLOYEE, employee=403),
    "timesheets:approve-reject": action(EMPLOYEE, employee=403),
    "timesheets:approve-request": action(EMPLOYEE, employee=403),
    "timesheets:timer": page(EMPLOYEE, post=404),
    "timesheets:timer-act": action(EMPLOYEE, post=400),
    "timesheets:timer-state": page(EMPLOYEE, post=405),
    "timesheets:timer-undo": action(EMPLOYEE),
    "timesheets:entry-history": other(EMPLOYEE, get=404, post=405),  # of an entry that is nobody's
    "timesheets:cell-history": page(EMPLOYEE, post=405),
    "timesheets:settings": page(ADMINISTRATOR, post=404),
    "timesheets:working-week": page(ADMINISTRATOR, post=404),
    "timesheets:working-week-of": page(ADMINISTRATOR, post=404),
    "timesheets:missing": page(MANAGER),
    "timesheets:missing-remind": action(MANAGER),
    "timesheets:missing-progress": page(MANAGER),
    "timesheets:missing-mine": page(EMPLOYEE),
    # --- Orders
    "orders:list": page(MANAGER),
    "orders:new": page(MANAGER, post=302),
    "orders:order": page(MANAGER),
    "orders:pick": action(MANAGER),
    "orders:edit": action(MANAGER),
    "orders:finish": action(MANAGER),
    "orders:reopen": action(MANAGER),
    "orders:delete": action(MANAGER),
    "orders:status": page(MANAGER),
    # --- Integrations, for administrators alone: R3
    "integrations:list": page(ADMINISTRATOR),
    "integrations:capabilities": page(ADMINISTRATOR, post=405),
    "integrations:guide": page(ADMINISTRATOR, post=405),
    "integrations:guide-topic": page(ADMINISTRATOR, post=405, topic="connecting"),
    "integrations:connection": page(ADMINISTRATOR),
    "integrations:connect": page(ADMINISTRATOR, post=422),
    "integrations:set-up": other(ADMINISTRATOR, get=404, post=404),  # the world's provider asks nothing
    "integrations:choose": other(ADMINISTRATOR, get=302, post=302),  # nothing waits to be chosen
    "integrations:sign-in": action(ADMINISTRATOR, post=404),  # the world's provider has a key
    "provider-signed-in": other(PUBLIC, get=302, post=405),
    "integrations:overview": page(ADMINISTRATOR, post=405),
    "integrations:health": page(ADMINISTRATOR, post=405),
    "integrations:problems": page(ADMINISTRATOR, post=405),
    "integrations:connection-settings": page(ADMINISTRATOR, post=405),
    "integrations:exchange": action(ADMINISTRATOR),
    "integrations:change-url": action(ADMINISTRATOR, post=404),  # the world's provider is told of changes by itself
    "integrations:customer-again": action(ADMINISTRATOR),
    "integrations:customer-link": action(ADMINISTRATOR),
    "integrations:customer-settle": action(MANAGER),
    "integrations:options": action(ADMINISTRATOR),
    "integrations:history": page(ADMINISTRATOR, post=405),
    "integrations:synchronise": action(ADMINISTRATOR),
    "integrations:disconnect": action(ADMINISTRATOR),
    "integrations:project-sync": action(ADMINISTRATOR),
    "integrations:work-type-sync": other(
        ADMINISTRATOR, get=302, post=302
    ),  # the connection is paused: nothing to preview
    "integrations:hours": page(ADMINISTRATOR, post=405),
    "integrations:hours-choose": action(ADMINISTRATOR, post=422),
    "integrations:hours-preview": page(ADMINISTRATOR, post=405),
    "integrations:hours-retry-cause": action(ADMINISTRATOR),
    "integrations:compare-first": other(ADMINISTRATOR, get=302, post=405),
    "integrations:compare": page(ADMINISTRATOR, post=302, subject="orders"),
    "integrations:compare-part": page(ADMINISTRATOR, post=405, subject="hours"),
    # Nothing was compared yet.
    "integrations:compare-save": other(ADMINISTRATOR, get=404, post=405, subject="orders"),
    "integrations:compare-send-hours": action(ADMINISTRATOR),
    "integrations:compare-cure": other(ADMINISTRATOR, get=405, post=404, difference_id=0),
    "integrations:hours-cell": page(ADMINISTRATOR, post=405),
    "integrations:hours-retry": action(ADMINISTRATOR),
    "integrations:hours-overwrite": action(ADMINISTRATOR),
    # Nobody has looked at a preview yet, so there is none.
    "integrations:preview": other(ADMINISTRATOR, get=302, post=302),
    "integrations:preview-read": action(ADMINISTRATOR),
    "integrations:preview-choices": other(ADMINISTRATOR, get=404, post=405, kind="projects"),
    "integrations:preview-record": other(ADMINISTRATOR, get=404, post=404, kind="projects", local_id=1),
    "integrations:undo": other(ADMINISTRATOR, get=302, post=302),  # nothing was imported
    "integrations:pause": action(ADMINISTRATOR),
    "integrations:resume": action(ADMINISTRATOR),
    "integrations:support": page(ADMINISTRATOR, post=405),
    "integrations:delivery-support": other(ADMINISTRATOR, get=404, post=405, delivery_id=0),
    "integrations:mapping-first": other(ADMINISTRATOR, get=302, post=405),
    "integrations:mapping": page(ADMINISTRATOR, post=405, kind="employees"),
    "integrations:mapping-choices": page(ADMINISTRATOR, post=405, kind="employees"),
    "integrations:mapping-accept": page(ADMINISTRATOR, post=302, kind="employees"),
    "integrations:mapping-record": page(ADMINISTRATOR, post=422, kind="employees", local_id="member_id"),
    "integrations:mapping-undo": action(ADMINISTRATOR, post=404),
    "integrations:mapping-run": other(ADMINISTRATOR, get=404, post=404, run_id=0),
    "integrations:retry-all": action(ADMINISTRATOR),
    "integrations:confirm-archiving": action(ADMINISTRATOR),
    "integrations:dismiss-archiving": action(ADMINISTRATOR),
    # The world's provider keeps nothing both ways.
    "integrations:customer-exchange": other(MANAGER, get=286, post=405),
    "integrations:record": other(MANAGER, get=286, post=405, kind="projects", local_id="project_id"),
    "integrations:record-act": action(MANAGER, post=404, kind="projects", local_id="project_id", do="retry"),
    "integrations:fetch": action(ADMINISTRATOR, kind="customers"),
    "integrations:fetching": page(MANAGER, post=405, kind="customers"),
    "integrations:retry-order": action(MANAGER),
    "integrations:send-order": action(MANAGER),
}
