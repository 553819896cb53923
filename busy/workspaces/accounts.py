"""What Busy adds to allauth: the person's name at sign-up, the language of account and mails, our own words."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django import forms
from django.contrib.auth.hashers import make_password
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from busy.workspaces.models import Membership, User
from busy.workspaces.scope import acting_as


class SignupFields(forms.Form):
    """Extra fields of allauth's sign-up form."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth after the user was made and before it is signed in."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account is closed. Ask whoever runs Busy for you to open it."),
        "duplicate_email": _("This is your e-mail address already."),
        "email_password_mismatch": _("That password and e-mail do not belong together."),
        "email_taken": _("Another account has this e-mail address."),
        "enter_current_password": _("That is not your password. Write the one you sign in with now."),
        "incorrect_code": _("That is not the code. Look at the newest e-mail."),
        "incorrect_password": _("That is not your password."),
        "invalid_login": _("Write the e-mail address you sign in with."),
        "invalid_password_reset": _("This link has been used or is too old."),
        "same_as_current": _("Write another address than the one it was sent to."),
        "rate_limited": _("That was too much at once. Wait a moment, then try again."),
        "too_many_login_attempts": _("Too many tries. Wait some minutes, or ask for a new password."),
        "unknown_email": _("No account has this e-mail address."),
    }

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.language = translation.get_language() or "en"
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def render_mail(
        self, template_prefix: str, email: str | list[str], context: dict[str, Any], headers: Any = None
    ) -> EmailMessage:
        """In the language of the person who gets the mail; of the page, if nobody has that address yet."""
        with translation.override(self._language_of(email, context.get("user"))):
            mail: EmailMessage = super().render_mail(template_prefix, email, context, headers)
            return mail

    def send_account_already_exists_mail(self, email: str) -> None:
        # A new account costs the hashing of a password; a taken address must not answer faster than a free one.
        make_password("as slow as the other way")
        super().send_account_already_exists_mail(email)

    @staticmethod
    def _language_of(email: str | list[str], user: Any) -> str:
        if not isinstance(user, User):
            address = email if isinstance(email, str) else email[0]
            user = User.objects.filter(email__iexact=address).only("language").first()
        return user.language if user is not None else (translation.get_language() or "en")


@transaction.atomic
def create_person(*, email: str, name: str, hashed_password: str, language: str) -> User:
    """An account whose address is already proven, by an invitation's link or because we made it ourselves.

    A sign-up that never proved the address is taken over with its password replaced: whoever began it proved nothing.
    The password comes hashed, since hashing takes a third of a second in which no lock should be held.
    """
    user = User.objects.filter(email__iexact=email).first() or User(email=email.lower())
    user.name, user.language, user.password = name, language, hashed_password
    user.save()
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def account_of(email: str) -> User | None:
    """The account that proved this address, or was used with it. A sign-up that did neither is nobody's yet."""
    address = EmailAddress.objects.filter(email__iexact=email, verified=True).select_related("user").first()
    if address is not None:
        return address.user  # type: ignore[no-any-return]
    user = User.objects.filter(email__iexact=email).first()
    if user is None or user.last_login is not None:
        return user
    with acting_as(user.pk):
        return user if Membership.across_workspaces.filter(user=user).exists() else None


def owns_address(user: User, email: str) -> bool:
    """Whether a signed-in person may answer for the address; nobody signs in before the own one is proven."""
    if user.email.lower() == email.lower():
        return True
    return bool(EmailAddress.objects.filter(user=user, email__iexact=email, verified=True).exists())
