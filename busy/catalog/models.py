"""What time can be logged on: customers, projects, work types, products, and what an hour costs.

``mastered_by`` names the system that owns a record's name, number, customer and archived state ("" is Busy itself,
P12). Those fields are read-only here while it is set (R18); everything else on the record is Busy's own and survives
every pull (R17).
"""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from busy.workspaces.models import Membership, Workspace
from busy.workspaces.tenancy import TenantForeignKey, TenantModel

COLORS = 12


class Record(TenantModel):
    """What customers, projects, work types and products share: a name, a number, an archived state, a master."""

    # Other indexes begin with it; an import of a hundred thousand records would pay for one more.
    workspace = models.ForeignKey(
        Workspace, models.CASCADE, db_index=False, related_name="+", verbose_name=_("workspace")
    )
    name = models.CharField(_("name"), max_length=255)
    number = models.CharField(_("number"), max_length=100, blank=True)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    mastered_by = models.CharField(max_length=40, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    # Made with the form that creates the record, so that sending it twice gives one record.
    client_id = models.UUIDField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.number} {self.name}" if self.number else self.name

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None


def _once(name: str) -> models.UniqueConstraint:
    """Records that were imported have none, and cost nothing here."""
    return models.UniqueConstraint("workspace", "client_id", condition=models.Q(client_id__isnull=False), name=name)


class Customer(Record):
    organization_number = models.CharField(_("organisation number"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)

    class Meta:
        constraints: ClassVar = [_once("customer_client_id_once")]
        indexes: ClassVar = [
            models.Index("workspace", "archived_at", "name", "id", name="customer_list"),
        ]


class Product(Record):
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=4, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)

    class Meta:
        constraints: ClassVar = [_once("product_client_id_once")]
        indexes: ClassVar = [
            models.Index("workspace", "archived_at", "name", "id", name="product_list"),
        ]


class WorkTypeKind(models.TextChoices):
    WORK = "work", _("Work")
    VACATION = "vacation", _("Vacation")
    SICK_LEAVE = "sick_leave", _("Sick leave")
    TIME_OFF = "time_off", _("Time off in lieu")
    OTHER_ABSENCE = "absence", _("Other absence")


class WorkType(Record):
    """Never called activity or tag. Carries the product that its hours become on an order (R22, R23).

    Every kind but work is absence: it counts as recorded time and is never billable (P11, P17).
    """

    product = TenantForeignKey(
        Product, models.SET_NULL, null=True, blank=True, related_name="work_types", verbose_name=_("product")
    )
    is_billable = models.BooleanField(_("billable"), default=True)
    # With a default in the database, since pulls write work types without it.
    kind = models.CharField(
        _("kind"), max_length=10, choices=WorkTypeKind, default=WorkTypeKind.WORK, db_default=WorkTypeKind.WORK
    )
    # P10. The work types of one category are added to a project together; spelt the same on all of them.
    category = models.CharField(_("category"), max_length=100, blank=True, default="", db_default="")

    @property
    def is_absence(self) -> bool:
        return self.kind != WorkTypeKind.WORK

    class Meta:
        constraints: ClassVar = [
            _once("work_type_client_id_once"),
            models.CheckConstraint(
                condition=models.Q(kind=WorkTypeKind.WORK) | models.Q(is_billable=False),
                name="work_type_absence_not_billable",
            ),
        ]
        indexes: ClassVar = [models.Index("workspace", "archived_at", "name", "id", name="work_type_list")]


class RateMode(models.TextChoices):
    INHERITED = "inherited", _("The work types' and the workspace's rates")
    PROJECT = "project", _("One rate for the project")
    WORK_TYPE = "work_type", _("One rate per work type")
    MEMBER = "member", _("One rate per user")


class Project(Record):
    customer = TenantForeignKey(
        Customer,
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="projects",
        verbose_name=_("customer"),
    )
    color = models.PositiveSmallIntegerField(
        _("colour"), default=1, validators=[MinValueValidator(1), MaxValueValidator(COLORS)]
    )
    is_billable = models.BooleanField(_("billable"), default=True)
    is_open = models.BooleanField(_("open to everybody"), default=True)
    rate_mode = models.CharField(_("rates"), max_length=20, choices=RateMode, default=RateMode.INHERITED)
    start_date = models.DateField(_("start date"), null=True, blank=True)
    end_date = models.DateField(_("end date"), null=True, blank=True)
    # Both mean something while the workspace uses tasks (P19).
    is_task_driven = models.BooleanField(_("task-driven"), default=False, db_default=False)
    task_decides_work_type = models.BooleanField(
        _("the work type follows from the task"), default=False, db_default=False
    )

    class Meta:
        constraints: ClassVar = [
            _once("project_client_id_once"),
            models.CheckConstraint(condition=models.Q(color__gte=1, color__lte=COLORS), name="project_color_exists"),
        ]
        indexes: ClassVar = [
            models.Index("workspace", "archived_at", "name", "id", name="project_list"),
            # Of all projects it could be so small that references are checked by it, reading the workspace for each.
            models.Index("workspace", "customer", condition=models.Q(customer__isnull=False), name="project_customer"),
        ]


