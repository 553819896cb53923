"""What the pages of customers, work types and products do alike: create, change, archive, restore."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from busy.catalog import mastership
from busy.catalog.errors import CatalogRefusal, CreatedElsewhere
from busy.catalog.forms import ChangeForm, NewForm
from busy.catalog.mastership import Kind, name_of, owner_of
from busy.catalog.models import Record
from busy.catalog.services.records import may_change
from busy.catalog.views.answers import Context, done, form_refused, refused
from busy.workspaces.doors import MemberRequest

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class RecordPages(Generic[R]):
    """The pages of one kind of record. ``page`` is the URL name of a record, ``pages`` of the list.

    ``more`` gives what else a record's page shows.
    """

    kind: Kind
    model: type[R]
    page: str
    pages: str
    title: str | Promise
    relations: tuple[str, ...]
    template: str
    new_template: str
    new_form: Callable[..., NewForm]
    form: Callable[..., ChangeForm]
    create: Callable[[dict[str, Any]], R]
    change: Callable[..., R]
    archive: Callable[[R], R]
    restore: Callable[[R], R]
    more: Callable[[MemberRequest, R], Context]

    def get(self, record_id: int) -> R:
        return get_object_or_404(self.model.objects.select_related(*self.relations), pk=record_id)

    def address(self, request: MemberRequest, record: Record, page: str = "") -> str:
        return reverse(f"catalog:{page or self.page}", args=[request.workspace.slug, record.pk])

    def crumbs(self, request: MemberRequest) -> list[dict[str, str]]:
        return [{"url": reverse(f"catalog:{self.pages}", args=[request.workspace.slug]), "label": str(self.title)}]

    def new(self, request: MemberRequest, **kwargs: Any) -> HttpResponse:
        """The empty form, or what came of the written one."""
        if system := owner_of(self.kind):
            messages.info(request, CreatedElsewhere(system, self.kind).message)
            return redirect(f"catalog:{self.pages}", workspace=request.workspace.slug)
        form = self.new_form(request.POST or None, **kwargs)
        if request.method == "POST" and form.is_valid():
            record = form.apply(lambda: self.create(form.cleaned_data))
            if record:
                messages.success(request, _("%(name)s is created.") % {"name": record.name})
                return redirect(self.address(request, record))
        context = {"form": form, "crumbs": self.crumbs(request), "shared": mastership.sharing_of(self.kind)}
        return render(request, self.new_template, context, status=422 if form.errors else 200)

    def show(self, request: MemberRequest, record_id: int, **kwargs: Any) -> HttpResponse:
        """The record's page; a POST saves what was changed."""
        record = self.get(record_id)
        form = self.form(request.POST or None, record=record, **kwargs)
        if request.method != "POST":
            return self.render(request, record, form)
        if not form.saves(lambda: self.change(record, **form.changes())):
            context = self._context(request, record, form)
            return form_refused(request, "catalog/_record_fields.html", "#record-fields", self.template, context)
        if not request.htmx:
            messages.success(request, _("Saved."))
            return redirect(self.address(request, record))
        fresh = self.get(record_id)
        context = self._context(request, fresh, form) | {"fresh": self.form(record=fresh, **kwargs)}
        return render(request, "catalog/_record_saved.html", context)

    def put_archived(self, request: MemberRequest, record_id: int, archived: bool, **kwargs: Any) -> HttpResponse:
        """Archive or restore, and offer to undo it."""
        record = self.get(record_id)
        to = self.address(request, record)
        try:
            self.archive(record) if archived else self.restore(record)
        except CatalogRefusal as refusal:
            return refused(request, refusal, to=to)
        sentence = _("%(name)s is archived. Nothing of it is deleted.") if archived else _("%(name)s is active again.")
        undo_url = self.address(request, record, f"{self.page}-{'restore' if archived else 'archive'}") + "?undo"

        def page() -> HttpResponse:
            fresh = self.get(record_id)
            return self.render(request, fresh, self.form(record=fresh, **kwargs))

        return done(request, page, to=to, text=sentence % {"name": record.name}, undo_url=undo_url)

    def render(self, request: MemberRequest, record: R, form: ChangeForm) -> HttpResponse:
        return render(request, self.template, self._context(request, record, form))

    def _context(self, request: MemberRequest, record: R, form: ChangeForm) -> Context:
        return {
            "record": record,
            "form": form,
            "crumbs": self.crumbs(request),
            "system": name_of(record.mastered_by),
            "shared": (shared := mastership.sharing_of(self.kind)),
            "place": None if shared or not record.mastered_by else mastership.place_of(self.kind),
            "travel": mastership.panel(request, self.kind, record.pk),
            "may_archive": may_change(record, "archived"),
            "own_url": self.address(request, record),
            "archive_url": self.address(request, record, f"{self.page}-archive"),
            "restore_url": self.address(request, record, f"{self.page}-restore"),
        } | self.more(request, record)
