"""A member's own calendars: connecting, choosing which are shown, disconnecting (P16)."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from busy.lib.periods import Week, local_today
from busy.workspaces.doors import MemberRequest, door, employee_view, entered, public_view
from busy.workspaces.models import Role
from timesheets.calendars import accounts, oauth, selectors, sign_ins
from timesheets.calendars.errors import CalendarError, SetupMissing
from timesheets.calendars.vendors import Vendor, client_of, offered, vendor_of
from timesheets.models import CalendarAccount
from timesheets.views.asked import real_week
from timesheets.views.calendar_events import state_of
from timesheets.views.calendar_page import account_lines, refusal_of

waiting_view = door(Role.EMPLOYEE, in_scope=False)


def redirect_uri() -> str:
    """As the vendor has it registered."""
    return settings.BASE_URL.rstrip("/") + reverse("calendar-signed-in")


@employee_view
@require_GET
def index(request: MemberRequest) -> HttpResponse:
    vendors = offered()
    context = {
        "lines": account_lines(request.membership),
        "vendors": vendors,
        "missing": [] if vendors or not request.membership.is_administrator else ["GOOGLE", "MICROSOFT"],
        "redirect_uri": redirect_uri(),
    }
    return render(request, "timesheets/calendars.html", context)


@employee_view
@require_POST
def sign_in(request: MemberRequest, vendor: str) -> HttpResponse:
    """A page that goes on to the vendor by itself: a form must not be redirected to another host (CSP)."""
    wanted = _vendor(vendor)
    again = request.POST.get("account", "")
    account = selectors.account_of(request.membership, int(again)) if again.isascii() and again.isdigit() else None
    try:
        url = sign_ins.start(
            request.session,
            wanted,
            redirect_uri=redirect_uri(),
            by=request.membership,
            hint=account.address if account and account.vendor == wanted.key else "",
        )
    except SetupMissing as error:
        raise Http404 from error
    return render(request, "timesheets/calendar_sign_in.html", {"vendor": wanted, "url": url})


@public_view
@require_GET
def come_back(request: HttpRequest) -> HttpResponse:
    """The state says through which workspace's door."""
    slug = sign_ins.slug_of(request.GET.get("state", ""))
    if not slug:
        messages.error(request, _lost())
        return redirect("home")
    return _finish(request, workspace=slug)


@waiting_view
def _finish(request: MemberRequest) -> HttpResponse:
    """The code is exchanged and the calendars are listed with no transaction open, then stored."""
    page = redirect("timesheets:calendars", request.workspace.slug)
    claimed = sign_ins.claim(request.session, request.GET.get("state", ""), by=request.membership)
    if claimed is None:
        messages.error(request, _lost())
        return page
    vendor, code = claimed.vendor, request.GET.get("code", "")
    if not code:
        told = _("You did not allow it at %(vendor)s. Nothing was connected.") % {"vendor": vendor.name}
        messages.info(request, told)
        return page
    tokens = None
    try:
        tokens = oauth.exchange(vendor, code=code, verifier=claimed.verifier, redirect_uri=redirect_uri())
        listing, tokens = accounts.look_at(vendor, tokens)
    except CalendarError as error:
        accounts.give_back(vendor.key, tokens)
        messages.error(request, refusal_of(error, vendor))
        return page
    with entered(request):
        account = accounts.connect(request.membership, vendor, tokens, listing)
    told = _("%(vendor)s is connected as %(address)s. Its events appear on your timeline.")
    messages.success(request, told % {"vendor": vendor.name, "address": account.address})
    return page


@employee_view
@require_POST
def choose(request: MemberRequest, account_id: int) -> HttpResponse:
    """Which calendars of the account are shown: ``shown`` names them all. Scripts get the timeline's state back."""
    account = _account(request, account_id)
    shown = {int(number) for number in request.POST.getlist("shown") if number.isascii() and number.isdigit()}
    accounts.show_calendars(account, shown)
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse(state_of(request, _week(request)))
    messages.success(request, _("Your choice of calendars is saved."))
    return redirect("timesheets:calendars", request.workspace.slug)


@waiting_view
@require_POST
def disconnect(request: MemberRequest, account_id: int) -> HttpResponse:
    """Erased here first; what the vendor says to the tokens changes nothing about that."""
    with entered(request):
        account = _account(request, account_id)
        tokens = accounts.erase(account)
    vendor = vendor_of(account.vendor)
    names = {"vendor": vendor.name, "address": account.address}
    if accounts.give_back(vendor.key, tokens):
        told = _("%(address)s is disconnected. Its events are erased here, and %(vendor)s has taken the access back.")
    else:
        told = _(
            "%(address)s is disconnected and its events are erased here. You can also take Busy off the list of apps in"
            " your %(vendor)s account."
        )
    messages.success(request, told % names)
    return redirect("timesheets:calendars", request.workspace.slug)


def _vendor(key: str) -> Vendor:
    """Raises Http404 for one that there is not, or that is not switched on."""
    try:
        vendor = vendor_of(key)
    except LookupError:
        raise Http404 from None
    if client_of(key) is None:
        raise Http404
    return vendor


def _account(request: MemberRequest, account_id: int) -> CalendarAccount:
    """The member's own; another's is not there. Raises Http404."""
    account = selectors.account_of(request.membership, account_id)
    if account is None:
        raise Http404
    return account


def _week(request: MemberRequest) -> Week:
    try:
        return real_week(Week.parse(request.POST.get("week", "")))
    except ValueError:
        return Week.of(local_today(request.workspace.zone))


def _lost() -> str:
    return _("The sign-in came back too late, or to another browser than the one it began in. Nothing was stored.")
