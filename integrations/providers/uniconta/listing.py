"""Walking through a table page by page, by its key.

Pages go by number of rows, so each begins with the last row of the one before: another row there means that the table
moved, and the walk begins again. A page may hold fewer rows than were asked for, so only one without a new row is the
last.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from integrations.kernel.errors import Code, MappingError, Temporary
from integrations.kernel.parse import Row, identifier, within
from integrations.providers.uniconta.api import UnicontaApi
from integrations.providers.uniconta.facts import PAGE_SIZE

MOST_WALKS = 4
MOST_PAGES = 10_000


def walk(api: UnicontaApi, entity: str, key: str, *, right: str, value: str = "") -> Iterator[list[Row]]:
    """The new rows of each page; rows may come again when the walk begins anew. The last page is empty.

    Raises LoginNeeded, Temporary, MappingError.
    """
    walks, seen, last = 1, set[str](), ""
    for _page in range(MOST_PAGES):
        found = api.query(entity, key, right=right, value=value, skip=max(0, len(seen) - 1), take=PAGE_SIZE)
        keys = [within(f"{entity}[{index}]", partial(identifier, row, key)) for index, row in enumerate(found)]
        if seen and (not keys or keys[0] != last):
            walks, seen, last = walks + 1, set(), ""
            if walks > MOST_WALKS:
                raise Temporary(Code.NOT_SETTLED)
            continue
        new = [(name, row) for name, row in zip(keys, found, strict=True) if name not in seen]
        seen.update(keys)
        last = keys[-1] if keys else ""
        yield [row for _name, row in new]
        if not new:
            return
    raise MappingError(entity, f"at most {MOST_PAGES} pages")
