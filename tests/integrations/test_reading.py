"""Reading ahead keeps the order, asks for one page at a time, and loses neither page nor error."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from integrations.kernel.connector import Listing, Page
from integrations.reading import ahead


def page(number: int, *, last: bool = False) -> Page[Any]:
    cursor = {"at": number} if last else None
    return Page(records=(number,), listing=Listing.COMPLETE, cursor=cursor)


def numbers(pages: Iterator[Page[Any]]) -> list[int]:
    return [found.records[0] for found in pages]


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_every_page_comes_once_and_in_order(count: int) -> None:
    assert numbers(ahead(page(n, last=n == count - 1) for n in range(count))) == list(range(count))


def test_an_error_comes_after_the_pages_before_it() -> None:
    def broken() -> Iterator[Page[Any]]:
        yield page(0)
        yield page(1)
        raise LookupError("gone")

    pages = ahead(broken())
    assert [next(pages).records, next(pages).records] == [(0,), (1,)]
    with pytest.raises(LookupError, match="gone"):
        next(pages)


def test_one_page_is_read_ahead_and_no_more_even_when_the_writer_stops() -> None:
    asked: list[int] = []

    def reader() -> Iterator[Page[Any]]:
        for n in range(10):
            asked.append(n)
            yield page(n)

    pages = ahead(reader())
    assert next(pages).records == (0,)
    assert next(pages).records == (1,)
    pages.close()  # type: ignore[attr-defined]
    assert asked in ([0, 1, 2], [0, 1])
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("reader")]


def test_a_single_page_needs_no_thread() -> None:
    names: list[str] = []

    def reader() -> Iterator[Page[Any]]:
        names.append(threading.current_thread().name)
        yield page(0, last=True)

    assert numbers(ahead(reader())) == [0]
    assert names == [threading.current_thread().name]
