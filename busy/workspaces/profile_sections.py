"""Sections of the profile that upper apps bring along. An app registers in ``AppConfig.ready()``:

``register_section("app/_profile_section.html", context)``: the context of a person who last used the membership's
workspace, asked in its scope; None leaves the section out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from busy.workspaces.models import Membership
from busy.workspaces.scope import scope

Context = Callable[[Membership], dict[str, Any] | None]
_sections: list[tuple[str, Context]] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    template: str
    context: dict[str, Any]


def register_section(template: str, context: Context) -> None:
    _sections.append((template, context))


def sections_for(member: Membership | None) -> list[Section]:
    """``member.workspace`` must be loaded. Without a membership there is nothing that an upper app could say."""
    if member is None:
        return []
    with scope(member.workspace_id):
        found = [(template, context(member)) for template, context in _sections]
    return [Section(template=template, context=context) for template, context in found if context is not None]
