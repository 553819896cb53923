"""The pages of hour transfer: the choice with what it would mean, and the cells with what can be done about them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from busy.workspaces.models import Membership
from integrations import hours
from integrations.kernel.errors import Code, Problem, Refused, Turn
from integrations.kernel.facts import HourTrigger
from integrations.policy import State
from tests.integrations.hours_stage import HoursStage, Standing
from tests.people import Person
from tests.timesheets.hours import MONDAY

ONE = "settings/integrations/tripletex/"
CHOICE = {"trigger": "on_submission", "since": MONDAY.isoformat(), "arrive_unbilled": "on"}


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_r83_r84_r88_r89_dina_sees_what_the_choice_means_before_she_makes_it(hours_stage: HoursStage) -> None:
    dina = hours_stage.dina
    hours_stage.write(90)
    hours_stage.submit()
    with hours_stage.scope():
        type(hours_stage.connection).objects.update(project_sync=False)
    page = text(dina.get(f"{ONE}settings/"))
    for choice in ("Do not transfer", "On submission for approval", "On approval", "On order completion"):
        assert choice in page
    assert "Hours arrive as non-billable" in page
    seen = text(dina.get(f"{ONE}hours/preview/", data=CHOICE))
    assert "1 total of a day waits to be sent: 1.5 h." in seen
    assert "Project sync is turned on" in seen
    assert "2 people have no matching employee number" in seen  # Bo and Dina
    assert "Bo Berg" in seen
    assert "Anna Aas" not in seen


def test_r88_the_choice_turns_project_sync_on_and_keeps_it_on(hours_stage: HoursStage) -> None:
    dina = hours_stage.dina
    with hours_stage.scope():
        type(hours_stage.connection).objects.update(project_sync=False)
    assert dina.post(f"{ONE}hours/choose/", {**CHOICE, "since": ""}).status_code == 422
    assert dina.post(f"{ONE}hours/choose/", CHOICE).status_code == 302
    with hours_stage.scope():
        hours_stage.connection.refresh_from_db()
        choices = hours.choices_of(hours_stage.connection)
        assert (choices.trigger, choices.since, choices.arrive_unbilled) == (HourTrigger.ON_SUBMISSION, MONDAY, True)
        assert hours_stage.connection.project_sync
    dina.post(f"{ONE}project-sync/", {"project_sync": ""})
    with hours_stage.scope():
        hours_stage.connection.refresh_from_db()
        assert hours_stage.connection.project_sync
    dina.post(f"{ONE}hours/choose/", {**CHOICE, "trigger": "off"})
    with hours_stage.scope():
        hours_stage.connection.refresh_from_db()
        assert not hours.is_on(hours_stage.connection)


def test_r89_r92_r114_the_list_says_why_hours_wait_and_has_the_buttons(hours_stage: HoursStage) -> None:
    dina = hours_stage.dina
    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    assert "As soon as hours have come as far" in text(dina.get(f"{ONE}hours/"))
    tuesday = MONDAY + timedelta(days=1)
    hours_stage.ledger.cells["E2", "P1", "A1", MONDAY] = Standing("foreign", 30)
    closed = Refused(Problem(code=Code.MONTH_CLOSED, turn=Turn.ACCOUNTING))
    hours_stage.write(90)
    hours_stage.submit()
    hours_stage.work()
    hours_stage.write(60, tuesday)
    hours_stage.submit()
    hours_stage.ledger.next_befalls("read", closed)
    hours_stage.work()

    page = text(dina.get(f"{ONE}hours/"))
    assert "Tripletex has 0.5 h that Busy did not send" in page
    assert "is closed for Anna Aas in Tripletex" in page
    assert "Closed months" in page
    assert "Replace with the hours of Busy" in page
    assert "Hours wait for somebody before they can go to Tripletex." in page
    assert "Nothing here." in text(dina.get(f"{ONE}hours/?state=transferred"))
    assert dina.get(f"{ONE}hours/?state=nonsense").status_code == 404
    assert dina.get(f"{ONE}").status_code == dina.get(f"{ONE}problems/").status_code == 200
    assert dina.get(f"{ONE}history/").status_code == 200

    cell = hours_stage.cell()
    one = text(dina.get(f"{ONE}hours/{cell.pk}/"))
    assert "Refused" in one
    dina.post(f"{ONE}hours/retry/", {"cause": Code.MONTH_CLOSED})
    dina.post(f"{ONE}hours/{cell.pk}/overwrite/", {"next": "https://elsewhere.example/"})
    hours_stage.work()
    assert (hours_stage.minutes(), hours_stage.minutes(tuesday)) == (90, 60)
    assert hours_stage.state() == State.TRANSFERRED
    assert "pressed" in hours_stage.events()


def test_r3_nobody_else_sees_or_presses_anything(hours_stage: HoursStage, cilla: Person) -> None:
    hours_stage.choose(HourTrigger.ON_SUBMISSION)
    with hours_stage.scope():
        Membership.objects.filter(pk=hours_stage.anna.membership.pk).update(employee_number="")
    hours_stage.write(90)
    hours_stage.submit()
    hours_stage.work()
    cell = hours_stage.cell()
    pages = [f"{ONE}hours/", f"{ONE}hours/{cell.pk}/", f"{ONE}hours/preview/"]
    assert {hours_stage.bo.get(page).status_code for page in pages} <= {403, 404}
    assert hours_stage.bo.post(f"{ONE}hours/{cell.pk}/retry/").status_code in (403, 404)
    assert {cilla.get(page).status_code for page in pages} == {404}
    assert cilla.post(f"{ONE}hours/{cell.pk}/retry/").status_code == 404
    assert hours_stage.state() == State.ATTENTION
