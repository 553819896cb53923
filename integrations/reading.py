"""Reading ahead: while pages are written, the next ones are asked for and mapped."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import Any

from django.db import connection

from integrations.kernel.connector import Listing, Page
from integrations.kernel.records import fingerprints

MOST_PAGES = 4  # that wait to be written, so that memory does not grow with the list; fewer of
MOST_RECORDS = 4_000
_SWITCH = 0.0005  # seconds


def ahead(pages: Iterator[Page[Any]]) -> Iterator[list[Page[Any]]]:
    """The same pages in the same order, as many at a time as have come meanwhile: one, where the provider is slower
    than the database. What the reader raises comes after the pages before it. A list of one page, as nearly all looks
    are, is read without a thread.

    One page is asked for at a time. Whoever stops early waits for the request that is under way: two at a time would
    be too many for some providers.
    """
    first = next(pages, None)
    if first is None:
        return
    yield [first]
    if first.cursor is not None:
        for page in pages:
            yield [page]
        return
    reader = _Reader(pages)
    with _switching_often():
        reader.start()
        try:
            while taken := reader.take():
                yield taken
        finally:
            reader.stop()


def together(pages: Sequence[Page[Any]]) -> Page[Any]:
    """One page of the records of all, to be written in one transaction."""
    if len(pages) == 1:
        return pages[0]
    marks = [page.marks for page in pages]
    return replace(
        pages[-1],
        records=tuple(chain.from_iterable(page.records for page in pages)),
        gone=tuple(chain.from_iterable(page.gone for page in pages)),
        marks=None if None in marks else {key: mark for found in marks if found for key, mark in found.items()},
    )


def marked(pages: Iterable[Page[Any]]) -> Iterator[Page[Any]]:
    """With the fingerprints of their records, which whoever writes them, and is waited for, need not make."""
    for page in pages:
        yield replace(page, marks=fingerprints(page.records))


def in_batches(pages: Sequence[Page[Any]]) -> Iterator[list[Page[Any]]]:
    """Pages that may be written together: parts of one complete listing, which an interrupted run goes on with."""
    batch: list[Page[Any]] = []
    for page in pages:
        if batch and not (_is_part(page) and _is_part(batch[-1])):
            yield batch
            batch = []
        batch.append(page)
    if batch:
        yield batch


def _is_part(page: Page[Any]) -> bool:
    return page.listing is Listing.COMPLETE and (page.checkpoint is not None or page.cursor is not None)


class _Reader(threading.Thread):
    """Asks for pages until enough of them wait."""

    def __init__(self, pages: Iterator[Page[Any]]) -> None:
        super().__init__(name="reader", daemon=True)
        self._pages = pages
        self._changed = threading.Condition()
        self._waiting: list[Page[Any]] = []
        self._is_over = self._is_stopped = False
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            for page in self._pages:
                with self._changed:
                    self._waiting.append(page)
                    self._changed.notify_all()
                    self._changed.wait_for(self._has_room)
                    if self._is_stopped:
                        return
        except BaseException as error:  # told to whoever writes, after the pages before it
            self._error = error
        finally:
            with self._changed:
                self._is_over = True
                self._changed.notify_all()
            # A session that was renewed meanwhile left a database connection to this thread.
            connection.close()

    def _has_room(self) -> bool:
        records = sum(len(page.records) for page in self._waiting)
        return self._is_stopped or (len(self._waiting) < MOST_PAGES and records < MOST_RECORDS)

    def take(self) -> list[Page[Any]]:
        """What has come, at least one page; none when there are no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_over)
            taken, self._waiting = self._waiting, []
            self._changed.notify_all()
        if not taken and self._error is not None:
            raise self._error
        return taken

    def stop(self) -> None:
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
        self.join()


@contextmanager
def _switching_often() -> Iterator[None]:
    """Whoever has heard from the database waits for the interpreter while the reader maps a page: by default for 5 ms
    each time, ten times a page, which is more than the database takes."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
