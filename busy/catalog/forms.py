"""Forms of the catalogue. They read what was written; whether it may be so is for the services to say."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.db import transaction
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from busy.catalog import custom_values
from busy.catalog.errors import CatalogRefusal
from busy.catalog.fields import PLAIN_CHOICES, AmountField, DayField, RecordField
from busy.catalog.layouts import field_id, field_key
from busy.catalog.mastership import Kind, owner_of, sharing_of
from busy.catalog.models import Customer, Product, Project, RateMode, Record, WorkType, WorkTypeKind
from busy.catalog.own_fields import own_field
from busy.catalog.selectors.categories import categories
from busy.catalog.selectors.customer_pages import CustomerPage, values_of
from busy.catalog.selectors.order import by_name
from busy.catalog.services.records import owned_fields
from busy.lib.forms import Combobox, Suggested, Switch
from busy.workspaces.models import Membership, Workspace

T = TypeVar("T")
# So many work types are all ticked on the first project.
FEW = 20
COLOR_NAMES = [
    (1, _("Blue")),
    (2, _("Orange")),
    (3, _("Teal")),
    (4, _("Pink")),
    (5, _("Violet")),
    (6, _("Lime")),
    (7, _("Red")),
    (8, _("Turquoise")),
    (9, _("Green")),
    (10, _("Magenta")),
    (11, _("Brown")),
    (12, _("Grey")),
]


class CatalogForm(forms.Form):
    """``apply`` runs a service and puts its refusal beside the field that it concerns."""

    def apply(self, write: Callable[[], T]) -> T | None:
        """What the service answers; None when it refused, which the form then shows. Nothing half-done stays."""
        try:
            with transaction.atomic():
                return write()
        except CatalogRefusal as refusal:
            self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)
            return None

    def saves(self, write: Callable[[], object]) -> bool:
        """Whether the form is valid and the service did what was wished."""
        return self.is_valid() and self.apply(write) is not None


class NewForm(CatalogForm):
    """Carries an id of its own, so that sending it twice makes one record."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"client_id": uuid.uuid4()} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)

    def leave_number_to_system(self, kind: Kind) -> None:
        """Where a system keeps the kind as well, it gives the numbers (R65): there is nothing to type."""
        sharing = sharing_of(kind)
        if sharing and sharing.creates:
            del self.fields["number"]


