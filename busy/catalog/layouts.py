"""What a layout of the customer page is made of (R100): the fields every customer has, and the workspace's own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

NAME = "name"
PARTS = (NAME, "number", "organization_number", "email")  # the layout while nobody has made one
_OWN = "field_"


def field_key(field_id: int) -> str:
    """How one of the workspace's own fields is called in a layout and in a form."""
    return f"{_OWN}{field_id}"


def field_id(key: str) -> int | None:
    number = key.removeprefix(_OWN)
    return int(number) if key.startswith(_OWN) and number.isascii() and number.isdigit() else None


def places_in(places: Iterable[str], known: Collection[str]) -> list[str]:
    """Those that are known, each once."""
    return [place for place in dict.fromkeys(places) if place in known]


def moved(places: Sequence[str], spare: Sequence[str], move: str) -> tuple[list[str], list[str]]:
    """What a button of the editor does: ``up:email``, ``down:email``, ``place:field_3``, ``spare:field_3``."""
    shown, rest = list(places), list(spare)
    act, _, key = move.partition(":")
    if act == "place" and key in rest:
        rest.remove(key)
        shown.append(key)
    elif act == "spare" and key in shown and key != NAME:
        shown.remove(key)
        rest.append(key)
    elif act in ("up", "down") and key in shown:
        at = shown.index(key)
        to = at + (1 if act == "down" else -1)
        if 0 <= to < len(shown):
            shown[at], shown[to] = shown[to], shown[at]
    return shown, rest
