"""Many at once: the same work in threads that start together, each on a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection

_PATIENCE = 60.0  # seconds; a loaded machine has needed 12 for 32 writers of one day


def in_parallel(work: Callable[[int], object], times: int) -> list[BaseException]:
    """Call ``work`` with 0 to ``times - 1``, all at once; what they raised. Fails if one of them does not end."""
    ready = threading.Barrier(times)
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            ready.wait(_PATIENCE)
            work(number)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number], daemon=True) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_PATIENCE)
    alive = sum(thread.is_alive() for thread in threads)
    assert not alive, f"{alive} of {times} have not ended"
    return errors
