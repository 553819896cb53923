"""Records of the catalogue that both sides keep: projects, work types, tasks (R63, R66, R69).

A record is *state*, as hours are: what goes out is computed when it is sent, and an update may be repeated. Only making
one is an event. Both directions speak the records of `records`, so that what was just written is known again when the
next pull brings it: equal records have equal fingerprints.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from integrations.kernel.records import Kind

A = TypeVar("A")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands(Generic[R]):
    """A record as it stands at the provider at this moment.

    `record` is what the pull of its kind would say of it, field by field. `whole` is the provider's own record with all
    that Busy knows nothing of, and its version where it has one: `Save.update` gets it back.
    """

    record: R
    whole: Any = field(default=None, repr=False)
    changed_at: datetime | None = None  # when somebody last changed it there (UTC); None: the provider does not say
    url: str = ""  # opens it at the provider; "" when there is no such page

    @property
    def external_id(self) -> str:
        given: str = self.record.external_id  # type: ignore[attr-defined] # R is one of records.Record
        return given


@dataclass(frozen=True, slots=True, kw_only=True)
class Save(Generic[A, R]):
    """How one kind of record is made and changed at the provider.

    `read(api, id)` is the record now; None only when the provider says that there is none.

    `update(api, stands, wanted)` makes the record equal `wanted` in the fields in which that differs from
    `stands.record`, and sends all the rest of `stands.whole` back as it was: nothing of it is lost. One write, never
    repeated by itself. The engine has read a moment before and decided what is wanted; a provider with versions refuses
    when the record moved on, which is Temporary (`not_settled`): the engine reads again. What it gives is read back.

    `create(api, wanted, reference)` makes a new record, once; `wanted.external_id` and `wanted.number` are "". What it
    gives has both, read back. A read that fails after the provider accepted is no error: the next `read` will tell;
    then the record is `wanted` with its id, and `whole` None. Without `create` records are made only there.

    `found(api, wanted, reference, since)` lists what an earlier `create` may have made: looked for by our reference
    where it is stored, else by what was sent (name, customer, project) among those made after `since`. The engine
    leaves out what is linked already, adopts the only one, and asks a person when there are several. It is asked before
    a create that may have arrived is ever repeated, so it must see all of them.
    """

    record: type[R]
    read: Callable[[A, str], Stands[R] | None]
    update: Callable[[A, Stands[R], R], Stands[R]]
    create: Callable[[A, R, str], Stands[R]] | None = None
    found: Callable[[A, R, str, datetime], Sequence[Stands[R]]] | None = None

    @property
    def kind(self) -> Kind:
        kind: Kind = self.record.kind  # type: ignore[attr-defined]
        return kind


def differing(one: object, other: object) -> tuple[str, ...]:
    """The names of the fields in which two records of a kind differ, without id and number, which are the provider's
    alone (R65)."""
    names: tuple[str, ...] = one.__struct_fields__  # type: ignore[attr-defined]
    own = (name for name in names if name not in ("external_id", "number"))
    return tuple(name for name in own if getattr(one, name) != getattr(other, name))
