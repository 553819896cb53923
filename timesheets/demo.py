"""The hours of the demo: two approved weeks, a last one that is not all there yet, and a week that has begun."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import date
from random import Random

from django.db import transaction

from busy.catalog.demo import INTERNAL_PROJECT
from busy.catalog.models import ProjectWorkType, Task
from busy.lib.periods import Week, local_today
from busy.workspaces import demo as people
from busy.workspaces.models import Membership, Workspace
from busy.workspaces.scope import acting_as
from timesheets import clock
from timesheets.approval import approve_many
from timesheets.models import TimeEntry
from timesheets.services import UNCHANGED, add_row, save_cell
from timesheets.submission import Choice, submit
from timesheets.time_settings import save_time_settings, time_settings_to_change
from timesheets.working_weeks import set_period

_NOON = 12 * 60

# Minutes of a day, by the number of things done on it.
_DAYS = (
    (450,),
    (450,),
    (480,),
    (240, 210),
    (300, 150),
    (360, 120),
    (270, 180),
    (180, 150, 120),
    (240, 135, 75),
)
_NOTES = {
    "nb": {
        "Design": ("Skisser til forsiden", "Justert fargene etter møtet", "Ikoner og illustrasjoner"),
        "Utvikling": ("Kassen og betaling", "Rettet feil fra testrunden", "Søk og filtre"),
        "Rådgivning": ("Arbeidsmøte med kunden", "Gjennomgang av innhold"),
        "Prosjektledelse": ("Statusmøte", "Plan for neste leveranse"),
        "Internmøte": ("Mandagsmøte",),
    },
    "sv": {
        "Design": ("Skisser till startsidan", "Ny typografi"),
        "Utvikling": ("Sidmallar", "Åtgärdat fel från testet"),
        "Rådgivning": ("Workshop med kunden",),
        "Prosjektledelse": ("Avstämning",),
        "Internmøte": ("Måndagsmöte",),
    },
    "da": {
        "Design": ("Skitser til appen", "Brugerrejser, anden runde"),
        "Utvikling": ("Prototype, første del", "Rettet fejl"),
        "Rådgivning": ("Interview med brugere",),
        "Prosjektledelse": ("Statusmøde",),
        "Internmøte": ("Mandagsmøde",),
    },
    "en": {
        "Rådgivning": ("Call with the client",),
        "Prosjektledelse": ("Planning the quarter", "Budget review"),
        "Internmøte": ("Monday meeting",),
    },
}


# What a person mostly does: projects with their usual work types.
_HABITS = {
    "Anna Nygård": (
        ("Nettbutikk for ferske råvarer", "Design"),
        ("Profil og emballasje", "Design"),
        ("Nettbutikk for ferske råvarer", "Utvikling"),
    ),
    "Bo Lindqvist": (
        ("Nettbutikk for ferske råvarer", "Prosjektledelse"),
        ("Årsrapport 2026", "Prosjektledelse"),
        ("Intranett, fase 2", "Rådgivning"),
    ),
    "Maja Östberg": (
        ("Ny webbplats", "Design"),
        ("Ny webbplats", "Utvikling"),
        ("Kampanje: Bok i gave", "Design"),
    ),
    "Mikkel Sørensen": (
        ("Brugerrejser og prototype", "Design"),
        ("Brugerrejser og prototype", "Rådgivning"),
        ("Intranett, fase 2", "Utvikling"),
    ),
    "Jonas Eide": (
        ("Nettbutikk for ferske råvarer", "Utvikling"),
        ("Intranett, fase 2", "Utvikling"),
        ("Årsrapport 2026", "Design"),
    ),
    "Dina Holm": (
        ("Årsrapport 2026", "Rådgivning"),
        (INTERNAL_PROJECT, "Internmøte"),
    ),
}


def seed(workspace: Workspace) -> None:
    """Write the weeks through the same services the pages use; unless there are hours already."""
    if TimeEntry.objects.exists():
        return
    today = local_today(workspace.zone)
    this_week = Week.of(today)
    writer = _Writer(today)
    for weeks_ago in (3, 2, 1, 0):
        for member in writer.members.values():
            with acting_as(member.user_id):
                writer.write_week(member, this_week.plus(-weeks_ago))
    for member in writer.members.values():
        with acting_as(member.user_id):
            writer.write_vacation(member, this_week.plus(1))
        set_period(member, first_day=this_week.plus(-3).monday, last_day=None)
    _approve(writer.members, (this_week.plus(-3), this_week.plus(-2)))
    settings = time_settings_to_change()
    settings.submits_time = True
    save_time_settings(settings, ["submits_time"])
    for name in ("Maja Östberg", "Jonas Eide"):
        _submit(writer.members[name], this_week.plus(-1))
    anna = writer.members["Anna Nygård"]
    for project, work_type in writer.work_of(anna):
        add_row(anna, this_week, project, work_type, by=anna)


# Who was away: weeks ago (0 is this week, -1 the next one), place of the weekday, work type.
_ABSENT = {
    ("Jonas Eide", 1, 1): "Sykefravær",
    ("Bo Lindqvist", 2, 4): "Avspasering",
    ("Maja Östberg", -1, 3): "Ferie",
    ("Maja Östberg", -1, 4): "Ferie",
}


class _Writer:
    """Writes people's weeks, the same ones on every machine: the week and the name decide what was done."""

    def __init__(self, today: date) -> None:
        self.today = today
        known = {person.name for person in people.PEOPLE}
        rows = Membership.objects.filter(is_active=True).select_related("user", "workspace").order_by("pk")
        self.members = {member.user.name: member for member in rows if member.user.name in known}
        # Only what can be logged on: the sandbox may be another one than the names here were taken from.
        links = ProjectWorkType.objects.filter(project__archived_at=None, work_type__archived_at=None)
        self.places = {
            (link.project.name, link.work_type.name): (link.project_id, link.work_type_id)
            for link in links.select_related("project", "work_type").order_by("pk")
        }
        self.names = {ids: work_type for (_, work_type), ids in self.places.items()}
        self.tasks: defaultdict[int, list[int]] = defaultdict(list)
        driven = Task.objects.filter(project__is_task_driven=True, archived_at=None, done_at=None)
        for task in driven.order_by("pk"):
            self.tasks[task.project_id].append(task.pk)

    def work_of(self, member: Membership) -> list[tuple[int, int]]:
        return [self.places[place] for place in _HABITS.get(member.user.name, ()) if place in self.places]

    @transaction.atomic
    def write_week(self, member: Membership, week: Week) -> None:
        dice = Random(f"{member.user.name} {week}")  # noqa: S311 - nothing secret
        for day in self._days_written(member, week):
            if (absent := self._absent(member, day)) is not None:
                self._save(member, absent, day, 450, "")
                continue
            for minutes, place in self._day(member, day, dice):
                tasks = self.tasks[place[0]]
                task = dice.choice(tasks) if tasks else None
                self._save(member, place, day, minutes, self._note(member, place, dice), task)
            self._put_on_the_clock(member, day)

    def write_vacation(self, member: Membership, week: Week) -> None:
        """What is planned of a week to come (P18)."""
        for day in week.days:
            if (absent := self._absent(member, day)) is not None:
                self._save(member, absent, day, 450, "")

    def _absent(self, member: Membership, day: date) -> tuple[int, int] | None:
        weeks_ago = (Week.of(self.today).monday - Week.of(day).monday).days // 7
        work_type = _ABSENT.get((member.user.name, weeks_ago, day.weekday()))
        return self.places.get((INTERNAL_PROJECT, work_type)) if work_type else None

    def _days_written(self, member: Membership, week: Week) -> list[date]:
        """Working days that are over. Anna has this week's end before her, Mikkel forgot the end of the last one."""
        days = [day for day in week.days[:5] if day < self.today]
        if week == Week.of(self.today):
            return days[:2] if member.user.name == "Anna Nygård" else days
        if week == Week.of(self.today).plus(-1) and member.user.name == "Mikkel Sørensen":
            return days[:3]
        return days

    def _day(self, member: Membership, day: date, dice: Random) -> list[tuple[int, tuple[int, int]]]:
        """Minutes with project and work type."""
        work = self.work_of(member)
        if not work:
            return []
        parts = list(dice.choice(_DAYS))[: len(work)]
        if sum(parts) < 420:  # fewer things than the day had parts: the last one took the rest
            parts[-1] += 450 - sum(parts)
        done = dice.sample(work, len(parts)) if len(parts) > 1 else [work[0] if dice.random() < 0.7 else work[-1]]
        result = list(zip(parts, done, strict=True))
        meeting = self.places.get((INTERNAL_PROJECT, "Internmøte"))
        if day.weekday() == 0 and meeting is not None and meeting not in done:
            minutes, first = result[0]
            result[0] = (minutes - 30, first)
            result.append((30, meeting))
        return result

    def _note(self, member: Membership, place: tuple[int, int], dice: Random) -> str:
        notes = _NOTES.get(member.user.language, {}).get(self.names[place], ())
        return dice.choice(notes) if notes and dice.random() < 0.6 else ""

    @staticmethod
    def _put_on_the_clock(member: Membership, day: date) -> None:
        """One thing after the other from the morning on; who is at work at noon pauses when it is done."""
        at = 8 * 60 + 15 * (day.toordinal() % 3)
        for entry in TimeEntry.objects.filter(member=member, day=day).order_by("pk"):
            end = at + entry.minutes
            entry.start_time, entry.end_time = clock.time_of(at), clock.time_of(end)
            entry.save(update_fields=["start_time", "end_time"])
            at = end + 30 if at < _NOON <= end else end

    @staticmethod
    def _save(
        member: Membership, place: tuple[int, int], day: date, minutes: int, note: str, task_id: int | None = None
    ) -> None:
        save_cell(
            member,
            *place,
            day,
            minutes,
            task_id=task_id,
            client_id=uuid.uuid4(),
            base_revision="",
            note=note or UNCHANGED,
            by=member,
        )


def _approve(members: dict[str, Membership], weeks: tuple[Week, ...]) -> None:
    """Bo approves everybody, Dina approves Bo: nobody approves the own hours."""
    bo, dina = members["Bo Lindqvist"], members["Dina Holm"]
    for week in weeks:
        with acting_as(bo.user_id):
            approve_many([member.pk for member in members.values() if member != bo], week, by=bo)
        with acting_as(dina.user_id):
            approve_many([bo.pk], week, by=dina)


def _submit(member: Membership, week: Week) -> None:
    with acting_as(member.user_id):
        submit(member, Choice.all_of(week), by=member)
