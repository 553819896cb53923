"""What the pages of hour transfer show: the choice with what it would mean, the cells, and one cell with its ledger."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from busy.lib.periods import Week, local_today
from busy.workspaces.models import Membership
from integrations import deliveries, hour_choice, hour_words, hours, people
from integrations.conversations import connector_of
from integrations.hour_drafts import employee_of
from integrations.hour_forms import HourChoiceForm
from integrations.hour_models import HoursCell
from integrations.hours import HourChoices
from integrations.kernel.errors import CureAct, Problem
from integrations.kernel.facts import HourTrigger
from integrations.kernel.records import Kind
from integrations.models import Attempt, Connection, Delivery, ProviderEmployee
from integrations.policy import State
from integrations.problems import Explained, explain
from timesheets.time_settings import time_settings

PAGE = 50
NAMED = 8  # people without a number, on the settings page
SHOWN = {
    "waiting": (State.WAITING, State.TRANSFERRING),
    "attention": (State.ATTENTION,),
    "transferred": (State.TRANSFERRED,),
    "all": (State.WAITING, State.TRANSFERRING, State.ATTENTION, State.TRANSFERRED),
}


# --- The choice -------------------------------------------------------------------------------------------------------


def choice_part(connection: Connection, form: HourChoiceForm | None = None) -> dict[str, Any]:
    """The section of the settings page; empty where the provider takes no hours."""
    if not hours.is_offered(connection):
        return {"has_hours": False}
    choices = hours.choices_of(connection)
    facts = connector_of(connection).facts
    if form is None:
        today = local_today(connection.workspace.zone)
        form = HourChoiceForm(facts, initial=HourChoiceForm.initial_of(choices, today))
    return {
        "has_hours": True,
        "hour_form": form,
        "hours_are_on": choices.is_on,
        "hour_triggers": [
            {"label": hour_words.trigger_label(one), "text": hour_words.trigger_text(one)}
            for one in facts.hour_triggers
        ],
        **preview_part(connection, _of_form(form, choices)),
    }


def _of_form(form: HourChoiceForm, choices: HourChoices) -> HourChoices:
    """Also what was refused as a whole: its consequences are what there is to confirm."""
    is_readable = form.is_bound and form.errors.keys() <= {NON_FIELD_ERRORS}
    return form.choices if is_readable else choices


def preview_part(connection: Connection, choices: HourChoices) -> dict[str, Any]:
    """What the choice would mean now: a constant number of queries. What is chosen already is not compared again: the
    tab with the hours says how far they are."""
    without = people_without_number(connection) if choices.is_on else []
    is_changed = choices != hours.choices_of(connection)
    return {
        "connection": connection,
        "facts": connector_of(connection).facts,
        "projects_are_shared": connector_of(connection).facts.shares(Kind.PROJECTS),
        "preview": choices,
        "consequences": hour_choice.consequences(connection, choices) if is_changed else None,
        "is_changed": is_changed,
        # Hours that nobody may send go when they are approved.
        "submits_nothing": choices.trigger is HourTrigger.ON_SUBMISSION and not time_settings().submits_time,
        "without_number": without[:NAMED],
        "more_without_number": max(0, len(without) - NAMED),
        "people_without_number": len(without),
        **_on_own_user(connection, choices),
    }


def _on_own_user(connection: Connection, choices: HourChoices) -> dict[str, Any]:
    """Whose hours are recorded on the connection's own user, where people are linked (R71)."""
    own = people.own_user(connection) if choices.is_on else None
    if own is None:
        return {"own_user": None}
    found = people.unlinked(connection)
    names = [str(member.user) for member in found[:NAMED]]
    return {
        "own_user": own,
        "on_own_user": len(found),
        "on_own_user_names": names,
        "more_on_own_user": max(0, len(found) - NAMED),
    }


