"""The style guide: every component in every state, for people, screenshots and the accessibility check. Debug only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language

from busy.lib.forms import Combobox, HoursInput, Switch
from busy.lib.navigation import KEEP, MORE, RECORD, NavGroup, Navigation, NavItem, NavLink
from busy.lib.templatetags.busy_ui import COLOURS, STATES, icon_names

PROJECTS = (
    ("1042", "Fjell Arena", "Design · Fjell AS", 1),
    ("1038", "Havnekvartalet", "Site management · Havn Eiendom AS", 2),
    ("1029", "Solvik ungdomsskole", "Site visit · Solvik kommune", 3),
    ("1051", "Kaien kulturhus", "Design · Fjerdingen Eiendom AS", 4),
    (
        "1017",
        "Rehabilitering av fasader, tak og uteområder ved Østre Solvik omsorgssenter, byggetrinn 2",
        "Solvik kommune",
        5,
    ),
    ("1055", "Ærø Ferry Terminal", "Ærø Færgefart A/S", 8),
)


_LEVELS = {"success": messages.SUCCESS, "warning": messages.WARNING, "error": messages.ERROR}


@dataclass(frozen=True)
class SamplePerson:
    name: str = "Bo Lindqvist"
    email: str = "bo@nordlys.example"
    is_authenticated: bool = True

    def get_full_name(self) -> str:
        return self.name


@dataclass(frozen=True)
class SampleWorkspace:
    name: str = "Nordlys Studio"
    slug: str = "nordlys-studio"


class SampleForm(forms.Form):
    """Every kind of field once. The hours and the e-mail of the bound sample are wrong on purpose."""

    name = forms.CharField(label="Name", max_length=60, initial="Fjell Arena", help_text="As the customer knows it.")
    email = forms.EmailField(label="E-mail")
    hours = forms.DecimalField(label="Hours", widget=HoursInput(), max_value=24, help_text="A day has 24.")
    rate = forms.DecimalField(label="Hourly rate", required=False)
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    project = forms.ChoiceField(
        label="Project",
        widget=Combobox(),
        choices=[("", "Choose a project"), *((number, name) for number, name, _, _ in PROJECTS)],
    )
    far = forms.ChoiceField(
        label="Customer, found on the server",
        required=False,
        widget=Combobox(url="?search"),
        choices=[("", "Type a name")],
    )
    state = forms.ChoiceField(label="State", choices=[("active", "Active"), ("archived", "Archived")])
    when = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    hours_go = forms.ChoiceField(
        label="When hours go out",
        choices=[("never", "Do not transfer"), ("approval", "On approval"), ("order", "On order completion")],
        widget=forms.RadioSelect,
        initial="approval",
    )
    kinds = forms.MultipleChoiceField(
        label="What comes in",
        choices=[("projects", "Projects"), ("customers", "Customers"), ("products", "Products")],
        widget=forms.CheckboxSelectMultiple,
        initial=["projects"],
        required=False,
    )
    billable = forms.BooleanField(label="Billable", required=False, initial=True)
    sync = forms.BooleanField(
        label="Project sync", required=False, widget=Switch(), help_text="Projects are kept there, refined here."
    )
    number = forms.CharField(label="Number", disabled=True, initial="1042", required=False)

    def clean(self) -> dict[str, Any] | None:
        self.add_error(None, "Nothing is saved yet: two fields need you.")
        return super().clean()


def styleguide(request: HttpRequest) -> HttpResponse:
    """``?search&q=`` answers the sample combobox and palette, ``?say=error`` shows a message."""
    if "q" in request.GET and "search" in request.GET:
        return JsonResponse({"results": _search(request.GET["q"])})
    if level := request.GET.get("say"):
        messages.add_message(request, _LEVELS.get(level, messages.INFO), "A message of the server.")
    bound = SampleForm(
        {"name": "Fjell Arena", "email": "anna@", "hours": "26", "state": "active", "kinds": ["projects"]},
        auto_id="bad_%s",
    )
    pages = Paginator(range(1, 3_241), 50)
    now = datetime.now(UTC)
    return render(
        request,
        "styleguide.html",
        {
            "navigation": _sample_navigation(request),
            "workspace": SampleWorkspace(),
            "user": SamplePerson(),
            "palette_url": "?search",
            "states": list(STATES),
            "save_states": ("saving", "saved", "queued", "refused"),
            "colours": range(1, COLOURS + 1),
            "icons": sorted(icon_names()),
            "projects": PROJECTS,
            "form": SampleForm(),
            "bound": bound,
            "page_obj": pages.page(2),
            "minutes": (450, 0, 20, -90, 2250),
            "amount": Decimal("130268.75"),
            "instants": (now - timedelta(seconds=40), now - timedelta(hours=3), now + timedelta(minutes=2)),
            "tabs": (
                {"label": "Overview", "url": "#overview", "current": True},
                {"label": "Problems", "url": "#problems", "count": 2, "attention": True},
                {"label": "History", "url": "#history"},
            ),
            "crumbs": ({"label": "Settings", "url": "#settings"}, {"label": "Integrations", "url": "#integrations"}),
            "language": get_language(),
        },
    )


def _search(text: str) -> list[dict[str, object]]:
    return [
        {"value": number, "label": name, "detail": detail, "color": colour, "group": "Projects", "url": f"#{number}"}
        for number, name, detail, colour in PROJECTS
        if text.lower() in f"{name} {detail}".lower()
    ]


def _sample_navigation(request: HttpRequest) -> Navigation:
    items = (
        NavItem("timeline", "Timeline", "timeline", "", group=RECORD, narrow=1, shortcut="g t"),
        NavItem("week", "Week", "week", "", group=RECORD, narrow=2, shortcut="g w"),
        NavItem("approve", "Approve", "approve", "", group=RECORD, narrow=3, count=lambda request: 7, shortcut="g a"),
        NavItem("orders", "Orders", "orders", "", group=RECORD, narrow=4, count=lambda request: 3),
        NavItem("projects", "Projects", "projects", "", group=KEEP),
        NavItem("customers", "Customers", "customers", "", group=KEEP),
        NavItem("reports", "Reports", "reports", "", group=KEEP),
        NavItem("worktypes", "Work types", "worktypes", "", group=MORE),
        NavItem("products", "Products", "products", "", group=MORE),
        NavItem("people", "People", "people", "", group=MORE),
        NavItem("settings", "Settings", "settings", "", group=MORE),
    )
    links = [NavLink(item, f"#{item.key}", request) for item in items]
    links[1].current = "page"
    return Navigation(
        NavGroup(number, tuple(x for x in links if x.item.group == number)) for number in (RECORD, KEEP, MORE)
    )
