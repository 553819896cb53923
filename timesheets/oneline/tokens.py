"""The pieces of a line: words, words with a sign, and quoted text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from busy.lib.folding import fold

# Longer than any line that somebody means; what is pasted by mistake is refused before it is read.
LONGEST = 500

PROJECT, CUSTOMER, WORK_TYPE, QUOTED = "#", "@", "/", '"'

# A sign may stand before a word or before quoted text; in quotes a doubled mark stands for one.
_PIECE = re.compile(
    r'([#@/]?)(?:"((?:[^"]|"")*)(?:"|$)|[“„”«»]([^“”„«»]*)(?:[“”„«»]|$))'
    r"|([#@/])(\S+)"
    r"|(\S+)"
)
_EDGE = ",;!?"


@dataclass(frozen=True)
class Token:
    """A piece as it was typed. ``sign`` is "", # for a project, @ for a customer, / for a work type, or a quote."""

    text: str
    sign: str = ""
    # The piece stood in quotes after its sign.
    quoted: bool = False

    @cached_property
    def word(self) -> str:
        """As it is compared: folded, without the comma behind it."""
        return fold(self.text) if self.quoted else fold(self.text).rstrip(_EDGE)

    @property
    def is_plain(self) -> bool:
        return not self.sign

    @property
    def written(self) -> str:
        """The piece as one types it."""
        if self.sign == QUOTED:
            return quoted(self.text)
        if self.sign:
            return self.sign + (quoted(self.text) if self.quoted else self.text)
        return self.text


def clean(text: str) -> str:
    """One line of text that can be kept: no control characters, no halves of characters."""
    composed = unicodedata.normalize("NFC", "".join(_kept(letter) for letter in text))
    return composed.strip()


def _kept(letter: str) -> str:
    if letter.isspace():
        return " "
    return "" if unicodedata.category(letter) in {"Cc", "Cs"} else letter


def quoted(text: str) -> str:
    return '"{}"'.format(text.replace('"', '""'))


def tokens_of(text: str) -> list[Token]:
    found = []
    for match in _PIECE.finditer(text):
        sign, straight, curly, mark, marked, word = match.groups()
        if straight is not None or curly is not None:
            inside = (straight.replace('""', '"') if straight is not None else curly).strip()
            if inside:
                found.append(Token(inside, sign or QUOTED, quoted=True))
        elif mark:
            found.append(Token(marked, mark))
        else:
            found.append(Token(word))
    return found
