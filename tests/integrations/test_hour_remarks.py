"""What the accounting system will refuse is told where hours are written; how far they are is seen there and where
they are approved (R112, R116)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from busy.lib.periods import Week, local_today
from busy.workspaces.models import Membership
from integrations import closed_periods, hour_choice, people
from integrations.closed_models import ClosedPeriod
from integrations.hours import HourChoices
from integrations.kernel.errors import Code, Problem, Refused, Turn
from integrations.kernel.facts import HourTrigger
from integrations.models import MemberLink, ProjectLink, ProviderEmployee
from tests.integrations.hours_stage import WEEK, HoursStage
from tests.integrations.stage import PROJECT, Stage
from tests.integrations.test_hour_pages import text
from tests.timesheets.hours import MONDAY
from timesheets import selectors
from timesheets.models import TimeEntry
from timesheets.remarks import Remark, cautions_told

TUESDAY = MONDAY + timedelta(days=1)


def remark(stage: HoursStage) -> Remark:
    """What Anna's week says of Monday."""
    with stage.scope():
        member = Membership.objects.select_related("workspace").get(pk=stage.anna.membership.pk)
        return next(iter(selectors.week(member, WEEK).remarks().values()), Remark())


def codes(stage: HoursStage) -> list[str]:
    return [caution.code for caution in remark(stage).cautions]


def test_r89_r116_what_will_be_refused_is_told_before_it_is(hours_stage: HoursStage) -> None:
    hours_stage.choose(HourTrigger.ON_APPROVAL)
    hours_stage.write(90)
    assert codes(hours_stage) == []
    with hours_stage.scope():
        link = ProjectLink.objects.filter(connection=hours_stage.connection)
        link.update(participants=["E2", "E7"], activities=["A1"])
        assert codes(hours_stage) == []
        link.update(participants=["E7"], activities=["A2"])
        closed_periods.learn(hours_stage.connection, "E2", MONDAY)
    assert codes(hours_stage) == ["month_closed", "not_participant", "work_type_unusable"]
    told = remark(hours_stage)
    assert told.sign == "caution"
    assert "The month March 2026 is closed in Tripletex, which will refuse these hours." in told.text
    assert "Only participants of Fjell Arena may have hours on it in Tripletex." in told.text
    assert "Design cannot be used on Fjell Arena in Tripletex." in told.text
    with hours_stage.scope():
        found = cautions_told(TimeEntry.objects.filter(day=MONDAY))
        assert [caution.label for cautions in found.values() for caution in cautions] == [
            "Closed month",
            "Not a participant",
            "Work type not usable",
        ]
        assert cautions_told(TimeEntry.objects.filter(pk__in=[])) == {}
        link.update(participants=[], activities=None)
        ClosedPeriod.objects.all().delete()
    assert codes(hours_stage) == ["not_participant"]  # a project for participants that has none takes nobody's
    hours_stage.choose(HourTrigger.OFF)
    assert codes(hours_stage) == []  # the hours stay here


def test_r30_r112_the_week_says_how_far_hours_are_and_what_became_of_them(hours_stage: HoursStage) -> None:
    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    hours_stage.write(90)
    assert remark(hours_stage).sign == ""  # not sent by Anna yet
    hours_stage.submit()
    assert (remark(hours_stage).sign, remark(hours_stage).text) == ("waiting", "On the way to Tripletex.")
    hours_stage.work()
    told = remark(hours_stage)
    assert (told.sign, told.text) == (
        "transferred",
        "1.5 h stand in Tripletex. What is changed here is changed there too.",
    )
    hours_stage.write(120)
    assert remark(hours_stage).text == "On the way to Tripletex, where 1.5 h stand so far."
    hours_stage.ledger.next_befalls("read", Refused(Problem(code=Code.MONTH_CLOSED, turn=Turn.ACCOUNTING)))
    hours_stage.work()
    told = remark(hours_stage)
    assert told.sign == "attention"
    assert told.text.startswith("The month March 2026 is closed for Anna Aas in Tripletex. ")
    hours_stage.write(60, TUESDAY)  # what was refused once is told of the next hour of the month
    with hours_stage.scope():
        cells = {cell.day: found for cell, found in cautions_told(TimeEntry.objects.all()).items()}
    assert [caution.code for caution in cells[TUESDAY]] == ["month_closed"]
    hours_stage.withdraw()
    hours_stage.settle()
    assert hours_stage.minutes() == 0
    assert "waiting" not in remark(hours_stage).sign  # taken back, and nothing stands there


def test_r93_hours_taken_back_in_busy_that_stand_there_are_seen_until_they_are_gone(hours_stage: HoursStage) -> None:
    hours_stage.choose(HourTrigger.ON_APPROVAL)
    hours_stage.write(90)
    hours_stage.approve()
    hours_stage.work()
    hours_stage.undo()  # and there somebody has locked them
    hours_stage.ledger.next_befalls("read", Refused(Problem(code=Code.HOURS_LOCKED, turn=Turn.ACCOUNTING)))
    hours_stage.work()
    assert (hours_stage.state(), hours_stage.minutes()) == ("attention", 90)
    told = remark(hours_stage)
    assert told.sign == "attention"
    assert "are locked in Tripletex. 1.5 h stand there still. They are approved or paid there." in told.text
    one = "settings/integrations/tripletex/"
    assert "1 needs you" in text(hours_stage.dina.get("settings/integrations/"))
    assert "are locked in Tripletex" in text(hours_stage.dina.get(f"{one}hours/"))
    hours_stage.dina.post(f"{one}hours/{hours_stage.cell().pk}/retry/")  # unlocked there meanwhile
    hours_stage.work()
    assert (hours_stage.state(), hours_stage.minutes()) == ("transferred", 0)
    assert remark(hours_stage).sign == ""
    assert hours_stage.events()[-1] == "sent"


