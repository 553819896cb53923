"""Templates: the rows of a week, with or without their hours, kept under a name."""

from __future__ import annotations

import uuid

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from busy.lib.periods import Week
from busy.workspaces.models import Membership
from timesheets.errors import HoursRefusal
from timesheets.models import TemplateRow, WeekTemplate
from timesheets.week_fill import Filled, PlannedRow, fill_week, this_week

# So many that a list of them is still a list.
MOST = 50


class NoName(HoursRefusal):
    code = "no_name"

    @property
    def message(self) -> str:
        return _("Give the template a name.")


class NameTaken(HoursRefusal):
    code = "name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    @property
    def message(self) -> str:
        return _("You have a template called %(name)s already. Choose another name.") % {"name": self.name}


class NothingToKeep(HoursRefusal):
    code = "nothing_to_keep"

    @property
    def message(self) -> str:
        return _("This week has no rows to keep. Add some first.")


class TooManyTemplates(HoursRefusal):
    code = "too_many"

    @property
    def message(self) -> str:
        return _("You have %(count)s templates, and there is no room for more. Delete one first.") % {"count": MOST}


def templates_of(member: Membership) -> QuerySet[WeekTemplate]:
    """By name, each with its rows, their projects, work types and tasks. Five queries at most."""
    found = WeekTemplate.objects.filter(member=member).order_by("name", "pk")
    return found.prefetch_related("rows__project", "rows__work_type", "rows__task")


@transaction.atomic
def save_template(member: Membership, week: Week, name: str, *, with_hours: bool) -> WeekTemplate:
    """Keep the week's rows. Raises NoName, NameTaken, NothingToKeep, TooManyTemplates."""
    rows = this_week(member, week, with_hours=with_hours)
    if not rows:
        raise NothingToKeep
    if WeekTemplate.objects.filter(member=member).count() >= MOST:
        raise TooManyTemplates
    template = WeekTemplate(member=member)
    _name(template, name)
    TemplateRow.objects.bulk_create(
        TemplateRow(
            workspace_id=member.workspace_id,
            template=template,
            project_id=row.key[0],
            work_type_id=row.key[1],
            task_id=row.key[2],
            minutes=list(row.minutes),
        )
        for row in rows
    )
    return template


def rename_template(member: Membership, template_id: int, name: str) -> None:
    """Raises NoName, NameTaken, WeekTemplate.DoesNotExist."""
    _name(WeekTemplate.objects.get(member=member, pk=template_id), name)


def delete_template(member: Membership, template_id: int) -> None:
    """What is not there any more is no error."""
    WeekTemplate.objects.filter(member=member, pk=template_id).delete()


def apply_template(member: Membership, week: Week, template_id: int, act: uuid.UUID) -> Filled:
    """Put the rows on the week, and the hours into its empty cells. Raises WeekTemplate.DoesNotExist."""
    template = WeekTemplate.objects.get(member=member, pk=template_id)
    rows = [
        PlannedRow(key=(row.project_id, row.work_type_id, row.task_id), minutes=tuple(row.minutes))
        for row in template.rows.order_by("pk")
    ]
    return fill_week(member, week, rows, act, by=member)


def _name(template: WeekTemplate, name: str) -> None:
    template.name = " ".join(name.replace("\x00", "").split())[:80]
    if not template.name:
        raise NoName
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as error:
        raise NameTaken(template.name) from error