class ChangeForm(CatalogForm):
    """Over a record that exists. What another system owns is no field (R18).

    Each field remembers what the page showed: two people who change different fields do not undo each other's work.
    """

    def __init__(self, *args: Any, record: Record, **kwargs: Any) -> None:
        self.record = record
        kwargs["initial"] = {name: getattr(record, name) for name in self.base_fields} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        for name in owned_fields(record) & set(self.fields):
            del self.fields[name]
        for field in self.fields.values():
            field.show_hidden_initial = True

    def remembered(self) -> SafeString:
        """What the page shows now, for a page that stays: the next change is told from this one."""
        inputs = (
            (bound.as_widget(bound.field.hidden_widget(), {"id": bound.html_initial_id, "hx-swap-oob": "true"}, True),)
            for bound in self
        )
        return format_html_join("", "{}", inputs)

    def changes(self) -> dict[str, Any]:
        """What the person changed, by field."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


class CustomerFields(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=255)
    number = forms.CharField(label=_("Number"), max_length=100, required=False)
    organization_number = forms.CharField(label=_("Organisation number"), max_length=40, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)


class NewCustomerForm(CustomerFields, NewForm):
    pass


class CustomerForm(CustomerFields, ChangeForm):
    """The fields that the layout places, in its order; the workspace's own among them (R98, R100)."""

    def __init__(self, *args: Any, record: Customer, page: CustomerPage, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        kept = values_of(record) if page.shown else {}
        for own in page.shown:
            key, text = field_key(own.pk), kept.get(own.pk, "")
            self.fields[key] = own_field(own, text)
            self.fields[key].show_hidden_initial = True
            self.initial[key] = custom_values.value_of(own.kind, text)
        self.fields = {key: self.fields[key] for key in page.places if key in self.fields}

    def changes(self) -> dict[str, Any]:
        changed = super().changes()
        values = {pk: changed.pop(key) for key in list(changed) if (pk := field_id(key)) is not None}
        return changed | ({"values": values} if values else {})


class ProductFields(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=255)
    number = forms.CharField(label=_("Number"), max_length=100, required=False)
    unit = forms.CharField(
        label=_("Unit"), max_length=40, required=False, help_text=_("What one of it is, such as hour or piece.")
    )
    price = AmountField(label=_("Price"), required=False)


class NewProductForm(ProductFields, NewForm):
    pass


class ProductForm(ProductFields, ChangeForm):
    pass


class WithProduct(forms.Form):
    """Knows which products can be chosen (R22, R24)."""

    def offer_products(self, workspace: Workspace, chosen: Product | None) -> None:
        field = self.fields["product"]
        assert isinstance(field, RecordField)
        active = Product.objects.filter(archived_at=None).order_by(by_name(), "pk")[:PLAIN_CHOICES]
        shown = _submitted(self, "product", Product) or chosen
        field.offer(active, shown, reverse("catalog:product-choices", args=[workspace.slug]), _("No product"))


class WorkTypeFields(WithProduct):
    name = forms.CharField(label=_("Name"), max_length=255)
    number = forms.CharField(label=_("Number"), max_length=100, required=False)
    product = RecordField(
        Product,
        label=_("Product"),
        required=False,
        help_text=_("What hours of this work type become on an order."),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=WorkTypeKind.choices,
        help_text=_("Absence is shown striped, counts as recorded time and is never billable."),
    )
    is_billable = forms.BooleanField(
        label=_("Billable"),
        required=False,
        widget=Switch,
        help_text=_("New hours of this work type are billable on billable projects."),
    )
    category = forms.CharField(
        label=_("Category"),
        max_length=100,
        required=False,
        widget=Suggested,
        help_text=_("Work types of one category can be added to a project together."),
    )

    def offer_categories(self) -> None:
        widget = self.fields["category"].widget
        assert isinstance(widget, Suggested)
        widget.suggestions = categories


class NewWorkTypeForm(WorkTypeFields, NewForm):
    rate = AmountField(
        label=_("Default rate"), required=False, help_text=_("Leave it empty to use the workspace's rate.")
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        kwargs["initial"] = {"is_billable": True, "kind": WorkTypeKind.WORK} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.leave_number_to_system(Kind.WORK_TYPE)
        self.offer_products(workspace, None)
        self.offer_categories()


class WorkTypeForm(WorkTypeFields, ChangeForm):
    def __init__(self, *args: Any, record: WorkType, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        self.offer_products(workspace, record.product)
        self.offer_categories()
        self.fields["is_billable"].disabled = record.is_absence

    def settled(self) -> SafeString:
        """The switch as the kind leaves it, for a page that stays."""
        return self["is_billable"].as_widget(attrs={"hx-swap-oob": "true"})


class ProjectFields(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=255)
    number = forms.CharField(label=_("Project number"), max_length=100, required=False)
    customer = RecordField(Customer, label=_("Customer"), required=False, may_be_new=True)
    color = forms.TypedChoiceField(label=_("Colour"), choices=COLOR_NAMES, coerce=int, widget=forms.RadioSelect)
    is_billable = forms.BooleanField(
        label=_("Billable"), required=False, widget=Switch, help_text=_("Its hours can be put on orders.")
    )
    is_open = forms.BooleanField(
        label=_("Open to everybody"),
        required=False,
        widget=Switch,
        help_text=_("Off: only the project's members can log time on it."),
    )
    start_date = DayField(label=_("Start date"), required=False)
    end_date = DayField(label=_("End date"), required=False)

    def offer_customers(self, workspace: Workspace, chosen: Customer | None) -> None:
        field = self.fields.get("customer")
        if not isinstance(field, RecordField):
            return
        field.may_be_new = not owner_of(Kind.CUSTOMER)
        active = Customer.objects.filter(archived_at=None).order_by(by_name(), "pk")[:PLAIN_CHOICES]
        shown = _submitted(self, "customer", Customer) or chosen
        field.offer(active, shown, reverse("catalog:customer-choices", args=[workspace.slug]), _("No customer"))


class NewProjectForm(ProjectFields, NewForm):
    work_types = forms.ModelMultipleChoiceField(
        label=_("Work types"),
        queryset=WorkType.across_workspaces.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What can be logged on the project. More can be added later."),
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leave_number_to_system(Kind.PROJECT)
        work_types: Any = self.fields["work_types"]
        work_types.queryset = WorkType.objects.filter(archived_at=None).order_by(by_name(), "pk")
        # As a list, so that the page asks for them once.
        work_types.choices = [(kind.pk, kind.name) for kind in work_types.queryset]
        if not self.initial.get("work_types"):
            self.initial["work_types"] = [pk for pk, _name in work_types.choices[:FEW]]
        initial = self.initial.get("customer")
        self.offer_customers(workspace, initial if isinstance(initial, Customer) else None)


class ProjectForm(ProjectFields, ChangeForm):
    def __init__(self, *args: Any, record: Project, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        self.offer_customers(workspace, record.customer)


class RateForm(CatalogForm):
    """An amount from a day on. Nothing written ends the rate; no day is the beginning (P27)."""

    amount = AmountField(label=_("Amount per hour"), required=False)
    valid_from = DayField(label=_("From"), required=False)


class RateModeForm(CatalogForm):
    mode = forms.ChoiceField(label=_("This project has"), choices=RateMode.choices, widget=forms.RadioSelect)
    valid_from = DayField(label=_("From"), required=False)


class WhyForm(forms.Form):
    """Whose hour, of what, on which project, on which day."""

    project = RecordField(Project, label=_("Project"))
    work_type = forms.ModelChoiceField(
        label=_("Work type"), queryset=WorkType.across_workspaces.none(), widget=Combobox, empty_label=None
    )
    member = forms.ModelChoiceField(
        label=_("User"),
        queryset=Membership.across_workspaces.none(),
        required=False,
        widget=Combobox,
        empty_label=_("Anybody"),
    )
    day = DayField(label=_("Day"))

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        active = Project.objects.filter(archived_at=None).order_by(by_name(), "pk")[:PLAIN_CHOICES]
        url = reverse("catalog:project-choices", args=[workspace.slug])
        fields["project"].offer(active, _submitted(self, "project", Project), url)
        fields["work_type"].queryset = WorkType.objects.order_by(by_name(), "pk")
        fields["member"].queryset = Membership.objects.select_related("user").order_by(by_name("user__name"), "pk")


def _submitted(form: forms.Form, name: str, model: type[Record]) -> Any:
    """The record, or the name of a new one, that a sent form chose; it has to stand among the choices shown again."""
    if not form.is_bound:
        return None
    value = str(form[name].data or "")
    if value.isascii() and value.isdigit():
        return model.objects.filter(pk=int(value)).first()
    return value or None
