"""What a pull changed, remembered so far as somebody may wait for it."""

from __future__ import annotations

from collections.abc import Collection


class Changes:
    """The provider's ids of the records a run changed. Of very many it keeps none, so that memory does not grow with a
    first import: then any record may be one of them."""

    MOST = 5_000

    def __init__(self, ids: Collection[str] = ()) -> None:
        self._ids: set[str] = set()
        self._are_many = False
        self.add(ids)

    def add(self, ids: Collection[str]) -> None:
        self._are_many = self._are_many or len(self._ids) + len(ids) > self.MOST
        self._ids = set() if self._are_many else self._ids.union(ids)

    @property
    def known(self) -> list[str] | None:
        """All of them; None when they are too many to tell."""
        return None if self._are_many else sorted(self._ids)

    def __contains__(self, external_id: object) -> bool:
        return self._are_many or external_id in self._ids

    def __bool__(self) -> bool:
        return self._are_many or bool(self._ids)
