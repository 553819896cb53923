"""A provider's guide is there in four languages, says the same in each, and calls things as the product calls them."""

from __future__ import annotations

from typing import Any

import pytest

from integrations import guides
from integrations.kernel.connector import Connector
from integrations.kernel.registry import guide
from tests.contract.reading import shape, terms, unknown_words, wrong_words

OTHERS = guides.LANGUAGES[1:]


@pytest.mark.parametrize("language", OTHERS)
def test_a_guide_has_the_same_headings_tables_lists_and_links_in_each_language(
    connector: Connector[Any], language: str
) -> None:
    first, other = guide(connector.facts.key, "en"), guide(connector.facts.key, language)
    assert shape(other, language) == shape(first, "en")
    assert other != first


def test_what_stands_in_strong_letters_is_a_word_of_the_product(connector: Connector[Any]) -> None:
    text = guide(connector.facts.key, "en")
    assert unknown_words(text, connector.facts.name) == []
    assert sum(map(len, terms(text))) > 2


@pytest.mark.parametrize("language", OTHERS)
def test_a_word_of_the_product_is_what_the_product_says_in_that_language(
    connector: Connector[Any], language: str
) -> None:
    key, name = connector.facts.key, connector.facts.name
    assert wrong_words(guide(key, "en"), guide(key, language), name, language) == []


@pytest.mark.parametrize("language", guides.LANGUAGES)
def test_a_guide_becomes_a_page_with_a_title_and_sections_to_jump_to(connector: Connector[Any], language: str) -> None:
    page = guides.of_provider(connector.facts.key, language)
    assert connector.facts.name in page.title
    assert page.lead.startswith("<p>")
    assert len(page.sections) >= 2
    anchors = [section.anchor for section in page.sections]
    assert len(set(anchors)) == len(anchors)
    assert all(f'id="{anchor}"' in page.body for anchor in anchors)
    assert anchors == [section.anchor for section in guides.of_provider(connector.facts.key, "en").sections]
