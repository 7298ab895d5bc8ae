"""The cost workers. The work is in the database, the message only a nudge: twice, late or side by side."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from costing.adjust import adjust_automatically
from costing.gl_posting import BATCH, post_costs_to_gl
from inventory.setup import read_setup


def adjust_queued() -> int:
    """Adjust what the company's setting lets the worker adjust; returns the items looked at."""
    return adjust_automatically(timezone.localdate())


def post_queued() -> int:
    """Post queued worth to the G/L where that is automatic; returns the value entries posted."""
    if not read_setup().automatic_cost_posting:
        return 0
    total = 0
    while (posted := post_costs_to_gl(limit=BATCH)).moved:
        total += posted.value_entries
    return total


@shared_task(name="costing.tasks.sweep", acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True)
def sweep() -> int:
    """Everything that waits: costs first, since adjusting queues worth for the G/L."""
    return adjust_queued() + post_queued()
