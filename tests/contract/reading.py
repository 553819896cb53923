"""What must be alike in the languages of a guide: its shape, and that it calls things by the names of the product.

In a guide **strong** words are words of the product: a button, a tab, a field, what a page says. *Emphasised* words are
words of the system that is connected, which speaks for itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache

from django.utils.translation import trans_real
from markdown_it.token import Token

from integrations.guides import tokens

_CONTEXT = "\x04"  # between a message's context and the message


def shape(text: str, language: str) -> list[tuple[object, ...]]:
    """The blocks in their order. Of words it has only what is no language's own: code and where links lead."""
    return [
        (block.type, block.tag, *_inline(block, language)) if block.type == "inline" else (block.type, block.tag)
        for block in tokens(text)
    ]


def _inline(block: Token, language: str) -> Iterator[object]:
    children = block.children or ()
    yield sorted(child.content for child in children if child.type == "code_inline")
    yield sorted(
        str(child.attrGet("href")).replace(f"/{language}.md", "/….md")
        for child in children
        if child.type == "link_open"
    )
    for kind in ("strong_open", "em_open", "hardbreak", "image", "html_inline"):
        yield kind, sum(child.type == kind for child in children)


def terms(text: str) -> list[list[str]]:
    """The words of the product, block by block."""
    return [_strong(block.children or []) for block in tokens(text) if block.type == "inline"]


def _strong(children: list[Token]) -> list[str]:
    found, inside = list[str](), False
    for child in children:
        if child.type == "strong_open":
            found.append("")
            inside = True
        elif child.type == "strong_close":
            inside = False
        elif inside:
            found[-1] += child.content
    return found


def unknown_words(text: str, system: str) -> list[str]:
    """What stands in strong letters and is nothing that the product says. ``text`` is English."""
    return [term for block in terms(text) for term in block if not product_words(term, system, "en")]


def wrong_words(first: str, other: str, system: str, language: str) -> list[tuple[str, set[str], list[str]]]:
    """Words of the product in the English text that the other text calls differently than the product does: the word,
    what the product calls it, what the block has."""
    wrong = []
    for ours, theirs in zip(terms(first), terms(other), strict=True):
        left = list(theirs)
        for term in ours:
            wanted = product_words(term, system, language)
            here = next((one for one in left if one in wanted), None)
            if here is None:
                wrong.append((term, wanted, theirs))
            else:
                left.remove(here)
    return wrong


def product_words(term: str, system: str, language: str) -> set[str]:
    """What the product says in ``language`` where English says ``term``; empty where it says no such thing.

    A message about a system has its name in it.
    """
    asked: dict[str, dict[str, str]] = {term: {}} | {
        term.replace(system, f"%({place})s"): {place: system} for place in ("name", "system") if system in term
    }
    return {
        said % values if values else said for msgid, values in asked.items() for said in _said(language).get(msgid, ())
    }


@cache
def _said(language: str) -> Mapping[str, set[str]]:
    # English has no catalogue: what it says are the messages themselves, of which each other language has all.
    catalogue = trans_real.translation(language if language != "en" else "nb")._catalog  # type: ignore[attr-defined]
    found = defaultdict[str, set[str]](set)
    for key in catalogue.keys():  # noqa: SIM118 - a chain of catalogues, which iterates otherwise
        if isinstance(key, str):  # the forms of a plural have keys of their own kind
            msgid = key.rpartition(_CONTEXT)[2]
            found[msgid].add(msgid if language == "en" else catalogue[key])
    return found
