"""Building blocks of tables that belong to a workspace: the scoped manager, the reference, the base (locks 1 and 2)."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, Self, TypeVar

from django.db import models
from django.forms import ModelChoiceField
from django.utils.translation import gettext_lazy as _

from busy.workspaces.scope import current_workspace_id

M = TypeVar("M", bound=models.Model)


class ScopedManager(models.Manager[M], Generic[M]):
    """Rows of the workspace in scope. Raises NoWorkspaceInScope when there is none."""

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(workspace_id=current_workspace_id())

    def create(self, **kwargs: Any) -> M:
        if "workspace" not in kwargs:
            kwargs.setdefault("workspace_id", current_workspace_id())
        return super().create(**kwargs)


class TenantForeignKey(models.ForeignKey):  # type: ignore[type-arg]
    """A reference between rows of one workspace.

    The plain foreign key constraint is left out: LockTenantTable makes the composite one, (workspace_id, id), which a
    row of another workspace cannot satisfy.
    """

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)

    def formfield(self, **kwargs: Any) -> Any:
        # Forms are built at import, when no workspace is in scope; ScopedModelForm puts the scoped choices in.
        remote: Any = self.remote_field.model
        kwargs.setdefault("form_class", ModelChoiceField)
        kwargs["queryset"] = remote.across_workspaces.none()
        kwargs.setdefault("required", not self.blank)
        kwargs.setdefault("label", self.verbose_name)
        form_class = kwargs.pop("form_class")
        kwargs.pop("using", None)
        kwargs.setdefault("help_text", self.help_text)
        return form_class(**kwargs)

    def validate(self, value: Any, model_instance: Any) -> None:
        """The composite constraint and the scoped form choices check it; the plain manager must not be asked."""


class TenantModel(models.Model):
    """A row of one workspace. The workspace is filled in from the scope when a new row is saved without one."""

    workspace = models.ForeignKey("workspaces.Workspace", models.CASCADE, related_name="+", verbose_name=_("workspace"))

    objects: ClassVar[ScopedManager[Self]] = ScopedManager()
    across_workspaces: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.workspace_id:
            self.workspace_id = current_workspace_id()
        super().save(*args, **kwargs)
