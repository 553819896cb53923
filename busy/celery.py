"""Celery wakes workers up; PostgreSQL is the record. The options follow measured behaviour of Celery 5.7 on Redis.

Limits grow outwards: soft 240 s < hard 300 s < lease 360 s < visibility 900 s, so that a message is never handed to a
second worker while the first one may still be writing.
"""

from __future__ import annotations

import gc
import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "busy.settings")

from django.conf import settings

app = Celery("busy")
app.conf.update(
    broker_url=settings.REDIS_URL,
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_serializer="json",
    accept_content=["json"],
    task_default_queue="interactive",
    task_queues=None,
    task_create_missing_queues=True,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_soft_shutdown_timeout=25,
    worker_max_tasks_per_child=2_000,
    worker_max_memory_per_child=300_000,  # kB
    worker_hijack_root_logger=False,
    task_soft_time_limit=240,
    task_time_limit=300,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_connection_timeout=2,
    broker_transport_options={
        "visibility_timeout": 900,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 10,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 5,
        "queue_order_strategy": "priority",
    },
    # In memory: PostgreSQL knows what is due, and a schedule file that a crash cut short would keep beat from starting.
    beat_scheduler="celery.beat:Scheduler",
    beat_schedule={
        # Ten beats are as harmless as one: the tick claims due rows with SKIP LOCKED.
        "tick": {"task": "integrations.tick", "schedule": 10.0, "options": {"queue": "interactive", "expires": 30}},
        "prune": {
            "task": "integrations.prune",
            "schedule": crontab(minute=17),
            "options": {"queue": "interactive", "expires": 3_000},
        },
        "reminders": {
            "task": "timesheets.reminders_tick",
            "schedule": 10.0,
            "options": {"queue": "interactive", "expires": 30},
        },
        "calendars": {
            "task": "timesheets.calendars_tick",
            "schedule": 20.0,
            "options": {"queue": "interactive", "expires": 60},
        },
    },
    timezone="UTC",
)
app.autodiscover_tasks(["integrations", "timesheets", "busy.workspaces"])


@worker_process_init.connect
def keep_what_is_loaded(**_: Any) -> None:
    """Garbage is looked for among what a worker's process makes, not among all that was loaded before it was forked: a
    tenth of a second each time, and pages that it would no longer share with its parent."""
    gc.freeze()
