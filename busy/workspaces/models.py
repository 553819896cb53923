"""Who is here: people, workspaces, and who belongs to which."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from busy.lib.money import CURRENCIES
from busy.workspaces.tenancy import TenantForeignKey, TenantModel

LANGUAGES = [("nb", "Norsk bokmål"), ("sv", "Svenska"), ("da", "Dansk"), ("en", "English")]
ZONES = [
    ("Europe/Oslo", "Oslo"),
    ("Europe/Stockholm", "Stockholm"),
    ("Europe/Copenhagen", "København"),
    ("Europe/Helsinki", "Helsinki"),
    ("Atlantic/Reykjavik", "Reykjavík"),
    ("Atlantic/Faroe", "Tórshavn"),
    ("America/Nuuk", "Nuuk"),
]


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username or "")


class User(AbstractBaseUser):
    """A person, who may belong to several workspaces. The e-mail address is the sign-in name."""

    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES, default="nb")
    # Automatic reminders of missing hours; what a manager asks for comes all the same.
    wants_reminders = models.BooleanField(_("reminders of missing hours"), default=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="user_email_unique")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email


class Workspace(models.Model):
    """A company that uses Busy. Its zone decides which day an hour belongs to, its currency what rates mean."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    zone = models.CharField(_("time zone"), max_length=40, choices=ZONES, default="Europe/Oslo")
    currency = models.CharField(_("currency"), max_length=3, choices=[(c, c) for c in CURRENCIES], default="NOK")
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES, default="nb")
    # The ordinary day of a company that has written no working week of its own yet (timesheets.capacity).
    day_minutes = models.PositiveSmallIntegerField(_("normal working day"), default=450)
    # P19. Whether a project can be driven by tasks; each project decides for itself.
    uses_tasks = models.BooleanField(_("tasks"), default=False, db_default=False)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator", _("Administrator")
    MANAGER = "manager", _("Manager")
    EMPLOYEE = "employee", _("Employee")


RANK = {Role.EMPLOYEE: 1, Role.MANAGER: 2, Role.ADMINISTRATOR: 3}


class Membership(TenantModel):
    """A person's place in a workspace. Deactivated people keep their hours and lose their access."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships", verbose_name=_("user"))
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.EMPLOYEE)
    employee_number = models.CharField(_("employee number"), max_length=40, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    onboarded_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("workspace", "user", name="membership_once"),
            models.UniqueConstraint(
                fields=["workspace", "employee_number"],
                condition=~models.Q(employee_number=""),
                name="membership_employee_number_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)

    def may(self, role: Role | str) -> bool:
        """Whether the person has at least the role."""
        return RANK[Role(self.role)] >= RANK[Role(role)]

    @property
    def is_manager(self) -> bool:
        return self.may(Role.MANAGER)

    @property
    def is_administrator(self) -> bool:
        return self.may(Role.ADMINISTRATOR)


class Invitation(TenantModel):
    """An invitation by e-mail. The link carries a signed reference, so the row is found only in its own workspace.

    The link's secret is kept twice: hashed, to check a link, and sealed, so that an administrator can copy the link.
    """

    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=120, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.EMPLOYEE)
    secret_hash = models.CharField(max_length=64)
    sealed_secret = models.CharField(max_length=200, default="")
    invited_by = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(default=timezone.now)
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "workspace",
                Lower("email"),
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="invitation_open_once",
            )
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def expires_at(self) -> datetime:
        return self.sent_at + timedelta(seconds=settings.INVITATION_MAX_AGE)

    @property
    def is_expired(self) -> bool:
        return timezone.now() >= self.expires_at


class Group(TenantModel):
    """People who belong together, below another group or at the top. Its leaders approve their time (P5, R110)."""

    name = models.CharField(_("name"), max_length=120)
    parent = TenantForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "workspace", "parent", Lower("name"), name="group_name_once_below_its_group", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(parent=None) | ~models.Q(parent=models.F("id")), name="group_not_below_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GroupMember(TenantModel):
    """Somebody in a group; a leader sees and approves the time of everybody in it and in the groups below (P5)."""

    group = TenantForeignKey(Group, models.CASCADE, related_name="members")
    member = TenantForeignKey(Membership, models.CASCADE, related_name="groups")
    is_leader = models.BooleanField(_("group leader"), default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("workspace", "group", "member", name="group_member_once")]
        indexes: ClassVar = [models.Index("workspace", "member", name="group_member_member")]
