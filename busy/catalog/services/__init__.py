"""Every write to the catalogue: check, change, announce, in one transaction. All raise ``errors.CatalogRefusal``."""

from busy.catalog.services.customer_fields import (
    change_field,
    create_field,
    forget_layout,
    put_field_archived,
    save_layout,
)
from busy.catalog.services.customer_tags import delete_tag, remove_tag, rename_tag, set_tag, tag_called
from busy.catalog.services.customers import (
    archive_customer,
    change_customer,
    create_customer,
    customer_called,
    restore_customer,
)
from busy.catalog.services.products import archive_product, change_product, create_product, restore_product
from busy.catalog.services.project_parts import (
    add_members,
    add_work_types,
    remove_member,
    remove_work_type,
    set_leader,
)
from busy.catalog.services.projects import (
    archive_project,
    change_project,
    create_project,
    projects_numbered,
    restore_project,
)
from busy.catalog.services.rates import change_rate_mode, set_rate, withdraw_rate
from busy.catalog.services.tasks import (
    add_task_members,
    archive_task,
    change_task,
    create_task,
    finish_task,
    remove_task_member,
    reopen_task,
    restore_task,
)
from busy.catalog.services.work_types import (
    archive_work_type,
    change_work_type,
    create_work_type,
    restore_work_type,
)

__all__ = [
    "add_members",
    "add_task_members",
    "add_work_types",
    "archive_customer",
    "archive_product",
    "archive_project",
    "archive_task",
    "archive_work_type",
    "change_customer",
    "change_field",
    "change_product",
    "change_project",
    "change_rate_mode",
    "change_task",
    "change_work_type",
    "create_customer",
    "create_field",
    "create_product",
    "create_project",
    "create_task",
    "create_work_type",
    "customer_called",
    "delete_tag",
    "finish_task",
    "forget_layout",
    "projects_numbered",
    "put_field_archived",
    "remove_member",
    "remove_tag",
    "remove_task_member",
    "remove_work_type",
    "rename_tag",
    "reopen_task",
    "restore_customer",
    "restore_product",
    "restore_project",
    "restore_task",
    "restore_work_type",
    "save_layout",
    "set_leader",
    "set_rate",
    "set_tag",
    "tag_called",
    "withdraw_rate",
]
