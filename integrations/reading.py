"""Reading ahead: while a page is written, the next one is asked for and mapped."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

from integrations.kernel.connector import Page


def ahead(pages: Iterator[Page[Any]]) -> Iterator[Page[Any]]:
    """The same pages. One is read ahead, in a thread of its own, never more; what the reader raises comes after the
    pages before it. A list of one page, as nearly all looks are, is read without a thread.

    Whoever stops early waits for the one request that is under way: two at a time would be too many for some providers.
    """
    first = next(pages, None)
    if first is None or first.cursor is not None:
        if first is not None:
            yield first
            yield from pages
        return
    with ThreadPoolExecutor(1, thread_name_prefix="reader") as reader:
        try:
            page: Page[Any] | None = first
            while page is not None:
                upcoming = reader.submit(next, pages, None)
                yield page
                page = upcoming.result()
        finally:
            # A session that was renewed meanwhile left a database connection to this thread.
            reader.submit(connection.close)