def test_r112_a_later_choice_takes_hours_back_only_when_that_is_confirmed(hours_stage: HoursStage) -> None:
    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    hours_stage.write(90)
    hours_stage.submit()
    hours_stage.work()
    one = "settings/integrations/tripletex/"
    later = {"trigger": "on_approval", "since": str(MONDAY), "arrive_unbilled": "on"}
    refused = hours_stage.dina.post(f"{one}hours/choose/", later)
    assert refused.status_code == 422
    assert "Nothing is saved yet: 1 total of a day that stands in Tripletex would be taken back" in text(refused)
    assert "Take these hours back in Tripletex" in text(refused)
    hours_stage.work()
    assert hours_stage.minutes() == 90
    assert hours_stage.dina.post(f"{one}hours/choose/", later | {"takes_back": "1"}).status_code == 302
    hours_stage.work()
    assert hours_stage.minutes() == 0


def test_the_approver_sees_the_same_signs_in_a_constant_number_of_queries(hours_stage: HoursStage) -> None:
    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    hours_stage.write(90)
    hours_stage.submit()
    hours_stage.work()
    page = f"approve/projects/?period=range&from={MONDAY}&to={MONDAY + timedelta(days=6)}"
    assert 'data-remark="transferred" title="1.5 h stand in Tripletex.' in hours_stage.bo.get(page).content.decode()
    panel = hours_stage.bo.get(f"approve/{Week.of(MONDAY)}/?member={hours_stage.anna.membership.pk}").content.decode()
    assert 'data-remark="transferred"' in panel
    week = f"week/{Week.of(MONDAY)}/"

    def queries() -> int:
        with CaptureQueriesContext(database) as captured:
            assert hours_stage.anna.get(week).status_code == 200
        return len(captured)

    few = queries()
    for number in range(1, 5):
        hours_stage.write(60, MONDAY + timedelta(days=number))
        hours_stage.write(30, MONDAY + timedelta(days=number), work_type=hours_stage.meeting)
    hours_stage.submit()
    assert queries() == few
    assert 'data-remark="waiting"' in hours_stage.anna.get(week).content.decode()


def test_r89_tripletex_is_asked_for_closed_months_participants_and_activities(connected: Stage) -> None:
    day = local_today(connected.workspace.zone)
    month = day.replace(day=1)
    with connected.scope():
        employee = ProviderEmployee.objects.filter(archived_at=None).exclude(number="").order_by("pk")[0]
        Membership.objects.filter(pk=connected.by.pk).update(employee_number=employee.number)
    person = int(employee.external_id)
    participants = [{"id": 9_100_001, "employee": {"id": person}}]
    connected.sandbox.change(
        "Project",
        PROJECT,
        forParticipantsOnly=True,
        participants=participants,
        generalProjectActivitiesPerProjectOnly=True,
    )
    connected.sandbox.close_month(person, f"{month:%Y-%m}", approved=True)
    choices = HourChoices(trigger=HourTrigger.ON_APPROVAL, since=day)
    assert _read(connected, choices) == (None, None)  # Busy adds people and activities by itself
    with connected.scope():
        [closed] = ClosedPeriod.objects.all()
        assert (closed.employee, closed.first_day) == (employee.external_id, month)
        assert (closed.last_day + timedelta(days=1)).replace(day=1) > month
    connected.sandbox.close_month(person, f"{month:%Y-%m}")
    assert _read(connected, replace(choices, prepares=False)) == ([employee.external_id], [])
    with connected.scope():
        assert not ClosedPeriod.objects.exists()  # opened again


def _read(stage: Stage, choices: HourChoices) -> tuple[list[str] | None, list[str] | None]:
    """Choose, have all of it read, and tell what is known of the project."""
    with stage.scope():
        hour_choice.choose(stage.connection, choices, by=stage.by)
    stage.make_due()
    stage.pull()
    with stage.scope():
        link = ProjectLink.objects.get(external_id=PROJECT)
        return link.participants, link.activities


def test_r70_r71_what_is_known_of_a_person_there_is_told_to_who_is_linked_to_them(
    hours_stage: HoursStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where people are linked, the number says nothing; who is not linked is the connection's own user there."""
    hours_stage.choose(HourTrigger.ON_APPROVAL)
    hours_stage.write(90)
    monkeypatch.setattr(people, "are_linked", lambda connection: True)
    with hours_stage.scope():
        connection = hours_stage.connection
        connection.settings = {**connection.settings, people.OWN_USER: {"id": "E5", "name": "Dina"}}
        connection.save()
        closed_periods.learn(connection, "E2", MONDAY)
        assert closed_periods.employees(connection) == ["E5"]
        assert codes(hours_stage) == [], "nobody is linked to who has her number"
        closed_periods.learn(connection, "E5", MONDAY)
        assert codes(hours_stage) == ["month_closed"]
        MemberLink.objects.create(connection=connection, local=hours_stage.anna.membership, external_id="E7")
        assert codes(hours_stage) == []
        closed_periods.learn(connection, "E7", MONDAY)
        assert codes(hours_stage) == ["month_closed"]
        assert closed_periods.employees(connection) == ["E5", "E7"]
