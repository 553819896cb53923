"""What comes of changing a link: done, refused, or a question to a person."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.models import LinkChange

State = dict[int, str | None]  # local id -> the provider's id, or None: not linked


class LinkRefused(Exception):
    """The link cannot be changed so; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Taken(LinkRefused):
    """Another record of Busy has the link, and something depends on it there. It moves when a person says so."""

    def __init__(self, message: str, holder_id: int) -> None:
        super().__init__(message)
        self.holder_id = holder_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was changed; ``change`` is what an undo names, None when nothing was."""

    change: LinkChange | None
    let_go: tuple[str, ...] = ()  # records that lost their link to this one
