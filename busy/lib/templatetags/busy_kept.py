"""``{% kept %}…{% endkept %}``: what every page of a language says in the same words is made once per process.

Inside, nothing of the page or the request can be read: it is rendered in a context of its own, which is empty.
Addresses (``{% url %}``) do not belong there, since another table of addresses may hold for the next page.
"""

from __future__ import annotations

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()


class Kept(template.Node):
    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        # By language. Two threads that make the same text at the same moment make the same text.
        self._made: dict[str | None, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        language = get_language()
        made = self._made.get(language)
        if made is None:
            own = Context()
            with own.bind_template(context.template):  # type: ignore[arg-type]
                made = self._made[language] = self.nodelist.render(own)
        return made


@register.tag
def kept(parser: Parser, token: Token) -> Kept:
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return Kept(nodelist)
