"""Hour transfer in words: the four choices (R84), and what cells wait for."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from integrations.kernel.errors import Code
from integrations.kernel.facts import HourTrigger
from integrations.kernel.texts import N_

_TRIGGERS: Mapping[HourTrigger, tuple[str, str]] = {
    HourTrigger.OFF: (N_("Do not transfer"), N_("The hours stay in Busy. Orders go out as before.")),
    HourTrigger.ON_SUBMISSION: (
        N_("On submission for approval"),
        N_("When people send their own hours for approval. What they change afterwards is sent again."),
    ),
    HourTrigger.ON_APPROVAL: (
        N_("On approval"),
        N_("When the hours are approved, for the person or for the project."),
    ),
    HourTrigger.ON_ORDER: (N_("On order completion"), N_("When the order that the hours stand on is finished.")),
}

# What many cells can wait for, said for all of them.
_CAUSES: Mapping[str, str] = {
    Code.EMPLOYEE_NUMBER_MISSING: N_("People without an employee number in Busy"),
    Code.EMPLOYEE_NOT_FOUND: N_("Employee numbers that are not known there"),
    Code.EMPLOYEE_UNKNOWN: N_("Employee numbers that are not known there"),
    Code.EMPLOYEE_INACTIVE: N_("People for whom no hours can be recorded there"),
    Code.NOT_LINKED: N_("Projects and work types that exist only in Busy"),
    Code.NOT_PARTICIPANT: N_("People who are not participants of the project there"),
    Code.PROJECT_CLOSED: N_("Closed projects"),
    Code.OUTSIDE_PROJECT_DATES: N_("Days outside of the project's dates"),
    Code.ACTIVITY_NOT_USABLE: N_("Work types that cannot be used on the project there"),
    Code.PROJECT_MISSING: N_("Projects that no longer exist there"),
    Code.ACTIVITY_MISSING: N_("Work types that no longer exist there"),
    "task_needed": N_("Projects that take hours on tasks only"),
    "task_on_its_way": N_("Tasks that are on their way there"),
    "task_missing": N_("Tasks that no longer exist there"),
    Code.HOURS_CONFLICT: N_("Hours that Busy did not send"),
    Code.HOURS_LOCKED: N_("Hours that are locked there"),
    Code.HOURS_INVOICED: N_("Hours that are invoiced there"),
    Code.MONTH_CLOSED: N_("Closed months"),
    Code.COMMENT_REQUIRED: N_("Hours without a note"),
}


def trigger_label(trigger: HourTrigger) -> str:
    return _(_TRIGGERS[trigger][0])


def trigger_text(trigger: HourTrigger) -> str:
    """When it happens, in a sentence."""
    return _(_TRIGGERS[trigger][1])


def cause_label(code: str) -> str:
    return _(_CAUSES[code]) if code in _CAUSES else _("Other reasons")