class RateModeChange(TenantModel):
    """From which day a project was set up for which rates, so that a past day keeps the rate it had (P27).

    No day is the beginning. A project without such rows always had its ``rate_mode``; one with rows has in
    ``rate_mode`` what was chosen last, which may begin on a day to come.
    """

    project = TenantForeignKey(Project, models.CASCADE, related_name="rate_mode_changes")
    mode = models.CharField(_("rates"), max_length=20, choices=RateMode)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "project", "valid_from"], name="rate_mode_change_once", nulls_distinct=False
            )
        ]


class ProjectMember(TenantModel):
    """Who may log time on a closed project, and who leads it (P4, R110)."""

    project = TenantForeignKey(Project, models.CASCADE, related_name="members")
    member = TenantForeignKey(Membership, models.CASCADE, related_name="projects")
    is_leader = models.BooleanField(_("project manager"), default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", "project", "member", name="project_member_once")]
        indexes: ClassVar = [models.Index("workspace", "member", name="project_member_member")]


class ProjectWorkType(TenantModel):
    """A work type added to a project; only these are offered in time entry (R21, P10)."""

    project = TenantForeignKey(Project, models.CASCADE, related_name="project_work_types")
    work_type = TenantForeignKey(WorkType, models.CASCADE, related_name="project_work_types")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", "project", "work_type", name="project_work_type_once")
        ]
        indexes: ClassVar = [models.Index("workspace", "work_type", name="project_work_type_type")]


class Task(Record):
    """A piece of a task-driven project that its hours are logged on (P19).

    ``work_type`` is what hours on it are where the project lets the task decide. ``done_at`` closes it for new hours;
    archiving hides it as well. ``mastered_by`` owns the members and the state too (R69).
    """

    project = TenantForeignKey(Project, models.CASCADE, related_name="tasks", verbose_name=_("project"))
    work_type = TenantForeignKey(
        WorkType, models.SET_NULL, null=True, blank=True, related_name="tasks", verbose_name=_("work type")
    )
    budget_minutes = models.PositiveIntegerField(_("budget"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        constraints: ClassVar = [_once("task_client_id_once")]
        indexes: ClassVar = [
            models.Index("workspace", "project", "archived_at", "name", "id", name="task_list"),
        ]

    @property
    def is_done(self) -> bool:
        return self.done_at is not None


class TaskMember(TenantModel):
    """Who may log time on a task; a task without such rows is everybody's who may log on the project (R68)."""

    task = TenantForeignKey(Task, models.CASCADE, related_name="members")
    member = TenantForeignKey(Membership, models.CASCADE, related_name="tasks")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", "task", "member", name="task_member_once")]
        indexes: ClassVar = [models.Index("workspace", "member", name="task_member_member")]


class Rate(TenantModel):
    """What an hour costs from a day on, in the workspace's currency (P26, P27).

    Which of project, work type and member are set says what the rate is for: none is the workspace's default, only a
    work type is that work type's default, a project alone or with one of the others is the project's. No amount means
    that the rate ends on that day: what is more general applies again.
    """

    project = TenantForeignKey(Project, models.CASCADE, null=True, blank=True, related_name="rates")
    work_type = TenantForeignKey(WorkType, models.CASCADE, null=True, blank=True, related_name="rates")
    member = TenantForeignKey(Membership, models.CASCADE, null=True, blank=True, related_name="rates")
    amount = models.DecimalField(
        _("hourly rate"), max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "project", "work_type", "member", "valid_from"],
                name="rate_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="rate_not_negative"),
            models.CheckConstraint(
                condition=models.Q(member=None) | models.Q(project__isnull=False, work_type=None),
                name="rate_member_on_project",
            ),
        ]


from busy.catalog import customer_models  # noqa: E402, F401 - its tables point to those above
