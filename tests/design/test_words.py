"""The small words of templates: icons, initials, states, hours, money, choices of the look."""

from __future__ import annotations

from decimal import Decimal
from re import findall

import pytest
from django.contrib.staticfiles import finders
from django.template import Context, RequestContext, Template
from django.test import RequestFactory
from django.utils.translation import override

from busy.lib.templatetags import busy_ui
from tests.support.servers import ROOT


def draw(source: str, **context: object) -> str:
    return Template("{% load busy_ui %}" + source).render(Context(context)).strip()


def test_an_icon_is_decoration_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in draw('{% icon "lock" %}')
    labelled = draw('{% icon "lock" "icon-small" "Locked" %}')
    assert 'role="img" aria-label="Locked"' in labelled
    assert 'class="icon icon-small"' in labelled


def test_an_icon_that_the_sprite_lacks_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="unicorn"):
        draw('{% icon "unicorn" %}')


def test_every_icon_named_in_modules_is_in_the_sprite() -> None:
    sources = [path.read_text() for path in (ROOT / "static" / "js").rglob("*.js")]
    named = {name for source in sources for name in findall(r'\bicon\("([\w-]+)"', source)}
    assert named, "the modules draw no icon at all"
    assert named <= busy_ui.icon_names()


def test_every_state_has_a_sign_of_the_sprite() -> None:
    assert {look.sign for look in busy_ui.STATES.values()} <= busy_ui.icon_names()


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Anna Aas", "AA"),
        ("Cilla", "C"),
        ("Ove Erik von Dahl", "OD"),
        ("Maja Östberg", "MÖ"),
        ("Anne-Lise", "AL"),
        ("", "?"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert busy_ui.initials(name) == letters


def test_a_name_has_the_same_colour_everywhere() -> None:
    """Written down here, because a hash that changes with the process would pass any comparison within one."""
    assert [busy_ui.colour_of(name) for name in ("Anna Aas", "Bo Berg")] == [9, 4]
    assert all(1 <= busy_ui.colour_of(str(number)) <= 12 for number in range(500))


def test_a_name_cannot_bring_markup_into_the_page() -> None:
    assert "<b" not in draw("{% avatar name %}", name="<b> <i>")


def test_hours_are_written_in_the_language_of_the_page() -> None:
    with override("nb"):
        assert draw("{{ minutes|hours }}", minutes=450) == "7,5"
    with override("en"):
        assert draw("{{ minutes|hours }}", minutes=450) == "7.5"
    assert draw("{{ minutes|hours }}", minutes=None) == ""


def test_no_hours_are_a_faint_dash_that_is_read_as_zero() -> None:
    assert draw("{{ minutes|hours_or_dash }}", minutes=0) == str(busy_ui.nothing())


@pytest.mark.parametrize(
    ("language", "currency", "written"),
    [
        ("nb", "NOK", "1 234,50 kr"),
        ("sv", "SEK", "1 234,50 kr"),
        ("da", "DKK", "1.234,50 kr."),
        ("en", "NOK", "1,234.50 NOK"),
        ("nb", "", "1 234,50"),
    ],
)
def test_money_stands_as_the_language_writes_it(language: str, currency: str, written: str) -> None:
    with override(language):
        assert busy_ui.money(Decimal("1234.5"), currency).replace("\N{NO-BREAK SPACE}", " ") == written


@pytest.mark.parametrize(("kept", "drawn"), [("dark", "dark"), ("light", "light"), ('"><script>', ""), ("", "")])
def test_only_our_themes_reach_the_page(kept: str, drawn: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = kept
    template = Template("{% load busy_ui %}{% theme_choice %}")
    assert template.render(RequestContext(request, {"request": request})) == drawn


def test_a_page_link_keeps_the_filter() -> None:
    request = RequestFactory().get("/", {"q": "fjell & co", "page": "2"})
    source = '{% load busy_ui %}{% query_with page=3 %} {% query_with page="" q="" %}'
    drawn = Template(source).render(RequestContext(request, {"request": request}))
    assert drawn == "?q=fjell+%26+co&amp;page=3 ?"


def test_every_module_is_preloaded_by_the_frame() -> None:
    """A module found only through another's import costs one more way to the server."""
    modules = {path.name for path in (ROOT / "static" / "js").glob("*.js")}
    first = (ROOT / "static" / "js" / "busy.js").read_text()
    names = set(findall(r'import "\./([\w-]+\.js)"', first)) | {"cookie.js", "outbox.js"}
    frame = (ROOT / "templates" / "base.html").read_text()
    preloaded = set(findall(r'modulepreload" href="{% static "js/([\w-]+\.js)"', frame))
    assert preloaded == names
    assert names <= modules


def test_every_stylesheet_of_the_frame_exists() -> None:
    linked = findall(r'{% static "(css/[\w/.-]+)" %}', (ROOT / "templates" / "base.html").read_text())
    assert len(linked) > 10
    assert [sheet for sheet in linked if finders.find(sheet) is None] == []


def test_no_template_writes_style_or_script_into_the_page() -> None:
    """The content security policy would refuse it, silently for the person and loudly in the console."""
    forbidden = r"<style|\sstyle=|\son\w+=\"|<script(?![^>]*(?:src=|/json))|hx-on|javascript:|hx-vals=.?js:"
    pages = [path for path in (ROOT / "templates").rglob("*.html") if "email" not in path.parts]
    broken = {str(path.relative_to(ROOT)): found for path in pages if (found := findall(forbidden, path.read_text()))}
    assert broken == {}
