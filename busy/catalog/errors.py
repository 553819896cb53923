"""Why a change of the catalogue is refused. Each says in one sentence what to do, and which field it concerns."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from busy.catalog.mastership import Kind


class CatalogRefusal(Exception):
    """``field`` is the name of the field the refusal belongs to, "" for the record as a whole."""

    field = ""

    @property
    def message(self) -> str:
        """One sentence in the language of the reader."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.message


class OwnedElsewhere(CatalogRefusal):
    """Name, number, customer and archived state belong to the system that keeps the record (R18)."""

    def __init__(self, system: str, field: str = "") -> None:
        super().__init__(system, field)
        self.system = system
        self.field = field

    @property
    def message(self) -> str:
        return _("Owned by %(system)s. Change it there, and the change comes here by itself.") % {"system": self.system}


class CreatedElsewhere(CatalogRefusal):
    """Records of this kind are created in the connected system alone (R17, R24, R62)."""

    def __init__(self, system: str, kind: Kind) -> None:
        super().__init__(system, kind)
        self.system = system
        self.kind = kind

    @property
    def message(self) -> str:
        sentences = {
            Kind.CUSTOMER: _(
                "Customers are created in %(system)s. Create the customer there, and it comes here by itself."
            ),
            Kind.PROJECT: _(
                "Projects are created in %(system)s. Create the project there, and it comes here by itself."
            ),
            Kind.PRODUCT: _(
                "Products are created in %(system)s. Create the product there, and it comes here by itself."
            ),
            Kind.WORK_TYPE: _(
                "Work types are created in %(system)s. Create the work type there, and it comes here by itself."
            ),
            Kind.TASK: _("Tasks are created in %(system)s. Create the task there, and it comes here by itself."),
        }
        return sentences[self.kind] % {"system": self.system}


class ProjectFrozen(CatalogRefusal):
    """Where another system keeps the projects, an archived one can be neither edited nor restored (R9)."""

    def __init__(self, system: str) -> None:
        super().__init__(system)
        self.system = system

    @property
    def message(self) -> str:
        return _(
            "This project is archived, and %(system)s keeps the projects. Activate it in %(system)s,"
            " or turn off project sync for a while to edit it here."
        ) % {"system": self.system}


class NumberTaken(CatalogRefusal):
    """Two active projects of Busy's own may not share a number."""

    field = "number"

    def __init__(self, number: str, holder: str) -> None:
        super().__init__(number, holder)
        self.number = number
        self.holder = holder

    @property
    def message(self) -> str:
        return _("Number %(number)s is taken by %(project)s. Choose another number.") % {
            "number": self.number,
            "project": self.holder,
        }


class NameMissing(CatalogRefusal):
    field = "name"

    @property
    def message(self) -> str:
        return _("Write a name.")


class NotActive(CatalogRefusal):
    """Something archived, or somebody who has left, was chosen (R22, R24, R82)."""

    def __init__(self, field: str, name: str) -> None:
        super().__init__(field, name)
        self.field = field
        self.name = name

    @property
    def message(self) -> str:
        return _("%(name)s is not active. Choose another.") % {"name": self.name}


class NotOnProject(CatalogRefusal):
    """A task takes its work type and, where the project is closed, its members from its project (R21, R68)."""

    def __init__(self, field: str, name: str) -> None:
        super().__init__(field, name)
        self.field = field
        self.name = name

    @property
    def message(self) -> str:
        return _("%(name)s is not on the project. Add it there first.") % {"name": self.name}


class WorkTypeMissing(CatalogRefusal):
    """The work type follows from the task, so the task has to have one (P19)."""

    field = "work_type"

    @property
    def message(self) -> str:
        return _("Choose a work type: on this project it follows from the task.")


class EndsBeforeStart(CatalogRefusal):
    field = "end_date"

    @property
    def message(self) -> str:
        return _("The project ends before it starts. Choose a later day.")


class NotAnAmount(CatalogRefusal):
    field = "amount"

    def __init__(self, currency: str) -> None:
        super().__init__(currency)
        self.currency = currency

    @property
    def message(self) -> str:
        return _(
            "Write an amount in %(currency)s that is zero or more, with no smaller units than the currency has."
        ) % {"currency": self.currency}


class RateInForce(CatalogRefusal):
    """A rate that has applied to a day is history and stays (P27)."""

    def __init__(self, since: date | None) -> None:
        super().__init__(since)
        self.since = since

    @property
    def message(self) -> str:
        if self.since is None:
            return _("This rate has applied from the beginning. Set a new rate from the day it changes.")
        return _("This rate has applied since %(day)s. Set a new rate from the day it changes.") % {
            "day": date_format(self.since, "DATE_FORMAT")
        }


class TagNameTaken(CatalogRefusal):
    field = "name"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    @property
    def message(self) -> str:
        return _("There is a customer tag %(name)s already.") % {"name": self.name}


class TagInUse(CatalogRefusal):
    """A connected system exchanges the customers that carry it (R95)."""

    def __init__(self, name: str, system: str) -> None:
        super().__init__(name, system)
        self.name = name
        self.system = system

    @property
    def message(self) -> str:
        return _("%(system)s exchanges the customers tagged %(name)s. Choose another tag there first.") % {
            "name": self.name,
            "system": self.system,
        }


class FieldNameTaken(CatalogRefusal):
    field = "name"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    @property
    def message(self) -> str:
        return _("There is a customer data field %(name)s already, perhaps an archived one. Choose another name.") % {
            "name": self.name
        }


class FieldHasValues(CatalogRefusal):
    field = "kind"

    @property
    def message(self) -> str:
        return _("Customers have values in this field already, so it keeps its kind. Make a new field instead.")


class ChoicesMissing(CatalogRefusal):
    field = "choices"

    @property
    def message(self) -> str:
        return _("Write at least two choices, one a line.")


class NotAValue(CatalogRefusal):
    """A value that the customers' own field cannot hold (R98)."""

    def __init__(self, field: str, name: str) -> None:
        super().__init__(field, name)
        self.field = field
        self.name = name

    @property
    def message(self) -> str:
        return _("%(field)s cannot hold this value.") % {"field": self.name}
