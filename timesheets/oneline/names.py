"""Which project and work type a line names, among what its writer may log on.

A phrase names what it fits best: the whole number, the whole name, the beginning of the name, the beginnings of words
of it, and last what has all of its words somewhere inside. Capitals and accents do not count. What fits equally well is
left for the person to choose from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from busy.lib.folding import fold

# Letters that a bare word needs before it may name something by standing in the middle of a name.
_INSIDE = 4
_BEGINNING = 2
NO_FIT = 9


@dataclass(frozen=True, slots=True)
class Work:
    """What an hour on a project is: a work type; on a task-driven project, a task with a work type (P19)."""

    id: int
    name: str
    number: str = ""
    task_id: int | None = None
    task: str = ""
    task_number: str = ""

    @property
    def label(self) -> str:
        return f"{self.task} · {self.name}" if self.task else self.name


@dataclass(frozen=True, slots=True)
class Candidate:
    """A project that the writer may log on, with its work types in the order in which they are offered."""

    id: int
    name: str
    work_types: tuple[Work, ...]
    number: str = ""
    customer: str = ""
    color: int = 1


@dataclass(frozen=True, slots=True)
class Pair:
    project: Candidate
    work: Work


PROJECT, CUSTOMER, WORK_TYPE, TASK = "project", "customer", "work_type", "task"


def pairs_of(candidates: Sequence[Candidate]) -> list[Pair]:
    return [Pair(project, work) for project in candidates for work in project.work_types]


def named(pairs: Sequence[Pair], phrase: str, kinds: Sequence[str], *, bare: bool) -> tuple[list[Pair], set[str]]:
    """The pairs that the folded phrase names best as one of the kinds, and as which kinds; none when nothing fits.

    ``bare``: the phrase has no sign, so that it may as well be the first words of a note.
    """
    phrase_words = phrase.split()
    if not phrase_words:
        return [], set()
    known: dict[tuple[str, str], int] = {}
    fits = [{kind: _fit(pair, kind, phrase, phrase_words, bare, known) for kind in kinds} for pair in pairs]
    best = min((fit for pair_fits in fits for fit in pair_fits.values()), default=NO_FIT)
    if best == NO_FIT:
        return [], set()
    found = [pair for pair, pair_fits in zip(pairs, fits, strict=True) if best in pair_fits.values()]
    return found, {kind for pair_fits in fits for kind, fit in pair_fits.items() if fit == best}


def _fit(
    pair: Pair, kind: str, phrase: str, phrase_words: list[str], bare: bool, known: dict[tuple[str, str], int]
) -> int:
    """``known`` remembers what a project, a customer, a work type of other pairs was found to fit."""
    work, project = pair.work, pair.project
    id_, number, name = {
        PROJECT: (f"={project.id}", project.number, project.name),
        CUSTOMER: ("", "", project.customer),
        WORK_TYPE: (f"={work.id}", work.number, work.name),
        TASK: (f"=t{work.task_id}", work.task_number, work.task),
    }[kind]
    key = (kind, id_ or name)
    if key not in known:
        is_id = phrase == id_ and not bare
        known[key] = 0 if is_id else fit(phrase, phrase_words, number, name, bare=bare)
    return known[key]


def fit(phrase: str, phrase_words: list[str], number: str, name: str, *, bare: bool) -> int:
    """How well the phrase fits, 0 is best; NO_FIT when it does not."""
    if number and phrase == fold(number):
        return 0
    whole = fold(name)
    if phrase == whole:
        return 1
    if len(phrase) < _BEGINNING or not whole:
        return NO_FIT
    if whole.startswith(phrase):
        return 2
    name_words = whole.replace("-", " ").split()
    if all(any(word.startswith(part) for word in name_words) for part in phrase_words):
        return 3
    if all(part in whole and (not bare or len(part) >= _INSIDE) for part in phrase_words):
        return 4
    return NO_FIT
