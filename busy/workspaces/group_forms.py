"""The form of a group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from busy.workspaces.group_selectors import GroupLine


class GroupForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    parent = forms.ChoiceField(
        label=gettext_lazy("Below"),
        required=False,
        help_text=gettext_lazy("The leaders of a group lead the groups below it too."),
    )

    def __init__(self, data: Any, *, places: Sequence[GroupLine], initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        parent = self.fields["parent"]
        assert isinstance(parent, forms.ChoiceField)
        # The depth shows as dashes: a list of choices has no other way to show a tree.
        below = [(str(line.group.pk), f"{'– ' * line.depth}{line.group.name}") for line in places]
        parent.choices = [("", _("No group, at the top")), *below]

    @property
    def parent_id(self) -> int | None:
        return int(self.cleaned_data["parent"]) if self.cleaned_data["parent"] else None
