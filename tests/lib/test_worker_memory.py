"""What a worker's process does with its memory."""

from __future__ import annotations

import gc

from celery.signals import worker_process_init

from busy import celery


def test_garbage_is_looked_for_among_what_a_worker_makes() -> None:
    before = gc.get_freeze_count()
    try:
        worker_process_init.send(sender=celery.app)
        assert gc.get_freeze_count() > before
        assert not [made for made in gc.get_objects() if made is celery.app]
    finally:
        gc.unfreeze()
