"""The tool that finds sentences and keeps their translations."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from tools import messages

_CODE = """
from django.utils.translation import gettext as _, ngettext
def say(n):
    return _("Save"), ngettext("%(n)s day is waiting", "%(n)s days are waiting", n) % {"n": n}
"""
_FACTS = 'from integrations.kernel.texts import N_\nHELP = N_("Ask an "\n    "administrator.")\n'
_PAGE = """{% load i18n %}<h1>
      {% translate "Week" context "of the year" %}</h1>
  <p title="{% translate 'Hours' %}">{% blocktranslate trimmed count n=n %}
    {{ n }} hour on {{ day }}.
  {% plural %}{{ n }} hours on {{ day }}.{% endblocktranslate %}</p>
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "timesheets" / "tests").mkdir(parents=True)
    (tmp_path / "timesheets" / "services.py").write_text(_CODE)
    (tmp_path / "timesheets" / "facts.py").write_text(_FACTS)
    (tmp_path / "timesheets" / "tests" / "test_it.py").write_text(_CODE.replace("Save", "Only in a test"))
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "week.html").write_text(_PAGE)
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "LOCALE", tmp_path / "locale")
    monkeypatch.setattr(messages, "LANGUAGES", ("nb",))
    return tmp_path


def translate(project: Path, **texts: str) -> Path:
    path = project / "locale" / "nb" / "LC_MESSAGES" / "django.po"
    text = path.read_text()
    for msgid, msgstr in texts.items():
        text = text.replace(f'msgid "{msgid}"\nmsgstr ""', f'msgid "{msgid}"\nmsgstr "{msgstr}"')
    path.write_text(text)
    return path


def test_sentences_of_code_facts_and_templates_are_found(project: Path) -> None:
    found = {(message.id, message.context) for message in messages.extract() if message.id}
    assert found == {
        ("Save", None),
        (("%(n)s day is waiting", "%(n)s days are waiting"), None),
        ("Ask an administrator.", None),
        ("Week", "of the year"),
        ("Hours", None),
        (("%(n)s hour on %(day)s.", "%(n)s hours on %(day)s."), None),
    }


def test_an_update_keeps_translations_and_a_second_one_changes_nothing(project: Path) -> None:
    assert [path.name for path in messages.update()] == ["django.po"]
    path = translate(project, Save="Lagre")
    (project / "timesheets" / "facts.py").write_text("")
    messages.update()
    assert messages.update() == []
    with path.open("rb") as text:
        catalog = read_po(text)
    assert catalog["Save"].string == "Lagre"
    assert catalog.get("Ask an administrator.") is None


def test_what_is_wanting_is_named(project: Path) -> None:
    assert messages.problems() == ["locale/nb/LC_MESSAGES/django.po: missing; run `make messages`"]
    messages.update()
    path = translate(project, Save="Lagre")
    assert "nb: empty: 'Hours'" in messages.problems()
    assert not [line for line in messages.problems() if "Save" in line]
    path.write_text(path.read_text().replace('msgid "Save"', '#, fuzzy\nmsgid "Save"'))
    assert "nb: fuzzy: 'Save'" in messages.problems()


def test_another_placeholder_is_named(project: Path) -> None:
    messages.update()
    path = project / "locale" / "nb" / "LC_MESSAGES" / "django.po"
    wrong = path.read_text().replace(
        'msgid_plural "%(n)s days are waiting"\nmsgstr[0] ""\nmsgstr[1] ""',
        'msgid_plural "%(n)s days are waiting"\nmsgstr[0] "%(antall)s dag venter"\nmsgstr[1] "%(n)s dager venter"',
    )
    path.write_text(wrong)
    assert [line for line in messages.problems() if "day is waiting" in line and "empty" not in line]


def test_compiled_files_follow_their_source(project: Path) -> None:
    assert messages.compile_stale(project / "locale") == []
    messages.update()
    translate(project, Save="Lagre")
    [made] = messages.compile_stale(project / "locale")
    with made.open("rb") as compiled:
        assert read_mo(compiled)["Save"].string == "Lagre"
    assert messages.compile_stale(project / "locale") == []
