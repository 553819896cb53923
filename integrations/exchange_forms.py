"""What a connection is for, asked when connecting and in its settings: on or off, which customers, bookkeeping (R94,
R104, R107)."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from busy.lib.forms import Switch
from integrations import customer_exchange
from integrations.conversations import connector_of
from integrations.customer_exchange import Choices
from integrations.kernel.facts import ProviderFacts
from integrations.models import Connection

_KEY = "exchange"


def add_fields(form: forms.Form, facts: ProviderFacts) -> None:
    """Call in the scope: the tags are the workspace's."""
    form.fields["customer_tag"] = forms.ChoiceField(
        label=_("Customer tag"),
        required=False,
        choices=[("", _("No customers are exchanged")), *customer_exchange.tags()],
        help_text=_(
            "Only customers that carry the tag travel between Busy and %(system)s, in both directions. "
            "A tag is made on a customer's page."
        )
        % {"system": facts.name},
    )
    form.fields["bookkeeping"] = forms.BooleanField(
        label=_("Bookkeeping"),
        required=False,
        initial=True,
        widget=Switch(),
        help_text=_("Products come from %(system)s, and finished orders go there.") % {"system": facts.name},
    )


def choices_in(cleaned: dict[str, Any]) -> Choices:
    tag = cleaned.get("customer_tag") or ""
    return Choices(
        tag_id=int(tag) if tag else None,
        bookkeeping=bool(cleaned.get("bookkeeping")),
        extension=bool(cleaned.get("extension")),
    )


def initial_of(connection: Connection | None) -> dict[str, Any]:
    if connection is None:
        return {}
    chosen = customer_exchange.choices_of(connection)
    return {
        "customer_tag": str(chosen.tag_id or ""),
        "bookkeeping": chosen.bookkeeping,
        "extension": chosen.extension,
    }


class ExchangeForm(forms.Form):
    """The same in the settings of a connection."""

    def __init__(self, facts: ProviderFacts, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        add_fields(self, facts)
        if facts.has_extension:
            self.fields["extension"] = forms.BooleanField(
                label=_("Projects and hours"),
                required=False,
                widget=Switch(),
                help_text=_(
                    "Projects and work types can come from %(system)s, and hours go there. Nothing happens before you "
                    "turn each of them on, below."
                )
                % {"system": facts.name},
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("extension") and not cleaned.get("bookkeeping"):
            self.add_error("extension", _("Projects and hours belong to the bookkeeping. Turn that on as well."))
        return cleaned

    @property
    def wanted(self) -> Choices:
        return choices_in(self.cleaned_data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    label: str
    value: str


def told(connection: Connection) -> list[Told]:
    """What the connection is for, in words. One query."""
    chosen = customer_exchange.choices_of(connection)
    tag = dict(customer_exchange.tags()).get(str(chosen.tag_id), "") if chosen.tag_id else ""
    on, off = _("On"), _("Off")
    lines = [
        Told(label=_("Customer tag"), value=tag or _("None")),
        Told(label=_("Bookkeeping"), value=on if chosen.bookkeeping else off),
    ]
    if connector_of(connection).facts.has_extension:
        lines.append(Told(label=_("Projects and hours"), value=on if chosen.extension else off))
    return lines


# --- Between the form and the confirmed preview -----------------------------------------------------------------------


def keep(session: MutableMapping[str, Any], provider: str, workspace_id: int, *, choices: Choices, on: bool) -> None:
    """What was chosen with the key; no secret is in it."""
    kept = {"tag": choices.tag_id, "bookkeeping": choices.bookkeeping, "on": on}
    session[_KEY] = {"provider": provider, "workspace": workspace_id, **kept}


def chosen(session: MutableMapping[str, Any], provider: str, workspace_id: int) -> Choices | None:
    """What was chosen, while it is looked at what would happen; it stays kept."""
    found = session.get(_KEY)
    if not found or (found["provider"], found["workspace"]) != (provider, workspace_id):
        return None
    return Choices(tag_id=found["tag"], bookkeeping=found["bookkeeping"])


def take(session: MutableMapping[str, Any], provider: str, workspace_id: int) -> tuple[Choices, bool] | None:
    """Once: with it whether the connection is to be on."""
    found = session.get(_KEY)
    if not found or (found["provider"], found["workspace"]) != (provider, workspace_id):
        return None
    session.pop(_KEY)
    return Choices(tag_id=found["tag"], bookkeeping=found["bookkeeping"]), bool(found["on"])
