"""Template tags for facts of providers: their texts, marks and states."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations import guides
from integrations.kernel.facts import Step
from integrations.kernel.registry import logo
from integrations.models import ConnectionState

register = template.Library()


@register.simple_tag
def fact(text: str) -> str:
    """A text of the facts in the reader's language."""
    return _(text) if text else ""


@register.simple_tag
def fact_step(step: Step) -> SafeString:
    """A step with the provider's own menu names in bold, untranslated, since the reader looks for them there."""
    values = {key: format_html("<strong>{}</strong>", value) for key, value in step.values.items()}
    written = _(step.text)
    text = format_html(written.replace("%(", "{").replace(")s", "}"), **values) if values else escape(written)
    if not step.url:
        return text
    return format_html(
        '{} <a href="{}" target="_blank" rel="noopener noreferrer">{}</a>', text, step.url, _("Open the page")
    )


@cache
def _mark(key: str) -> SafeString:
    # The mark comes from the provider's package in this repository, not from a person.
    return mark_safe(logo(key))  # noqa: S308


@register.simple_tag
def provider_mark(key: str) -> SafeString:
    return format_html('<span class="provider-mark" aria-hidden="true">{}</span>', _mark(key))


@register.inclusion_tag("integrations/_guide_link.html", takes_context=True)
def guide_link(context: dict[str, Any], topic: str, anchor: str = "") -> dict[str, Any]:
    """To a guide, by its title; ``anchor`` is a section's, as the English text has it."""
    title = guides.of_topic(topic, guides.readers_language()).title
    return {"workspace": context["workspace"], "topic": topic, "anchor": anchor, "title": title}


_SIGNS = {
    ConnectionState.ACTIVE: "transferred",
    ConnectionState.DEGRADED: "failed",
    ConnectionState.PAUSED: "paused",
    ConnectionState.DISCONNECTED: "archived",
}


@register.simple_tag
def connection_state(card: Any) -> str:
    """The state on a card: a word that says what is so, not what the code calls it."""
    state, label = card.connection.state, card.connection.get_state_display()
    waiting = card.health.needs_somebody
    if state == ConnectionState.ACTIVE and card.health.needs_set_up:
        state, waiting, label = ConnectionState.NEEDS_CONFIGURATION, 0, _("Needs configuration")
    elif state == ConnectionState.ACTIVE and card.health.is_silent and not waiting:
        state, label = ConnectionState.NEEDS_CONFIGURATION, _("Needs attention")
    if state == ConnectionState.ACTIVE and waiting:
        state = ConnectionState.NEEDS_CONFIGURATION
        label = ngettext("%(count)s needs you", "%(count)s need you", waiting) % {"count": waiting}
    return render_to_string("parts/_state.html", {"state": _SIGNS.get(state, "attention"), "label": label})
