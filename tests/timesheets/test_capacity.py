"""Capacity: working weeks from a day on, public holidays of five countries, and where it is shown (P21, P37)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from busy.lib.periods import Week
from busy.workspaces.models import Membership, Workspace
from busy.workspaces.scope import scope
from tests.people import Person
from tests.timesheets.hours import MONDAY, hire, log, log_week, make_project, make_work_type
from timesheets import public_holidays
from timesheets.approval_rules import DaySum, flags_of
from timesheets.approval_weeks import person_week
from timesheets.capacity import capacity, work_calendar
from timesheets.models import TimeSettings, WorkingWeek
from timesheets.working_weeks import WorkingWeekRefused, set_period, set_week

FULL = [450] * 5 + [0, 0]
PART = [360, 360, 360, 0, 0, 0, 0]
EASTER = Week.of(date(2026, 3, 30))  # Maundy Thursday is 2 April 2026, Good Friday the 3rd
CHRISTMAS = Week.of(date(2026, 12, 21))


def of_week(member: Membership, week: Week) -> list[int]:
    with scope(member.workspace_id):
        return list(capacity(member, week.days).values())


def choose(workspace: Workspace, **chosen: str) -> None:
    with scope(workspace.pk):
        TimeSettings.objects.update_or_create(defaults=chosen)


@pytest.mark.parametrize(
    ("country", "day", "names"),
    [
        ("NO", date(2026, 5, 17), {"nb": "Grunnlovsdag", "en": "Constitution Day"}),
        ("SE", date(2026, 6, 6), {"sv": "Nationaldagen", "en": "National Day"}),
        ("DK", date(2026, 5, 14), {"da": "Kristi himmelfartsdag", "en": "Ascension Day"}),
        ("FI", date(2026, 12, 6), {"sv": "Självständighetsdagen", "en": "Independence Day"}),
        ("IS", date(2026, 4, 23), {"en": "First Day of Summer", "nb": "First Day of Summer"}),
    ],
)
def test_public_holidays_of_five_countries_in_the_readers_language(
    country: str, day: date, names: dict[str, str]
) -> None:
    assert public_holidays.is_public_holiday(country, day)
    for language, name in names.items():
        with translation.override(language):
            assert public_holidays.name_of(country, day) == name
    assert not public_holidays.is_public_holiday(country, date(2026, 3, 4))
    assert public_holidays.name_of(country, date(2026, 3, 4)) == ""


def test_a_neighbour_reads_the_countrys_own_names() -> None:
    with translation.override("sv"):
        assert public_holidays.name_of("NO", date(2026, 5, 17)) == "Grunnlovsdag"


def test_denmark_has_no_great_prayer_day_any_more() -> None:
    assert public_holidays.is_public_holiday("DK", date(2023, 5, 5))
    assert not public_holidays.is_public_holiday("DK", date(2024, 4, 26))


def test_public_holidays_have_no_capacity_p21(anna: Person) -> None:
    assert of_week(anna.membership, Week.of(MONDAY)) == FULL
    assert of_week(anna.membership, EASTER) == [450, 450, 450, 0, 0, 0, 0]


def test_the_zone_says_the_country_until_an_administrator_does(anna: Person, dina: Person) -> None:
    constitution = Week.of(date(2027, 5, 17))  # a Monday
    assert of_week(anna.membership, constitution)[0] == 0
    saved = {"section": "calendar", "country": "SE", "eves": ""}
    assert dina.post("settings/time/", saved).status_code == 302
    assert of_week(anna.membership, constitution)[0] == 450


@pytest.mark.parametrize(
    ("country", "eves", "expected"),
    [("NO", "", 225), ("NO", "off", 0), ("NO", "work", 450), ("SE", "", 0), ("FI", "work", 0)],
)
def test_the_workspace_says_what_eves_are(anna: Person, country: str, eves: str, expected: int) -> None:
    choose(anna.workspace, country=country, eves=eves)
    assert of_week(anna.membership, CHRISTMAS)[3:5] == [expected, 0]
    assert of_week(anna.membership, CHRISTMAS.plus(1))[3] == {"FI": 450}.get(country, expected)


def test_midsummer_eve_is_an_eve_in_sweden(anna: Person) -> None:
    friday = date(2026, 6, 19)
    assert of_week(anna.membership, Week.of(friday))[4] == 450
    choose(anna.workspace, country="SE")
    assert of_week(anna.membership, Week.of(friday))[4] == 0


def test_a_persons_week_comes_before_the_companys_from_its_day_on(anna: Person, bo: Person) -> None:
    with scope(anna.workspace.pk):
        set_week(None, [480] * 5 + [0, 0], valid_from=None)
        set_week(anna.membership, PART, valid_from=MONDAY + timedelta(days=2))
        set_week(anna.membership, None, valid_from=MONDAY + timedelta(days=14))
    assert of_week(anna.membership, Week.of(MONDAY)) == [480, 480, 360, 0, 0, 0, 0]
    assert of_week(anna.membership, Week.of(MONDAY).plus(1)) == PART
    assert of_week(anna.membership, Week.of(MONDAY).plus(2)) == [480] * 5 + [0, 0]
    assert of_week(bo.membership, Week.of(MONDAY).plus(1)) == [480] * 5 + [0, 0]


def test_nothing_is_expected_outside_of_the_period(anna: Person) -> None:
    with scope(anna.workspace.pk):
        set_period(anna.membership, first_day=MONDAY + timedelta(days=1), last_day=MONDAY + timedelta(days=2))
        with pytest.raises(WorkingWeekRefused):
            set_period(anna.membership, first_day=MONDAY, last_day=MONDAY - timedelta(days=1))
    assert of_week(anna.membership, Week.of(MONDAY)) == [0, 450, 450, 0, 0, 0, 0]


def test_many_people_and_days_cost_two_queries(fjell: Workspace) -> None:
    few, many = hire(fjell, 2, "Lie"), hire(fjell, 40)
    days = [MONDAY + timedelta(days=n) for n in range(90)]
    counts = []
    for people in (few, many):
        with scope(fjell.pk):
            for member in people:
                set_week(member, PART, valid_from=MONDAY)
        with (
            scope(fjell.pk),
            CaptureQueriesContext(
                connection,
            ) as queries,
        ):
            calendar = work_calendar(fjell, [member.pk for member in people])
            assert all(calendar.minutes(member.pk, day) >= 0 for member in people for day in days)
        counts.append(len(queries))
    assert counts == [2, 2]


# --- Pages -----------------------------------------------------------------------------------------------------------


def posted(minutes: Sequence[str], valid_from: str = "") -> dict[str, str]:
    return {"section": "week", "valid_from": valid_from} | {f"day_{n}": text for n, text in enumerate(minutes)}


def test_dina_writes_the_companys_week_and_takes_it_back(dina: Person, anna: Person) -> None:
    page = "settings/time/working-week/"
    assert dina.post(page, posted(["7,5", "7,5", "7,5", "7:30", "4", "", ""], str(MONDAY))).status_code == 302
    assert of_week(anna.membership, Week.of(MONDAY)) == [450, 450, 450, 450, 240, 0, 0]
    assert of_week(anna.membership, Week.of(MONDAY).plus(-1)) == FULL
    with scope(dina.workspace.pk):
        week = WorkingWeek.objects.get()
    assert dina.post(page, {"remove": week.pk}).status_code == 302
    assert of_week(anna.membership, Week.of(MONDAY)) == FULL


def test_a_day_of_25_hours_is_refused_at_its_field(dina: Person) -> None:
    answer = dina.post("settings/time/working-week/", posted(["25", "soon", "", "", "", "", ""]))
    assert answer.status_code == 422
    assert set(answer.context["week_form"].errors) == {"day_0", "day_1"}
    with scope(dina.workspace.pk):
        assert not WorkingWeek.objects.exists()


def test_annas_own_week_is_found_from_her_page(dina: Person, anna: Person, bo: Person, cilla: Person) -> None:
    page = f"people/{anna.membership.pk}/working-week/"
    assert page in dina.get(f"people/{anna.membership.pk}/").content.decode()
    assert dina.post(page, posted(["6", "6", "6", "", "", "", ""], str(MONDAY))).status_code == 302
    assert of_week(anna.membership, Week.of(MONDAY)) == PART
    follow = {"section": "follow", "valid_from": str(MONDAY + timedelta(days=7))}
    assert dina.post(page, follow).status_code == 302
    assert of_week(anna.membership, Week.of(MONDAY).plus(1)) == FULL
    period = {"section": "period", "first_day": str(MONDAY + timedelta(days=1)), "last_day": ""}
    assert dina.post(page, period).status_code == 302
    assert of_week(anna.membership, Week.of(MONDAY))[0] == 0
    assert "As the company" in dina.get(page).content.decode()
    assert bo.get(page).status_code == 403
    assert cilla.get(f"/w/{anna.workspace.slug}/{page}").status_code == 404


def test_a_week_of_another_person_cannot_be_removed_from_here(dina: Person, anna: Person, bo: Person) -> None:
    with scope(dina.workspace.pk):
        week = set_week(bo.membership, PART, valid_from=None)
    dina.post(f"people/{anna.membership.pk}/working-week/", {"remove": week.pk})
    with scope(dina.workspace.pk):
        assert WorkingWeek.objects.filter(pk=week.pk).exists()


def test_week_and_timeline_name_the_holiday_and_measure_against_the_capacity(anna: Person) -> None:
    arena = make_project(anna.workspace)
    log(anna.membership, arena, make_work_type(arena), EASTER.monday, 510)
    for page in (f"week/{EASTER}/", f"timeline/{EASTER}/"):
        html = anna.get(page).content.decode()
        assert "Good Friday" in html
        assert 'data-capacity="1350"' in html
        assert re.search(r'data-day-over="mon"><span data-over-hours>\+1', html)
        assert re.search(r'data-day-over="tue" hidden', html)
        assert "14 h left" in html


def test_the_approver_sees_capacity_with_public_holidays_and_overtime_p21(bo: Person, anna: Person) -> None:
    arena = make_project(anna.workspace)
    log_week(anna.membership, arena, make_work_type(arena), EASTER.monday)
    with scope(anna.workspace.pk):
        week = person_week(anna.membership, EASTER, anna.workspace, today=EASTER.sunday)
    assert (week.capacity, week.minutes, week.over, week.under) == (1350, 2250, 900, 0)
    assert [day.holiday for day in week.holidays] == ["Maundy Thursday", "Good Friday", "Easter Sunday"]
    side = bo.get(f"approve/{EASTER}/people/{anna.membership.pk}/").content.decode()
    assert "Overtime" in side
    assert "Good Friday" in side
    assert "15 h over capacity" in side


def test_work_on_a_holiday_and_on_a_saturday_that_is_ordinary() -> None:
    saturday = MONDAY + timedelta(days=5)
    ordinary = DaySum(day=saturday, capacity=240, minutes=240)
    assert [flag.code for flag in flags_of([ordinary], MONDAY)] == []
    holiday = DaySum(day=MONDAY, capacity=0, minutes=60, holiday="Easter Monday")
    assert [(flag.code, flag.label) for flag in flags_of([holiday], MONDAY)][1:] == [("holiday", "Easter Monday")]
    vacation = DaySum(day=MONDAY, capacity=0, minutes=450, absence=450, holiday="Easter Monday")
    assert flags_of([vacation], MONDAY) == ()
