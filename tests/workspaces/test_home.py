"""Where a person comes in: the workspace used last, the choice, a new one and its way to the first hour."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.test import Client
from django.urls import reverse

from busy.catalog.models import Customer, Project, Rate, WorkType
from busy.lib.periods import Week, local_today
from busy.workspaces.accounts import create_person
from busy.workspaces.models import Invitation, Membership, Role, Workspace
from busy.workspaces.scope import acting_as, scope
from tests.people import Person, found_workspace, join, sign_in
from timesheets.models import WeekRow


def week_of(workspace: str) -> str:
    return reverse("timesheets:week", kwargs={"workspace": workspace})


@pytest.fixture
def siri(db: None) -> Client:
    """Signed in, and member of nothing yet."""
    person = create_person(
        email="siri@sund.example", name="Siri Sund", hashed_password=make_password("x"), language="sv"
    )
    browser = Client()
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def home(browser: Client) -> str:
    return str(browser.get(reverse("home"))["Location"])


def test_home_leads_strangers_to_sign_in_and_newcomers_to_a_new_workspace(siri: Client) -> None:
    assert home(Client()).startswith(reverse("account_login"))
    assert home(siri) == reverse("create-workspace")


def test_home_leads_anna_to_this_week(anna: Person) -> None:
    assert home(anna.client) == week_of("fjell")


def test_home_leads_to_the_workspace_used_last(anna: Person, cilla: Person) -> None:
    with scope(cilla.workspace.pk):
        Membership.objects.create(user=anna.user, role=Role.EMPLOYEE)
    anna.client.post(reverse("switch-workspace", args=["havn"]))
    assert home(anna.client) == week_of("havn")
    assert anna.client.post(reverse("switch-workspace", args=["fjell"]))["Location"] == week_of("fjell")
    assert home(anna.client) == week_of("fjell")


def test_working_in_a_workspace_counts_as_using_it_and_looking_does_not(bo: Person) -> None:
    def last_used() -> datetime | None:
        with scope(bo.workspace.pk):
            return Membership.objects.get(pk=bo.membership.pk).last_used_at

    bo.get("week/")
    assert last_used() is None
    bo.post("customers/new/", {"name": "Solvik kommune"})
    assert last_used() is not None


def test_the_menu_lists_own_workspaces_and_no_others(anna: Person, cilla: Person, dina: Person) -> None:
    with scope(cilla.workspace.pk):
        Membership.objects.create(user=anna.user, role=Role.MANAGER)
    page = anna.get("week/")
    assert [(one.name, one.slug) for one in page.context["other_workspaces"]] == [("Fjell", "fjell"), ("Havn", "havn")]
    assert [one.name for one in dina.get("week/").context["other_workspaces"]] == ["Fjell"]
    choice = anna.client.get(reverse("choose-workspace")).content.decode()
    assert reverse("switch-workspace", args=["havn"]) in choice


def test_one_cannot_switch_to_a_workspace_of_others(anna: Person, cilla: Person) -> None:
    assert anna.client.post(reverse("switch-workspace", args=["havn"])).status_code == 404
    assert anna.client.post(reverse("switch-workspace", args=["no-such"])).status_code == 404


def test_a_new_workspace_starts_from_what_its_founders_language_suggests(siri: Client) -> None:
    form = siri.get(reverse("create-workspace")).context["form"]
    assert form.initial == {"zone": "Europe/Stockholm", "currency": "SEK", "language": "sv"}


# --- From a new workspace to its first hour --------------------------------------------------------------------------


NEW = {"name": "Sund & Co", "zone": "Europe/Stockholm", "currency": "SEK", "language": "sv"}
WORK = {
    "project": "Årsredovisning",
    "customer": "Ek AB",
    "work_type_0": "Rådgivning",
    "work_type_1": "Möten",
    "work_type_2": "",
    "work_type_3": "Möten",
    "rate": "1 250,50",
    "internal": "on",
}
NOBODY = {f"form-{n}-{field}": value for n in range(3) for field, value in (("email", ""), ("role", "employee"))}
FORMS = {"form-TOTAL_FORMS": "3", "form-INITIAL_FORMS": "0"} | NOBODY


def founded(browser: Client) -> Workspace:
    answer = browser.post(reverse("create-workspace"), NEW)
    assert answer["Location"] == "/w/sund-co/welcome/"
    user_id = int(browser.session["_auth_user_id"])
    with acting_as(user_id):
        return Workspace.objects.get(slug="sund-co")


def test_siri_writes_her_first_hour_two_pages_after_naming_her_company(siri: Client) -> None:
    workspace = founded(siri)
    assert home(siri) == "/w/sund-co/welcome/"
    assert siri.get("/w/sund-co/welcome/").status_code == 200
    assert siri.post("/w/sund-co/welcome/", WORK)["Location"] == "/w/sund-co/welcome/colleagues/"
    assert siri.post("/w/sund-co/welcome/colleagues/", FORMS)["Location"] == week_of("sund-co")
    assert home(siri) == week_of("sund-co")
    with scope(workspace.pk):
        project = Project.objects.get(is_billable=True)
        row = WeekRow.objects.get()
        assert (project.name, str(project.customer)) == ("Årsredovisning", "Ek AB")
        assert set(WorkType.objects.filter(is_billable=True).values_list("name", flat=True)) == {"Rådgivning", "Möten"}
        assert (row.project_id, row.work_type.name) == (project.pk, "Rådgivning")
        assert row.monday == Week.of(local_today(workspace.zone)).monday
        assert Rate.objects.get().amount == Decimal("1250.50")
        internal = Project.objects.get(is_billable=False)
        assert internal.project_work_types.count() == 5  # P11
    assert "Årsredovisning" in siri.get(week_of("sund-co")).content.decode()


def test_only_a_project_and_a_work_type_are_asked_for(siri: Client) -> None:
    workspace = founded(siri)
    answer = siri.post("/w/sund-co/welcome/", {"project": "", "work_type_0": "", "rate": "a lot"})
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"project", "work_type_0", "rate"}
    siri.post("/w/sund-co/welcome/", {"project": "Ett", "work_type_0": "Arbete"})
    with scope(workspace.pk):
        assert Project.objects.get().name == "Ett"
        assert not Customer.objects.exists()
        assert not Rate.objects.exists()


def test_a_second_click_makes_nothing_twice(siri: Client) -> None:
    workspace = founded(siri)
    for _ in range(2):
        assert siri.post("/w/sund-co/welcome/", WORK)["Location"] == "/w/sund-co/welcome/colleagues/"
    with scope(workspace.pk):
        assert Project.objects.count() == 2
        assert Customer.objects.count() == 1


def test_everything_can_wait(siri: Client) -> None:
    workspace = founded(siri)
    assert siri.post("/w/sund-co/welcome/", {"later": "1"})["Location"] == week_of("sund-co")
    assert home(siri) == week_of("sund-co")
    with scope(workspace.pk):
        assert not Project.objects.exists()
    assert siri.get(week_of("sund-co")).status_code == 200


def test_colleagues_are_all_invited_or_none(siri: Client, django_capture_on_commit_callbacks: Any) -> None:
    workspace = founded(siri)
    wrong = FORMS | {"form-0-email": "karin@ek.example", "form-1-email": "siri@sund.example"}
    answer = siri.post("/w/sund-co/welcome/colleagues/", wrong)
    assert answer.status_code == 422
    [error] = answer.context["forms"][1].errors["email"]
    assert "Siri Sund" in error
    with scope(workspace.pk):
        assert not Invitation.objects.exists()
    right = FORMS | {"form-0-email": "karin@ek.example", "form-1-email": "per@ek.example", "form-1-role": "manager"}
    with django_capture_on_commit_callbacks(execute=True):
        assert siri.post("/w/sund-co/welcome/colleagues/", right)["Location"] == week_of("sund-co")
    with scope(workspace.pk):
        assert dict(Invitation.objects.values_list("email", "role")) == {
            "karin@ek.example": "employee",
            "per@ek.example": "manager",
        }
    assert len(mail.outbox) == 2


def test_the_suggestions_speak_the_workspaces_language(siri: Client) -> None:
    founded(siri)
    form = siri.get("/w/sund-co/welcome/").context["form"]
    assert [field.initial for field in form.work_type_fields][-1] == ""
    assert all(field.initial for field in form.work_type_fields[:3])


def test_whoever_is_invited_as_administrator_is_not_led_through_the_founding(dina: Person) -> None:
    eva = sign_in(join(dina.workspace, "Eva Eng", Role.ADMINISTRATOR))
    with scope(dina.workspace.pk):
        Membership.objects.filter(pk=eva.membership.pk).update(onboarded_at="2026-01-01T00:00Z")
    assert home(eva.client) == week_of("fjell")


# --- Pages that say no -----------------------------------------------------------------------------------------------


def test_pages_that_say_no_are_ours(anna: Person, cilla: Person) -> None:
    assert "There is nothing here" in anna.get("no/such/page/").content.decode()
    assert "This page is not for you" in anna.get("people/").content.decode()
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(reverse("account_login"), {"login": "x@y.example", "password": "x"})
    assert answer.status_code == 403
    assert "too old" in answer.content.decode()


def test_a_page_that_breaks_says_so_without_the_database(anna: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("busy.workspaces.views.home.own_workspaces", broken)
    anna.client.raise_request_exception = False
    answer = anna.client.get(reverse("choose-workspace"))
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()


def test_profile_changes_name_and_language_at_once(anna: Person) -> None:
    answer = anna.client.post(reverse("profile"), {"name": "Anna B. Aas", "language": "da"}, follow=True)
    assert '<html lang="da"' in answer.content.decode()
    assert "Anna B. Aas" in answer.content.decode()
    refused = anna.client.post(reverse("profile"), {"name": "", "language": "fi"})
    assert refused.status_code == 422
    assert refused.context["form"].errors.keys() == {"name", "language"}


def test_companies_of_one_name_get_addresses_of_their_own(db: None) -> None:
    first = found_workspace("Åse & Øst", "Ase Ost")
    second = found_workspace("Åse & Øst", "Bea Ost")
    assert (first.workspace.slug, second.workspace.slug) == ("ase-st", "ase-st-2")