def people_without_number(connection: Connection) -> list[dict[str, Any]]:
    """Active people whose hours would wait: no number, or one that no single person there has (R89). Two queries."""
    if people.are_linked(connection):
        return []
    members = list(Membership.objects.filter(is_active=True).select_related("user").order_by("user__name", "pk"))
    numbers = {number for member in members if (number := member.employee_number.strip())}
    there: dict[str, list[ProviderEmployee]] = {}
    for employee in ProviderEmployee.objects.filter(connection=connection, number__in=numbers):
        there.setdefault(employee.number, []).append(employee)
    found = []
    for member in members:
        answer = employee_of(member, there.get(member.employee_number.strip(), []))
        if isinstance(answer, Problem):
            found.append({"member": member, "problem": explain(answer, connection=connection, is_hours=True)})
    return found


# --- The cells --------------------------------------------------------------------------------------------------------


def cells_of(connection: Connection, shown: str) -> QuerySet[HoursCell]:
    rows = HoursCell.objects.filter(connection=connection, delivery__state__in=SHOWN[shown])
    return rows.select_related("delivery", "member__user", "project", "work_type", "task").order_by("-day", "-pk")


def cells_part(connection: Connection, shown: str, page: str | None) -> dict[str, Any]:
    """The list of one filter, in a constant number of queries."""
    found: Page[HoursCell] = Paginator(cells_of(connection, shown), PAGE).get_page(page)
    counts = _counts(connection)
    words = {
        "attention": _("Needs attention"),
        "waiting": _("Waiting"),
        "transferred": _("Transferred"),
        "all": _("All"),
    }
    return {
        "page_obj": found,
        "cells": [shown_cell(cell, connection) for cell in found.object_list],
        "shown": shown,
        "filters": [
            {"key": key, "label": words[key], "count": sum(counts.get(state, 0) for state in SHOWN[key])}
            for key in words
        ],
        "causes": _causes(connection) if counts.get(State.ATTENTION) else [],
        "total": sum(counts.get(state, 0) for state in SHOWN["all"]),
        "can_press": connection.is_running and hours.is_on(connection),
    }


def _counts(connection: Connection) -> dict[str, int]:
    rows = Delivery.objects.filter(connection=connection, kind=deliveries.HOURS)
    return dict(rows.values_list("state").annotate(count=Count("pk")).order_by())


def _causes(connection: Connection) -> list[dict[str, Any]]:
    """What waits for a person, by cause, the greatest first."""
    stuck = Delivery.objects.filter(connection=connection, kind=deliveries.HOURS, state=State.ATTENTION)
    rows = stuck.values_list("problem__code").annotate(count=Count("pk")).order_by("-count", "problem__code")
    return [{"code": code, "label": hour_words.cause_label(code), "count": count} for code, count in rows]


def shown_cell(cell: HoursCell, connection: Connection) -> dict[str, Any]:
    """A cell as a row: whose, what, how much, how far, and what is in its way."""
    delivery = cell.delivery
    problem = _problem(cell, connection)
    return {
        "pk": cell.pk,
        "cell": cell,
        "person": str(cell.member.user),
        "state": delivery.state,
        "minutes": cell.minutes or 0,
        "differs": (cell.minutes or 0) != cell.minutes_wanted or bool(cell.in_doubt),
        "problem": problem,
        "can_overwrite": bool(problem and any(act.key == CureAct.OVERWRITE for act in problem.acts))
        and delivery.state == State.ATTENTION,
        "overwrite_label": problem.acts[0].label if problem and problem.acts else "",
        "can_retry": delivery.state in (State.WAITING, State.ATTENTION),
    }


def _problem(cell: HoursCell, connection: Connection) -> Explained | None:
    stored = cell.delivery.problem
    if not stored:
        return None
    week = Week.of(cell.day)
    url = reverse("timesheets:approve-week", args=[connection.workspace.slug, week])
    return explain(Problem.from_json(stored), connection=connection, is_hours=True, week_url=url)


def ledger(cell: HoursCell) -> Iterable[Attempt]:
    """Every attempt, newest first (R114)."""
    rows = Attempt.objects.filter(delivery=cell.delivery_id).order_by("-pk")
    return rows.select_related("delivery__connection__workspace", "started_by__user")
