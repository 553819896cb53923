"""Forms about people and workspaces."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from busy.lib.durations import NotADuration, parse_hours, print_hours
from busy.lib.forms import HoursInput, Switch
from busy.workspaces.account_forms import PasswordInput, password_advice
from busy.workspaces.models import Role, User, Workspace

_ROLE_HELP = _(
    "Employees write their own hours. Managers also approve hours, make orders and keep projects, customers and rates."
    " Administrators also look after people, settings and integrations."
)


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: an empty POST is a POST all the same."""
    return request.POST if request.method == "POST" else None


class HoursField(forms.CharField):
    """A length of time as people write it; cleans to whole minutes."""

    widget = HoursInput({"class": "input"})

    def prepare_value(self, value: Any) -> Any:
        return print_hours(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> int:
        try:
            return parse_hours(super().clean(value))
        except NotADuration as error:
            raise forms.ValidationError(str(error.message)) from error


class NewWorkspaceForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Workspace
        fields = ("name", "language", "currency", "zone")
        labels = {"name": _("Name of the company")}
        widgets = {"name": forms.TextInput({"autocomplete": "organization", "autofocus": True})}


class WorkspaceForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Workspace
        fields = ("name", "language", "currency", "zone", "uses_tasks")
        widgets = {"uses_tasks": Switch}
        help_texts = {
            "uses_tasks": _("Lets a project be driven by tasks: then each entry on it names its task."),
            "language": _("Of invitations and other mails from the workspace. Everybody chooses their own."),
            "currency": _("Of rates and amounts. Amounts that are already written are not converted."),
            "zone": _("Decides which day an hour belongs to."),
        }


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("name", "language", "wants_reminders")
        labels = {"wants_reminders": _("Mail me when hours are missing")}
        help_texts = {"wants_reminders": _("Where the workspace reminds by itself. A manager can still remind you.")}
        widgets = {"name": forms.TextInput({"autocomplete": "name"}), "wants_reminders": Switch}


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput({"autocomplete": "off"}))
    name = forms.CharField(
        label=_("Name"), max_length=120, required=False, widget=forms.TextInput({"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.EMPLOYEE, help_text=_ROLE_HELP)


class PersonForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, help_text=_ROLE_HELP)
    employee_number = forms.CharField(
        label=_("Employee number"),
        max_length=40,
        required=False,
        help_text=_("The same as in the accounting system: hours and “our reference” find the person by it."),
    )

    def __init__(self, *args: Any, may_rename: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_rename:
            self.fields["name"].disabled = True
            self.fields["name"].help_text = _("Works in another workspace too, so only the person can change the name.")


class JoinForm(forms.Form):
    """A new person's half of an invitation: the address is the invited one and cannot be changed."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput({"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Choose a password"), strip=False, widget=PasswordInput("new-password"), help_text=password_advice()
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, User(email=self.email, name=self.cleaned_data.get("name", "")))
        return password
