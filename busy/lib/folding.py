"""Names as people look for them: capitals and small letters alike, accents left out, æ as ae, ø as o."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Letters that Unicode does not take apart. ä and å come apart by themselves; ä is then a, as æ is ae.
_WHOLE = {"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"}
_MARKS = re.compile("[\u0300-\u034e\u0350-\u036f]+")  # of the letters of Europe; there are others
_LETTERS = [chr(code) for code in range(0x41, 0x180)]


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """``Ålesund Møte`` is ``alesund mote``. Twice is the same as once."""
    # A catalogue of a hundred thousand names is folded in one go: the usual letters are taken apart quickly.
    if text.isascii():
        return " ".join(text.lower().split())
    quick = text.translate(_table())
    if quick.isascii():
        return " ".join(quick.split())
    return _fold(text)


def _fold(text: str) -> str:
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    for letter, plain in _WHOLE.items():
        bare = bare.replace(letter, plain)
    if not bare.isascii():
        bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return " ".join(bare.casefold().split())


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    """What each letter of the neighbourhood folds to."""
    return {code: _fold(f"x{chr(code)}x")[1:-1] for code in range(0x180)}


def beginnings(text: str) -> frozenset[str]:
    """The letters, as they are written, that a name can begin with that is the same as this one when it is folded."""
    folded = fold(text)
    return _beginnings(folded[0]) if folded else frozenset()


@lru_cache(maxsize=256)
def _beginnings(first: str) -> frozenset[str]:
    same = (letters for folded, letters in _spellings().items() if folded[0] == first)
    return frozenset({first, first.upper()}.union(*same))


@lru_cache(maxsize=1024)
def folded_pattern(word: str) -> str:
    """A pattern for PostgreSQL's ``~`` that finds the folded word in a name that is not folded."""
    return _pattern(fold(word))


def _pattern(word: str) -> str:
    parts = []
    at = 0
    while at < len(word):
        pair, letter = word[at : at + 2], word[at]
        if pair in _spellings() and len(pair) == 2:
            parts.append(f"({pair}|{pair.upper()}|{pair.title()}|[{''.join(_spellings()[pair])}])")
            at += 2
            continue
        same = _spellings().get(letter)
        parts.append(f"[{''.join(same)}]" if same else re.escape(letter))
        at += 1
    return "".join(parts)


@lru_cache(maxsize=1)
def _spellings() -> dict[str, list[str]]:
    """The letters that fold to a letter or to two."""
    found: dict[str, list[str]] = {}
    for letter in _LETTERS:
        folded = fold(letter)
        if letter.isalpha() and folded.isalpha():
            found.setdefault(folded, []).append(letter)
    return found
