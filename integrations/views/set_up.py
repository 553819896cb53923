"""The set-up step that follows connecting, and can be taken again (R104)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from busy.workspaces.doors import MemberRequest, entered, waiting_admin_view
from integrations import pages, problems, set_up_forms
from integrations import set_up as steps
from integrations.conversations import connector_of
from integrations.kernel.errors import ProviderError
from integrations.models import Connection
from integrations.problems import Explained
from integrations.set_up_forms import SetUpForm


@waiting_admin_view
def set_up(request: MemberRequest, provider: str) -> HttpResponse:
    """The choices are read from the provider with no transaction open."""
    with entered(request):
        connection = pages.connection_or_404(provider)
        if not set_up_forms.asked(connection):
            raise Http404
        if not connection.is_running:
            return _page(request, connection, None)
    try:
        choices = set_up_forms.read(connection)
    except ProviderError as error:
        with entered(request):
            refused = problems.explain(error.problem, connection=connection)
            return _page(request, connection, None, refused=refused, status=422)
    with entered(request):
        form = SetUpForm(connection, choices, request.POST if request.method == "POST" else None)
        if not form.is_bound:
            return _page(request, connection, form)
        if not form.is_valid():
            return _page(request, connection, form, status=422)
        steps.finish(connection, form.answers, form.labels, by=request.membership)
        messages.success(request, _("The set-up is finished."))
    return redirect("integrations:connection", request.workspace.slug, provider)


def _page(
    request: MemberRequest,
    connection: Connection,
    form: SetUpForm | None,
    *,
    refused: Explained | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "facts": connector_of(connection).facts,
        "connection": connection,
        "form": form,
        "refused": refused,
        "is_waited_for": steps.is_waited_for(connection),
        "crumbs": pages.crumbs(request, connection),
    }
    return render(request, "integrations/set_up.html", context, status=status)
