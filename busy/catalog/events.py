"""What the catalogue tells the rest of the house."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkTypeChanged:
    """A work type's name, product or archived state changed; orders may have been waiting for it (R25)."""

    workspace_id: int
    work_type_id: int


@dataclass(frozen=True, slots=True)
class ProjectChanged:
    workspace_id: int
    project_id: int


@dataclass(frozen=True, slots=True)
class ProductChanged:
    workspace_id: int
    product_id: int


@dataclass(frozen=True, slots=True)
class CustomerChanged:
    workspace_id: int
    customer_id: int


@dataclass(frozen=True, slots=True)
class CustomerTagged:
    """A tag was set on a customer, or set again (R97)."""

    workspace_id: int
    customer_id: int
    tag_id: int


@dataclass(frozen=True, slots=True)
class CustomerUntagged:
    workspace_id: int
    customer_id: int
    tag_id: int


@dataclass(frozen=True, slots=True)
class CustomerFieldsChanged:
    """A field of the customers was made, renamed, archived or restored (R98, R99)."""

    workspace_id: int


@dataclass(frozen=True, slots=True)
class RecordWritten:
    """Somebody made or changed a record here, beside the event of its kind; a system may keep it as well (R63).

    ``kind`` is a value of ``mastership.Kind``. ``before`` holds what the changed fields were: "name", "customer" (an
    id), "start_date", "end_date", "archived", "done", "members" (ids, in order), "work_type" (an id); None for a record
    that was just made.
    """

    workspace_id: int
    kind: str
    record_id: int
    before: Mapping[str, object] | None
