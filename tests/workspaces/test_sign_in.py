"""Signing in and up, codes, forgotten passwords, languages; what strangers learn about who has an account."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import translation

from busy.workspaces import accounts
from busy.workspaces.accounts import AccountAdapter
from busy.workspaces.models import User
from tests.people import PASSWORD, Person, make_user

SIGN_UP = {"name": "Siri Sund", "email": "siri@sund.example", "password1": "fisk-og-fjell-27"}


@pytest.fixture
def browser(db: None) -> Client:
    cache.clear()
    return Client()


def code_in(message: mail.EmailMessage) -> str:
    found = re.search(r"^([A-Z0-9]{4}-[A-Z0-9]{4})$", str(message.body), re.MULTILINE)
    assert found, message.body
    return found[1]


def sign_up(browser: Client, **changes: str) -> Any:
    return browser.post(reverse("account_signup"), SIGN_UP | changes)


def sign_in(browser: Client, email: str, password: str = PASSWORD, **headers: str) -> Any:
    return browser.post(reverse("account_login"), {"login": email, "password": password}, headers=headers)


def test_siri_signs_up_proves_her_address_and_names_her_company(browser: Client) -> None:
    assert sign_up(browser)["Location"] == reverse("account_email_verification_sent")
    assert not EmailAddress.objects.filter(verified=True).exists()
    wrong = browser.post(reverse("account_email_verification_sent"), {"code": "AAAA-AAAA"})
    assert "That is not the code" in wrong.content.decode()
    done = browser.post(reverse("account_email_verification_sent"), {"code": code_in(mail.outbox[0])}, follow=True)
    assert [step for step, _ in done.redirect_chain] == [reverse("home"), reverse("create-workspace")]
    user = User.objects.get()
    assert (user.name, user.email, user.language) == ("Siri Sund", "siri@sund.example", "en")
    assert EmailAddress.objects.get().verified


def test_without_the_code_there_is_no_way_in(browser: Client) -> None:
    sign_up(browser)
    cache.clear()  # as after ten seconds: a code goes out no oftener
    answer = sign_in(Client(), SIGN_UP["email"], SIGN_UP["password1"])
    assert answer["Location"] == reverse("account_email_verification_sent")
    assert browser.get(reverse("home"))["Location"].startswith(reverse("account_login"))


def test_sign_up_does_not_tell_that_annas_address_is_taken(browser: Client, anna: Person) -> None:
    taken = sign_up(browser, email=anna.user.email)
    free = sign_up(Client())
    assert (taken.status_code, taken["Location"]) == (free.status_code, free["Location"])
    waiting = [client.get(reverse("account_email_verification_sent")).content for client in (browser,)]
    assert anna.user.email.encode() in waiting[0]
    assert User.objects.filter(email=anna.user.email).count() == 1
    to_anna = next(message for message in mail.outbox if message.to == [anna.user.email])
    assert "already" in to_anna.body
    assert not re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", str(to_anna.body))


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(browser: Client, anna: Person) -> None:
    def shown(email: str) -> str:
        page = sign_in(Client(), email, "not-the-password").content.decode()
        return re.sub(r'value="[^"]*"|content="[^"]*"', "", page)

    assert shown(anna.user.email) == shown("nobody@sund.example")
    assert "do not belong together" in shown(anna.user.email)


def test_the_error_stands_at_the_password_and_is_read_aloud_with_it(browser: Client, anna: Person) -> None:
    page = sign_in(browser, anna.user.email, "not-the-password").content.decode()
    field = re.search(r'<input[^>]*name="password"[^>]*>', page)
    assert field
    assert 'aria-invalid="true"' in field[0]
    described = re.search(r'aria-describedby="([^"]+)"', field[0])
    assert described
    assert f'id="{described[1]}"' in page


def test_five_wrong_passwords_close_the_door_for_a_while(browser: Client, anna: Person) -> None:
    """ASVS 6.3.1. The count stands in the database, so every process and every machine sees the same one."""
    for _ in range(5):
        assert "do not belong together" in sign_in(browser, anna.user.email, "guess").content.decode()
    refused = sign_in(Client(), anna.user.email, PASSWORD)
    assert refused.status_code == 200
    assert "Too many tries" in refused.content.decode()


def test_too_many_sign_ups_from_one_address_are_asked_to_wait(browser: Client) -> None:
    answers = [sign_up(Client(), email=f"s{n}@sund.example", password1="short").status_code for n in range(21)]
    assert answers[:20] == [200] * 20
    assert answers[20] == 429
    last = sign_up(Client(), email="s22@sund.example", password1="short")
    assert "That was too much at once" in last.content.decode()


@pytest.mark.parametrize("password", ["short-one", "password123", "1234567890", "siri@sund.example"])
def test_a_password_that_is_easily_guessed_is_refused_at_its_field(browser: Client, password: str) -> None:
    page = sign_up(browser, password1=password)
    assert page.status_code == 200
    assert page.context["form"].errors.keys() == {"password1"}
    assert not User.objects.exists()


# --- A forgotten password --------------------------------------------------------------------------------------------


def test_anna_chooses_a_new_password_and_is_signed_out_elsewhere(browser: Client, anna: Person) -> None:
    assert anna.client.get(reverse("profile")).status_code == 200
    answer = browser.post(reverse("account_reset_password"), {"email": anna.user.email}, follow=True)
    assert "If an account has the address" in answer.content.decode()
    link = re.search(r"https?://\S+?(/accounts/password/reset/key/\S+)", str(mail.outbox[0].body))
    assert link
    page = browser.get(link[1], follow=True)
    path = page.redirect_chain[-1][0]
    done = browser.post(path, {"password1": "nytt-passord-2026"}, follow=True)
    assert "The new password is saved" in done.content.decode()
    assert anna.client.get(reverse("profile")).status_code == 302
    assert sign_in(Client(), anna.user.email, PASSWORD).status_code == 200
    assert sign_in(Client(), anna.user.email, "nytt-passord-2026").status_code == 302
    again = Client().get(link[1], follow=True)
    assert "has been used or is too old" in again.content.decode()


def test_forgotten_passwords_do_not_tell_who_has_an_account(browser: Client, anna: Person) -> None:
    def answer(email: str) -> tuple[int, str]:
        reply = Client().post(reverse("account_reset_password"), {"email": email})
        return reply.status_code, reply["Location"]

    assert answer(anna.user.email) == answer("nobody@sund.example")
    assert "No account in Busy has this address" in mail.outbox[1].subject


# --- The own account -------------------------------------------------------------------------------------------------


def test_anna_changes_her_password_and_stays(anna: Person) -> None:
    wrong = anna.client.post(
        reverse("account_change_password"), {"oldpassword": "guess", "password1": "nytt-passord-2026"}
    )
    assert wrong.context["form"].errors.keys() == {"oldpassword"}
    other = Client()
    sign_in(other, anna.user.email)
    assert other.get(reverse("profile")).status_code == 200
    anna.client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": "nytt-passord-2026"})
    assert anna.client.get(reverse("profile")).status_code == 200
    assert other.get(reverse("profile")).status_code == 302
    assert "was changed" in mail.outbox[-1].subject


def test_a_new_address_counts_when_it_is_proven_and_the_old_one_is_told(browser: Client, anna: Person) -> None:
    sign_in(browser, anna.user.email)
    new = {"email": "anna@ny.example", "action_add": ""}
    again = browser.post(reverse("account_email"), new)["Location"]
    asked = browser.post(again, {"password": PASSWORD, "next": reverse("account_email")})
    assert asked["Location"] == reverse("account_email_verification_sent")
    assert User.objects.get(pk=anna.user.pk).email == anna.user.email
    browser.post(reverse("account_email_verification_sent"), {"code": code_in(mail.outbox[-1])})
    assert User.objects.get(pk=anna.user.pk).email == "anna@ny.example"
    assert [message.to for message in mail.outbox if "was changed" in message.subject] == [[anna.user.email]]
    assert sign_in(Client(), "anna@ny.example").status_code == 302


def test_an_open_screen_does_not_give_the_account_away(anna: Person) -> None:
    """ASVS 7.5.1: the address changes only after the password was written again within five minutes."""
    answer = anna.client.post(reverse("account_email"), {"email": "thief@sund.example", "action_add": ""})
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert mail.outbox == []


# --- Languages -------------------------------------------------------------------------------------------------------


def language_of(answer: Any) -> str:
    found = re.search(r'<html lang="([^"]+)"', answer.content.decode())
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("accepts", "shown"),
    [
        ("nn-NO,nn;q=0.9", "nb"),
        ("no", "nb"),
        ("sv-SE,sv;q=0.9,en;q=0.8", "sv"),
        ("da", "da"),
        ("de-DE", "en"),
        ("", "en"),
    ],
)
def test_the_browser_says_the_first_word(browser: Client, accepts: str, shown: str) -> None:
    assert language_of(browser.get(reverse("account_login"), headers={"accept-language": accepts})) == shown


def test_a_choice_on_the_sign_in_page_is_kept(browser: Client) -> None:
    sign_in_page = reverse("account_login")
    answer = browser.post(reverse("set_language"), {"language": "da", "next": sign_in_page})
    assert answer["Location"] == sign_in_page
    assert language_of(browser.get(sign_in_page, headers={"accept-language": "sv"})) == "da"
    elsewhere = browser.post(reverse("set_language"), {"language": "sv", "next": "https://evil.example/"})
    assert elsewhere["Location"] == "/"


def test_anna_sees_her_own_language_whatever_browser_she_borrows(anna: Person) -> None:
    User.objects.filter(pk=anna.user.pk).update(language="sv")
    assert language_of(anna.client.get(reverse("profile"), headers={"accept-language": "da"})) == "sv"
    anna.client.post(reverse("set_language"), {"language": "nb"})
    assert User.objects.get(pk=anna.user.pk).language == "nb"


def test_who_signs_up_in_swedish_stays_swedish(browser: Client) -> None:
    browser.post(reverse("account_signup"), SIGN_UP, headers={"accept-language": "sv"})
    assert User.objects.get().language == "sv"


def test_mails_speak_the_language_of_the_person(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is English; Karin reads Swedish, and her mail is rendered so."""
    spoken: list[str | None] = []

    class Listening(AccountAdapter):
        def get_from_email(self) -> str:
            spoken.append(translation.get_language())
            return "Busy <busy@busy.example>"

    monkeypatch.setattr(accounts, "AccountAdapter", Listening)
    karin = make_user("Karin Ek", language="sv")
    path = reverse("account_reset_password")
    browser.post(path, {"email": karin.email})
    browser.post(path, {"email": "nobody@sund.example"}, headers={"accept-language": "da"})
    assert spoken == ["sv", "da"]
