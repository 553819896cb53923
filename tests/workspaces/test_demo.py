"""The demo: `manage.py demo` makes Nordlys Studio once, whole, and adds nothing when it is there."""

from __future__ import annotations

import os
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from busy.catalog.models import Project, WorkType
from busy.lib.periods import Week, local_today
from busy.workspaces import demo as people
from busy.workspaces.accounts import account_of
from busy.workspaces.models import Membership, Role, User, Workspace
from busy.workspaces.scope import acting_as, scope
from timesheets.models import Approval, TimeEntry


@pytest.fixture
def _no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("BUSY_")]:
        monkeypatch.delenv(name)


def run_demo() -> list[str]:
    heard = StringIO()
    call_command("demo", stdout=heard)
    return heard.getvalue().splitlines()


def nordlys() -> Workspace:
    dina = account_of(people.ADMINISTRATOR.email)
    assert dina is not None
    with acting_as(dina.pk):
        return Workspace.objects.get()


def everything() -> dict[str, int]:
    with scope(nordlys().pk):
        models = (Membership, Project, WorkType, TimeEntry, Approval)
        return {model.__name__: model.objects.count() for model in models}


@pytest.mark.slow
@pytest.mark.usefixtures("_no_sandbox")
def test_the_demo_is_made_once_and_whole(db: None) -> None:
    heard = run_demo()
    assert [line.split()[1] for line in heard[1:4]] == [
        "anna@demo.busy.example",
        "bo@demo.busy.example",
        "dina@demo.busy.example",
    ]
    before = everything()
    assert run_demo() == heard
    assert everything() == before
    workspace = nordlys()
    assert (workspace.name, workspace.slug) == ("Nordlys Studio", "nordlys-studio")
    assert set(User.objects.values_list("language", flat=True)) == {"nb", "sv", "da", "en"}
    with scope(workspace.pk):
        roles = Membership.objects.values_list("role", flat=True)
        assert sorted(roles) == [Role.ADMINISTRATOR, *[Role.EMPLOYEE] * 4, Role.MANAGER]
        assert not Membership.objects.filter(employee_number="").exists()
        assert not WorkType.objects.filter(is_billable=True, product=None).exists()
        _check_weeks(Week.of(local_today(workspace.zone)))
    password = heard[1].split()[-1]
    answer = Client().post(
        reverse("account_login"), {"login": people.EMPLOYEE.email, "password": password}, follow=True
    )
    assert answer.redirect_chain[-1][0] == reverse("timesheets:week", kwargs={"workspace": "nordlys-studio"})


def _check_weeks(this_week: Week) -> None:
    for weeks_ago, approved in ((3, True), (2, True), (1, False)):
        week = this_week.plus(-weeks_ago)
        entries = TimeEntry.objects.filter(day__range=(week.monday, week.sunday))
        assert entries.values("member").distinct().count() == len(people.PEOPLE)
        assert entries.filter(person_approval=None).exists() is not approved
    anna = Membership.objects.get(user__email=people.EMPLOYEE.email)
    mine = TimeEntry.objects.filter(member=anna, day__range=(this_week.monday, this_week.sunday))
    assert mine.values("day").distinct().count() <= 2
    assert sum(e.minutes for e in TimeEntry.objects.filter(member=anna, day=this_week.plus(-2).monday)) >= 420


def test_known_passwords_are_not_put_where_others_can_reach_them(db: None, settings: object) -> None:
    settings.BASE_URL = "https://busy.example.com"  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="BUSY_DEMO=1"):
        run_demo()
    assert not User.objects.exists()
