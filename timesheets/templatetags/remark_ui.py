"""The small sign of hours that there is something to know of: a caution, or how far they are on their way."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from busy.lib.templatetags.busy_ui import icon
from timesheets.remarks import Remark, Transfer

register = template.Library()

# Each sign another shape; static/js/words.js has the same.
SIGNS = {"caution": "alert", "attention": "plug-off", "waiting": "sync", "transferring": "sync", "transferred": "cloud"}


@register.simple_tag
def remark_sign(remark: Remark, classes: str = "remark-sign") -> SafeString:
    """The sign with its sentence as the title; an empty, hidden place when there is nothing to know."""
    if not remark.sign:
        return format_html('<span class="{}" data-remark="" hidden></span>', classes)
    drawn = icon(SIGNS[remark.sign])
    return format_html(
        '<span class="{}" data-remark="{}" title="{}">{}</span>', classes, remark.sign, remark.text, drawn
    )


@register.simple_tag
def transfer_sign(transfer: Transfer | None) -> SafeString:
    """How far one entry's cell is, with the sentence for everybody who does not see the picture; nothing for none."""
    if transfer is None:
        return SafeString("")
    drawn = icon(SIGNS[transfer.state], "", transfer.text)
    return format_html(
        '<span class="remark-sign" data-remark="{}" title="{}">{}</span>', transfer.state, transfer.text, drawn
    )
