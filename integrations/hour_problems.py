"""The catalogue of problems, as it reads for hours: what only hours can meet, and what orders say in other words."""

from __future__ import annotations

from integrations.kernel.errors import Code, CureAct
from integrations.kernel.texts import N_

# Code -> (title, text). %(system)s is the provider's name; %(hours)s, %(wanted_hours)s and %(day)s are written for
# people.
TEXTS: dict[str, tuple[str, str]] = {
    "nobody_linked": (
        N_("%(user)s is linked to nobody in %(system)s"),
        N_("Link the user to a person there, under Settings → Integrations → Mapping. Then the hours go on."),
    ),
    "linked_person_gone": (
        N_("%(user)s is linked to somebody who is not active in %(system)s any more"),
        N_("Link the user to another person there, under Settings → Integrations → Mapping. Then the hours go on."),
    ),
    "task_on_its_way": (
        N_("Task %(name)s is not in %(system)s yet"),
        N_("It is on its way there. The hours go when it has arrived."),
    ),
    "task_missing": (
        N_("Task %(task)s no longer exists in %(system)s"),
        N_("Put the hours on another task, or on none."),
    ),
    Code.HOURS_CONFLICT: (
        N_("%(system)s has %(hours)s h that Busy did not send"),
        N_(
            "Somebody recorded them in %(system)s for the same person, project, work type and day. "
            "Delete them there, or let Busy replace them with its %(wanted_hours)s h."
        ),
    ),
    Code.HOURS_LOCKED: (
        N_("The hours of %(day)s are locked in %(system)s"),
        N_("They are approved or paid there. Open them in %(system)s, then try again."),
    ),
    Code.HOURS_INVOICED: (
        N_("The hours of %(day)s are invoiced in %(system)s"),
        N_("They can no longer be changed there. Change the hours back in Busy, or credit the invoice and try again."),
    ),
    Code.MONTH_CLOSED: (
        N_("The month %(month)s is closed for %(employee)s in %(system)s"),
        N_("It is completed or approved there. Reopen the month in %(system)s, then try again."),
    ),
    Code.PROJECT_CLOSED: (
        N_("Project %(name)s is closed in %(system)s"),
        N_("Open the project in %(system)s, then try again, or put the hours on another project."),
    ),
    Code.PROJECT_MISSING: (
        N_("Project %(name)s no longer exists in %(system)s"),
        N_("Restore the project in %(system)s, or put the hours on another project."),
    ),
    Code.OUTSIDE_PROJECT_DATES: (
        N_("%(day)s is outside the dates of project %(project)s in %(system)s"),
        N_(
            "It runs from %(start)s to %(end)s there. Change the dates in %(system)s, "
            "or put the hours on another project."
        ),
    ),
    Code.ACTIVITY_NOT_USABLE: (
        N_("Work type %(activity)s cannot be used on project %(project)s in %(system)s"),
        N_("Allow it on the project in %(system)s, then try again, or choose another work type for the hours."),
    ),
    Code.ACTIVITY_MISSING: (
        N_("Work type %(activity)s no longer exists in %(system)s"),
        N_("Choose another work type for the hours."),
    ),
    Code.NOT_PARTICIPANT: (
        N_("%(employee)s is not a participant of project %(project)s in %(system)s"),
        N_("Add %(employee)s to the project in %(system)s, or allow Busy to do it in the settings of the integration."),
    ),
    Code.EMPLOYEE_UNKNOWN: (
        N_("The employee no longer exists in %(system)s"),
        N_("The employee number must be the same in Busy and in %(system)s. Correct it on the person's page."),
    ),
    Code.EMPLOYEE_INACTIVE: (
        N_("No hours can be recorded for %(employee)s in %(system)s"),
        N_("The employee has ended there, or hours are not allowed. Change it in %(system)s, then try again."),
    ),
    Code.COMMENT_REQUIRED: (
        N_("%(system)s demands a note on hours"),
        N_("Write a note on the hours of %(day)s. They are then sent again by themselves."),
    ),
    Code.HOURS_NOT_ACTIVE: (
        N_("Hours are not switched on in %(system)s"),
        N_("Activate time recording in %(system)s, or turn hour transfer off."),
    ),
    Code.DAY_TOO_LONG: (
        N_("%(hours)s h on one day are more than a day has"),
        N_("%(system)s takes at most 24 h for a project and work type on %(day)s. Correct the hours."),
    ),
    Code.VALIDATION: (
        N_("%(system)s did not accept the hours"),
        N_("%(system)s says: “%(message)s” Correct it, then try again."),
    ),
    Code.REFUSED: (
        N_("%(system)s refused the hours"),
        N_("%(system)s says: “%(message)s” Correct it, then try again."),
    ),
    Code.CHANGED_THERE: (
        N_("The hours were changed in %(system)s at the same time"),
        N_("Look at them in %(system)s, then try again."),
    ),
    Code.ANSWER_LOST: (
        N_("The answer of %(system)s was not seen"),
        N_("Busy reads the hours in %(system)s and sends them again if they are not there."),
    ),
    Code.FOUND_TWICE: (
        N_("%(system)s has the hours of %(day)s twice"),
        N_("There are several entries for the same person, project and work type. Delete all but one, then try again."),
    ),
    Code.EMPLOYEE_NUMBER_MISSING: (
        N_("%(user)s has no employee number in Busy"),
        N_("Write the number that %(user)s has in %(system)s. The hours then go by themselves."),
    ),
    Code.NOT_LINKED: (
        N_("%(name)s does not exist in %(system)s"),
        N_("It was made in Busy. Create it in %(system)s and put the hours on that one, so that they can be sent."),
    ),
}

# What a press can do -> the button's words.
ACTS: dict[CureAct, str] = {CureAct.OVERWRITE: N_("Replace with the hours of Busy")}
