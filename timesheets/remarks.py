"""What people should know of hours that nothing forbids: that they will be refused where they go, and how far they are
on their way there.

A caution warns and never refuses: what the accounting system allows may change until the hours are sent, and they are
worked hours either way. The dates of a project are known here; the rest is told by the layer that transfers hours, and
asked for only while some leave (``TimeSettings.transfers_hours``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from busy.catalog import mastership
from busy.catalog.models import Project
from busy.lib.written import short_date
from timesheets.events import Cell
from timesheets.models import TimeEntry
from timesheets.time_settings import time_settings

ARRIVED = "transferred"
NEEDS_A_PERSON = "attention"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """``code`` is stable, ``label`` is short, for a list; ``cure`` says what to do."""

    code: str
    label: str
    sentence: str
    cure: str

    @property
    def text(self) -> str:
        return f"{self.sentence} {self.cure}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """How far a cell is on its way: ``state`` is waiting, transferring, transferred or attention."""

    state: str
    sentence: str
    cure: str = ""

    @property
    def text(self) -> str:
        return f"{self.sentence} {self.cure}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What there is to know of one cell. What has arrived, or was refused already, needs no caution any more."""

    cautions: tuple[Caution, ...] = ()
    transfer: Transfer | None = None

    @property
    def sign(self) -> str:
        """caution, the state of the transfer, or "" when there is nothing to know."""
        if self.cautions and not self._is_decided:
            return "caution"
        return self.transfer.state if self.transfer else ""

    @property
    def text(self) -> str:
        cautions = () if self._is_decided else self.cautions
        said = [caution.text for caution in cautions]
        return " ".join(said + ([self.transfer.text] if self.transfer else []))

    @property
    def _is_decided(self) -> bool:
        return self.transfer is not None and self.transfer.state in (ARRIVED, NEEDS_A_PERSON)


Cautions = Callable[["QuerySet[TimeEntry]"], Mapping[Cell, tuple[Caution, ...]]]
Transfers = Callable[["QuerySet[TimeEntry]"], Mapping[Cell, Transfer]]


@dataclass(frozen=True, slots=True)
class _Source:
    cautions: Cautions
    transfers: Transfers


_sources: list[_Source] = []


def register_source(*, cautions: Cautions, transfers: Transfers) -> None:
    """Called once by the layer that transfers hours, when its app is ready. Each asks a constant number of queries."""
    _sources.append(_Source(cautions, transfers))


# --- The dates of projects --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProjectDates:
    """From when to when a project runs, both days included; ``system`` keeps the dates, "" is Busy."""

    name: str
    start: date | None
    end: date | None
    mastered_by: str = ""

    @classmethod
    def of(cls, project: Project) -> ProjectDates:
        return cls(project.name, project.start_date, project.end_date, project.mastered_by)

    def cautions(self, day: date) -> tuple[Caution, ...]:
        if self.start is not None and day < self.start:
            label, told = _("Before the project"), _("%(project)s begins on %(day)s.")
            return (self._caution(label, told, self.start),)
        if self.end is not None and day > self.end:
            label, told = _("After the project"), _("%(project)s ended on %(day)s.")
            return (self._caution(label, told, self.end),)
        return ()

    def _caution(self, label: str, told: str, day: date) -> Caution:
        cure = _("Choose another day or project, or have the dates of the project changed.")
        if system := mastership.name_of(self.mastered_by):
            cure = _("Choose another day or project, or have the dates changed in %(system)s.") % {"system": system}
        return Caution(
            code="project_dates",
            label=label,
            sentence=told % {"project": self.name, "day": short_date(day)},
            cure=cure,
        )


# Entries on days on which their project does not run, and what ``ProjectDates`` is made of, for queries of entries.
OUTSIDE = Q(day__lt=F("project__start_date")) | Q(day__gt=F("project__end_date"))
DATES = ("project__name", "project__start_date", "project__end_date", "project__mastered_by")


# --- What is asked ----------------------------------------------------------------------------------------------------


def remarks_of(entries: QuerySet[TimeEntry], dates: Iterable[tuple[Cell, ProjectDates]]) -> dict[Cell, Remark]:
    """Of those of the cells that have any. ``entries`` are the hours of the cells, as a query; none is asked while no
    hours leave Busy."""
    cautions = {cell: found for cell, project in dates if (found := project.cautions(cell.day))}
    for cell, more in cautions_told(entries).items():
        cautions[cell] = cautions.get(cell, ()) + more
    transfers = transfers_of(entries)
    return {
        cell: Remark(cautions=cautions.get(cell, ()), transfer=transfers.get(cell))
        for cell in cautions.keys() | transfers.keys()
    }


def cautions_told(entries: QuerySet[TimeEntry]) -> dict[Cell, tuple[Caution, ...]]:
    """What is told of the entries' cells beyond the dates of their projects; no query while no hours leave Busy."""
    found: dict[Cell, tuple[Caution, ...]] = {}
    for source in _asked():
        for cell, more in source.cautions(entries).items():
            found[cell] = found.get(cell, ()) + more
    return found


def transfers_of(entries: QuerySet[TimeEntry]) -> dict[Cell, Transfer]:
    """How far the entries' cells are; no query while no hours leave Busy."""
    found: dict[Cell, Transfer] = {}
    for source in _asked():
        found |= source.transfers(entries)
    return found


def sentences(remarks: Iterable[Remark | None]) -> str:
    """What the cautions say, each once: for who has just written the hours."""
    said = [caution.text for remark in remarks if remark for caution in remark.cautions]
    return " ".join(dict.fromkeys(said))


def _asked() -> list[_Source]:
    return _sources if _sources and time_settings().transfers_hours else []
