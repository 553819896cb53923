"""What all pages of a language have in common is made once, and can hold nothing of anybody's."""

from __future__ import annotations

from django.template import Context, Template
from django.utils import translation


def test_each_language_has_its_own_and_nothing_of_the_page_comes_in() -> None:
    template = Template(
        "{% load i18n busy_kept %}{{ name }}: {% kept %}{% translate 'Save' %}{{ name }}{{ csrf_token }}{% endkept %}"
    )
    for name in ("Anna", "Bo"):
        for language, word in (("en", "Save"), ("nb", "Lagre"), ("sv", "Spara")):
            with translation.override(language):
                page = template.render(Context({"name": name, "csrf_token": "secret"}))
            assert page == f"{name}: {word}"


def test_it_is_made_once() -> None:
    template = Template("{% load busy_kept %}{% kept %}{% now 'u' %}{% endkept %}")
    assert template.render(Context()) == template.render(Context())
