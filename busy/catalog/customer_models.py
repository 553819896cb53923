"""What a workspace adds to its customers: tags, fields of its own, and how their page is laid out.

Loaded at the end of `busy.catalog.models`, whose tables it points to.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from busy.catalog.models import Customer
from busy.workspaces.models import Membership
from busy.workspaces.tenancy import TenantForeignKey, TenantModel

FIELD_NAME_LENGTH = 100


class CustomerTag(TenantModel):
    """A word that sorts customers, the workspace's own and reusable (R96)."""

    name = models.CharField(_("name"), max_length=60)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", Upper("name"), name="customer_tag_once")]

    def __str__(self) -> str:
        return self.name


class CustomerTagging(TenantModel):
    customer = TenantForeignKey(Customer, models.CASCADE, related_name="taggings")
    tag = TenantForeignKey(CustomerTag, models.CASCADE, related_name="taggings")
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", "customer", "tag", name="customer_tagging_once")]
        indexes: ClassVar = [models.Index("workspace", "tag", name="customer_tagging_tag")]


class FieldKind(models.TextChoices):
    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    DAY = "day", _("Date")
    YES_NO = "yes_no", _("Yes or no")
    CHOICE = "choice", _("One of a list")


class CustomerField(TenantModel):
    """A field that an administrator gave to the customers (R98). An archived one keeps its values and is shown nowhere.

    No two differ in capitals only, since a system that it is exchanged with may not tell them apart (R99).
    """

    name = models.CharField(_("name"), max_length=FIELD_NAME_LENGTH)
    kind = models.CharField(_("kind"), max_length=10, choices=FieldKind, default=FieldKind.TEXT)
    choices = ArrayField(models.CharField(max_length=200), verbose_name=_("choices"), default=list, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", Upper("name"), name="customer_field_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None


class CustomerFieldValue(TenantModel):
    """What a customer has in a field, as `custom_values` writes it; nothing is no row."""

    customer = TenantForeignKey(Customer, models.CASCADE, db_index=False, related_name="field_values")
    field = TenantForeignKey(CustomerField, models.CASCADE, db_index=False, related_name="values")
    value = models.CharField(max_length=1000)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", "customer", "field", name="customer_field_value_once")
        ]
        indexes: ClassVar = [
            models.Index("workspace", "field", name="customer_field_value_field"),
        ]


class CustomerLayout(TenantModel):
    """Which fields the customer page shows, in which order (R100): everybody's, or one member's instead of it."""

    member = TenantForeignKey(Membership, models.CASCADE, null=True, blank=True, db_index=False, related_name="+")
    places = ArrayField(models.CharField(max_length=40))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "member"], name="customer_layout_once", nulls_distinct=False)
        ]
