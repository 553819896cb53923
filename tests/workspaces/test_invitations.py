"""Invitations from both ends: Dina invites, Eli joins, and every link that should not work says why."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.core.signing import Signer
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from busy.workspaces import invitations, mails
from busy.workspaces.models import Invitation, Membership, Role, User
from busy.workspaces.people import deactivate
from busy.workspaces.scope import acting_as, scope
from tests.people import PASSWORD, Person, found_workspace, join, make_user, sign_in

NEW_PERSON = {"name": "Eli Elv", "password": "fisk-og-fjell-27"}


@pytest.fixture(autouse=True)
def _no_tries_yet(db: None) -> None:
    cache.clear()


def invite(dina: Person, email: str = "eli@elv.example", **fields: str) -> Invitation:
    with scope(dina.workspace.pk):
        return invitations.invite(email=email, name=fields.get("name", "Eli"), role=Role.MANAGER, by=dina.membership)


def path_of(invitation: Invitation) -> str:
    return invitations.link_of(invitation).partition("localhost:8000")[2]


def members(dina: Person) -> dict[str, str]:
    with scope(dina.workspace.pk):
        return {m.user.email: m.role for m in Membership.objects.select_related("user")}


# --- The administrator -----------------------------------------------------------------------------------------------


@pytest.fixture
def founder(transactional_db: None) -> Person:
    """Dina where transactions really end, so that mails go out after them."""
    return sign_in(found_workspace("Fjell", "Dina Dahl"))


def test_dina_invites_eli_by_e_mail(founder: Person) -> None:
    data = {"email": "Eli@Elv.example", "name": "Eli", "role": "manager"}
    page = founder.post("people/invite/", data, follow=True).content.decode()
    assert "The invitation is on its way to eli@elv.example." in page
    [message] = mail.outbox
    assert message.to == ["eli@elv.example"]
    link = re.search(r"http://localhost:8000(/join/\S+)", str(message.body))
    assert link
    assert Client().get(link[1]).status_code == 200
    assert f'data-copy="http://localhost:8000{link[1]}"' in page


def test_a_mail_server_that_is_away_costs_no_invitation(founder: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    answer = founder.post("people/invite/", {"email": "eli@elv.example", "role": "employee"}, follow=True)
    assert "Copy the link and send it yourself" in answer.content.decode()
    with scope(founder.workspace.pk):
        assert Invitation.objects.get().email == "eli@elv.example"


def test_the_mail_speaks_the_workspaces_language(dina: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken: list[str | None] = []

    def render(*args: object) -> str:
        spoken.append(translation.get_language())
        return "a text"

    monkeypatch.setattr(mails, "render_to_string", render)
    with scope(dina.workspace.pk), translation.override("da"):
        mails.invitation_mail(invite(dina), by=dina.membership)
        assert translation.get_language() == "da"
    assert spoken == ["nb", "nb"]


def test_nobody_is_invited_twice_or_in_vain(dina: Person, anna: Person, bo: Person) -> None:
    invite(dina)
    with scope(dina.workspace.pk):
        deactivate(bo.membership.pk)
    expected = {
        "ELI@elv.example": "is invited already",
        anna.user.email: "belongs to the workspace already",
        bo.user.email: "was deactivated here",
    }
    for email, sentence in expected.items():
        answer = dina.post("people/invite/", {"email": email, "role": "employee"})
        assert answer.status_code == 422
        [error] = answer.context["form"].errors["email"]
        assert sentence in error


def test_sending_again_makes_the_first_link_worthless(dina: Person, django_capture_on_commit_callbacks: Any) -> None:
    invitation = invite(dina)
    first = path_of(invitation)
    with django_capture_on_commit_callbacks(execute=True):
        dina.post(f"people/invitations/{invitation.pk}/send/")
    second = re.search(r"(/join/\S+)", str(mail.outbox[0].body))
    assert second
    assert second[1] != first
    assert Client().get(first).status_code == 410
    assert Client().get(second[1]).status_code == 200


def test_the_link_can_be_copied_again_and_stays_the_same_secret(dina: Person) -> None:
    invitation = invite(dina)
    path = path_of(invitation)
    assert path.removeprefix("/join/") in dina.get("people/").content.decode()
    stored = f"{invitation.secret_hash} {invitation.sealed_secret}"
    ticket = invitations.read_link(path.removeprefix("/join/").rstrip("/"))
    assert ticket.secret not in stored


def test_revoking_closes_the_link(dina: Person) -> None:
    invitation = invite(dina)
    dina.post(f"people/invitations/{invitation.pk}/revoke/")
    page = Client().get(path_of(invitation))
    assert page.status_code == 410
    assert "withdrew it" in page.content.decode()
    assert dina.post(f"people/invitations/{invitation.pk}/revoke/").status_code == 404
    invite(dina)  # and the address can be invited anew


# --- A new person ----------------------------------------------------------------------------------------------------


def test_eli_joins_with_a_name_and_a_password_in_one_step(dina: Person) -> None:
    browser = Client(headers={"accept-language": "sv"})
    path = path_of(invite(dina))
    page = browser.get(path)
    assert page.context["form"].initial["name"] == "Eli"
    answer = browser.post(path, NEW_PERSON)
    assert answer["Location"] == reverse("timesheets:week", kwargs={"workspace": "fjell"})
    assert members(dina)["eli@elv.example"] == Role.MANAGER
    user = User.objects.get(email="eli@elv.example")
    assert (user.name, user.language) == ("Eli Elv", "sv")
    assert browser.get(reverse("profile")).status_code == 200
    fresh = Client().post(reverse("account_login"), {"login": user.email, "password": NEW_PERSON["password"]})
    assert fresh["Location"] == reverse("home")


def test_a_weak_password_is_told_at_its_field(dina: Person) -> None:
    path = path_of(invite(dina))
    answer = Client().post(path, {"name": "Eli", "password": "eli"})
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"password"}
    assert "eli@elv.example" not in members(dina)


def test_a_sign_up_that_never_proved_the_address_gives_way_to_the_invitation(dina: Person) -> None:
    """Somebody else began an account with Eli's address; the link proves that it is Eli's."""
    Client().post(
        reverse("account_signup"), {"name": "Mallory", "email": "eli@elv.example", "password1": "mallory-was-here"}
    )
    Client().post(path_of(invite(dina)), NEW_PERSON)
    user = User.objects.get(email="eli@elv.example")
    assert user.name == "Eli Elv"
    assert not user.check_password("mallory-was-here")
    assert members(dina)["eli@elv.example"] == Role.MANAGER


# --- Somebody who has an account -------------------------------------------------------------------------------------


def test_cilla_signs_in_and_joins_with_the_account_she_has(dina: Person, cilla: Person) -> None:
    path = path_of(invite(dina, cilla.user.email))
    browser = Client()
    page = browser.get(path)
    sign_in_url = page.context["sign_in_url"]
    assert "has an account" in page.content.decode()
    assert browser.post(path, NEW_PERSON).status_code == 200  # no second account is made
    back = browser.post(sign_in_url, {"login": cilla.user.email, "password": PASSWORD, "next": path})
    assert back["Location"] == path
    assert "Join Fjell" in browser.get(path).content.decode()
    browser.post(path)
    assert members(dina)[cilla.user.email] == Role.MANAGER
    with acting_as(cilla.user.pk):
        assert Membership.across_workspaces.filter(user=cilla.user).count() == 2


def test_bo_cannot_use_elis_link(dina: Person, bo: Person) -> None:
    path = path_of(invite(dina))
    for answer in (bo.client.get(path), bo.client.post(path)):
        assert answer.status_code == 403
        assert "This invitation is for somebody else" in answer.content.decode()
    assert "eli@elv.example" not in members(dina)


def test_coming_back_through_a_used_link_leads_home(dina: Person) -> None:
    path = path_of(invite(dina))
    eli = Client()
    eli.post(path, NEW_PERSON)
    assert eli.get(path)["Location"] == reverse("timesheets:week", kwargs={"workspace": "fjell"})
    stranger = Client().get(path)
    assert stranger.status_code == 410
    assert "has been used" in stranger.content.decode()


def test_who_was_deactivated_does_not_come_back_through_an_old_link(dina: Person) -> None:
    eli = sign_in(join(dina.workspace, "Eli Elv", Role.EMPLOYEE))
    with scope(dina.workspace.pk):
        Membership.objects.filter(pk=eli.membership.pk).update(is_active=False)
        invitation = Invitation(email=eli.user.email, role=Role.EMPLOYEE, invited_by=dina.membership)
        invitation.save()
        invitations._renew_secret(invitation)
    answer = eli.client.post(path_of(invitation))
    assert answer.status_code == 410
    assert "was closed" in answer.content.decode()
    with scope(dina.workspace.pk):
        assert not Membership.objects.get(pk=eli.membership.pk).is_active


# --- Links that open nothing -----------------------------------------------------------------------------------------


def test_an_old_link_says_that_it_is_too_old(dina: Person) -> None:
    path = path_of(invite(dina))
    with time_machine.travel(timezone.now() + timedelta(days=13, hours=23), tick=False):
        assert Client().get(path).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=14, seconds=5), tick=False):
        answer = Client().get(path)
        assert answer.status_code == 410
        assert "too old" in answer.content.decode()


def test_copying_the_link_does_not_make_it_younger(dina: Person) -> None:
    invitation = invite(dina)
    with time_machine.travel(timezone.now() + timedelta(days=10), tick=False):
        copied = path_of(invitation)
    with time_machine.travel(timezone.now() + timedelta(days=15), tick=False):
        assert Client().get(copied).status_code == 410


def test_a_damaged_or_made_up_link_is_refused(dina: Person, cilla: Person) -> None:
    invitation = invite(dina)
    token = path_of(invitation).removeprefix("/join/").rstrip("/")
    parts = {"w": dina.workspace.pk, "i": invitation.pk, "s": "guessed"}
    ours = invitations._signer
    made_up = [
        token[:-2],
        Signer(salt="another use").sign_object(parts),
        ours.sign_object(parts | {"w": cilla.workspace.pk}),
    ]
    for one in made_up:
        answer = Client().get(reverse("join", args=[one]))
        assert answer.status_code == 404
        assert "does not work" in answer.content.decode()
    assert Client().get(reverse("join", args=[ours.sign_object(parts)])).status_code == 410


# --- Races -----------------------------------------------------------------------------------------------------------


def test_two_clicks_on_one_link_make_one_person_and_one_membership(founder: Person) -> None:
    path = path_of(invite(founder))
    together = Barrier(4, timeout=20)

    def click(_: int) -> int:
        try:
            browser = Client()
            together.wait()
            return int(browser.post(path, NEW_PERSON).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(click, range(4)))
    assert 302 in statuses, statuses
    assert all(status in (200, 302, 410) for status in statuses), statuses
    assert User.objects.filter(email="eli@elv.example").count() == 1
    assert list(members(founder)) == ["dina@busy.example", "eli@elv.example"]


def test_accepting_twice_at_once_makes_one_membership(founder: Person) -> None:
    eli = make_user("Eli Elv")
    ticket = invitations.read_link(path_of(invite(founder, eli.email)).removeprefix("/join/").rstrip("/"))
    together = Barrier(4, timeout=20)

    def accept(_: int) -> int:
        try:
            together.wait()
            with acting_as(eli.pk):
                return invitations.accept(ticket, eli).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(accept, range(4)))) == 1
    assert members(founder)[eli.email] == Role.MANAGER
