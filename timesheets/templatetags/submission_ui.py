"""The sign of a day that says how far its hours are on their way."""

from __future__ import annotations

from django import template

from timesheets.views.submission_page import SubmissionPage

register = template.Library()


@register.inclusion_tag("timesheets/_day_sign.html")
def day_sign(submission: SubmissionPage, name: str, where: str) -> dict[str, object]:
    """``name`` is the day's short English name; ``where`` tells the two signs of a page apart: head or strip."""
    line = next(line for line in submission.lines if line.name == name)
    return {"submission": submission, "line": line, "where": where}
