"""allauth's forms in Busy's words: one password field with a button that shows it, no placeholders for labels."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.contrib.auth.password_validation import MinimumLengthValidator, get_default_password_validators
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _


def _password_advice() -> str:
    """How long a password must be. The other checks speak up when they are needed."""
    validators = get_default_password_validators()
    return " ".join(v.get_help_text() for v in validators if isinstance(v, MinimumLengthValidator))


password_advice = lazy(_password_advice, str)


class PasswordInput(forms.PasswordInput):
    """A password with a button beside it that shows what was typed."""

    template_name = "account/widgets/password.html"

    def __init__(self, autocomplete: str) -> None:
        super().__init__({"class": "input", "autocomplete": autocomplete})


def _address(field: forms.Field, label: Any, autocomplete: str = "email") -> None:
    field.label = label
    field.widget = forms.EmailInput({"autocomplete": autocomplete, "autocapitalize": "none", "spellcheck": "false"})


def _new_password(form: forms.Form, label: Any) -> None:
    form.fields.pop("password2", None)
    field = form.fields["password1"]
    field.label = label
    field.widget = PasswordInput("new-password")
    field.help_text = password_advice()


class SignInForm(allauth_forms.LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _address(self.fields["login"], _("E-mail"), "username")
        self.fields["password"].widget = PasswordInput("current-password")
        self.fields["password"].help_text = ""

    def clean(self) -> Any:
        """A wrong pair is told at the password, where it is mended."""
        try:
            return super().clean()
        except forms.ValidationError as error:
            self.add_error("password", error)
            return self.cleaned_data


class SignUpForm(allauth_forms.SignupForm):  # type: ignore[misc]
    field_order = ("name", "email", "password1")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _address(self.fields["email"], _("E-mail at work"), "username")
        _new_password(self, _("Password"))


class NewAddressForm(allauth_forms.AddEmailForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _address(self.fields["email"], _("New e-mail address"))


class OtherAddressForm(allauth_forms.ChangeEmailForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _address(self.fields["email"], _("Another e-mail address"))


class CodeForm(allauth_forms.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code from the e-mail")
        self.fields["code"].widget = forms.TextInput(
            {"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false", "autofocus": True}
        )


class ForgottenPasswordForm(allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _address(self.fields["email"], _("E-mail"), "username")


class NewPasswordForm(allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _new_password(self, _("New password"))
        self.fields["password1"].user = self.user


class ChangePasswordForm(allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = _("Password now")
        self.fields["oldpassword"].widget = PasswordInput("current-password")
        self.fields["oldpassword"].help_text = ""
        _new_password(self, _("New password"))


class SetPasswordForm(allauth_forms.SetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _new_password(self, _("Password"))


class PasswordAgainForm(allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")
        self.fields["password"].widget = PasswordInput("current-password")
        self.fields["password"].help_text = ""
