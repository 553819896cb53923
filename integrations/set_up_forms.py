"""The set-up step as people see it: its questions with the provider's own choices (R104)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from integrations import customer_exchange, extensions, set_up
from integrations.conversations import connector_of, conversation
from integrations.kernel.connector import Choice
from integrations.kernel.facts import Question, SetUpPart
from integrations.models import Connection

Choices = Mapping[str, tuple[Choice, ...]]


def asked(connection: Connection) -> list[Question]:
    """The questions that something depends on, as the connection is used now."""
    chosen = customer_exchange.choices_of(connection)
    used = {
        SetUpPart.ORDERS: chosen.bookkeeping,
        SetUpPart.CUSTOMERS: chosen.tag_id is not None,
        SetUpPart.HOURS: chosen.bookkeeping and extensions.is_wanted(connection),
    }
    return [question for question in connector_of(connection).facts.set_up if used[question.of]]


def read(connection: Connection) -> Choices:
    """What there is to choose from, asked now. No transaction may be open. Raises ProviderError."""
    connector = connector_of(connection)
    if connector.set_up is None:
        return {}
    with conversation(connection) as api:
        return connector.set_up(api)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    label: str
    answer: str


def lines(connection: Connection) -> list[Line]:
    """What was answered, without asking anybody."""
    answers = set_up.answers(connection, connector_of(connection).facts)
    named = set_up.labels(connection)
    return [
        Line(
            label=_(question.label),
            answer=named.get(question.key) or answers[question.key] if answers[question.key] else _(question.otherwise),
        )
        for question in asked(connection)
    ]


class SetUpForm(forms.Form):
    """A question without a choice there is left out."""

    def __init__(self, connection: Connection, choices: Choices, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        facts = connector_of(connection).facts
        answers, named = set_up.answers(connection, facts), set_up.labels(connection)
        self._labels = {key: {one.value: one.label for one in found} for key, found in choices.items()}
        self._part = {question.key: question.of for question in facts.set_up}
        for question in asked(connection):
            found = self._labels.get(question.key)
            if not found:
                continue
            kept = answers[question.key]
            told = _(question.help) if question.help else ""
            if kept and kept not in found:
                gone = {"label": named.get(question.key) or kept, "system": facts.name}
                told = _("“%(label)s” was chosen before, and is not in %(system)s any more.") % gone
            field = forms.ChoiceField(
                label=_(question.label),
                required=False,
                choices=[("", _(question.otherwise)), *found.items()],
                help_text=told,
                initial=kept if kept in found else "",
            )
            field.empty_answers = True  # type: ignore[attr-defined]
            self.fields[question.key] = field

    def _of(self, part: SetUpPart) -> list[forms.BoundField]:
        return [field for field in self if self._part[field.name] is part]

    @property
    def of_orders(self) -> list[forms.BoundField]:
        return self._of(SetUpPart.ORDERS)

    @property
    def of_customers(self) -> list[forms.BoundField]:
        return self._of(SetUpPart.CUSTOMERS)

    @property
    def of_hours(self) -> list[forms.BoundField]:
        return self._of(SetUpPart.HOURS)

    @property
    def answers(self) -> dict[str, str]:
        return {key: str(value or "") for key, value in self.cleaned_data.items()}

    @property
    def labels(self) -> dict[str, str]:
        return {key: self._labels[key].get(value, "") for key, value in self.answers.items()}
