"""Orders: what is to be invoiced for a project, made from its approved billable hours (R26)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from busy.catalog.models import Customer, Product, Project, WorkType
from busy.workspaces.models import Membership
from busy.workspaces.tenancy import TenantForeignKey, TenantModel
from timesheets.models import TimeEntry


class OrderSettings(TenantModel):
    """How a workspace makes orders (P28). One row a workspace; its lock hands out the numbers."""

    next_number = models.PositiveIntegerField(default=1001)
    # Hours before this local day are never offered.
    start_date = models.DateField(_("start date"), null=True, blank=True)
    default_text = models.TextField(_("default invoice text"), blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", name="order_settings_once")]


class OrderState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    FINISHED = "finished", _("Finished")


class Order(TenantModel):
    """A draft changes freely; a finished one is frozen and on its way.

    ``revision`` rises when a finished order is reopened, so that what was sent before is never taken for what is to be
    sent now. A draft's customer follows its project; a finished order keeps the one it was finished for.
    """

    number = models.PositiveIntegerField()
    project = TenantForeignKey(Project, models.PROTECT, related_name="orders")
    customer = TenantForeignKey(Customer, models.PROTECT, null=True, related_name="orders")
    state = models.CharField(max_length=10, choices=OrderState, default=OrderState.DRAFT)
    revision = models.PositiveIntegerField(default=1)
    currency = models.CharField(max_length=3)
    order_date = models.DateField(_("order date"))
    text = models.TextField(_("invoice text"), blank=True)
    our_reference = TenantForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("our reference")
    )
    created_by = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    finished_by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", "number", name="order_number_once"),
            models.CheckConstraint(
                condition=models.Q(state="draft", finished_at=None)
                | models.Q(state="finished", finished_at__isnull=False),
                name="order_finished_has_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "-number"], name="order_list"),
            models.Index("workspace", "project", name="order_project"),
        ]

    def __str__(self) -> str:
        return str(self.number)


class OrderLine(TenantModel):
    """What the customer's document says: hours of one work type at one rate. Quantity is decimal hours, two places."""

    order = TenantForeignKey(Order, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    work_type = TenantForeignKey(WorkType, models.PROTECT, null=True, related_name="+")
    product = TenantForeignKey(Product, models.PROTECT, null=True, related_name="+")
    description = models.CharField(_("description"), max_length=255)
    quantity = models.DecimalField(max_digits=12, decimal_places=2)
    unit_price = models.DecimalField(max_digits=12, decimal_places=2)
    # What the rates said for its hours; with the work type it tells lines apart. None: no rate was found.
    rate = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    # A person's own words and price survive when entries are picked anew.
    is_description_own = models.BooleanField(default=False)
    is_price_own = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [models.UniqueConstraint("workspace", "order", "position", name="order_line_position")]


class OrderEntry(TenantModel):
    """An entry's place on an order. The unique constraint is what keeps an hour from being invoiced twice."""

    order = TenantForeignKey(Order, models.CASCADE, related_name="entries")
    line = TenantForeignKey(OrderLine, models.SET_NULL, null=True, related_name="entries")
    entry = TenantForeignKey(TimeEntry, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", "entry", name="order_entry_once")]
        indexes: ClassVar = [models.Index("workspace", "order", name="order_entry_order")]
