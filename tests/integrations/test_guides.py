"""Guides for administrators are pages of the product, in the reader's language."""

from __future__ import annotations

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils.safestring import SafeString

from busy.workspaces.models import User
from integrations import guides
from tests.contract.reading import shape, unknown_words, wrong_words
from tests.people import Person


def test_dina_reads_the_guide_in_her_language(dina: Person) -> None:
    for language, title in {
        "nb": "Busy og Uniconta",
        "sv": "Busy och Uniconta",
        "da": "Busy og Uniconta",
        "en": "Busy and Uniconta",
    }.items():
        User.objects.filter(pk=dina.user.pk).update(language=language)
        page = dina.get("settings/integrations/uniconta/guide/").content.decode()
        assert f"<h1>{title}</h1>" in page
        assert f'<html lang="{language}"' in page
        assert f'<article class="prose" lang="{language}">' in page
        section = guides.of_provider("uniconta", language).sections[-1]
        assert f'<a href="#{section.anchor}">{section.title}</a>' in page
        assert f'<h2 id="{section.anchor}">{section.title}</h2>' in page


def test_it_asks_the_database_no_more_than_the_frame_does(dina: Person) -> None:
    with CaptureQueriesContext(database) as frame:
        dina.get("settings/integrations/compare/")
    with CaptureQueriesContext(database) as guide:
        dina.get("settings/integrations/uniconta/guide/")
    assert len(guide) == len(frame)


def test_dina_finds_it_where_she_connects_and_where_systems_are_compared(dina: Person) -> None:
    link = f'href="{dina.url("settings/integrations/xledger/guide/")}"'
    assert link in dina.get("settings/integrations/xledger/connect/").content.decode()
    assert link in dina.get("settings/integrations/compare/").content.decode()
    assert link in dina.get("settings/integrations/uniconta/guide/").content.decode()


def test_what_is_common_to_all_systems_is_told_where_the_product_speaks_of_it(dina: Person) -> None:
    here = dina.url("settings/integrations/")
    assert f'href="{here}guide/connecting/"' in dina.get("settings/integrations/").content.decode()
    assert f'href="{here}guide/both-ways/"' in dina.get("settings/integrations/compare/").content.decode()
    page = dina.get("settings/integrations/guide/hour-transfer/").content.decode()
    assert "<h1>Transferring hours</h1>" in page
    assert 'href="../../guide/reconciliation/"' in page
    assert f'href="{here}uniconta/guide/"' in page
    assert f'href="{here}guide/reconciliation/"' in page
    assert f'href="{here}guide/hour-transfer/"' not in page


@pytest.mark.parametrize("topic", guides.TOPICS)
def test_a_topic_says_the_same_in_each_language_in_the_words_of_the_product(topic: str) -> None:
    first = guides.topic_text(topic, "en")
    assert unknown_words(first, "…") == []  # the name of whatever system it is
    for language in guides.LANGUAGES[1:]:
        other = guides.topic_text(topic, language)
        assert shape(other, language) == shape(first, "en"), language
        assert wrong_words(first, other, "…", language) == []
        page = guides.of_topic(topic, language)
        assert page.title != guides.of_topic(topic, "en").title
        assert [one.anchor for one in page.sections] == [one.anchor for one in guides.of_topic(topic, "en").sections]


@pytest.mark.parametrize("address", ["nowhere/guide/", "guide/nothing/"])
def test_what_there_is_not_has_no_guide(dina: Person, address: str) -> None:
    assert dina.get(f"settings/integrations/{address}").status_code == 404


def test_a_template_may_name_the_topic() -> None:
    topic = SafeString("connecting")
    assert guides.of_topic.__wrapped__(topic, "en") == guides.of_topic("connecting", "en")


def test_sections_that_pages_lead_to_are_there() -> None:
    anchors = {section.anchor for section in guides.of_topic("connecting", "nb").sections}
    assert {"mapping", "undoing", "the-preview"} <= anchors


def test_html_in_a_guide_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "# Title\n\nHello <script>alert(1)</script>\n\n## [Away](javascript:alert(1))\n\n<b>bold</b>\n"
    monkeypatch.setattr("integrations.kernel.registry.guide", lambda key, language: text)
    guide = guides.of_provider.__wrapped__("any", "en")
    assert "<script" not in guide.lead + guide.body
    assert "<b>" not in guide.body
    assert "<a " not in guide.body


def test_links_between_the_files_lead_to_the_pages_and_a_broken_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "# Title\n\n[one](../../xledger/guide/en.md#orders) [two](https://busy.example/) "
        "[three](../../../guide/connecting/en.md)\n\n## Orders\n"
    )
    monkeypatch.setattr("integrations.kernel.registry.guide", lambda key, language: text)
    lead = guides.of_provider.__wrapped__("any", "en").lead
    assert 'href="../../xledger/guide/#orders"' in lead
    assert 'href="../../guide/connecting/"' in lead
    assert 'href="https://busy.example/" target="_blank" rel="noopener noreferrer"' in lead
    text = text.replace("xledger/guide/en.md", "xledger/api.py")
    with pytest.raises(guides.BrokenLink, match=r"api\.py"):
        guides.of_provider.__wrapped__("any", "en")
