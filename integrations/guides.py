"""Guides for administrators: Markdown beside the code it tells of, shown in the reader's language.

A provider's guide lies in its package; what is common to all providers is told by topics, in `integrations/guide/`. A
guide is parsed once in the life of a process. Its sections keep the anchors of the English text in every language, so
that a page may lead to one of them whoever reads it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import get_language
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from integrations.kernel import registry

LANGUAGES = ("en", "nb", "sv", "da")
TOPICS = ("connecting", "both-ways", "hour-transfer", "reconciliation")  # as lists show them
_FIRST = LANGUAGES[0]
_FOLDER = Path(__file__).parent / "guide"
_GUIDE = re.compile(r"integrations/(providers/(?P<key>\w+)/guide|guide/(?P<topic>[a-z-]+))/\w\w\.md")


class UnknownTopic(LookupError):
    """No guide of that name."""


class BrokenLink(ValueError):
    """A guide leads to a file that is no page of the product."""


@dataclass(frozen=True, slots=True)
class Section:
    anchor: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """``lead`` is the paragraph before the first section; ``body`` begins with that section."""

    language: str
    title: str
    lead: SafeString
    body: SafeString
    sections: tuple[Section, ...]


def readers_language() -> str:
    """The one that pages are shown in, if guides have it."""
    asked = (get_language() or _FIRST)[:2]
    return asked if asked in LANGUAGES else _FIRST


@cache
def of_provider(key: str, language: str) -> Guide:
    """Raises UnknownProvider."""
    here = f"integrations/providers/{key}/guide/{language}.md"
    return _guide(registry.guide(key, language), registry.guide(key, _FIRST), language=language, here=here)


@cache
def of_topic(topic: str, language: str) -> Guide:
    """Raises UnknownTopic."""
    here = f"integrations/guide/{topic}/{language}.md"
    return _guide(topic_text(topic, language), topic_text(topic, _FIRST), language=language, here=here)


def topic_text(topic: str, language: str) -> str:
    """The Markdown. Raises UnknownTopic."""
    if topic not in TOPICS:
        raise UnknownTopic(topic)
    # By its own name: what a template writes is a string that is marked as safe, of which a path cannot be made.
    own = TOPICS[TOPICS.index(topic)]
    return (_FOLDER / own / f"{language}.md").read_text(encoding="utf-8")


def tokens(text: str) -> list[Token]:
    """The guide's blocks. HTML in it is text."""
    return _MARKDOWN.parse(text)


def headings(blocks: Sequence[Token]) -> Iterator[tuple[Token, str]]:
    """Each heading's opening token and its words."""
    for at, token in enumerate(blocks):
        if token.type == "heading_open":
            yield token, _plain(blocks[at + 1])


def _guide(text: str, first: str, *, language: str, here: str) -> Guide:
    blocks = tokens(text)
    anchors = [slugify(title) for _, title in headings(tokens(first))]
    sections = list[Section]()
    for (token, title), anchor in zip(headings(blocks), anchors, strict=True):
        token.attrSet("id", anchor)
        if token.tag == "h2":
            sections.append(Section(anchor, title))
    _name_tables(blocks)
    for token in blocks:
        _lead(token.children or (), here)
    after_title = 3  # opening, words and closing of the title
    starts = next(at for at, token in enumerate(blocks) if token.type == "heading_open" and token.tag == "h2")
    return Guide(
        language=language,
        title=_plain(blocks[1]),
        lead=_html(blocks[after_title:starts]),
        body=_html(blocks[starts:]),
        sections=tuple(sections),
    )


def _plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or ())


def _name_tables(blocks: Sequence[Token]) -> None:
    """A table that scrolls is a region with a name: that of the heading above it."""
    name = ""
    for at, token in enumerate(blocks):
        if token.type == "heading_open":
            name = _plain(blocks[at + 1])
        elif token.type == "table_open":
            token.meta["name"] = name
        elif token.type == "th_open":
            token.attrSet("scope", "col")


def _lead(children: Iterable[Token], here: str) -> None:
    """Links between the files become links between the pages; what lies outside opens beside."""
    for token in children:
        if token.type != "link_open":
            continue
        href = str(token.attrGet("href"))
        if href.startswith("https://"):
            token.attrSet("target", "_blank")
            token.attrSet("rel", "noopener noreferrer")
        else:
            token.attrSet("href", _page(href, here))


def _page(href: str, here: str) -> str:
    """Relative, since the address begins with the workspace's. Every guide lies two folders below the integrations.
    Raises BrokenLink."""
    there, _, anchor = href.partition("#")
    found = _GUIDE.fullmatch(posixpath.normpath(posixpath.join(posixpath.dirname(here), there)))
    if found is None:
        raise BrokenLink(f"{here}: {href}")
    page = f"guide/{found['topic']}/" if found["topic"] else f"{found['key']}/guide/"
    return f"../../{page}" + (f"#{anchor}" if anchor else "")


def _html(blocks: Sequence[Token]) -> SafeString:
    written: str = _MARKDOWN.renderer.render(blocks, _MARKDOWN.options, {})
    return mark_safe(written)  # noqa: S308 - ours, and the parser makes text of any HTML in it


def _table_open(_: RendererHTML, blocks: Sequence[Token], at: int, __: OptionsDict, ___: EnvType) -> str:
    return format_html(
        '<div class="table-frame" tabindex="0" role="region" aria-label="{}"><table class="table table-flush">',
        blocks[at].meta["name"],
    )


def _table_close(_: RendererHTML, __: Sequence[Token], ___: int, ____: OptionsDict, _____: EnvType) -> str:
    return "</table></div>\n"


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", _table_close)
    return parser


_MARKDOWN = _parser()
