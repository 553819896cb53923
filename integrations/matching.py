"""Which records are the same at both ends: by number, then by e-mail, then by name, exact and then folded.

Pure: names in, pairs out. What is not clear is not guessed: a number or a name that two have on either side pairs none.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, NamedTuple, TypeVar

from busy.lib.folding import fold
from integrations.mapping_models import Basis

K = TypeVar("K", bound=Hashable)
T = TypeVar("T", bound=Hashable)


# Tuples, which take a third of a dataclass's time to make: of a large catalogue there are hundreds of thousands.
class Named(NamedTuple, Generic[K]):
    """What a record is called, for matching; ``key`` is its id."""

    key: K
    number: str = ""
    name: str = ""
    email: str = ""


class Pair(NamedTuple, Generic[K, T]):
    """``is_sure``: no reader would doubt it. The same number under different names is only a suggestion."""

    ours: K
    theirs: T
    basis: Basis
    is_sure: bool


Look = Callable[[Named[object]], str]
_LOOKS: Mapping[Basis, Look] = {
    Basis.NUMBER: lambda one: one.number.strip().casefold(),
    Basis.EMAIL: lambda one: one.email.strip().casefold(),
    Basis.NAME: lambda one: one.name.strip(),
    Basis.FOLDED: lambda one: fold(one.name),
}


def pairs(ours: Iterable[Named[K]], theirs: Iterable[Named[T]]) -> list[Pair[K, T]]:
    """One to one, the strongest reason first. The order of neither side matters."""
    free, there = {one.key: one for one in ours}, {one.key: one for one in theirs}
    found: list[Pair[K, T]] = []
    for basis, look in _LOOKS.items():
        by_text = _once(there.values(), look)
        for text, one in _once(free.values(), look).items() if by_text else ():
            other = by_text.get(text)
            if other is None:
                continue
            is_sure = basis is not Basis.NUMBER or one.name == other.name or fold(one.name) == fold(other.name)
            found.append(Pair(one.key, other.key, basis, is_sure))
            del free[one.key], there[other.key]
    return found


def _once(records: Iterable[Named[T]], look: Look) -> dict[str, Named[T]]:
    """By what they are looked up by, without what several share or none has."""
    found: dict[str, Named[T]] = {}
    twice: set[str] = set()
    for record in records:
        text = look(record)  # type: ignore[arg-type] # the look reads no key
        if not text:
            continue
        if text in found:
            twice.add(text)
        else:
            found[text] = record
    for text in twice:
        del found[text]
    return found
