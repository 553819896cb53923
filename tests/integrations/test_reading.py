"""Reading ahead keeps the order, asks for one page at a time, waits for the writer, and loses nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from integrations.kernel.connector import Listing, Page
from integrations.reading import MOST_PAGES, MOST_RECORDS, ahead, in_batches, together


def page(number: int, *, last: bool = False, listing: Listing = Listing.COMPLETE, records: int = 1) -> Page[Any]:
    here = {"at": number}
    return Page(
        records=(number,) * records, listing=listing, cursor=here if last else None, checkpoint=here, total=number
    )


def numbers(pages: Iterator[list[Page[Any]]]) -> list[int]:
    return [found.records[0] for taken in pages for found in taken]


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_every_page_comes_once_and_in_order(count: int) -> None:
    assert numbers(ahead(page(n, last=n == count - 1) for n in range(count))) == list(range(count))


def test_an_error_comes_after_the_pages_before_it() -> None:
    def broken() -> Iterator[Page[Any]]:
        yield page(0)
        yield page(1)
        raise LookupError("gone")

    seen: list[Page[Any]] = []

    def write() -> None:
        for taken in ahead(broken()):
            seen.extend(taken)

    with pytest.raises(LookupError, match="gone"):
        write()
    assert [found.records for found in seen] == [(0,), (1,)]


@pytest.mark.parametrize(("size", "most"), [(1, MOST_PAGES), (MOST_RECORDS, 1)])
def test_a_few_pages_are_read_ahead_and_no_more_even_when_the_writer_stops(size: int, most: int) -> None:
    asked: list[int] = []
    enough = threading.Event()

    def reader() -> Iterator[Page[Any]]:
        for n in range(50):
            asked.append(n)
            if n == most:
                enough.set()
            yield page(n, records=size)

    pages = ahead(reader())
    assert [found.records[0] for found in next(pages)] == [0]
    assert next(pages)[0].records[0] == 1
    assert enough.wait(10)
    pages.close()  # type: ignore[attr-defined]
    assert len(asked) <= 1 + 2 * most, "the first, those that were taken, and as many again"
    assert not [thread for thread in threading.enumerate() if thread.name == "reader"]


def test_what_is_written_together_goes_on_where_the_last_page_ended() -> None:
    pages = [page(0), page(1), page(2, last=True), page(3, listing=Listing.CHANGES), page(4, listing=Listing.CHANGES)]
    batches = [together(batch) for batch in in_batches(pages)]
    assert [batch.records for batch in batches] == [(0, 1, 2), (3,), (4,)]
    whole = batches[0]
    assert (whole.checkpoint, whole.cursor, whole.total) == ({"at": 2}, {"at": 2}, 2)


def test_a_single_page_needs_no_thread() -> None:
    names: list[str] = []

    def reader() -> Iterator[Page[Any]]:
        names.append(threading.current_thread().name)
        yield page(0, last=True)

    assert numbers(ahead(reader())) == [0]
    assert names == [threading.current_thread().name]
